"""What `tidegate init` wrote, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate import escape
from tidegate.report.people import count

_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Written:
    """`github`: with workflows; `pinned`: they name the action by a commit."""

    kind: str
    files: Sequence[str]
    ignored: Sequence[str]
    folder: str
    driver: str
    github: bool
    pinned: bool


def written_text(written: Written) -> str:
    """The first line is the answer; then the files, and the steps that are a person's."""
    lines = [f"A project of type {written.kind}: {count(len(written.files), 'file')}. Nothing was committed.", ""]
    lines += [f"  {escape.line(path)}" for path in written.files]
    lines += [
        f"git ignores {escape.line(path)}: take it out of .gitignore, or it is not seen" for path in written.ignored
    ]
    return "\n".join([*lines, "", "Next:", *(f"  {number}. {step}" for number, step in enumerate(_steps(written), 1))])


def updated_text(fates: Mapping[str, str], stale: Sequence[str]) -> str:
    """What became of each workflow."""
    if stale:
        first = f"{count(len(stale), 'workflow')} edited by hand, no longer fitting, left alone. The rest is in step."
    else:
        first = f"{count(len(fates), 'workflow')}, all as they should be now. Nothing was committed."
    rows = [f"  {escape.line(path)}  {fate}" for path, fate in fates.items()]
    end = (
        ["", "See why: tidegate validate      write them anew, edits lost: tidegate init --update --force"]
        if stale
        else []
    )
    return "\n".join([first, "", *rows, *end])


def _steps(written: Written) -> list[str]:
    where = f" --project {escape.line(written.folder)}" if written.folder else ""
    steps = ["Put your devices into fleet/, and what they shall have into components/."]
    if written.driver == "ssh":
        steps.append("Host keys: tidegate fleet keys      compare them, then put them into known_hosts")
    steps += [
        f"tidegate validate{where}",
        'git add . && git commit -m "Tidegate" && git push -u origin HEAD',
        f"tidegate audit init{where}      once: makes the branch for the record",
        f"tidegate plan{where}            who would change, how, in which waves",
    ]
    if written.github:
        steps.append(f"tidegate doctor{where}          are the gates on GitHub real, and how to make them so")
    else:
        steps.append(f"tidegate deploy{where}")
    if written.github and not written.pinned:
        steps.append("Pin the action to a commit: tidegate init --update --ref <40 hex digits>")
    return steps
