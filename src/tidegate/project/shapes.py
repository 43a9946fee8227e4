"""The shape of `tidegate.yaml`: its keys, their types, their defaults."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from tidegate.project.select_field import Select
from tidegate.project.shapes_fleet import DeviceShape
from tidegate.project.shapes_health import Health, ProbeShape
from tidegate.types.fields import Devices, Flag, LabelName, Line, Name, Seconds, Text, choice, line, whole
from tidegate.types.shape import Fault, Shape, wrong

_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


def _word(*words: str, later: tuple[str, ...] = ()) -> tuple[PlainValidator, WithJsonSchema]:
    return PlainValidator(choice(words, later)), WithJsonSchema({"enum": list(words)})


OnFailure: TypeAlias = Annotated[Literal["wave", "rollout", "hold"], *_word("wave", "rollout", "hold")]
Confirm: TypeAlias = Annotated[Literal["soaked", "verified"], *_word("soaked", "verified")]
Sensitivity: TypeAlias = Annotated[
    Literal["default", "noisy", "strict", "off"], *_word("default", "noisy", "strict", "off")
]
DirectPush: TypeAlias = Annotated[Literal["refuse", "hold", "allow"], *_word("refuse", "hold", "allow")]
Replan: TypeAlias = Annotated[Literal["hold", "allow"], *_word("hold", "allow")]
Engine: TypeAlias = Annotated[Literal["auto", "embedded", "opa"], *_word("auto", "embedded", "opa")]
FailOn: TypeAlias = Annotated[Literal["error", "warning"], *_word("error", "warning")]
Version: TypeAlias = Annotated[int, PlainValidator(whole(1, 1)), WithJsonSchema({"const": 1})]
Number: TypeAlias = Annotated[
    int, PlainValidator(whole(1, 1_000_000)), WithJsonSchema({"type": "integer", "minimum": 1})
]
People: TypeAlias = Annotated[int, PlainValidator(whole(0, 100)), WithJsonSchema({"type": "integer", "minimum": 0})]

CheckCount: TypeAlias = Annotated[
    int, PlainValidator(whole(0, 1000)), WithJsonSchema({"type": "integer", "minimum": 0})
]


class ApprovalsShape(Shape):
    noun: ClassVar[str] = "`approvals`"

    count: People
    people: list[Line] = Field(default_factory=list, alias="from", description="Logins, org/team, or codeowners.")


def _branch(value: object) -> str:
    said = line(value)
    if not _BRANCH.fullmatch(said) or ".." in said or said.endswith(("/", ".", ".lock")):
        raise wrong(Fault("bad-name", f"`{said}` is no name for a branch", "Write letters, digits and . _ / -"))
    return said


Branch: TypeAlias = Annotated[str, PlainValidator(_branch), WithJsonSchema({"type": "string"})]


def _nobody() -> ApprovalsShape:
    return ApprovalsShape.model_construct(count=0, people=[])


def _count_alone(value: object) -> object:
    return {"count": value} if isinstance(value, str) else value


class WaveShape(Shape):
    noun: ClassVar[str] = "a wave"

    name: Name
    select: Select | None = Field(default=None, description="Its population; the wave's before, if it is not said.")
    up_to: Devices | None = Field(
        default=None, description="After this wave so much of `select` has the change. Cumulative."
    )
    environment: Line | None = Field(
        default=None, description="GitHub environment; the wave's before, if it is not said."
    )
    approvals: Annotated[ApprovalsShape, BeforeValidator(_count_alone, json_schema_input_type=int | ApprovalsShape)] = (
        Field(default_factory=_nobody, description="People who must agree before it starts.")
    )
    soak: Seconds = Field(default=600, description="How long it is watched after its last device.")
    health: Health = Field(default_factory=list, description="Probes, beside those of the strategy.")
    max_failures: Devices | None = Field(default=None, description="Failed devices it may have; one more stops it.")
    max_parallel: Number | None = Field(default=None, description="Devices in work at once.")
    confirm: Confirm | None = Field(default=None, description="When the dead man's switch is let go.")


class StrategyShape(Shape):
    noun: ClassVar[str] = "a strategy"
    later: ClassVar[frozenset[str]] = frozenset(
        ["max_unavailable", "newer", "hold_timeout", "small_canary", "growth", "window_ends"]
    )

    waves: list[WaveShape] = Field(min_length=1, description="In order.")
    health: Health = Field(default_factory=list, description="Probes for every component of this strategy.")
    spread: list[LabelName] = Field(default_factory=list, description="A wave takes its share of each of these.")
    max_parallel: Number = Field(default=32, description="Devices in work at once.")
    max_failures: Devices = Field(default="2%", validate_default=True, description="Failed devices a wave may have.")
    max_unreachable: Devices = Field(
        default="10%", validate_default=True, description="More: nobody knows, so it holds."
    )
    max_devices: Devices = Field(default="100%", validate_default=True, description="A larger plan is refused.")
    on_failure: OnFailure = Field(default="wave", description="How far to go back.")
    confirm: Confirm = Field(default="soaked", description="When the dead man's switch is let go.")
    sensitivity: Sensitivity = "default"
    replan: Replan = Field(default="hold", description="What is deployed differs from what was reviewed (GitHub).")


class SecretShape(Shape):
    """Exactly one of `env`, `file`, `command`."""

    noun: ClassVar[str] = "a secret"

    env: Line | None = Field(default=None, description="A variable of the runner.")
    file: Line | None = Field(default=None, description="A file on the runner.")
    command: Text | None = Field(default=None, description="A command on the runner that prints it.")
    version: Annotated[int, PlainValidator(whole(1, 2**31)), WithJsonSchema({"type": "integer", "minimum": 1})] = 1


class CsvShape(Shape):
    noun: ClassVar[str] = "an item of `fleet`"
    later: ClassVar[frozenset[str]] = frozenset({"ansible", "command"})

    csv: Line = Field(description="Columns name and address; every other one is a label.")
    defaults: DeviceShape = Field(default_factory=DeviceShape)


class ChecksShape(Shape):
    noun: ClassVar[str] = "`checks`"
    later: ClassVar[frozenset[str]] = frozenset({"validators", "exceptions", "baseline"})

    files: list[Line] = Field(default_factory=lambda: ["**/*.{yaml,yml,json,toml}"], description="Globs.")
    ignore: list[Line] = Field(default_factory=list, description="Globs.")
    style: Flag | None = Field(default=None, description="yamllint; true where `.yamllint` is.")
    schemas: dict[str, Line] = Field(default_factory=dict, description="Glob -> JSON Schema.")
    policies: list[Line] | None = Field(default=None, description="Folders, or tidegate:baseline.")
    engine: Engine = "auto"
    opa_url: Line = Field(default="", description="An OPA of its own: https, or http on this machine.")
    fail_on: FailOn = "error"


class AuditShape(Shape):
    noun: ClassVar[str] = "`audit`"
    later: ClassVar[frozenset[str]] = frozenset({"signing_key", "public_keys"})

    branch: Branch = "tidegate-audit"


def _what(value: object) -> str:
    return "<csv>" if isinstance(value, dict | CsvShape) else "<glob>"


FleetItem: TypeAlias = Annotated[
    Annotated[Line, Tag("<glob>")] | Annotated[CsvShape, Tag("<csv>")], Discriminator(_what)
]


def _fleet_files() -> list[str | CsvShape]:
    return ["fleet/*.yaml"]


class ProjectShape(Shape):
    noun: ClassVar[str] = "tidegate.yaml"
    later: ClassVar[frozenset[str]] = frozenset(["sources", "windows", "break_glass", "drift"])

    tidegate: Version = Field(description="Version of this format.")
    name: Name | None = Field(default=None, description="Part of check, lease and record names.")
    fleet: list[FleetItem] = Field(default_factory=_fleet_files, description="Fleet files, or {csv: path}.")
    defaults: DeviceShape = Field(default_factory=DeviceShape, description="What every device has.")
    components: list[Line] = Field(default_factory=lambda: ["components/*/component.yaml"], description="Globs.")
    production: Select | None = Field(default=None, description="What counts as production; env=production.")
    strategies: dict[Name, StrategyShape] = Field(min_length=1, description="How rollouts go; each is a lane.")
    probes: dict[Name, ProbeShape] = Field(default_factory=dict, description="What `health` names.")
    secrets: dict[Name, SecretShape] = Field(default_factory=dict, description="What templates call secret(name).")
    checks: ChecksShape = Field(default_factory=ChecksShape, description="What a pull request must pass.")
    audit: AuditShape = Field(default_factory=AuditShape)
    direct_push: DirectPush = Field(default="hold", description="Commits that no pull request brought (GitHub).")
    device_checks: CheckCount = Field(default=200, description="Most checks of devices per rollout (GitHub).")
