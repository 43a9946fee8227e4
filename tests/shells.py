"""The shells that the device program must work in, and variants of its text to break it with."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tidegate.drivers.program import device_program

_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
_BEGIN = 'eval "$for_inside"\n'
EFFECTS = (
    "mkdir",
    "mv",
    "ln",
    "cp",
    "rm",
    "rmdir",
    "dd",
    "tar",
    "chmod",
    "sync",
    "setsid",
    "stat",
    "flock",
    "find",
    "chown",
)
"""Programs before which a session may be killed."""


FUNCTIONS = (
    "mark() { # DIR NAME.VALUE\n",
    "note() { # FILE TEXT\n",
    "launch() { # VERBS\n",
    "sleep_until_stopped() { # SECONDS\n",
    "stop_found_timer() { # ID\n",
)
"""Functions that have an effect and start no program: before these too."""


@dataclass(frozen=True)
class Shell:
    """`words` begin a session; `program` finds there what it calls."""

    words: tuple[str, ...]
    program: str


def a_shell(name: str, folder: Path) -> Shell:
    """`dash`, `bash`, or `busybox`: that one with nothing else on its PATH but flock, which Debian's busybox lacks."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    tools = folder / f"tools-{name}"
    tools.mkdir()
    if name == "busybox":
        os.spawnl(os.P_WAIT, found, "busybox", "--install", "-s", str(tools))
        (tools / "flock").unlink(missing_ok=True)
        (tools / "flock").symlink_to(shutil.which("flock") or "flock")
    else:
        (tools / "sh").symlink_to(found)
    path = tools if name == "busybox" else f"{tools}:/usr/bin:/bin"
    return Shell((str(tools / "sh"),), _with_path(path))


def without(tool: str, folder: Path) -> Shell:
    """A device that lacks a program."""
    tools = folder / f"without-{tool}"
    tools.mkdir()
    for directory in ("/usr/bin", "/bin"):
        for path in Path(directory).iterdir():
            if path.name != tool and not (tools / path.name).is_symlink():
                (tools / path.name).symlink_to(path)
    return Shell(("/bin/sh",), _with_path(tools))


def _with_path(path: Path | str) -> str:
    text = device_program()
    assert text.count(_PATH) == 1
    return text.replace(_PATH, f"PATH={path}\n")


def killed_at(number: int, counter: Path, program: str) -> str:
    """The program, of which one process kills itself before the `number`-th effect: a request, a unit, or a timer.

    Effects are counted over all its processes, in `counter`.
    """
    counter.write_text("0\n")
    tick = f"""
tick() {{
    read -r ticks <"{counter}"
    printf '%s\\n' $((ticks + 1)) >"{counter}"
    [ "$ticks" -ne {number - 1} ] || {{ kill -9 "$mine"; read -r self _ </proc/self/stat; kill -9 "$self"; }}
}}
"""
    hooks = "".join(f'{tool}() {{ tick; command {tool} "$@"; }}\n' for tool in EFFECTS)
    assert program.count(_BEGIN) == 1
    program = program.replace(_BEGIN, _BEGIN + tick + hooks)
    for function in ("check_device() {\n", "outlive() {\n"):
        program = program.replace(function, function + "read -r mine _ </proc/self/stat\n")
    for function in FUNCTIONS:
        assert program.count(function) == 1
        program = program.replace(function, function + "\ttick\n")
    return program
