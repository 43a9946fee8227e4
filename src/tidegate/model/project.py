"""The project as a value: fleet, components, strategies, probes, and what a pull request must pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from tidegate.model.place import Severity
from tidegate.model.value import Amount, Selector

Vars: TypeAlias = Mapping[str, Any]


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Hold:
    """A device that rollouts leave out until an instant, and why."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """One machine. `options` are its driver's, already merged from all defaults; `file` is where it is written.

    `own_vars` are those of `vars` that the device itself says: they win over a component's overrides.
    """

    name: str
    address: str
    driver: str
    labels: Mapping[str, str] = field(default_factory=_empty)
    vars: Vars = field(default_factory=_empty)
    options: Vars = field(default_factory=_empty)
    hold: Hold | None = None
    file: str = ""
    own_vars: Vars = field(default_factory=_empty)

    @property
    def host(self) -> str:
        """The address, fit for a URL: IPv6 in brackets."""
        return f"[{self.address}]" if ":" in self.address and not self.address.startswith("[") else self.address

    @property
    def selectable(self) -> Mapping[str, str]:
        """What selectors see: the labels, and name, driver and file."""
        return {**self.labels, "name": self.name, "driver": self.driver, "file": self.file}


@dataclass(frozen=True, slots=True)
class FileSource:
    """Where a target's content comes from. `path` is repository-relative; a folder target ends in `/`."""

    path: str
    mode: str = "0644"
    owner: str = "root"
    group: str = "root"


@dataclass(frozen=True, slots=True)
class Override:
    """Values that replace the component's own where `select` fits: `vars` key by key, the rest as written."""

    select: Selector
    vars: Vars = field(default_factory=_empty)
    settings: Vars = field(default_factory=_empty)


@dataclass(frozen=True, slots=True)
class Component:
    """What is rolled out together. Commands and files are the component's own, before overrides.

    `reconnect`: it changes how its devices are reached, so they are confirmed only over a new connection.
    """

    name: str
    type: str
    select: Selector
    strategy: str
    file: str
    health: tuple[str, ...] = ()
    vars: Vars = field(default_factory=_empty)
    overrides: tuple[Override, ...] = ()
    files: Mapping[str, FileSource] = field(default_factory=_empty)
    validate: tuple[str, ...] = ()
    activate: tuple[str, ...] = ()
    timeout: int = 300
    reconnect: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """One look at a device. `value` is a template for http and tcp, a command for `command`, nothing for `login`.

    Times are seconds.
    """

    name: str
    kind: Literal["http", "tcp", "command", "login"]
    value: str
    where: Literal["runner", "device"] = "runner"
    expect: int = 200
    expect_body: str = ""
    timeout: int = 5
    interval: int = 10
    successes: int = 3
    failures: int = 3
    shadow: bool = False

    def needs(self) -> int:
        """Seconds until it has surely said healthy or not."""
        return (self.successes + self.failures) * (self.interval + self.timeout)


@dataclass(frozen=True, slots=True)
class Approvals:
    """How many people must agree before a wave starts, and who may."""

    count: int = 0
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wave:
    """Devices taken together, as written; what a wave takes over from the one before is already filled in."""

    name: str
    select: Selector
    up_to: Amount
    environment: str = ""
    approvals: Approvals = Approvals()
    soak: int = 600
    health: tuple[str, ...] = ()
    max_failures: Amount = Amount(2, is_share=True)
    max_parallel: int = 32
    confirm: Literal["soaked", "verified"] = "soaked"
    up_to_written: bool = False


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a rollout goes, and its lane: one rollout of it at a time."""

    name: str
    waves: tuple[Wave, ...]
    health: tuple[str, ...] = ()
    spread: tuple[str, ...] = ()
    max_unreachable: Amount = Amount(10, is_share=True)
    max_devices: Amount = Amount(100, is_share=True)
    on_failure: Literal["wave", "rollout", "hold"] = "wave"
    sensitivity: Literal["default", "noisy", "strict", "off"] = "default"
    replan: Literal["hold", "allow"] = "hold"


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret's value comes from when a device is staged. Exactly one source."""

    name: str
    kind: Literal["env", "file", "command"]
    source: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class Checks:
    """What a pull request must pass. `style` None means: where a `.yamllint` is."""

    files: tuple[str, ...] = ("**/*.{yaml,yml,json,toml}",)
    ignore: tuple[str, ...] = ()
    style: bool | None = None
    schemas: Mapping[str, str] = field(default_factory=_empty)
    policies: tuple[str, ...] = ("tidegate:baseline",)
    engine: Literal["auto", "embedded", "opa"] = "auto"
    opa_url: str = ""
    fail_on: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Project:
    """Everything a team wrote, as one value. `host_keys`: the known_hosts files that devices name, by path."""

    name: str
    fleet: Mapping[str, Device]
    components: Mapping[str, Component]
    strategies: Mapping[str, Strategy]
    probes: Mapping[str, Probe]
    secrets: Mapping[str, Secret] = field(default_factory=_empty)
    production: Selector = field(default_factory=lambda: Selector((), ""))
    checks: Checks = Checks()
    audit_branch: str = "tidegate-audit"
    direct_push: Literal["refuse", "hold", "allow"] = "hold"
    device_checks: int = 200
    host_keys: Mapping[str, str] = field(default_factory=_empty)
