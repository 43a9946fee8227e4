"""The demo's machines: real servers that run what they have loaded, and end when the demo does."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidegate.app.demo.machines import ask_health, furnish, give_memory, running
from tidegate.app.demo.place import Machine, Place, make_place
from tidegate.app.demo.play import DEVICES
from tidegate.app.demo.ports import claimed
from tidegate.app.demo.shop.files import CONFIGURATION
from tidegate.errors import UsageError


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with claimed(DEVICES) as first_port:
        yield make_place(tmp_path / "demo", os.environ, first_port)


@pytest.fixture
def shops(place: Place) -> Iterator[Place]:
    for machine in place.machines():
        furnish(place, machine)
    with running(place):
        yield place


def shop(place: Place, device: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([place.root(device) / "usr/bin/shop", *words], capture_output=True, text=True)


def machine(place: Place, name: str) -> Machine:
    return next(machine for machine in place.machines() if machine.name == name)


def configure(place: Place, device: str, *, workers: int, cache: int) -> None:
    (place.root(device) / CONFIGURATION).write_text(f"workers = {workers}\ncache_entries = {cache}\n")


def test_the_fleet_is_4_of_staging_and_20_of_production(place: Place) -> None:
    envs = [machine.env for machine in place.machines()]
    assert (envs.count("staging"), envs.count("production")) == (4, 20)
    assert len({machine.port for machine in place.machines()}) == 24


def test_every_shop_serves_what_it_found(shops: Place) -> None:
    assert set(ask_health(shops.machines()).values()) == {"200 workers=2 cache_entries=512"}


def test_a_shop_serves_what_it_has_loaded_until_it_is_told(shops: Place) -> None:
    here = machine(shops, "ber-web-01")
    configure(shops, here.name, workers=4, cache=600)
    assert ask_health([here]) == {"ber-web-01": "200 workers=2 cache_entries=512"}
    assert shop(shops, here.name, "reload", str(shops.root(here.name))).returncode == 0
    assert ask_health([here]) == {"ber-web-01": "200 workers=4 cache_entries=600"}


def test_the_same_cache_is_enough_in_staging_and_too_small_in_production(shops: Place) -> None:
    pair = [machine(shops, name) for name in ("ber-stg-01", "ber-web-01")]
    for here in pair:
        configure(shops, here.name, workers=4, cache=256)
        shop(shops, here.name, "reload", str(shops.root(here.name)))
    assert ask_health(pair) == {
        "ber-stg-01": "200 workers=4 cache_entries=256",
        "ber-web-01": "503 400 articles do not fit a cache of 256",
    }


def test_a_small_machine_cannot_bear_many_workers(shops: Place) -> None:
    here = machine(shops, "ams-web-01")
    give_memory(shops, here.name, 512)
    configure(shops, here.name, workers=8, cache=512)
    shop(shops, here.name, "reload", str(shops.root(here.name)))
    assert ask_health([here]) == {"ams-web-01": "503 8 workers need 800 MB, this machine has 512 MB"}


def test_a_reload_that_fails_says_why_and_keeps_what_runs(shops: Place) -> None:
    here = machine(shops, "muc-web-01")
    (shops.root(here.name) / CONFIGURATION).write_text("wrokers = 4\n")
    done = shop(shops, here.name, "reload", str(shops.root(here.name)))
    assert done.returncode == 1
    assert "shop.conf:1: `wrokers = 4`" in done.stderr
    assert ask_health([here]) == {"muc-web-01": "200 workers=2 cache_entries=512"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("workers = 4\ncache_entries = 512\n", ""),
        ("workers = many\ncache_entries = 512\n", "shop.conf:1: `workers = many`"),
        ("workers = 4\ncache_entries = 0\n", "shop.conf:2: `cache_entries = 0`"),
        ("workers = 4\n", "shop.conf: cache_entries is missing"),
    ],
)
def test_check_says_what_is_wrong_with_a_configuration(place: Place, tmp_path: Path, text: str, complaint: str) -> None:
    furnish(place, machine(place, "ber-web-01"))
    file = tmp_path / "shop.conf"
    file.write_text(text)
    done = shop(place, "ber-web-01", "check", str(file))
    assert done.returncode == (1 if complaint else 0)
    assert complaint in done.stderr


def test_no_shop_outlives_the_demo(place: Place) -> None:
    here = machine(place, "ber-web-01")
    for each in place.machines():
        furnish(place, each)
    with running(place):
        assert ask_health([here])
    with socket.socket() as asker:
        assert asker.connect_ex(("127.0.0.1", here.port)) != 0
    done = shop(place, here.name, "reload", str(place.root(here.name)))
    assert done.returncode == 1
    assert "no shop runs here" in done.stderr


def test_ports_that_are_taken_are_left_to_their_owner() -> None:
    with claimed(DEVICES) as ours, claimed(DEVICES) as theirs:
        assert theirs > ours + DEVICES
        with socket.socket() as owner:
            owner.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            owner.bind(("127.0.0.1", theirs + 105))
            owner.listen()
            with claimed(DEVICES) as third:
                assert third > theirs + 105


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="not empty, and no demo of ours"):
        make_place(tmp_path, os.environ, 20001)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_former_demo_is_played_anew(tmp_path: Path) -> None:
    place = make_place(tmp_path / "demo", os.environ, 20001)
    (place.clone / "left").touch()
    assert not (make_place(tmp_path / "demo", os.environ, 20001).clone / "left").exists()
