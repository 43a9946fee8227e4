"""Do only the legs of a rollout get at the devices' secrets?"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from tidegate.app.doctor.facts import Facts
from tidegate.github.gates import NotVisible
from tidegate.model.gate import Point, Stand
from tidegate.project.legs import Leg


def secret_points(facts: Facts, legs: Sequence[Leg], variables: Sequence[str]) -> Iterator[Point]:
    """Each secret is one of every leg's environment, and of nothing wider."""
    bare = [leg.name for leg in legs if not leg.environment]
    for name in variables:
        if bare:
            yield Point(
                f"secret {name}",
                Stand.GAP,
                f"leg `{bare[0]}` has no environment, so it can only have a secret of the whole repository",
                (f"tidegate.yaml: give the waves of `{bare[0]}` an environment, then tidegate init --update",),
            )
            continue
        yield _point(facts, name, list(dict.fromkeys(leg.environment for leg in legs)))


def _point(facts: Facts, name: str, environments: Sequence[str]) -> Point:
    title = f"secret {name}"
    wide = [*_too_wide(facts, name)]
    if wide:
        return Point(title, Stand.GAP, wide[0][0], tuple(command for _, command in wide))
    missing = [each for each in environments if _has(facts, each, name) is False]
    if missing:
        close = tuple(f"gh secret set {name} --env {shlex.quote(each)} --repo {facts.repository}" for each in missing)
        return Point(title, Stand.GAP, f"not in the environments that need it: {', '.join(missing)}", close)
    hidden = [facts.secrets, facts.organization_secrets, *(_seen(facts, each) for each in environments)]
    for each in hidden:
        if isinstance(each, NotVisible):
            return Point(title, Stand.UNSEEN, each.why)
    return Point(title, Stand.REAL, f"in {', '.join(environments)} alone")


def _too_wide(facts: Facts, name: str) -> Iterator[tuple[str, str]]:
    for secrets, whose, command in (
        (facts.secrets, "the repository", f"gh secret delete {name} --repo {facts.repository}"),
        (
            facts.organization_secrets,
            "the organization",
            f"gh secret delete {name} --org {facts.repository.split('/')[0]}",
        ),
    ):
        if not isinstance(secrets, NotVisible) and name.upper() in (each.upper() for each in secrets):
            yield f"it is a secret of {whose} too: a workflow of any pull request from a branch here reads it", command


def _seen(facts: Facts, environment: str) -> tuple[str, ...] | NotVisible:
    return facts.environment_secrets.get(environment.lower(), ())


def _has(facts: Facts, environment: str, name: str) -> bool | None:
    seen = _seen(facts, environment)
    return None if isinstance(seen, NotVisible) else name.upper() in (each.upper() for each in seen)
