"""A probe's value for one device: `http://{{ device.host }}/healthz` becomes a URL."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tidegate.model.project import Device

_LONGEST = 4096
_FAULTS = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class Unfilled(ValueError):
    """The template cannot be filled for this device: the message says why."""


class _Environment(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja2, but a label or variable called `items` is that one."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


_ENVIRONMENT = _Environment(undefined=jinja2.StrictUndefined, autoescape=False)
_ENVIRONMENT.globals = {}
del _ENVIRONMENT.filters["random"]


def fill(text: str, device: Device) -> str:
    """The text with `device.name`, `address`, `host`, `driver`, `labels.x` and `vars.x` filled in.

    Undefined is an error. Raises Unfilled. It was rendered in a limited child when the plan was made, so here it
    cannot run away.
    """
    if "{" not in text:
        return text
    try:
        filled = _compiled(text).render(device=_as_templates_see(device))
    except _FAULTS as error:
        raise Unfilled(f"its value cannot be filled in: {error}") from error
    if len(filled) > _LONGEST or not filled.isprintable():
        raise Unfilled("its value is too long, or has control characters")
    return filled


@lru_cache(maxsize=256)
def _compiled(text: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(text)


def _as_templates_see(device: Device) -> dict[str, Any]:
    return {
        "name": device.name,
        "address": device.address,
        "host": device.host,
        "driver": device.driver,
        "labels": dict(device.labels),
        "vars": dict(device.vars),
    }
