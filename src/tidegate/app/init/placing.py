"""Putting files into a person's repository: all of them or none, and none over what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tidegate.errors import GitError, Refusal, UsageError
from tidegate.git import Clone
from tidegate.report.people import count
from tidegate.world import World


def find_repository(world: World, folder: str) -> tuple[Path, str]:
    """The clone that holds `folder`, and the folder below it. UsageError where there is none."""
    place = (world.here / folder).resolve()
    if not place.is_dir():
        raise UsageError(f"there is no folder {place}", hint=f"mkdir -p {folder}")
    for root in (place, *place.parents):
        if (root / ".git").exists():
            return root, "" if root == place else place.relative_to(root).as_posix()
    raise UsageError(f"{place} is in no git repository", hint="git init, then again. Nothing was written.")


def main_branch(root: Path) -> str:
    """The branch that is deployed, where nobody names it. UsageError where the clone is on none."""
    try:
        return Clone(root).main_branch()
    except GitError as error:
        raise UsageError(f"{root} is on no branch", hint="Say which is deployed: --branch main") from error


def occupied(root: Path, paths: Sequence[str]) -> list[str]:
    """Those paths where something is already, or whose folder leads out of the repository."""
    return [path for path in paths if (root / path).exists() or (root / path).is_symlink() or _leads_out(root, path)]


def place(root: Path, files: Mapping[str, str]) -> None:
    """Write new files. Refusal where one is there, UsageError where the disk says no; then nothing was written."""
    taken = occupied(root, list(files))
    if taken:
        shown = "\n  ".join(taken)
        raise Refusal(
            f"nothing was written, for {count(len(taken), 'file')} of {len(files)} would be in the way:\n  {shown}",
            hint="A project that is there already gets its workflows by: tidegate init --update",
        )
    written: list[Path] = []
    try:
        for path, text in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as out:
                written.append(file)
                out.write(text)
    except OSError as error:
        for file in written:
            file.unlink()
        raise UsageError(f"cannot write to {root}: {error.strerror}", hint="Nothing was left behind.") from error


def rewrite(root: Path, files: Mapping[str, str | None]) -> None:
    """Write files over what is there, each whole or not at all; None takes one away."""
    for path, text in files.items():
        file = root / path
        try:
            if text is None:
                file.unlink()
                continue
            beside = file.with_name(f".{file.name}.new")
            beside.write_text(text, encoding="utf-8", newline="\n")
            beside.replace(file)
        except OSError as error:
            raise UsageError(
                f"cannot write {file}: {error.strerror}", hint="See what was written: git status"
            ) from error


def _leads_out(root: Path, path: str) -> bool:
    return not (root / path).parent.resolve().is_relative_to(root)
