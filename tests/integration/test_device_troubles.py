"""What a device refuses, and what it can still do when its disk is full or its commands take long."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from shells import without
from simulating import no_secrets
from tidegate.clock import SystemClock
from tidegate.drivers.local import LocalDriver
from tidegate.model.answer import Answer, At, Ended, Placed, Refused, Seen, Staged
from tidegate.model.artifact import Artifact, Entry
from tidegate.model.project import Device
from tidegate.model.verb import Address, Apply, Confirm, Inspect, Load, Revert, Stage, Verb, Why

TX = "shop.default-1.1"
DEVICE = Device("web-01", "web-01", "local", options={"root": "web-01"})


def artifact(content: bytes = b"new\n", target: str = "/etc/app.conf", owner: str = "root") -> Artifact:
    return Artifact("files", (Entry(target, "0644", owner, owner, (content,)),))


def stage(content: Artifact, **more: Any) -> Stage:
    return Stage((Load("app", "none", content.digest, content, **more),))


def ask(top: Path, *verbs: Verb, tx: str = TX, driver: LocalDriver | None = None) -> Sequence[Answer]:
    address = Address("audit", 1, tx)
    on = driver or LocalDriver(base=top, clock=SystemClock())

    async def whole() -> Sequence[Answer]:
        try:
            return await on.ask(DEVICE, address, verbs, fill=no_secrets, deadline=60.0)
        finally:
            await on.close()

    return asyncio.run(whole())


def refused(answers: Sequence[Answer]) -> tuple[str, str]:
    answer = answers[-1]
    assert isinstance(answer, Refused), answers
    return answer.why, answer.text


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A device that runs `old`."""
    root = tmp_path / "web-01"
    (root / "etc").mkdir(parents=True)
    (root / "etc").chmod(0o755)
    (root / "etc/app.conf").write_text("old\n")
    return root


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A device on a file system of 512 KiB."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    root = tmp_path / "web-01"
    root.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(root)], capture_output=True)
    if done.returncode != 0:
        pytest.skip("needs root that may mount")
    try:
        (root / "etc").mkdir()
        (root / "etc").chmod(0o755)
        (root / "etc/app.conf").write_text("old\n")
        yield root
    finally:
        subprocess.run(["umount", "--lazy", str(root)], check=True)


def incoming(root: Path) -> list[Path]:
    return list((root / "var/lib/tidegate/tx/staged").iterdir())


def fill_up(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 512):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017 - this is what is wanted
            return
    raise AssertionError("it takes no end of bytes")


def test_what_does_not_fit_is_refused_and_nothing_is_left(small: Path, tmp_path: Path) -> None:
    why, text = refused(ask(tmp_path, stage(artifact(b"x" * 1024 * 1024))))
    assert why == "no_space", text
    assert incoming(small) == []
    assert (small / "etc/app.conf").read_text() == "old\n"
    assert isinstance(ask(tmp_path, stage(artifact()))[0], Staged)


def test_on_a_full_disk_it_still_goes_back(small: Path, tmp_path: Path) -> None:
    assert ask(tmp_path, stage(artifact()), Apply(300))[-1] == Ended(0)
    assert (small / "etc/app.conf").read_text() == "new\n"
    fill_up(small / "filler")
    assert ask(tmp_path, Revert(Why.FAILED))[-1] == Placed(At.REVERTED)
    assert (small / "etc/app.conf").read_text() == "old\n"


def test_a_parent_that_others_may_write_is_unsafe(root: Path, tmp_path: Path) -> None:
    (root / "etc").chmod(0o777)
    why, text = refused(ask(tmp_path, stage(artifact())))
    assert (why, "/etc" in text) == ("unsafe_parent", True)


def test_a_parent_that_is_a_link_is_unsafe(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "srv").symlink_to(tmp_path / "elsewhere")
    why, _ = refused(ask(tmp_path, stage(artifact(target="/srv/app.conf"))))
    assert why == "unsafe_parent"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_validation_sees_the_files_as_they_would_be_and_may_refuse_them(root: Path, tmp_path: Path) -> None:
    look = 'echo "it says $(cat "$TIDEGATE_STAGED/etc/app.conf")"; exit 3'
    why, text = refused(ask(tmp_path, stage(artifact(), validate=(look,))))
    assert (why, text.strip()) == ("invalid", "it says new")
    assert (root / "etc/app.conf").read_text() == "old\n"
    assert incoming(root) == []


@pytest.mark.parametrize("tool", ["flock", "setsid", "sha256sum"])
def test_a_device_that_lacks_a_program_says_which(root: Path, tmp_path: Path, tool: str) -> None:
    shell = without(tool, tmp_path)
    driver = LocalDriver(base=tmp_path, clock=SystemClock(), shell=shell.words, program=shell.program)
    why, text = refused(ask(tmp_path, stage(artifact()), driver=driver))
    assert (why, text) == ("not_revertable", f"{tool} is missing on the device")


def test_inspect_answers_while_an_apply_runs(root: Path, tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    wait = f'while test -e "{hold}"; do sleep 0.05; done'

    async def both() -> tuple[Answer, float, Answer]:
        driver = LocalDriver(base=tmp_path, clock=SystemClock())
        address = Address("audit", 1, TX)

        async def send(*verbs: Verb) -> Sequence[Answer]:
            return await driver.ask(DEVICE, address, verbs, fill=no_secrets, deadline=60.0)

        await send(stage(artifact(), activate=(wait,)))
        applying = asyncio.ensure_future(send(Apply(300)))
        while (root / "etc/app.conf").read_text() != "new\n":  # noqa: ASYNC110 - it is another process that writes it
            await asyncio.sleep(0.01)
        asked = time.monotonic()
        seen = (await send(Inspect(("app",))))[-1]
        took = time.monotonic() - asked
        assert not applying.done()
        hold.unlink()
        applied = (await applying)[-1]
        await driver.close()
        return seen, took, applied

    seen, took, applied = asyncio.run(both())
    assert isinstance(seen, Seen)
    assert (seen.running, seen.open, took < 5) == (True, TX, True)
    assert applied == Ended(0)


def test_commands_see_exactly_what_was_promised(root: Path, tmp_path: Path) -> None:
    told = {"TIDEGATE_DEVICE": "web-01", "TIDEGATE_COMPONENT": "app", "TIDEGATE_LABEL_SITE": "ber"}
    show = 'env | cut -d= -f1 | sort >"$TIDEGATE_ROOT/seen"; ls -l /proc/self/fd | wc -l >"$TIDEGATE_ROOT/fds"'
    answers = ask(tmp_path, stage(artifact(), activate=(show,), environment=told), Apply(300), Confirm())
    assert answers[-1] == Placed(At.CONFIRMED)
    seen = set((root / "seen").read_text().split()) - {"PWD", "OLDPWD", "SHLVL", "_"}
    assert seen == {*told, "PATH", "LC_ALL", "TIDEGATE_ROOT"}
