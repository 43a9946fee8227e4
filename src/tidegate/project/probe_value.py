"""A probe's value for one device: `http://{{ device.host }}/healthz` becomes a URL."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn

import jinja2

from tidegate.project.marked import Misused, Printer
from tidegate.project.probe_address import Unfilled
from tidegate.project.sandbox import FAULTS, Sandbox, words

_LONGEST = 4096


def _no_secret(name: str) -> NoReturn:
    raise Misused("secret-misused", f"a probe's value is shown in plans and logs; secret `{name}` must not be in it")


_SANDBOX = Sandbox(finalize=Printer().print)
_SANDBOX.globals = {"secret": _no_secret}


def fill(text: str, device: Mapping[str, Any]) -> str:
    """The text with the device's `name`, `address`, `host`, `driver`, `labels.x` and `vars.x` filled in.

    Undefined is an error. Raises Unfilled. Whoever fills in a template that nobody has tried yet does so in a child
    with limits.
    """
    if "{" not in text:
        return text
    try:
        filled = _compiled(text).render(device=device)
    except (Misused, *FAULTS) as error:
        raise Unfilled(words(error)) from error
    if len(filled) > _LONGEST or not filled.isprintable():
        raise Unfilled("it comes out too long, or with control characters")
    return filled


@lru_cache(maxsize=256)
def _compiled(text: str) -> jinja2.Template:
    return _SANDBOX.from_string(text)
