"""A new project in a person's repository."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.app.init.draft import Wish, draft
from tidegate.app.init.placing import find_repository, main_branch, place
from tidegate.app.workflows.settings import Settings
from tidegate.git import Clone
from tidegate.world import World

_OTHERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written, by path, and which of it git ignores. `folder` is the project's, "" at the root."""

    folder: str
    wish: Wish
    files: Mapping[str, str]
    ignored: Sequence[str]


def begin(
    world: World, folder: str, *, name: str, strategy: str, driver: str, chosen: Mapping[str, Any] | None
) -> Begun:
    """Write a project and its workflows; `chosen` are settings of these that a person says, None: no workflows.

    Refusal where anything is in the way: then nothing is written.
    """
    root, below = find_repository(world, folder)
    settings = None
    if chosen is not None:
        settings = Settings(**{"branch": main_branch(root), **chosen} if "branch" not in chosen else chosen)
    wish = Wish(
        name or _OTHERS.sub("-", (world.here / folder).resolve().name.lower()).strip("-"), strategy, driver, settings
    )
    files = draft(wish, below)
    place(root, files)
    seen = set(Clone(root).files())
    return Begun(below, wish, files, [path for path in files if path not in seen])
