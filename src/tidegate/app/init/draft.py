"""The files of a new project as text, and the project that they make."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.app.ground.look import refused
from tidegate.app.templates import paper
from tidegate.app.workflows.settings import Settings
from tidegate.app.workflows.writing import workflows
from tidegate.errors import UsageError
from tidegate.project.load import load
from tidegate.tree import MissingFile

FILES = (
    "tidegate.yaml",
    "fleet/staging.yaml",
    "fleet/production.yaml",
    "components/motd/component.yaml",
    "components/motd/files/motd.j2",
    "policies/owners.rego",
)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SSH = ("known_hosts",)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks of `init`. `settings` None: no workflows, and a project without environments."""

    name: str
    strategy: str = "default"
    driver: str = "ssh"
    settings: Settings | None = field(default_factory=Settings)


class Draft:
    """Files that are not written yet, as a tree."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def paths(self) -> Sequence[str]:
        return sorted(self._files)

    def refused(self) -> Mapping[str, str]:
        return {}

    def read(self, path: str) -> bytes:
        try:
            return self._files[path].encode()
        except KeyError:
            raise MissingFile(f"there is no file {path}") from None


def draft(wish: Wish, folder: str) -> Mapping[str, str]:
    """Path -> text. `folder` is the project's below the repository's root. Refusal for names that cannot be."""
    for option, said in (("--name", wish.name), ("--strategy", wish.strategy)):
        if not _NAME.fullmatch(said):
            raise UsageError(f"{option}: `{said}` is no name", hint="Lower-case letters, digits and -, at most 63.")
    settings = wish.settings or Settings()
    templates = paper("project")
    schemas = f"https://raw.githubusercontent.com/{settings.action}/{settings.ref}/docs/reference/schemas"
    filling = {
        "name": wish.name,
        "strategy": wish.strategy,
        "driver": wish.driver,
        "github": wish.settings is not None,
        "schemas": schemas,
    }
    names = FILES + (_SSH if wish.driver == "ssh" else ())
    files = {posixpath.join(folder, name): templates.get_template(name).render(filling) for name in names}
    loaded = load(Draft(files), folder, wish.name)
    if loaded.project is None:
        raise refused(loaded.report, "The project would not be one")
    if wish.settings is None:
        return files
    return {**files, **workflows(loaded.project, folder, wish.settings)}
