"""A person's clone, asked and never changed."""

from __future__ import annotations

from pathlib import Path

from tidegate.errors import GitError
from tidegate.git.run import start_git


class Clone:
    """Five questions to the clone at `root`: none of its hooks, filters or monitors runs, its index and refs stay.

    Blocking. GitError where git cannot answer.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def head(self) -> str:
        """The commit that is checked out."""
        return self._ask("rev-parse", "--verify", "HEAD^{commit}").decode().strip()

    def commit(self, rev: str) -> str | None:
        """The commit that a person means by `rev`, or None where there is none here."""
        if not rev or rev.startswith("-") or not rev.isprintable():
            return None
        ended = start_git(("-C", str(self.root), "rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}"))
        return ended.stdout.decode().strip() if ended.code == 0 else None

    def remote_url(self, name: str = "origin") -> str:
        """Where the remote `name` lies; a relative path is taken from the clone, as git takes it."""
        url = self._ask("config", "--get", f"remote.{name}.url").decode().strip()
        return url if ":" in url or url.startswith("/") else str((self.root / url).resolve())

    def main_branch(self) -> str:
        """The branch that the remote names as its own; where it has said nothing yet, the one that is checked out."""
        try:
            return self._ask("symbolic-ref", "--short", "refs/remotes/origin/HEAD").decode().strip().partition("/")[2]
        except GitError:
            return self._ask("symbolic-ref", "--short", "HEAD").decode().strip()

    def uncommitted(self) -> list[str]:
        """Paths that differ from the commit checked out, untracked ones too. Submodules are not looked into."""
        found = self._ask(*self._no_filters(), "status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all")
        return [entry[3:] for entry in found.decode("utf-8", "surrogateescape").split("\0") if entry]

    def files(self) -> list[str]:
        """Paths that git sees: tracked, or new and not ignored. A tracked file that was taken away is among them."""
        listed = self._ask("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return sorted({path for path in listed.decode("utf-8", "surrogateescape").split("\0") if path})

    def committed(self, path: str) -> bytes | None:
        """A file as the commit that is checked out has it; None where it has none, or there is no commit."""
        ended = start_git(("-C", str(self.root), "cat-file", "blob", f"HEAD:{path}"))
        return ended.stdout if ended.code == 0 else None

    def _no_filters(self) -> list[str]:
        """Options that switch off every filter the clone's configuration names: `status` would run them."""
        named = start_git(("-C", str(self.root), "config", "-z", "--name-only", "--get-regexp", r"^filter\."))
        names = [name for name in named.stdout.decode("utf-8", "surrogateescape").split("\0") if name]
        off = (f"{name}={'false' if name.endswith('.required') else ''}" for name in names)
        return [part for setting in off for part in ("-c", setting)]

    def _ask(self, *args: str) -> bytes:
        ended = start_git(("-C", str(self.root), *args))
        if ended.code != 0:
            asked = " ".join(arg for arg in args if "=" not in arg and arg != "-c")
            raise GitError(
                f"git {asked} in {self.root} failed: {ended.words or 'no answer'}",
                hint="Tidegate reads a commit of a clone that has a remote `origin`.",
            )
        return ended.stdout
