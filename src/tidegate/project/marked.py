"""Secrets in templates: values of their own kind, which may be printed and filtered, and nothing else."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from jinja2 import Undefined

from tidegate.secrets import FILTERS

START, END = "\U00100000", "\U00100001"
"""Around a mark's number in a text that is being rendered; private use, and refused in what users write."""


class Misused(Exception):
    """What is wrong with a template, by which rule, in which file and line (0: not known yet)."""

    def __init__(self, rule: str, message: str, file: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.rule, self.message, self.file, self.line = rule, message, file, line


class Mark:
    """A secret in a template. To compare, join, cut, count or test it is a fault: its value is not there."""

    __slots__ = ("_filter", "_name")

    def __init__(self, name: str, filter_: str = "") -> None:
        self._name, self._filter = name, filter_

    @classmethod
    def of(cls, name: str, known: Sequence[str]) -> Mark:
        """The secret of that name. Misused where there is none."""
        if name in known:
            return cls(name)
        near = difflib.get_close_matches(str(name), known, n=1)
        meant = f"; did you mean `{near[0]}`?" if near else ""
        raise Misused("unknown-secret", f"there is no secret `{name}` in tidegate.yaml{meant}")

    def filtered(self, by: str) -> Mark:
        if self._filter:
            raise Misused("secret-misused", f"`{self._filter}` was applied to this secret already")
        return Mark(self._name, by)

    def as_json(self) -> dict[str, str]:
        return {"secret": self._name, "filter": self._filter}


def _refuse(*_: object) -> NoReturn:
    raise Misused(
        "secret-misused", f"a secret can only be printed; of filters it takes {', '.join(FILTERS)}, one of them"
    )


_OPERATIONS = (
    *("str", "repr", "format", "html", "bool", "len", "iter", "contains", "getitem", "hash", "int", "float", "index"),
    *("eq", "ne", "lt", "le", "gt", "ge", "call", "neg", "pos", "add", "radd", "sub", "rsub", "mul", "rmul", "mod"),
    *("rmod", "truediv", "rtruediv", "floordiv", "rfloordiv", "pow", "rpow"),
)
for _operation in _OPERATIONS:  # one by one it would be the same line thirty times
    setattr(Mark, f"__{_operation}__", _refuse)


class Printer:
    """Puts values into the text: a mark as a placeholder that is taken out again when the text is whole."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []

    def print(self, value: Any) -> Any:
        """What Jinja2 is to write for a value; Misused for what has no text of its own."""
        if isinstance(value, str):
            if START in value or END in value:
                raise Misused("template-error", "this value has characters of Unicode's private use")
            return value
        if isinstance(value, Mark):
            self.marks.append(value)
            return f"{START}{len(self.marks) - 1}{END}"
        if isinstance(value, bool):
            raise Misused("template-error", f"`{str(value).lower()}` would come out as `{value}`; try | to_json")
        if isinstance(value, Undefined) or _is_plain(value):
            return value
        if value is None:
            raise Misused("template-error", "this value is nothing (null)")
        raise Misused("template-error", f"a {type(value).__name__} cannot be written; try | list or | join")


def caught(pieces: Iterable[str]) -> str:
    """Text of a macro, or of a call, filter or set block. No secret may be in it, for it may still be changed."""
    text = "".join(pieces)
    if START in text:
        raise Misused("secret-misused", "a secret inside a macro, or a call, filter or set block; print it outside")
    return text


def guarded(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The same filters, or tests, refusing marks."""
    return {name: _guard(filter_) for name, filter_ in filters.items()}


def taking_marks(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Filters of values that are applied to a mark by noting their name."""
    return {name: _take(name, filter_) for name, filter_ in filters.items()}


def _guard(filter_: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(filter_)
    def guard(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(value, Mark) for value in (*args, *kwargs.values())):
            _refuse()
        return filter_(*args, **kwargs)

    return guard


def _take(name: str, filter_: Callable[..., Any]) -> Callable[..., Any]:
    def take(value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, Mark) and not args and not kwargs:
            return value.filtered(name)
        if isinstance(value, Undefined):
            return str(value)  # raises, and says what is missing
        if not _is_plain(value) and value is not None:
            if _holds_mark(value):
                _refuse()
            raise Misused("template-error", f"`{name}` cannot take a {type(value).__name__}; try | list")
        return filter_(value, *args, **kwargs)

    return take


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and (inner is None or _is_plain(inner)) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return all(inner is None or _is_plain(inner) for inner in value)
    return isinstance(value, str | int | float)


def _holds_mark(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_mark(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_mark(inner) for inner in value)
    return isinstance(value, Mark)
