"""The shape of `fleet/*.yaml`: devices and what they have in common."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from tidegate.types.fields import (
    DeviceName,
    Instant,
    LabelName,
    Line,
    SomeSeconds,
    Text,
    Variables,
    choice,
    line,
    texts,
)
from tidegate.types.scalars import Plain
from tidegate.types.shape import Fault, Shape, wrong

LATER_DRIVERS = ("ssh", "netconf", "napalm", "terraform", "http", "agent")
DRIVERS = ("local", "simulated")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def _address(value: object) -> str:
    said = line(value)
    if not _HOST.fullmatch(said) and not _is_ipv6(said):
        raise wrong(Fault("bad-value", f"`{said}` is no address", "Write a name or an IP address, without a port."))
    return said


def _is_ipv6(said: str) -> bool:
    try:
        ipaddress.IPv6Address(said)
    except ValueError:
        return False
    return True


Address: TypeAlias = Annotated[str, PlainValidator(_address), WithJsonSchema({"type": "string"})]
Driver: TypeAlias = Annotated[
    Literal["local", "simulated"],
    PlainValidator(choice(DRIVERS, LATER_DRIVERS)),
    WithJsonSchema({"enum": list(DRIVERS)}),
]
Words: TypeAlias = Annotated[
    tuple[str, ...], PlainValidator(texts), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]


class HoldShape(Shape):
    noun: ClassVar[str] = "a hold"

    reason: Line
    until: Instant


class LocalShape(Shape):
    noun: ClassVar[str] = "the options of driver local"

    root: Line | None = Field(default=None, description="The device's folder; {{ device.name }} may stand in it.")


class SimulatedShape(Shape):
    noun: ClassVar[str] = "the options of driver simulated"

    faults: Words | None = None
    latency: SomeSeconds | None = None


class DeviceShape(Shape):
    """A device, and equally what devices have in common (`defaults`)."""

    noun: ClassVar[str] = "a device"
    later: ClassVar[frozenset[str]] = frozenset(LATER_DRIVERS)

    address: Address | None = Field(default=None, description="Where it is reached; its name if it is not said.")
    driver: Driver | None = Field(default=None, description="How it is reached.")
    labels: dict[LabelName, Text] = Field(default_factory=dict, description="What selectors ask for.")
    vars: Variables = Field(default_factory=dict, description="What templates may use.")
    hold: HoldShape | None = Field(default=None, description="Rollouts leave the device out until then.")
    local: LocalShape | None = None
    simulated: SimulatedShape | None = None


def _nothing(value: object) -> object:
    return None if isinstance(value, Plain) and value.value is None else value


class FleetShape(Shape):
    noun: ClassVar[str] = "a fleet file"

    defaults: DeviceShape = Field(default_factory=DeviceShape)
    devices: dict[DeviceName, Annotated[DeviceShape | None, BeforeValidator(_nothing)]]
