"""Components as values, with the keys of their type and the files they are made of."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.model.place import Finding, Place
from tidegate.model.project import Component, FileSource, Override
from tidegate.project.documents import Desk
from tidegate.project.health import Infirmary
from tidegate.project.paths import resolve
from tidegate.project.shapes_component import ComponentShape, OverrideShape
from tidegate.project.shaping import shaped
from tidegate.project.source import Document
from tidegate.types import type_keys
from tidegate.types.fields import nearest
from tidegate.types.files import FileShape, FilesShape


@dataclass(frozen=True, slots=True)
class ComponentFile:
    """A component file in parts: what all types have, the type's own keys, and those of each override."""

    name: str
    file: str
    said: ComponentShape
    own: FilesShape
    over: tuple[FilesShape, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What components may refer to: files and folders of the repository, what cannot be read, strategies by name."""

    files: Collection[str]
    folders: Collection[str]
    refused: Mapping[str, str]
    strategies: Collection[str]


def component_name(file: str) -> str:
    """Its folder's name; for a file that is not called `component` its own, without the ending."""
    stem = posixpath.splitext(posixpath.basename(file))[0]
    return posixpath.basename(posixpath.dirname(file)) if stem == "component" else stem


def shape_component(source: Document) -> tuple[ComponentFile | None, list[Finding]]:
    """A component file, each key where it belongs."""
    written = source.written if isinstance(source.written, dict) else {}
    keys = type_keys()
    overrides = written.get("overrides")
    parts: list[Any] = (
        [item if isinstance(item, dict) else {} for item in overrides] if isinstance(overrides, list) else []
    )
    rest: object = source.written
    if isinstance(source.written, dict):
        rest = _without(written, keys)
        if isinstance(overrides, list):
            rest["overrides"] = [_without(item, keys) if isinstance(item, dict) else item for item in overrides]
    said, findings = shaped(ComponentShape, source, (), rest)
    own, more = shaped(FilesShape, source, (), _only(written, keys))
    over: list[FilesShape] = []
    for index, part in enumerate(parts):
        typed, still_more = shaped(FilesShape, source, ("overrides", index), _only(part, keys))
        over += [typed] if typed else []
        more += still_more
    if said is None or own is None or more:
        return None, findings + more
    return ComponentFile(component_name(source.file), source.file, said, own, tuple(over)), findings


def _without(map_: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    return {key: value for key, value in map_.items() if key not in keys}


def _only(map_: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    return {key: value for key, value in map_.items() if key in keys}


def read_component(desk: Desk, infirmary: Infirmary, ground: Ground, of: ComponentFile) -> Component:
    """The component as a value; what is wrong with its references is said on the way."""
    said = of.said
    return Component(
        name=of.name,
        type=said.type,
        select=said.select,
        strategy=_strategy(desk, ground, of),
        file=of.file,
        health=infirmary.names(said.health, of.name, of.file, ("health",)),
        vars=said.vars,
        overrides=tuple(
            Override(part.select, part.vars, _settings(desk, ground, of.file, index, part, typed))
            for index, (part, typed) in enumerate(zip(said.overrides, of.over, strict=True))
        ),
        files=_files(desk, ground, of.own.files, of.file, ()),
        validate=said.validate_,
        activate=said.activate,
        timeout=said.timeout,
        reconnect=said.reconnect,
    )


def _strategy(desk: Desk, ground: Ground, of: ComponentFile) -> str:
    known = sorted(ground.strategies)
    said = of.said.strategy
    if said is not None and said not in known:
        wrong = f"there is no strategy `{said}`{nearest(said, known)}"
        desk.find("unknown-strategy", wrong, of.file, ("strategy",), fix=f"known: {' '.join(known)}")
    if said is None and "default" not in known and len(known) > 1:
        wrong = f"`{of.name}` names no strategy, there is none called `default`, and several to choose from"
        desk.find_key("missing-key", wrong, of.file, (), fix=f"Write strategy: one of {' '.join(known)}")
    return said or ("default" if "default" in known or not known else known[0])


def _settings(
    desk: Desk, ground: Ground, file: str, index: int, said: OverrideShape, typed: FilesShape
) -> Mapping[str, Any]:
    own = {"validate": said.validate_, "activate": said.activate, "timeout": said.timeout}
    files = _files(desk, ground, typed.files, file, ("overrides", index))
    return {key: value for key, value in {**own, "files": files or None}.items() if value is not None}


def _files(
    desk: Desk, ground: Ground, said: Mapping[str, FileShape], file: str, place: Place
) -> Mapping[str, FileSource]:
    found: dict[str, FileSource] = {}
    for target, shape in said.items():
        here = (*place, "files", target, "from")
        try:
            path = resolve(file, shape.source)
        except ValueError as error:
            desk.find(
                "outside", str(error), file, here, fix="Paths begin at this file's folder, or with / at the root."
            )
            continue
        _check_source(desk, ground, target, path, file, here)
        found[target] = FileSource(path, shape.mode, shape.owner, shape.group)
    return found


def _check_source(desk: Desk, ground: Ground, target: str, path: str, file: str, place: Place) -> None:
    takes_folder = target.endswith("/")
    for inner in ground.refused if takes_folder else ():
        if inner.startswith(f"{path}/"):
            wrong = f"{inner} cannot be read: {ground.refused[inner]}"
            desk.find("refused-file", wrong, file, place, fix="Put a real file there, or take it out of the folder.")
    if path in ground.refused:
        wrong = f"{path} cannot be read: {ground.refused[path]}"
        desk.find("refused-file", wrong, file, place, fix="Put a real file there.")
    elif takes_folder and path in ground.files:
        wrong = f"`{target}` takes a folder, and {path} is a file"
        desk.find("bad-target", wrong, file, place, fix=f"Write the file's name: {target}{posixpath.basename(path)}")
    elif not takes_folder and path in ground.folders:
        wrong = f"{path} is a folder"
        desk.find("bad-target", wrong, file, place, fix=f"To own the whole folder on the device: {target}/")
    elif path not in ground.files and path not in ground.folders:
        near = nearest(path, _beside(path, ground.folders if takes_folder else ground.files))
        desk.find("missing-file", f"there is no {'folder' if takes_folder else 'file'} {path}{near}", file, place)


def _beside(path: str, files: Iterable[str]) -> list[str]:
    folder = posixpath.dirname(path)
    return [other for other in files if posixpath.dirname(other) == folder]
