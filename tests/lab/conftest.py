"""Two machines for all tests of the lab: made when the first test asks, scrapped when the last is done."""

from __future__ import annotations

import secrets as chance
import subprocess
from collections.abc import Iterator

import pytest

from lab.bed import LabBed
from lab.image import an_image, lacking
from lab.machine import Machine

_MACHINES = 2


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Machine]]:
    """Booted, each on a loopback address that no other lab on this machine is likely to have."""
    lacks = lacking()
    if lacks:
        pytest.skip(f"the lab needs {lacks}")
    folder = tmp_path_factory.mktemp("lab")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "id")], check=True)
    image, network = an_image(), f"127.{chance.randbelow(200) + 50}.{chance.randbelow(256)}"
    made: list[Machine] = []
    try:
        for number in range(1, _MACHINES + 1):
            name = f"lab-{number}"
            made.append(Machine(name, f"{network}.{number}", image, folder / name, folder))
            made[-1].switch_on()
        for machine in made:
            machine.await_up()
        yield made
    finally:
        for machine in made:
            machine.scrap()


@pytest.fixture
def bed(machines: list[Machine]) -> LabBed:
    """The first machine, as nobody had ever deployed to it."""
    return _clean(machines[0])


@pytest.fixture
def other(machines: list[Machine]) -> LabBed:
    """The second one."""
    return _clean(machines[1])


def _clean(machine: Machine) -> LabBed:
    if not machine.is_on():
        machine.switch_on()
        machine.await_up()
    bed = LabBed(machine)
    bed.clean()
    return bed
