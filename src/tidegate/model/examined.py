"""What a device says of itself before anything is rolled out: is it fit to be?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Examined:
    """`shell` is the program behind /bin/sh, `free` KiB where transactions are kept, `missing` programs we need.

    `root`: commands run as root. `writable`: the folder of transactions is there, or can be made. `systemd`: it runs.
    """

    shell: str
    root: bool
    writable: bool
    free: int
    missing: tuple[str, ...]
    systemd: bool
