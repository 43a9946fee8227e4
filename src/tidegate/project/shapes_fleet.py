"""The shape of `fleet/*.yaml`: devices and what they have in common."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from tidegate.types.fields import (
    DeviceName,
    Flag,
    Instant,
    LabelName,
    Line,
    Name,
    SomeSeconds,
    Text,
    Variables,
    choice,
    each,
    line,
    texts,
    whole,
)
from tidegate.types.scalars import Plain
from tidegate.types.shape import Fault, Shape, wrong

LATER_DRIVERS = ("netconf", "napalm", "terraform", "http", "agent")
DRIVERS = ("ssh", "local", "simulated")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_JUMP = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*@([A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?")


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
    Literal["ssh", "local", "simulated"],
    PlainValidator(choice(DRIVERS, LATER_DRIVERS)),
    WithJsonSchema({"enum": list(DRIVERS)}),
]
_TEXTS = {"type": "array", "items": {"type": "string"}}
Words: TypeAlias = Annotated[tuple[str, ...], PlainValidator(texts), WithJsonSchema(_TEXTS)]


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


def _jumps(value: object) -> tuple[str, ...]:
    return tuple(each(value, _jump))


def _jump(value: object) -> str:
    said = line(value)
    if not _JUMP.fullmatch(said):
        raise wrong(Fault("bad-value", f"`{said}` is no jump host", "Write user@host, or user@host:port."))
    return said


def _user(value: object) -> str:
    said = line(value)
    if not _USER.fullmatch(said):
        raise wrong(Fault("bad-value", f"`{said}` is no name of a user", "Write the account on the device: deploy"))
    return said


def _root(value: object) -> str:
    said = line(value)
    if not said.startswith("/") or said.strip("/") == "":
        raise wrong(
            Fault(
                "bad-value",
                f"`{said}` is no folder on a device",
                "Write an absolute path; the whole device needs no `root`.",
            )
        )
    return said


class SshShape(Shape):
    noun: ClassVar[str] = "the options of driver ssh"

    user: Annotated[str, PlainValidator(_user), WithJsonSchema({"type": "string"})] | None = Field(
        default=None, description="The account on the device."
    )
    port: Annotated[int, PlainValidator(whole(1, 65535)), WithJsonSchema({"type": "integer"})] | None = None
    key: Name | None = Field(default=None, description="The secret that holds the private key.")
    agent: Flag | None = Field(default=None, description="Take keys from the agent that SSH_AUTH_SOCK names, too.")
    known_hosts: Line | None = Field(default=None, description="The file with the devices' host keys, or their CA.")
    jump: Annotated[tuple[str, ...], PlainValidator(_jumps), WithJsonSchema(_TEXTS)] | None = Field(
        default=None, description="Hosts on the way, the first one first: user@host or user@host:port."
    )
    sudo: Flag | None = Field(default=None, description="Become root on the device by sudo, without a password.")
    root: Annotated[str, PlainValidator(_root), WithJsonSchema({"type": "string"})] | None = Field(
        default=None, description="A folder of the device that stands for it; {{ device.name }} may stand in it."
    )


class DeviceShape(Shape):
    """A device, and equally what devices have in common (`defaults`)."""

    noun: ClassVar[str] = "a device"
    later: ClassVar[frozenset[str]] = frozenset(LATER_DRIVERS)

    address: Address | None = Field(default=None, description="Where it is reached; its name if it is not said.")
    driver: Driver | None = Field(default=None, description="How it is reached.")
    labels: dict[LabelName, Text] = Field(default_factory=dict, description="What selectors ask for.")
    vars: Variables = Field(default_factory=dict, description="What templates may use.")
    hold: HoldShape | None = Field(default=None, description="Rollouts leave the device out until then.")
    ssh: SshShape | None = None
    local: LocalShape | None = None
    simulated: SimulatedShape | None = None


def _nothing(value: object) -> object:
    return None if isinstance(value, Plain) and value.value is None else value


class FleetShape(Shape):
    noun: ClassVar[str] = "a fleet file"

    defaults: DeviceShape = Field(default_factory=DeviceShape)
    devices: dict[DeviceName, Annotated[DeviceShape | None, BeforeValidator(_nothing)]]
