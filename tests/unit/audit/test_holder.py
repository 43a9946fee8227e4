"""Whether the process that a lease names is gone: only what is certain counts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tidegate.audit.holder import is_gone, may_follow, this_job, this_process
from tidegate.model.run import Run


def parts() -> list[str]:
    return this_process("ada").text.removeprefix("host:").split("/")


def text(*said: str) -> str:
    return "host:" + "/".join(said)


def test_this_process_is_here() -> None:
    holder = this_process("ada")
    assert holder.by == "ada"
    assert not is_gone(holder.text)
    assert parts()[2] == str(os.getpid())


def test_another_process_is_here_until_it_ends_even_as_a_zombie() -> None:
    say = "from tidegate.audit.holder import this_process; print(this_process('x').text, flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", say], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    holder = child.stdout.readline().strip()
    assert not is_gone(holder)
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(holder), "nobody has asked for its exit code, and it is gone all the same"
    with child:
        pass
    assert is_gone(holder)


def test_a_number_that_was_given_to_another_process_is_not_the_holder() -> None:
    boot, namespace, pid, start = parts()
    assert is_gone(text(boot, namespace, pid, str(int(start) + 1)))
    assert is_gone(text(boot, namespace, str(2**22 + 1), start)), "above the highest number there is"


@pytest.mark.parametrize("which", [0, 1])
def test_of_another_boot_or_namespace_nobody_can_tell(which: int) -> None:
    said = parts()
    said[2] = str(2**22 + 1)
    assert is_gone(text(*said))
    for other in ("elsewhere", "-"):
        assert not is_gone(text(*said[:which], other, *said[which + 1 :]))


@pytest.mark.parametrize(
    "said", ["", "host:", "gh:17/1/deploy", "host:a/b/c/d", "host:a/b/1", "host:a/b/-1/2", "host:a/b/²/2"]
)
def test_of_what_is_no_process_of_ours_nobody_can_tell(said: str) -> None:
    assert not is_gone(said)


def test_the_first_process_of_the_machine_is_never_gone() -> None:
    boot, namespace, _, _ = parts()
    start = Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19]
    assert not is_gone(text(boot, namespace, "1", start))


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        ("gh:17/1/staging", "gh:17/2/staging", True),
        ("gh:17/9/plan", "gh:17/10/canary", True),
        ("gh:17/2/staging", "gh:17/1/staging", False),
        ("gh:17/1/staging", "gh:17/1/staging", False),
        ("gh:17/1/staging", "gh:17/1/canary", False),
        ("gh:17/1/staging", "gh:18/2/staging", False),
        ("gh:17/x/staging", "gh:17/2/staging", False),
        ("host:a/b/1/2", "gh:17/2/staging", False),
        ("host:a/b/1/2", "host:a/b/1/2", True),
        ("host:a/b/1/2", "host:a/b/1/3", False),
    ],
)
def test_who_may_take_whose_place_at_once(old: str, new: str, may: bool) -> None:
    assert may_follow(old, new) is may


def test_a_job_is_named_by_its_run_attempt_and_key() -> None:
    run = Run("https://github.com", "o/r", "c" * 40, "push", "ada", "17", 2, "staging", token="secret")
    assert this_job(run, "ada").text == "gh:17/2/staging"
    assert "secret" not in repr(run)
