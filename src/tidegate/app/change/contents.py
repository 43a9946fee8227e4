"""What is put on devices: the artifacts and commands of the revisions that a plan names, checked against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.model.artifact import Artifact, Mark
from tidegate.model.plan import Plan
from tidegate.model.project import Device, Project
from tidegate.model.verb import Load, Snapshot
from tidegate.project.fleet import shell_name
from tidegate.project.settle import settled

Key: TypeAlias = tuple[str, str]
"""(device, component)"""


@dataclass(frozen=True, slots=True)
class Content:
    """What one component is on one device, and the commands that go with it, of one revision."""

    what: Artifact | Snapshot
    validate: tuple[str, ...]
    activate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """`project` says how devices are reached and looked at; `of` has what belongs on them."""

    project: Project
    of: Mapping[Key, Content]

    def loads(self, plan: Plan, rollout: str, device: str, *, over_drift: bool) -> Sequence[Load]:
        """Everything one device gets in its transaction, in the plan's order."""
        planned = plan.devices[device]
        names = sorted(planned.to, key=lambda name: (plan.components[name].order, name))
        return [self._load(plan, rollout, self.project.fleet[device], name, over_drift=over_drift) for name in names]

    def differing(self, plan: Plan) -> list[str]:
        """Devices for which these revisions render something else than the plan says."""
        return sorted({key[0] for key, digest in plan.targets.items() if self._differs(key, digest)})

    def secrets(self) -> frozenset[str]:
        """Names of the secrets whose values go onto devices."""
        return frozenset(part.secret for part in self._parts() if isinstance(part, Mark))

    def _parts(self) -> Iterator[object]:
        for content in self.of.values():
            if isinstance(content.what, Artifact):
                yield from (part for entry in content.what.entries for part in entry.parts)

    def _differs(self, key: Key, digest: str) -> bool:
        content = self.of.get(key)
        if content is None:
            return True
        return isinstance(content.what, Artifact) and content.what.digest != digest

    def _load(self, plan: Plan, rollout: str, device: Device, component: str, *, over_drift: bool) -> Load:
        content = self.of[device.name, component]
        return Load(
            component=component,
            now=plan.former(device.name, component),
            to=plan.targets[device.name, component],
            content=content.what,
            validate=content.validate,
            activate=content.activate,
            environment=environment(device, component, rollout),
            over_drift=over_drift,
        )


def content_of(project: Project, key: Key, what: Artifact | Snapshot) -> Content:
    """`what`, with the commands that this project has for it."""
    device, component = key
    now = settled(project, project.components[component], project.fleet[device])
    return Content(what, now.validate, now.activate)


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
