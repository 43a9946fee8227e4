"""What several commands say in the same way."""

from __future__ import annotations

from tidegate.app.carrying.done import Done
from tidegate.escape import json_text
from tidegate.world import World


def say_done(world: World, done: Done, form: str) -> int:
    """How a job came out: the story, or the action's outputs as JSON. Gives the exit code."""
    world.say(json_text(dict(done.outputs)) if form == "json" else done.text)
    world.outputs(done.outputs)
    world.summary(done.markdown)
    return done.exit_code


def say_plan(world: World, folder: str, strategy: str, form: str, *, retry: bool = False) -> int:
    """The plan, or the findings for which there is none. Gives the exit code."""
    from tidegate.app.plan import plan
    from tidegate.report.findings import findings_json, findings_text
    from tidegate.report.markdown import findings_markdown
    from tidegate.report.plan import plan_document, plan_markdown, plan_text

    began = world.clock.monotonic()
    planned = plan(world, folder, strategy, retry=retry)
    if planned.view is None:
        found, seconds = planned.found.validation, world.clock.monotonic() - began
        world.summary(lambda: findings_markdown(found.report, seconds))
        if form == "json":
            world.say(json_text(findings_json(found.report, exit_code=1, seconds=seconds)))
        else:
            world.say(findings_text(found.report, found.text_of, seconds, colour=world.colour))
        return planned.exit_code
    world.outputs({"plan": planned.view.plan.digest})
    view = planned.view
    world.summary(lambda: plan_markdown(view))
    match form:
        case "json":
            world.say(json_text(plan_document(planned.view)))
        case "markdown":
            world.say(plan_markdown(planned.view))
        case _:
            world.say(plan_text(planned.view))
    return planned.exit_code
