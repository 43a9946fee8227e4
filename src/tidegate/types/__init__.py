"""Change types: their keys, what they put on a device, and the values that all our files are made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tidegate.types.files import FilesShape
from tidegate.types.shape import Shape

TYPES: Mapping[str, type[Shape]] = MappingProxyType({"files": FilesShape})
"""Name of a type -> the shape of its own keys, in a component and in its overrides."""

LATER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "packages": ("packages",),
        "program": ("version", "url", "sha256", "into", "says_version"),
        "rules": ("server", "url"),
        "ansible": ("playbook", "inputs", "extra_vars"),
        "terraform": ("root", "binary", "var_files"),
        "netconf": ("config", "operation", "read_back"),
        "command": ("inspect", "apply", "revert"),
    }
)
"""Types of the format that are not built yet, and the keys that only they have."""

LATER_KEYS = frozenset(key for keys in LATER.values() for key in keys)


def type_keys() -> list[str]:
    """The keys that some type has beside those of every component."""
    return [key for shape in TYPES.values() for key in shape.known()]
