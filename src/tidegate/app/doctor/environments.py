"""Are the environments of the legs what the strategies take them for?"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from tidegate.app.doctor.facts import Facts
from tidegate.github.gates import Environment, NotVisible
from tidegate.model.gate import Point, Stand
from tidegate.project.legs import Leg

_NO_PLAN = "Where your plan of GitHub has no required reviewers: tidegate init --update --no-reviewers"


def environment_points(facts: Facts, legs: Sequence[Leg]) -> Iterator[Point]:
    """Two for a gated leg: its environment holds the secrets, the one before it the reviewers."""
    for name in dict.fromkeys(leg.environment for leg in legs if leg.environment):
        yield _point(facts, name, gate=False)
        gate = next((leg.gate_environment for leg in legs if leg.environment == name and leg.gate), "")
        if gate:
            yield _point(facts, gate, gate=True)


def _point(facts: Facts, name: str, *, gate: bool) -> Point:
    title = f"environment {name}"
    if isinstance(facts.environments, NotVisible):
        return Point(title, Stand.UNSEEN, facts.environments.why)
    found = facts.environments.get(name.lower())
    if found is None:
        return Point(
            title, Stand.GAP, "it is not there: GitHub makes one without any rule", _make(facts, name, gate=gate)
        )
    open_ends = [*_branch(facts, found), *(_reviewers(facts, found) if gate else _no_reviewers(facts, found))]
    gaps = [point for point in open_ends if point.stand is Stand.GAP]
    if not open_ends:
        real = f"for {facts.main.branch} alone"
        return Point(title, Stand.REAL, f"{real}, reviewed by {_names(found)}" if gate else real)
    shown = gaps or open_ends
    close = tuple(dict.fromkeys(line for point in shown for line in point.close))
    return Point(title, shown[0].stand, "; ".join(point.text for point in shown), close)


def _branch(facts: Facts, found: Environment) -> Iterator[Point]:
    """Only jobs of the default branch may enter. By its name: `protected branches` are whichever somebody protects."""
    main = facts.main.branch
    path = shlex.quote(f"repos/{facts.repository}/environments/{found.name}")
    if isinstance(found.branches, NotVisible):
        yield Point("", Stand.UNSEEN, f"which branches may use it: {found.branches.why}")
    elif found.any_branch or found.protected_only:
        who = "any branch" if found.any_branch else "any protected branch"
        yield Point(
            "",
            Stand.GAP,
            f"{who} may use it, not {main} alone",
            (f"{_click(facts)}: {found.name}, Deployment branches and tags: Selected, {main}",),
        )
    elif found.branches != (main,):
        others = ", ".join(f"`{one}`" for one in found.branches if one != main) or "no branch at all"
        yield Point(
            "",
            Stand.GAP,
            f"it is for {others}, not for {main} alone",
            (f"gh api {path}/deployment-branch-policies      then delete or add, until {main} stands alone",),
        )


def _reviewers(facts: Facts, found: Environment) -> Iterator[Point]:
    click = f"{_click(facts)}: {found.name}"
    if not found.reviewers:
        yield Point(
            "", Stand.GAP, "nobody has to review", (f"{click}, Required reviewers: tick it, name people", _NO_PLAN)
        )
    elif not found.no_self_review:
        yield Point("", Stand.GAP, "who started the run may approve it", (f"{click}: tick Prevent self-review",))
    if isinstance(found.admins_bypass, NotVisible):
        yield Point("", Stand.UNSEEN, f"whether admins may bypass it: {found.admins_bypass.why}")
    elif found.admins_bypass:
        yield Point(
            "",
            Stand.GAP,
            "admins may bypass it",
            (f"{click}: untick Allow administrators to bypass configured protection rules",),
        )


def _no_reviewers(facts: Facts, found: Environment) -> Iterator[Point]:
    if found.reviewers:
        yield Point(
            "",
            Stand.GAP,
            f"{_names(found)} would be asked again at every resume, and before a rollback",
            (f"{_click(facts)}: {found.name}: take the reviewers out; {found.name}-approval has them",),
        )


def _names(found: Environment) -> str:
    return ", ".join(found.reviewers)


def _click(facts: Facts) -> str:
    return f"{facts.settings}/environments"


def _make(facts: Facts, name: str, *, gate: bool) -> tuple[str, ...]:
    path = shlex.quote(f"repos/{facts.repository}/environments/{name}")
    branches = '"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}'
    named = f"gh api {path}/deployment-branch-policies -f {shlex.quote(f'name={facts.main.branch}')}"
    if not gate:
        return f"echo '{{{branches}}}' | gh api -X PUT {path} --input -", named
    reviewers = '"prevent_self_review": true, "reviewers": [{"type": "User", "id": \'"$REVIEWER"\'}]'
    return (
        "REVIEWER=$(gh api users/LOGIN -q .id)",
        f"echo '{{{branches}, {reviewers}}}' | gh api -X PUT {path} --input -",
        named,
        f"{_click(facts)}: {name}: untick Allow administrators to bypass configured protection rules",
        _NO_PLAN,
    )
