"""Somebody who begins: a clone with nothing in it yet, its remote, and the commands they say."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from team import Said, run
from tidegate.cli.main import cli
from tidegate.clock import SystemClock
from tidegate.world import World


@dataclass(frozen=True)
class Newcomer:
    """A clone with nothing in it yet, its remote, and a person."""

    top: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def clone(self) -> Path:
        return self.top / "config"

    def git(self, *words: str) -> str:
        return run(["git", "-C", str(self.clone), *words])

    def tidegate(self, *words: str, here: str = ".") -> Said:
        out: list[str] = []
        err: list[str] = []
        world = World(
            here=self.clone / here,
            clock=SystemClock(),
            environ={"PATH": os.environ["PATH"], **self.environ},
            say=out.append,
            tell=err.append,
            state=self.top / "state",
            cache=self.top / "cache",
        )
        result = CliRunner().invoke(cli, list(words), obj=world)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, "\n".join(out), "\n".join([*err, result.output]))

    def files(self) -> dict[str, bytes]:
        """All that lies in the clone, but git's own."""
        found = (path for path in self.clone.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {path.relative_to(self.clone).as_posix(): path.read_bytes() for path in found}

    def text(self, path: str) -> str:
        return (self.clone / path).read_text(encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        text = self.text(path)
        assert old in text
        (self.clone / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def newcomer_in(top: Path, remote: str = "", **environ: str) -> Newcomer:
    """`remote`: where origin is; by default a bare repository beside the clone, which is made."""
    somebody = Newcomer(top, environ)
    if not remote:
        remote = str(top / "remote.git")
        run(["git", "init", "--quiet", "--bare", "--initial-branch=main", remote])
    run(["git", "init", "--quiet", "--initial-branch=main", str(somebody.clone)])
    somebody.git("config", "user.email", "ada@example.org")
    somebody.git("config", "user.name", "Ada")
    somebody.git("remote", "add", "origin", remote)
    return somebody
