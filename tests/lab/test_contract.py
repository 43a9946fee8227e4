"""What every driver keeps, on a machine that systemd runs: the contract of drivers, played over ssh."""

from __future__ import annotations

import pytest

from driving import play
from lab.bed import LabBed

pytest.register_assert_rewrite("contract.test_drivers")

from contract import test_drivers  # noqa: E402
from contract.test_drivers import Play  # noqa: E402


@pytest.fixture
def on(bed: LabBed) -> Play:
    return lambda script: play(bed, script)


_MANY_BEDS = "test_between_confirm_and_deadline_there_is_exactly_one_winner"
globals().update(
    {name: test for name, test in vars(test_drivers).items() if name.startswith("test_") and name != _MANY_BEDS}
)
