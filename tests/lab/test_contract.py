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


_NOT_HERE = {
    # Many beds at once: there are two machines.
    "test_between_confirm_and_deadline_there_is_exactly_one_winner",
    # Its runner waits for one second, in which systemd may not have been asked yet: test_power.py has it with more.
    "test_an_apply_that_takes_too_long_for_its_runner_is_lost_and_goes_on",
}
globals().update(
    {name: test for name, test in vars(test_drivers).items() if name.startswith("test_") and name not in _NOT_HERE}
)
