"""Is a leg's job the one that its environment protects? A workflow that was edited must not run production ungated."""

from __future__ import annotations

from tidegate.app.ground.actor import Actor
from tidegate.errors import Held

UNPROVEN = "environment unproven"


async def prove(who: Actor, environment: str) -> str:
    """ "" where the claims of the job's own OIDC token say that it runs in `environment`; UNPROVEN where the runner
    offers no token. Held where they say something else: then nothing is contacted."""
    run = who.world.run
    if run is None or not environment:
        return ""
    from tidegate.github.identity import claims

    said = await claims(who.world.environ)
    if said is None:
        who.world.tell(
            f"{UNPROVEN}: this runner offers no OIDC token, so nobody can tell that the job runs in `{environment}`.\n"
            "  In the workflow: permissions: {id-token: write}"
        )
        return UNPROVEN
    ref = who.world.environ.get("GITHUB_REF", "")
    expected = {
        "repository": (said.repository, run.repository),
        "run_id": (said.run, run.number),
        "ref": (said.ref, ref),
        "environment": (said.environment, environment),
    }
    wrong = [
        f"{name} is `{found or 'none'}`, not `{meant}`" for name, (found, meant) in expected.items() if found != meant
    ]
    if wrong:
        raise Held(
            f"by its OIDC token this job is not the one of `{environment}`: {'; '.join(wrong)}",
            hint="Nothing was started. In the workflow the job needs: environment: "
            f"{environment}      write it anew: tidegate init --update",
        )
    return ""
