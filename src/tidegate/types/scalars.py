"""YAML 1.2 core types: what a bare word is, and how it was written."""

from __future__ import annotations

import re
from typing import Self, TypeAlias

Core: TypeAlias = "str | int | float | bool | None"

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Core] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_FIRST = frozenset("0123456789+-.~nNtTfF")
_DIGITS = 4000  # Python refuses to convert longer ones; no number of ours comes near


class Plain(str):
    """A bare scalar that the core types make something else than text. As a `str` it is what was written."""

    __slots__ = ("value",)
    value: int | float | bool | None

    def __new__(cls, text: str, value: float | None) -> Self:
        plain = super().__new__(cls, text)
        plain.value = value
        return plain


def core(text: str) -> Core:
    """The value of a bare scalar: `yes` and `2:00` are text, `0o17` is 15, `true` is True, nothing is None."""
    if text and text[0] not in _FIRST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _DIGITS:
        return text
    if _INT.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text[2:], base) if base != 10 else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def written(text: str) -> str:
    """A bare scalar that still knows its text: `str` for text, `Plain` for all else."""
    value = core(text)
    return value if isinstance(value, str) else Plain(text, value)


def has_leading_zero(text: str) -> bool:
    """`0644`, `007.5`: octal to some readers, decimal to others, so to be quoted."""
    return _LEADING_ZERO.fullmatch(text) is not None


def comes_out_as_written(plain: Plain) -> bool:
    """Would a template print this number as it stands in the file? Not so `1.10`, `1e3`, `0x1F`, `+1`."""
    if plain.value is None or isinstance(plain.value, bool):
        return True
    return repr(plain.value) == str(plain)


def values(tree: object) -> object:
    """The same, with every `Plain` replaced by its value."""
    if isinstance(tree, Plain):
        return tree.value
    if isinstance(tree, dict):
        return {key: values(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [values(value) for value in tree]
    return tree
