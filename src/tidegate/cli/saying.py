"""What several commands say in the same way."""

from __future__ import annotations

import json

from tidegate.app.done import Done
from tidegate.world import World


def say_done(world: World, done: Done, form: str) -> int:
    """How a job came out: the story, or the action's outputs as JSON. Gives the exit code."""
    world.say(json.dumps(dict(done.outputs), indent=2) if form == "json" else done.text)
    return done.exit_code


def say_plan(world: World, folder: str, strategy: str, form: str, *, retry: bool = False) -> int:
    """The plan, or the findings for which there is none. Gives the exit code."""
    from tidegate.app.plan import plan
    from tidegate.report.findings import findings_json, findings_text
    from tidegate.report.plan import plan_document, plan_markdown, plan_text

    began = world.clock.monotonic()
    planned = plan(world, folder, strategy, retry=retry)
    if planned.view is None:
        found, seconds = planned.found.validation, world.clock.monotonic() - began
        if form == "json":
            world.say(json.dumps(findings_json(found.report, exit_code=1, seconds=seconds), indent=2))
        else:
            world.say(findings_text(found.report, found.text_of, seconds, colour=world.colour))
        return planned.exit_code
    match form:
        case "json":
            world.say(json.dumps(plan_document(planned.view), indent=2))
        case "markdown":
            world.say(plan_markdown(planned.view))
        case _:
            world.say(plan_text(planned.view))
    return planned.exit_code
