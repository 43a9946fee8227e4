"""What is put on devices: the artifacts and commands of a project at one revision, checked against the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.model.artifact import Artifact
from tidegate.model.canonical import NONE
from tidegate.model.plan import Plan
from tidegate.model.project import Device, Project
from tidegate.model.verb import Load, Snapshot
from tidegate.project.settle import settled


@dataclass(frozen=True, slots=True)
class Contents:
    """`artifacts` by (device, component). `found` names, for rollbacks to files as found, the transaction that keeps
    them, by the same key."""

    project: Project
    artifacts: Mapping[tuple[str, str], Artifact]
    found: Mapping[tuple[str, str], str]

    def loads(self, plan: Plan, rollout: str, device: str, *, over_drift: bool) -> Sequence[Load]:
        """Everything one device gets in its transaction, in the plan's order."""
        planned = plan.devices[device]
        names = sorted(planned.to, key=lambda name: (plan.components[name].order, name))
        return [self._load(plan, rollout, self.project.fleet[device], name, over_drift=over_drift) for name in names]

    def differing(self, plan: Plan) -> list[str]:
        """Devices for which this revision renders something else than the plan says."""
        return sorted(
            device
            for device, planned in plan.devices.items()
            if any(self._differs(device, component, digest) for component, digest in planned.to.items())
        )

    def _differs(self, device: str, component: str, digest: str) -> bool:
        if (device, component) in self.found:
            return False
        artifact = self.artifacts.get((device, component))
        return artifact is None or artifact.digest != digest

    def _load(self, plan: Plan, rollout: str, device: Device, component: str, *, over_drift: bool) -> Load:
        now = settled(self.project, self.project.components[component], device)
        key = (device.name, component)
        return Load(
            component=component,
            now=plan.before.get(device.name, {}).get(component, NONE),
            to=plan.devices[device.name].to[component],
            content=Snapshot(self.found[key]) if key in self.found else self.artifacts[key],
            validate=now.validate,
            activate=now.activate,
            environment=environment(device, component, rollout),
            over_drift=over_drift,
        )


def environment(device: Device, component: str, rollout: str) -> Mapping[str, str]:
    """What commands on a device find in their environment, beside PATH and what the device program adds."""
    labels = {f"TIDEGATE_LABEL_{shell_name(label)}": value for label, value in device.labels.items()}
    return {
        "TIDEGATE_DEVICE": device.name,
        "TIDEGATE_COMPONENT": component,
        "TIDEGATE_VERSION": "",
        "TIDEGATE_ROLLOUT": rollout,
        **labels,
    }


def shell_name(label: str) -> str:
    """A label as part of a variable's name: upper case, all else than A-Z 0-9 becomes `_`."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in label.upper())
