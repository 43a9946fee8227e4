"""Processes of ours: named environment, nothing inherited, bounded in time, memory and output, whole groups killed."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.child import MIB, Bounds, End, Ended, MissingProgram, allowed, run, run_async

ENVIRON = {"PATH": "/usr/bin:/bin"}


def run_both_ways(argv: list[str], **how: object) -> Ended:
    """The same child, sync and async; they must agree."""
    how = {"timeout": 10.0, "environ": ENVIRON, **how}
    first = run(argv, **how)  # type: ignore[arg-type]
    second = asyncio.run(run_async(argv, **how))  # type: ignore[arg-type]
    assert (first.code, first.end, first.stdout) == (second.code, second.end, second.stdout)
    return first


def test_input_goes_in_and_both_streams_come_out() -> None:
    ended = run_both_ways(["sh", "-c", "cat; echo trouble >&2; exit 3"], input=b"x" * MIB)
    assert (ended.code, len(ended.stdout), ended.stderr, ended.well) == (3, MIB, b"trouble\n", False)


def test_a_child_that_does_not_listen_is_no_fault() -> None:
    assert run_both_ways(["true"], input=b"x" * MIB).well


def test_it_sees_the_environment_it_is_given_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_OURS", "x")
    said = run_both_ways(["/usr/bin/env"], environ={"GREETING": "hello"}).stdout
    assert said.splitlines() == [b"GREETING=hello"]


def test_only_named_variables_are_allowed() -> None:
    environ = {"PATH": "/bin", "HOME": "/home/x", "TOKEN": "t", "LANG": "C"}
    assert allowed(environ, "LANG", "MISSING") == {"PATH": "/bin", "HOME": "/home/x", "LANG": "C"}


def test_it_inherits_no_file_of_ours(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        said = run_both_ways([sys.executable, "-c", f"import os; os.fstat({file.fileno()})"])
    assert said.code == 1


def test_too_much_output_ends_it() -> None:
    ended = run_both_ways(["sh", "-c", "while :; do echo yes; done"], limit=1000)
    assert (ended.end, len(ended.stdout)) == (End.TOO_MUCH, 1000)


@pytest.mark.parametrize("start", [run, lambda *a, **k: asyncio.run(run_async(*a, **k))], ids=["sync", "async"])
def test_at_the_time_out_its_children_go_with_it(start: Callable[..., Ended], tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"sleep 60 & echo $! $$ >{pids}; wait"
    ended = start(["sh", "-c", script], timeout=0.5, environ=ENVIRON)
    assert ended.end is End.TIMED_OUT
    assert ended.code == -9
    assert all(_is_gone(int(pid)) for pid in pids.read_text().split())


@pytest.mark.parametrize("start", [run, lambda *a, **k: asyncio.run(run_async(*a, **k))], ids=["sync", "async"])
def test_what_it_leaves_behind_is_killed(start: Callable[..., Ended], tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    ended = start(["sh", "-c", f"sleep 60 >/dev/null 2>&1 & echo $! >{pid}"], timeout=10.0, environ=ENVIRON)
    assert ended.well
    assert _is_gone(int(pid.read_text()))


def test_a_cancelled_child_is_killed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    async def cancel_it() -> int:
        child = run_async(["sh", "-c", f"echo $$ >{pipe}; sleep 60"], timeout=60, environ=ENVIRON)
        task = asyncio.create_task(child)
        pid = await asyncio.to_thread(pipe.read_text)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return int(pid)

    assert _is_gone(asyncio.run(cancel_it()))


def test_memory_and_processor_time_are_bounded() -> None:
    program = [sys.executable, "-c", "import sys; x = bytearray(int(sys.argv[1]))", str(512 * MIB)]
    assert run_both_ways(program, bounds=Bounds(memory=256 * MIB, cpu=10)).code == 1
    endless = run_both_ways(["sh", "-c", "while :; do :; done"], bounds=Bounds(memory=256 * MIB, cpu=1))
    assert endless.code < 0


def test_a_missing_program_says_what_to_do() -> None:
    with pytest.raises(MissingProgram, match="no-such-program") as caught:
        run_both_ways(["no-such-program"])
    assert "PATH" in caught.value.hint


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(MissingProgram, match="no such folder"):
        run_both_ways(["true"], cwd=tmp_path / "nowhere")


def _is_gone(pid: int) -> bool:
    """Within a moment: the kernel may still be at it. A zombie that waits for init counts as gone."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
    return False
