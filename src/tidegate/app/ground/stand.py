"""Where a command stands: a clone or a job, our own copy of its remote, the project's folder, the audit branch."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tidegate.app.ground.footing import Footing, own_repository
from tidegate.app.ground.in_clone import REMOTE, find_clone
from tidegate.app.ground.in_job import InJob
from tidegate.audit.branch import Branch
from tidegate.audit.git_store import GitStore
from tidegate.errors import GitError, RemoteAway, UsageError
from tidegate.git import Git, masked
from tidegate.world import World


@dataclass(frozen=True, slots=True)
class Ground:
    """`folder` is the project's folder in the repository (`""` at the root), `git` our bare copy of `remote`."""

    folder: str
    footing: Footing
    git: Git
    remote: str

    @property
    def base(self) -> Path:
        """The project's folder on disk: what relative paths of drivers and secrets are taken from."""
        return self.footing.files() / self.folder

    @property
    def name_hint(self) -> str:
        """The project's name where it does not say one: its folder's, or the repository's at the root."""
        name = PurePosixPath(self.folder).name if self.folder else PurePosixPath(masked(self.remote)).name
        return name.removesuffix(".git") or self.footing.name


def find_footing(world: World, project: str) -> tuple[Footing, str]:
    """What `world` stands on, and the project's folder below the repository's root. UsageError where there is none."""
    if world.run is None:
        return find_clone(world, project)
    folder = posixpath.normpath(project)
    if PurePosixPath(folder).parts[:1] in (("/",), ("..",)):
        raise UsageError(
            f"{project} is no folder of the repository", hint="Say it as a path from its root: --project x"
        )
    return InJob(world.run, world), "" if folder == "." else folder


def stand(world: World, project: str) -> Ground:
    """The ground of a project. Makes our own bare repository where there is none; contacts nobody."""
    footing, folder = find_footing(world, project)
    return Ground(folder, footing, own_repository(world, footing), footing.remote)


def fetch_revision(ground: Ground, revision: str) -> str:
    """The commit that `revision` names, present in our copy and on a branch of the remote.

    UsageError where it was never pushed, RemoteAway where the remote does not answer.
    """
    _reach(ground)
    if not ground.git.is_on_a_branch(revision):
        raise UsageError(
            f"{revision[:12]} is not on a branch of the remote {masked(ground.remote)}",
            hint="Push it first: what is deployed must be where the record is.",
        )
    return ground.git.resolve(revision) or revision


def _reach(ground: Ground) -> None:
    try:
        ground.git.fetch_branches(ground.remote)
    except GitError as error:
        raise RemoteAway(
            f"the remote {masked(ground.remote)} cannot be reached: {error.message}",
            hint="See whether you reach it, and may read it; then try again. Nothing was done.",
        ) from error


def audit_store(ground: Ground, name: str) -> GitStore:
    """Where the audit branch of the project's remote lies."""
    git = Git(ground.git.directory, ground.footing.audit_contact)
    return GitStore(git, ground.remote, name, name=f"{REMOTE}/{name}")


def open_branch(world: World, ground: Ground, name: str = "tidegate-audit") -> Branch:
    """The audit branch of the project's remote."""
    return Branch(audit_store(ground, name), world.clock)
