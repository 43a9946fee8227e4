"""Private keys and keys of clouds in files: what git has once seen is no secret any more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tidegate.errors import UsageError
from tidegate.model.artifact import Artifact
from tidegate.model.place import Finding, Location
from tidegate.model.project import Component
from tidegate.tree import Tree

RULE = "private-keys"
_FIX = "Revoke it: whoever has the repository has the key. Then name it in `secrets` and use {{ secret(...) }}."

# A header alone is documentation; with forty characters of base64 soon after it, it is a key. Texts of JSON and YAML
# write its lines with \n.
_SHAPES: Mapping[str, re.Pattern[bytes]] = {
    "a private key": re.compile(
        rb"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        rb"(?:(?!-----)[\s\S]){0,400}?(?:[A-Za-z0-9+/]{40}|(?:[A-Za-z0-9+/]{16,76}(?:\\n|\\r|\s)+){2})"
    ),
    "a PuTTY private key": re.compile(rb"PuTTY-User-Key-File-[23]: "),
    "an age secret key": re.compile(rb"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
    "an AWS access key": re.compile(rb"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    "a GitHub token": re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{82})\b"),
    "a Google API key": re.compile(rb"(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    "a Slack token": re.compile(rb"\bxox[abeoprs]-[A-Za-z0-9-]{20,250}"),
    "an Azure storage key": re.compile(rb"\bAccountKey=[A-Za-z0-9+/]{86}=="),
}
_LAYOUT = re.compile(rb"\\[nr]|\s")


@dataclass(frozen=True, slots=True)
class _Sight:
    """A key in some bytes: what it is, where it begins, and its letters without layout, to know it again."""

    what: str
    at: int
    letters: bytes


def check_keys(
    tree: Tree, paths: Iterable[str], components: Mapping[str, Component], artifacts: Mapping[tuple[str, str], Artifact]
) -> Iterator[Finding]:
    """Keys in these files, and those that only a template puts together. No message holds any of a key.

    A file that cannot be read is somebody else's finding.
    """
    known: set[bytes] = set()
    for path in paths:
        try:
            content = tree.read(path)
        except UsageError:
            continue
        for sight in _sights(content):
            known.add(sight.letters)
            yield Finding(RULE, f"{sight.what} stands here", _location(path, content, sight.at), fix=_FIX)
    for (device, name), artifact in sorted(artifacts.items()):
        for entry in artifact.entries:
            for sight in _sights(b"".join(part for part in entry.parts if isinstance(part, bytes))):
                if sight.letters not in known:
                    known.add(sight.letters)
                    wrong = f"`{entry.target}` holds {sight.what} as it is rendered for {device}"
                    yield Finding(RULE, wrong, Location(components[name].file), fix=_FIX)


def _sights(content: bytes) -> Iterator[_Sight]:
    for what, shape in _SHAPES.items():
        for found in shape.finditer(content):
            yield _Sight(what, found.start(), _LAYOUT.sub(b"", found[0]))


def _location(path: str, content: bytes, at: int) -> Location:
    begin = content.rfind(b"\n", 0, at) + 1
    return Location(path, content.count(b"\n", 0, at) + 1, len(content[begin:at].decode(errors="replace")) + 1)
