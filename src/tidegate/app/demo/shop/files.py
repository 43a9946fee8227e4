"""Where the shop's files lie below a device's root, and how they are read."""

from __future__ import annotations

from pathlib import Path

CONFIGURATION = "etc/shop/shop.conf"
PAGE = "srv/shop/index.html"
CATALOGUE = "srv/shop/catalogue.txt"
MACHINE = "etc/machine"
CONTROL = "run/shop.sock"
KEYS = ("workers", "cache_entries")


class Unreadable(Exception):
    """A file of the shop is not what it must be."""


def read_numbers(path: Path, keys: tuple[str, ...] = KEYS) -> dict[str, int]:
    """The `key = number` lines of a file: all of `keys`, and no others."""
    numbers: dict[str, int] = {}
    for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.partition("#")[0].strip()
        key, _, value = (part.strip() for part in text.partition("="))
        if text and (key not in keys or not value.isdecimal() or int(value) < 1):
            raise Unreadable(f"{path.name}:{at}: `{text}`: wanted {' or '.join(keys)} = a number above 0")
        if text:
            numbers[key] = int(value)
    if missing := [key for key in keys if key not in numbers]:
        raise Unreadable(f"{path.name}: {', '.join(missing)} is missing")
    return numbers
