"""The shape of `component.yaml`: what all types have; the type's own keys stand beside (types/)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema

from tidegate.project.select_field import Select
from tidegate.project.shapes_health import Health
from tidegate.types import LATER, LATER_KEYS, TYPES, type_keys
from tidegate.types.fields import Commands, Flag, Name, SomeSeconds, Variables, choice
from tidegate.types.shape import Shape

Type: TypeAlias = Annotated[
    Literal["files"], PlainValidator(choice(tuple(TYPES), tuple(LATER))), WithJsonSchema({"enum": list(TYPES)})
]


class _Typed(Shape):
    """A map in which the keys of a type stand beside those that are shaped here."""

    @classmethod
    def known(cls) -> list[str]:
        return [*super().known(), *type_keys()]


class OverrideShape(_Typed):
    noun: ClassVar[str] = "an override"
    later: ClassVar[frozenset[str]] = frozenset({"reboot"}) | LATER_KEYS

    select: Select
    vars: Variables = Field(default_factory=dict)
    validate_: Commands | None = Field(default=None, alias="validate")
    activate: Commands | None = None
    timeout: SomeSeconds | None = None


class ComponentShape(_Typed):
    noun: ClassVar[str] = "a component"
    later: ClassVar[frozenset[str]] = frozenset({"state", "after", "tests", "reboot", "irreversible"}) | LATER_KEYS

    type: Type = Field(description="How it is changed.")
    select: Select = Field(description="Devices that shall have it.")
    strategy: Name | None = Field(default=None, description="How it is rolled out; `default`, or the only one.")
    health: Health = Field(default_factory=list, description="Probes, beside those of the strategy.")
    vars: Variables = Field(default_factory=dict, description="What templates may use, before all else.")
    overrides: list[OverrideShape] = Field(default_factory=list, description="What differs on some devices.")
    validate_: Commands = Field(default=(), alias="validate", description="Run on the device before the switch.")
    activate: Commands = Field(
        default=(), description="Run on the device after the switch, and again after going back."
    )
    timeout: SomeSeconds = Field(default=300, description="To apply; then the device goes back by itself.")
    reconnect: Flag = Field(default=False, description="Confirm only over a new connection: for sshd, PAM, firewalls.")
