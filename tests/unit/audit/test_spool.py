"""The spool on disk: it survives its writer, is read by one successor, and then is dead."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from recording import step
from tidegate.audit.spool import FileSpools, spool_folder
from tidegate.clock import VirtualClock
from tidegate.errors import AuditError, LeaseLost

CLOCK = VirtualClock()
ONE = ("0123456789abcdef", "default-7", 9)


def path(folder: Path) -> Path:
    return folder / "0123456789abcdef" / "default-7.9.jsonl"


def test_what_was_written_is_there_for_another_process_and_readable_by_nobody_else(tmp_path: Path) -> None:
    spool = FileSpools(tmp_path).create(*ONE)
    spool.write((step(CLOCK, 1), step(CLOCK, 2)))
    spool.write((step(CLOCK, 3),))
    assert [event.k for event in FileSpools(tmp_path).left(*ONE)] == [1, 2, 3]
    assert path(tmp_path).read_bytes().count(b"\n") == 3
    assert stat.S_IMODE(path(tmp_path).stat().st_mode) == 0o600


def test_a_line_that_its_writer_did_not_live_to_finish_does_not_count(tmp_path: Path) -> None:
    spools = FileSpools(tmp_path)
    spools.create(*ONE).write((step(CLOCK, 1), step(CLOCK, 2)))
    whole = path(tmp_path).read_bytes()
    for end in range(len(whole) + 1):
        path(tmp_path).write_bytes(whole[:end])
        assert len(spools.left(*ONE)) == whole[:end].count(b"\n")


def test_one_token_has_one_spool(tmp_path: Path) -> None:
    FileSpools(tmp_path).create(*ONE)
    with pytest.raises(AuditError, match=r"cannot make the spool .*default-7\.9\.jsonl: File exists"):
        FileSpools(tmp_path).create(*ONE)
    FileSpools(tmp_path).create("0123456789abcdef", "default-7", 10)


def test_a_spool_that_was_buried_is_dead_for_its_writer_and_for_readers(tmp_path: Path) -> None:
    spools = FileSpools(tmp_path)
    spool = spools.create(*ONE)
    spool.write((step(CLOCK, 1),))
    spools.bury(*ONE)
    spools.bury(*ONE)
    with pytest.raises(LeaseLost, match="was taken over, or its lease is released"):
        spool.write((step(CLOCK, 2),))
    assert spools.left(*ONE) == ()
    assert path(tmp_path).with_suffix(".dead").exists(), "kept, for a person"


def test_after_the_end_there_is_nothing_left(tmp_path: Path) -> None:
    spools = FileSpools(tmp_path)
    spool = spools.create(*ONE)
    spool.end()
    spool.end()
    assert spools.left(*ONE) == ()
    with pytest.raises(LeaseLost):
        spool.write((step(CLOCK, 1),))


def test_a_damaged_spool_is_said_and_not_half_read(tmp_path: Path) -> None:
    spools = FileSpools(tmp_path)
    spools.create(*ONE).write((step(CLOCK, 1),))
    with path(tmp_path).open("ab") as file:
        file.write(b"\x00\x00\n")
    with pytest.raises(AuditError, match=r"the spool .*default-7\.9\.jsonl is damaged") as wrong:
        spools.left(*ONE)
    assert "Move it away" in wrong.value.hint


def test_a_full_disk_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = FileSpools(tmp_path).create(*ONE)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AuditError, match=r"cannot write the spool .*: No space left on device") as wrong:
        spool.write((step(CLOCK, 1),))
    assert "Make room" in wrong.value.hint


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditError, match="cannot make the spool") as wrong:
        FileSpools(tmp_path / "file").create(*ONE)
    assert "TIDEGATE_SPOOL" in wrong.value.hint


def test_the_folder_is_ours_unless_the_environment_names_one(tmp_path: Path) -> None:
    assert spool_folder({}, tmp_path) == tmp_path / "spool"
    assert spool_folder({"TIDEGATE_SPOOL": ""}, tmp_path) == tmp_path / "spool"
    assert spool_folder({"TIDEGATE_SPOOL": "/elsewhere"}, tmp_path) == Path("/elsewhere")
