"""Modules under names of our own, since a file may be called anything; and OPA's places in theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tidegate.checks.policy.port import Module, PolicyError


def name(at: int) -> str:
    """What OPA is told that the module of this number is called."""
    return f"m{at:06}.rego"


def compile_error(said: Mapping[str, Any], modules: Sequence[Module]) -> PolicyError:
    """One of the `errors` that OPA says of these modules; the first is blamed where it names none."""
    place = said.get("location") or {}
    words = " ".join(str(said.get("message", "")).split()) or "it does not compile"
    line, column = max(1, place.get("row", 1)), max(1, place.get("col", 1))
    there = placed(PolicyError("compile", words, str(place.get("file", "")), line, column), modules)
    return there if there.file else replace(there, file=modules[0].file, line=1, column=1)


def placed(error: PolicyError, modules: Sequence[Module]) -> PolicyError:
    """The error at its place in the module as we call it; without one where it names no module."""
    for at, module in enumerate(modules):
        if error.file.endswith(name(at)):
            return replace(error, file=module.file)
    return replace(error, file="", line=0, column=0)
