"""Every rule that checks beside reading, referring and rendering may find broken; those have `project.rules`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RULES: Mapping[str, str] = MappingProxyType(
    {
        # style, schema, references, keys
        "style": "What yamllint says, by the project's own .yamllint.",
        "schema": "A document that does not fit the team's JSON Schema.",
        "schema-broken": "A schema that cannot be used: no JSON Schema, or a `$ref` that leads to nothing.",
        "schema-unused": "A schema for files that there are not.",
        "spread-label": "`spread` names a label that no device has.",
        "private-keys": "A private key, or a key of a cloud, in a file of the repository or on a device.",
        "workflow-stale": "A workflow of GitHub that no longer fits the legs of its strategy.",
        # plan
        "no-plan": "There is no plan, so its rules could not be asked.",
        # policies
        "no-policies": "A rule set of which no rule could be asked, or no set at all.",
        "policy-broken": "A policy that does not compile.",
        "policy-builtin": "A policy that calls what the engine does not have, or what reaches outside.",
        "policy-unasked": "A package that nobody asks.",
        "policy-package": "A policy of the team in a package of the shipped ones.",
        "policy-shape": "`deny`, `warn` or `notice` that is no set.",
        "policy-kind": "A policy for a kind of input that there is not.",
        "policy-error": "A policy that gave no answer.",
        "policy-timeout": "A policy that did not end in time.",
        # the shipped policies
        "canary-size": "The first wave of production is too large.",
        "unproven": "Production comes before anything has proven the change.",
        "no-health": "Nothing looks whether a component works.",
        "modes": "A file that every user of a device may write.",
    }
)
