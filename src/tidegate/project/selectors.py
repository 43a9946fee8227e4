"""Selectors: Kubernetes label selectors, plus `all`, `*` and lists."""

from __future__ import annotations

import re

from tidegate.model.value import Selector, Term

ALL = Selector(((),), "all")

_KEY = r"[A-Za-z0-9][A-Za-z0-9._/-]*"
_VALUE = r"[A-Za-z0-9._/*-]+"
_COMMA = re.compile(r",(?![^(]*\))")
_HAS = re.compile(rf"(!?)\s*({_KEY})")
_EQUALS = re.compile(rf"({_KEY})\s*(!?=)\s*({_VALUE})")
_IN = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_ONE_VALUE = re.compile(_VALUE)


def parse_selector(said: str) -> Selector:
    """`role=web,site in (ber, muc)`. ValueError says what is wrong with it."""
    written = said.strip()
    if written == "all":
        return ALL
    return Selector((tuple(_term(part.strip(), written) for part in _COMMA.split(written)),), written)


def any_of(selectors: list[Selector]) -> Selector:
    """Devices that any of them takes."""
    if len(selectors) == 1:
        return selectors[0]
    terms = tuple(terms for selector in selectors for terms in selector.any_of)
    return Selector(terms, " | ".join(selector.text for selector in selectors))


def _term(part: str, whole: str) -> Term:
    if not part:
        raise ValueError(f"`{whole}` has a comma with nothing beside it")
    if part == "all":
        raise ValueError("`all` stands alone: it takes every device already")
    if part == "*":
        raise ValueError("`*` alone is no term: every device is `all`")
    if "==" in part:
        raise ValueError(f"`{part}` has one `=` too many")
    if found := _EQUALS.fullmatch(part):
        return Term(found[1], (found[3],), negated=found[2] == "!=")
    if found := _IN.fullmatch(part):
        values = tuple(value.strip() for value in found[3].split(","))
        for value in values:
            if not _ONE_VALUE.fullmatch(value):
                raise ValueError(f"`{value}` in `{part}` is no value: letters, digits and . _ - / *")
        return Term(found[1], values, negated=found[2] == "notin")
    if found := _HAS.fullmatch(part):
        return Term(found[2], negated=bool(found[1]))
    raise ValueError(f"`{part}` is no term of a selector")
