"""The shape of a probe, and of a list that names probes or holds them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from tidegate.types.fields import Flag, Line, Name, SomeSeconds, Text, choice, flag, whole
from tidegate.types.shape import Fault, Shape, wrong

KINDS = ("http", "tcp", "command", "login")


def _yes(value: object) -> bool:
    if not flag(value):
        raise wrong(Fault("bad-value", "`login` is true, or is not there"))
    return True


Count: TypeAlias = Annotated[int, PlainValidator(whole(1, 1000)), WithJsonSchema({"type": "integer", "minimum": 1})]
Code: TypeAlias = Annotated[
    int, PlainValidator(whole(100, 599)), WithJsonSchema({"type": "integer", "minimum": 100, "maximum": 599})
]
Yes: TypeAlias = Annotated[Literal[True], PlainValidator(_yes), WithJsonSchema({"const": True})]
Side: TypeAlias = Annotated[
    Literal["runner", "device"],
    PlainValidator(choice(("runner", "device"))),
    WithJsonSchema({"enum": ["runner", "device"]}),
]


class ProbeShape(Shape):
    """One look at a device. Exactly one of `http`, `tcp`, `command`, `login`."""

    noun: ClassVar[str] = "a probe"
    later: ClassVar[frozenset[str]] = frozenset(
        [
            "prometheus",
            "alertmanager",
            "json",
            "pointer",
            "source",
            "match",
            "fail_if",
            "for",
            "compare",
            "worse",
            "margin",
            "floor",
            "warm_up",
            "must_have_data",
            "absent_means_zero",
        ]
    )

    http: Line | None = Field(default=None, description="A URL, as a template: http://{{ device.host }}/healthz")
    tcp: Line | None = Field(default=None, description="A host and port, as a template: {{ device.host }}:22")
    command: Text | None = Field(default=None, description="A command on the device; exit code 0 is healthy.")
    login: Yes | None = Field(default=None, description="true: a new connection, as the driver makes them.")
    expect: Code | None = Field(default=None, description="http: the status that is healthy (200).")
    expect_body: Line | None = Field(default=None, description="http: a regular expression that the body has.")
    where: Side | None = Field(default=None, alias="from", description="Who looks: the runner, or the device itself.")
    timeout: SomeSeconds = 5
    interval: SomeSeconds = 10
    successes: Count = Field(default=3, description="So many in a row: healthy.")
    failures: Count = Field(default=3, description="So many in a row: unhealthy.")
    shadow: Flag = Field(default=False, description="Look and record, but do not decide.")


def _what(value: object) -> str:
    return "<probe>" if isinstance(value, dict | ProbeShape) else "<name>"


Probe: TypeAlias = Annotated[
    Annotated[Name, Tag("<name>")] | Annotated[ProbeShape, Tag("<probe>")], Discriminator(_what)
]
Health: TypeAlias = list[Probe]
