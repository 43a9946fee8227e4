"""Plans worth showing, by name: one for every screen that `tidegate plan` has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from planning import NEW, OLD, a_component, a_device, a_project, a_wave, answer, planned
from tidegate.app.change.validate import brake_finding
from tidegate.model.artifact import Artifact, Entry
from tidegate.model.plan import Kind, Plan
from tidegate.model.project import Approvals, Hold, Project, Wave
from tidegate.model.value import Amount
from tidegate.project.documents import Documents
from tidegate.report.diff import Change, grouped
from tidegate.report.plan import PlanView
from tidegate.rollout.planner import Refused

WAVES = (
    a_wave("staging", "env=staging", environment="staging", soak=120),
    a_wave("canary", "env=production", "15%", environment="canary", soak=900),
    a_wave("everyone", "env=production", environment="production", approvals=Approvals(1, ("ada", "org/ops"))),
)
FLEET = [
    a_device(f"{site}-{role}-{number:02}")
    for site in ("ber", "muc", "ams")
    for role, count in (("stg", 2), ("web", 6))
    for number in range(1, count + 1)
]
REPLACED = Hold("disk replacement", datetime(2026, 12, 1, tzinfo=UTC))
CURRENT = {device.name: {"nginx": OLD} for device in FLEET} | {
    name: {"nginx": NEW} for name in ("ber-stg-01", "ber-web-05", "ams-web-06")
}


def site_conf(workers: int, *, log: str = "info") -> Artifact:
    text = f"user www-data;\nworker_connections {workers};\nkeepalive 65;\n\nerror_log syslog {log};\n"
    return Artifact("files", (Entry("/etc/nginx/conf.d/site.conf", "0644", "root", "root", (text.encode(),)),))


def changes(plan: Plan, former: Artifact | None, new: Artifact, but: Mapping[str, Artifact]) -> Iterable[Change]:
    for name, planned_device in plan.devices.items():
        for component in planned_device.to:
            yield Change(name, component, plan.before[name][component], former, but.get(name, new))


def view(
    plan: Plan,
    project: Project,
    former: Artifact | None = None,
    new: Artifact | None = None,
    but: Mapping[str, Artifact] | None = None,
    **more: Any,
) -> PlanView:
    """`but`: devices that get something else than `new`."""
    return PlanView(plan, project, grouped(changes(plan, former, new or site_conf(8192), but or {})), **more)


def ordinary() -> PlanView:
    project = a_project(FLEET, WAVES, spread=("site",))
    plan = planned(project, CURRENT, revision="8be1d20c" + "0" * 32, tool="0.1.0")
    return view(
        plan,
        project,
        site_conf(4096),
        but={"ber-web-02": site_conf(8192, log="debug")},
        skipped={"muc-web-03": REPLACED},
    )


def small() -> PlanView:
    """A canary of one, in a lane of another name."""
    waves = (WAVES[0], replace(WAVES[1], up_to=Amount(5, is_share=True)), WAVES[2])
    project = a_project(FLEET, waves)
    plan = replace(planned(project, CURRENT), strategy="patches")
    project = replace(project, strategies={"patches": replace(project.strategies["default"], name="patches")})
    project = replace(project, components={"nginx": a_component("nginx", strategy="patches")})
    return view(plan, project, site_conf(4096), skipped={"muc-web-03": REPLACED})


def first() -> PlanView:
    """Nothing was ever recorded, and every device gets its own."""
    project = a_project(FLEET[:8], WAVES)
    plan = planned(project)
    own = {name: site_conf(1024 + at) for at, name in enumerate(plan.devices)}
    return view(plan, project, but=own, notes=("There is no audit branch yet, so all counts as new.",))


def lost() -> PlanView:
    project = a_project(FLEET[:3], [a_wave("everyone")])
    return view(planned(project, CURRENT), project)


def long() -> PlanView:
    """A file of many lines, one of them long, and a wave in which nothing changes."""
    text = "".join(f"{number:03} {'x' * 90}\n" for number in range(40))
    new = Artifact("files", (Entry("/etc/motd", "0600", "root", "root", (text.encode(),)),), ("/etc/motd.d/",))
    old = Artifact("files", (Entry("/etc/motd", "0644", "root", "root", (b"hello\n",)),))
    project = a_project(FLEET[2:8], WAVES, a_component("motd"))
    return view(planned(project, {device.name: {"motd": OLD} for device in FLEET}), project, old, new)


def nothing() -> PlanView:
    project = a_project(FLEET, WAVES)
    return view(planned(project, {device.name: {"nginx": NEW} for device in FLEET}), project)


def unused() -> PlanView:
    project = a_project(FLEET, WAVES, a_component("nginx", strategy="patches"))
    return view(planned(project), project)


def refused() -> PlanView:
    waves: tuple[Wave, ...] = (WAVES[0], a_wave("some", "env=production", "4"))
    project = a_project(FLEET, waves, max_devices=Amount.parse("25%"))
    made = answer(project, CURRENT, bad={("nginx", NEW)})
    assert isinstance(made, Refused)
    said = tuple(brake_finding(Documents("tidegate.yaml"), brake) for brake in made.brakes)
    return view(made.plan, project, site_conf(4096), refused=said)


def rollback() -> PlanView:
    project = a_project(FLEET, [a_wave("rollback")])
    plan = replace(planned(project, CURRENT), kind=Kind.ROLLBACK, proves={})
    return view(plan, project, site_conf(4096))


VIEWS: Mapping[str, Callable[[], PlanView]] = {
    "ordinary": ordinary,
    "small": small,
    "first": first,
    "lost": lost,
    "long": long,
    "nothing": nothing,
    "unused": unused,
    "refused": refused,
    "rollback": rollback,
}
