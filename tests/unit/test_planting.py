"""The net that catches secrets must have no holes: plain, and in base64 wherever it begins."""

import base64
from pathlib import Path

import pytest

from planting import Planted


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "abcd"])
@pytest.mark.parametrize("after", ["", "z", "yz", "xyz"])
def test_a_secret_is_seen_in_base64_whatever_stands_around_it(before: str, after: str) -> None:
    secret = Planted(allowed=[])
    assert secret.shows_in(base64.b64encode((before + secret.value + after).encode()))


def test_a_secret_is_seen_plain() -> None:
    secret = Planted(allowed=[])
    assert secret.shows_in(f"password={secret.value}\n".encode())
    assert not secret.shows_in(b"password=...")


def test_a_file_that_may_hold_the_secret_is_not_reported(tmp_path: Path) -> None:
    device, log = tmp_path / "device", tmp_path / "log"
    device.mkdir()
    secret = Planted(allowed=[device])
    (device / "key").write_text(secret.value)
    log.write_text("nothing")
    assert list(secret.files_that_show(tmp_path)) == []
    log.write_text(secret.value)
    assert list(secret.files_that_show(tmp_path)) == [log]
