"""Change type `files`: a set of files on the device, put there and taken away as one."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from tidegate.model.project import FileSource
from tidegate.types.fields import Line, line
from tidegate.types.shape import Fault, Shape, wrong

TEMPLATE = ".j2"
_STATE = "/var/lib/tidegate/"
_PERSON = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,62}\$?")


def _target(value: object) -> str:
    said = line(value)
    if not said.startswith("/"):
        raise wrong(Fault("bad-target", f"`{said}` is no place on a device", "A target begins with `/`."))
    if not said.strip("/"):
        raise wrong(Fault("bad-target", f"`{said}` cannot be owned whole", "Name a file, or a folder below it."))
    plain = "/" + posixpath.normpath(said).strip("/") + ("/" if said.endswith("/") else "")
    if plain != said:
        raise wrong(Fault("bad-target", f"`{said}` is not written plainly", f"Write `{plain}`."))
    if (said + "/").startswith(_STATE):
        raise wrong(Fault("bad-target", f"`{said}` is where the device keeps its transactions"))
    if said.endswith("/") and _STATE.startswith(said):
        fix = "Name the files in it one by one."
        raise wrong(Fault("bad-target", f"`{said}` cannot be owned whole: the device keeps {_STATE} in it", fix))
    return said


def _person(value: object) -> str:
    said = line(value)
    if not _PERSON.fullmatch(said):
        raise wrong(Fault("bad-name", f"`{said}` is no user or group of a device", "Write its name or its number."))
    return said


def _mode(value: object) -> str:
    said = line(value)
    if len(said) not in (3, 4) or not set(said) <= set("01234567"):
        raise wrong(Fault("bad-value", f"`{said}` is no file mode", 'Write it in octal, quoted: mode: "0644"'))
    return said.zfill(4)


def _short_form(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


Target: TypeAlias = Annotated[str, PlainValidator(_target), WithJsonSchema({"type": "string", "pattern": "^/."})]
Mode: TypeAlias = Annotated[str, PlainValidator(_mode), WithJsonSchema({"type": "string", "pattern": "^[0-7]{3,4}$"})]
Person: TypeAlias = Annotated[str, PlainValidator(_person), WithJsonSchema({"type": ["string", "integer"]})]


class FileShape(Shape):
    noun: ClassVar[str] = "a file"

    source: Line = Field(alias="from", description="The file or folder, from this file's folder; /x: the repository's.")
    mode: Mode = Field(default="0644", description="Octal, quoted.")
    owner: Person = "root"
    group: Person = "root"


class FilesShape(Shape):
    """The keys of this type in a component and in its overrides."""

    noun: ClassVar[str] = "a component of type files"

    files: dict[Target, Annotated[FileShape, BeforeValidator(_short_form, json_schema_input_type=str | FileShape)]] = (
        Field(default_factory=dict, description="Target on the device -> source, or {from, mode, owner, group}.")
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """One file that is to be on a device, and the file of the repository that it comes of."""

    target: str
    path: str
    mode: str
    owner: str
    group: str

    @property
    def is_template(self) -> bool:
        return self.path.endswith(TEMPLATE)

    @property
    def has_a_name(self) -> bool:
        """Can a device be told of it? A folder brings names that nobody wrote into a file of ours."""
        return self.target.isprintable() and not self.target.endswith("/")


def pieces(files: Mapping[str, FileSource], paths: Sequence[str]) -> Iterator[Piece]:
    """Every file of a set; a folder becomes what is in it. `paths` are those of the tree, sorted."""
    for target, source in files.items():
        if not target.endswith("/"):
            yield Piece(target, source.path, source.mode, source.owner, source.group)
            continue
        folder = source.path.rstrip("/") + "/"
        for at in range(bisect_left(paths, folder), len(paths)):
            path = paths[at]
            if not path.startswith(folder):
                break
            name = path.removeprefix(folder).removesuffix(TEMPLATE)
            yield Piece(target + name, path, source.mode, source.owner, source.group)


def owned_folders(files: Mapping[str, FileSource]) -> tuple[str, ...]:
    """Folders that belong to the component: what else is in them goes."""
    return tuple(sorted(target for target in files if target.endswith("/")))


def merged(own: Mapping[str, FileSource], over: Mapping[str, Any]) -> Mapping[str, FileSource]:
    """Files with an override's: target by target."""
    return {**own, **over.get("files", {})}
