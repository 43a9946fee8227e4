"""A plan as `plan.json`: what its digest covers, and back again."""

from __future__ import annotations

from typing import Any

from tidegate.model.canonical import Json, canonical
from tidegate.model.plan import Kind, Plan, PlannedComponent, PlannedDevice, PlannedWave


def covered(plan: Plan) -> Json:
    """What the plan digest covers (records.md): nothing that differs between merge, squash and rebase."""
    return {
        "project": plan.project,
        "strategy": plan.strategy,
        "kind": plan.kind.value,
        "components": {name: _component(component) for name, component in plan.components.items()},
        "devices": {
            name: {"reach": d.reach, "to": dict(d.to), "timeout": d.timeout} for name, d in plan.devices.items()
        },
        "waves": [
            {
                "name": wave.name,
                "leg": wave.leg,
                "environment": wave.environment,
                "approvals": {"count": wave.approvals, "from": list(wave.approvers)},
                "members": list(wave.members),
                "soak": wave.soak,
                "health": list(wave.health),
                "allowed": wave.allowed,
                "unreachable": wave.unreachable,
                "parallel": wave.parallel,
                "confirm": wave.confirm,
                "staging": wave.staging,
            }
            for wave in plan.waves
        ],
        "probes": {name: dict(probe) for name, probe in plan.probes.items()},
        "on_failure": plan.on_failure,
        "sensitivity": plan.sensitivity,
    }


def _component(component: PlannedComponent) -> Json:
    said: dict[str, Json] = {
        "change": component.change,
        "order": component.order,
        "health": list(component.health),
    }
    return {**said, "reconnect": True} if component.reconnect else said


def plan_json(plan: Plan) -> Json:
    """The whole of `plan.json`."""
    return {
        "v": 1,
        "digest": plan.digest,
        "covered": covered(plan),
        "from": {name: dict(digests) for name, digests in plan.before.items()},
        "revision": plan.revision,
        "policies": plan.policies,
        "tool": plan.tool,
        "proves": dict(plan.proves),
        "risks": dict(plan.risks),
    }


def plan_bytes(plan: Plan) -> bytes:
    return canonical(plan_json(plan)) + b"\n"


def parse_plan(value: Any) -> Plan:
    """The plan that `plan_json` wrote. ValueError where its digest is not its own, KeyError where something lacks."""
    if value["v"] != 1:
        raise ValueError(f"a plan of version {value['v']}: a newer Tidegate wrote it")
    inner = value["covered"]
    plan = Plan(
        project=inner["project"],
        strategy=inner["strategy"],
        kind=Kind(inner["kind"]),
        components={
            name: PlannedComponent(c["change"], c["order"], tuple(c["health"]), c.get("reconnect", False))
            for name, c in inner["components"].items()
        },
        devices={name: PlannedDevice(**d) for name, d in inner["devices"].items()},
        waves=tuple(_wave(wave) for wave in inner["waves"]),
        probes=inner["probes"],
        on_failure=inner["on_failure"],
        sensitivity=inner["sensitivity"],
        before=value["from"],
        revision=value["revision"],
        policies=value["policies"],
        tool=value["tool"],
        proves=value["proves"],
        risks=value["risks"],
    )
    if plan.digest != value["digest"]:
        raise ValueError(f"the plan says digest {value['digest']}, its content has {plan.digest}")
    return plan


def _wave(value: Any) -> PlannedWave:
    approvals = value["approvals"]
    rest = {key: value[key] for key in value if key not in ("approvals", "members", "health")}
    return PlannedWave(
        **rest,
        members=tuple(value["members"]),
        health=tuple(value["health"]),
        approvals=approvals["count"],
        approvers=tuple(approvals["from"]),
    )
