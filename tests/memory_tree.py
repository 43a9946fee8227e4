"""A tree of files that a test writes as a map: path -> text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.tree import MissingFile, RefusedFile


class MemoryTree:
    """As any tree: sorted paths, MissingFile for what is not there, RefusedFile for what is in `refused`."""

    def __init__(self, files: Mapping[str, str | bytes], refused: Mapping[str, str] | None = None) -> None:
        self._refused = refused or {}
        self._files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}

    def paths(self) -> Sequence[str]:
        return sorted(self._files)

    def refused(self) -> Mapping[str, str]:
        return self._refused

    def read(self, path: str) -> bytes:
        if path in self._refused:
            raise RefusedFile(f"{path} cannot be read: {self._refused[path]}")
        if path not in self._files:
            raise MissingFile(f"there is no file {path}")
        return self._files[path]
