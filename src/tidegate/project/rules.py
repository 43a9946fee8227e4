"""Every rule that reading, shaping, referring and rendering may find broken: a closed list, each with its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RULES: Mapping[str, str] = MappingProxyType(
    {
        # reading
        "unreadable": "The file is not what its name says: no YAML, JSON, TOML, CSV or UTF-8.",
        "too-large": "More bytes, values, depth or aliases than a file of people has.",
        "duplicate-key": "A key stands twice in one map; one of them would be lost.",
        "tag": "A YAML tag in one of our files, most often a text that wants quotes.",
        "merge-key": "`<<` in one of our files; it is not part of YAML 1.2.",
        "leading-zero": "A bare number with a leading zero: octal to some readers, decimal to others.",
        "quote-it": "YAML took a comma or brace for its own; the value wants quotes.",
        "bad-key": "A key that is no text.",
        "several-documents": "More than one YAML document in one of our files.",
        "missing-file": "A path or pattern that leads to no file.",
        "refused-file": "A submodule, a link out of the repository, or a Git LFS pointer.",
        "outside": "A path that leads out of the repository.",
        # shaping
        "unknown-key": "A key that the format does not have.",
        "not-built": "A key, word or type of the format that this version does not carry out yet.",
        "missing-key": "A key that is needed is not there.",
        "unknown-value": "A word that is none of those allowed.",
        "wrong-kind": "A map, list, text or number where another kind is expected.",
        "bad-value": "A duration, amount, instant or other value that is not written as one, or out of bounds.",
        "bad-name": "A name with other letters than names may have.",
        "bad-selector": "Text that is no selector.",
        "bad-target": "A place on a device that cannot be one, or a file where a folder is meant.",
        "number-changes": "A bare number in vars that a template would not print as it is written.",
        # referring
        "bad-probe": "A probe of no kind or several, or with a key of another kind.",
        "bad-host-key": "A line of a known_hosts file that holds no host key.",
        "bad-secret": "A secret with no source or several.",
        "unknown-probe": "`health` names a probe that is not there.",
        "unknown-strategy": "A component names a strategy that is not there.",
        "name-taken": "A probe written in place would get the name of another.",
        "device-twice": "A device stands in two files, or twice in one table.",
        "component-twice": "Two component files are called alike.",
        "wave-twice": "Two waves of a strategy are called alike.",
        "reserved-label": "A label is called name, driver or file.",
        "labels-collide": "Two labels become one variable to commands.",
        "same-root": "Two devices share a folder, or are one machine.",
        "environment-comes-back": "An environment that was left is used again.",
        "no-devices": "The fleet is empty.",
        "no-production": "Nothing is production, so nothing counts as a canary (a notice).",
        "selector-key": "A selector asks for a label that no device has.",
        "selector-value": "A selector asks for a value that no device has.",
        "selector-empty": "A selector takes no device.",
        "in-no-wave": "Devices of a component that no wave of its strategy reaches.",
        # rendering
        "template-error": "A template that cannot be read or filled: syntax, undefined variables, wrong types.",
        "template-runs-away": "A template that takes too long, or too much memory or output.",
        "unknown-secret": "A template or a device names a secret that is not in tidegate.yaml.",
        "secret-misused": "A secret was compared, joined, cut or filtered; it can only be printed.",
        "no-files": "A component puts no file on a device that it selects.",
        "target-twice": "One place on a device belongs to two components, or twice to one.",
    }
)
