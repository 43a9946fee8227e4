"""GitHub's own description of its API, as models: every exchange with the fake is held to it, both ways."""

from __future__ import annotations

import functools
import importlib
import operator
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from fakes.github.endpoints import ROUTES
from fakes.github.routes import Route
from fakes.github.server import Exchange

# Installed models are of this version; what we use is the same in 2022-11-28, but for `merge_commit_sha` of a pull
# request, which the newer one no longer promises.
_MODELS = "githubkit_schemas.v2026_03_10.models"
_BY_NAME: Mapping[str, Route] = {route.name: route for route in ROUTES}


def differences(exchanges: Iterable[Exchange]) -> list[str]:
    """What of the requests and of the answers is not as GitHub describes it; errors have one shape of their own."""
    found = []
    for exchange in exchanges:
        route = _BY_NAME.get(exchange.route)
        if route is None:
            found.append(f"{exchange.method} {exchange.path}: no endpoint of ours")
        elif exchange.status >= 300:
            found += _fault(f"{route.name} {exchange.status}", "BasicError", exchange.answered)
        else:
            found += _fault(f"request {route.name}", route.takes, exchange.sent)
            found += _fault(f"answer {route.name}", route.answers, exchange.answered, many=route.many)
    return found


def visited(exchanges: Iterable[Exchange]) -> set[str]:
    """Names of the routes that were answered well."""
    return {exchange.route for exchange in exchanges if exchange.status < 300}


def faults(name: str, body: Mapping[str, Any]) -> list[str]:
    """What of a request's body is not as the model of that name has it."""
    return _fault("request", name, body)


def _fault(where: str, name: str, value: Any, *, many: bool = False) -> list[str]:
    if not name:
        return []
    models = _models(name)
    wanted: Any = functools.reduce(operator.or_, models)
    try:
        TypeAdapter(list[wanted] if many else wanted).validate_python(value)
    except ValidationError as error:
        return [f"{where}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    if not where.startswith("request"):
        return []
    known = {field.alias or key for model in models for key, field in model.model_fields.items()}
    return [f"{where}: {key}: GitHub knows no such key" for key in value if key not in known]


def _models(name: str) -> list[type[BaseModel]]:
    """A union's parts are called <name>Oneof0 or <name>Anyof0, and so on."""
    module = importlib.import_module(_MODELS)
    names = [name, *(f"{name}{word}{number}" for word in ("Oneof", "Anyof") for number in range(40))]
    return [getattr(module, each) for each in names if hasattr(module, each)]
