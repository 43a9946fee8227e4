"""Are the workflows there, do they fit, and do they name a Tidegate that nobody can exchange?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate.app.ground.look import Sight
from tidegate.checks.workflows import check_workflows
from tidegate.model.gate import Point, Stand
from tidegate.project.legs import WORKFLOWS, main_lane, workflow_file

_USES = re.compile(r"^\s*(?:-\s+)?uses:\s*[\"']?(?P<what>[^\s\"'#]+)@(?P<ref>[^\s\"'#]+)", re.MULTILINE)
_COMMIT = re.compile(r"[0-9a-f]{40}")


def workflow_points(sight: Sight, folder: str) -> Iterator[Point]:
    """One about whether they fit, and one about what they call."""
    main = main_lane(sight.project)
    names = [workflow_file("deploy", name, main, folder) for name in sight.project.strategies]
    names += [workflow_file(kind, folder=folder) for kind in ("validate", "wake")]
    there = set(sight.tree.paths())
    missing = [name for name in names if f"{WORKFLOWS}/{name}" not in there]
    stale = list(check_workflows(sight.tree, sight.project, sight.documents, folder))
    if missing:
        yield Point("workflows", Stand.GAP, f"not there: {', '.join(missing)}", ("tidegate init --update",))
    elif stale:
        yield Point("workflows", Stand.GAP, f"{stale[0].location}: {stale[0].message}", ("tidegate init --update",))
    else:
        yield Point("workflows", Stand.REAL, "they are there, and fit the strategies")
    loose = sorted({used for name in names for used in _loose(sight, f"{WORKFLOWS}/{name}", there)})
    if loose:
        close = ("tidegate init --update --ref <the commit that the tag stands for>",)
        yield Point("pinned actions", Stand.GAP, f"whoever moves the tag moves what runs: {', '.join(loose)}", close)
    elif len(missing) < len(names):
        yield Point("pinned actions", Stand.REAL, "each is named by a commit")


def _loose(sight: Sight, path: str, there: set[str]) -> Iterator[str]:
    text = sight.tree.read(path).decode("utf-8", "replace") if path in there else ""
    for found in _USES.finditer(text):
        if not _COMMIT.fullmatch(found["ref"]):
            yield f"{found['what']}@{found['ref']}"
