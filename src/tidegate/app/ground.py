"""Where a command stands: the person's clone, our own copy of its remote, the project's folder, the audit branch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tidegate.audit.branch import Branch
from tidegate.audit.git_store import GitStore
from tidegate.errors import GitError, RemoteAway, UsageError
from tidegate.git import Clone, Git, as_user, masked
from tidegate.world import World

REMOTE = "origin"
_HERE = "refs/tidegate/here"


@dataclass(frozen=True, slots=True)
class Ground:
    """`root` is the clone, `folder` the project's folder below it (`""` at the root), `git` our bare repository."""

    root: Path
    folder: str
    clone: Clone
    git: Git
    remote: str

    @property
    def base(self) -> Path:
        """The project's folder on disk: what relative paths of drivers and secrets are taken from."""
        return self.root / self.folder

    @property
    def name_hint(self) -> str:
        """The project's name where it does not say one: its folder's, or the repository's at the root."""
        name = PurePosixPath(self.folder).name if self.folder else PurePosixPath(masked(self.remote)).name
        return name.removesuffix(".git") or self.root.name


def find_root(world: World, project: str) -> tuple[Path, str]:
    """The clone that holds `project`, and the project's folder below it. UsageError where there is none."""
    folder = (world.here / project).resolve()
    if not (folder / "tidegate.yaml").is_file():
        raise UsageError(
            f"there is no tidegate.yaml in {folder}", hint="Go to the project's folder, or say --project DIR."
        )
    for root in (folder, *folder.parents):
        if (root / ".git").exists():
            return root, "" if root == folder else folder.relative_to(root).as_posix()
    raise UsageError(f"{folder} is in no git repository", hint="git init, commit, and add a remote named origin.")


def stand(world: World, project: str) -> Ground:
    """The ground of a project. Makes our own bare repository where there is none; contacts nobody."""
    root, folder = find_root(world, project)
    clone = Clone(root)
    try:
        remote = clone.remote_url(REMOTE)
    except GitError as error:
        raise UsageError(
            f"{root} has no remote `{REMOTE}`: the record of rollouts lies there",
            hint=f"git remote add {REMOTE} URL",
        ) from error
    mine = hashlib.sha256(remote.encode()).hexdigest()[:16]
    git = Git.make(world.state / "git" / mine, as_user(world.environ))
    return Ground(root, folder, clone, git, remote)


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


def copy_head(ground: Ground) -> str:
    """The commit that is checked out, present in our copy, pushed or not."""
    ground.git.fetch(str(ground.root), f"+HEAD:{_HERE}")
    return ground.clone.head()


def copy_commits(world: World, root: Path, *revisions: str) -> tuple[Git, list[str]]:
    """Our own copy of what the clone at `root` has, and the commits that `revisions` name in it.

    UsageError for one that names none. Nobody is contacted, and no remote needed.
    """
    clone = Clone(root)
    commits: list[str] = []
    for revision in revisions:
        commit = clone.commit(revision)
        if commit is None:
            raise UsageError(
                f"there is no commit `{revision}` in {root}", hint=f"git fetch {REMOTE}, or spell it anew."
            )
        commits.append(commit)
    mine = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    git = Git.make(world.state / "git" / f"clone-{mine}")
    git.fetch(str(root), *dict.fromkeys(commits))
    return git, commits


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
    return GitStore(ground.git, ground.remote, name, name=f"{REMOTE}/{name}")


def open_branch(world: World, ground: Ground, name: str = "tidegate-audit") -> Branch:
    """The audit branch of the project's remote."""
    return Branch(audit_store(ground, name), world.clock)
