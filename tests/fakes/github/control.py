"""What drives a fake that runs as a process: the words of the scene and the state, below /_fake, as JSON."""

from __future__ import annotations

import inspect
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from fakes.github.routes import Refusal, Response
from fakes.github.scene import Scene

PREFIX = "/_fake/"
_HIDDEN = ("ids", "now", "limits")


def answer(scene: Scene, method: str, path: str, body: Any) -> Response:
    """GET /_fake/state: all that is known. POST /_fake/<word> with the word's arguments by name: says it."""
    word = path.removeprefix(PREFIX)
    if method == "GET" and word == "state":
        return Response(200, _plain({name: value for name, value in vars(scene.state).items() if name not in _HIDDEN}))
    said = vars(Scene).get(word)
    if method != "POST" or word.startswith("_") or not inspect.isfunction(said):
        raise Refusal(404, f"the fake GitHub has no word `{word}`")
    try:
        return Response(200, _plain(said(scene, **(body or {}))))
    except (TypeError, KeyError, ValueError) as error:
        raise Refusal(422, f"{word}: {error!r}") from error


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value
