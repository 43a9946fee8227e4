"""What a change was found to be, shown at its commit: as a check, or in the log where none can be written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tidegate.app.carrying.hub import hub
from tidegate.app.judged import Judged
from tidegate.escape import line
from tidegate.model.place import Finding
from tidegate.model.run import Run
from tidegate.report.plan import plan_markdown
from tidegate.report.plan_words import headline
from tidegate.report.workflow_commands import commands
from tidegate.world import World

if TYPE_CHECKING:
    from tidegate.github.check_runs import Check


def show_judged(world: World, run: Run, judged: Judged, seconds: float) -> None:
    """One check with annotations. That it could not be written fails nothing, and is said."""
    from tidegate.github.checks import validation_check

    found = judged.validation
    said = [headline(view.plan, view.project, len(view.refused)) for view in judged.views]
    check = validation_check(
        found.report,
        run.shown,
        seconds,
        fail_on=found.fail_on,
        plan="\n\n".join(map(plan_markdown, judged.views)),
        headline=" ".join(said),
        mapped=judged.lines,
    )
    _show(world, run, check, found.report.findings)


def show_elsewhere(world: World, run: Run) -> None:
    """That there is nothing to judge: the change goes to another branch."""
    from tidegate.github.checks import elsewhere_check

    _show(world, run, elsewhere_check(run.shown, run.elsewhere, run.default), ())


def _show(world: World, run: Run, check: Check, findings: Sequence[Finding]) -> None:
    from tidegate.github.trouble import Forbidden, GitHubError

    async def put() -> None:
        async with hub(world) as github:
            if github is not None:
                await github.checks.put(run.shown, check)

    why = "a token of a fork or of Dependabot only reads"
    if not run.read_only:
        try:
            asyncio.run(put())
        except Forbidden as error:
            why = f"{error.message}. {error.hint}"
        except GitHubError as error:
            why = error.message
        else:
            return
    for command in commands(findings):
        world.say(command)
    world.tell(line(f"No check was written: {why}"))
