"""The demo fails where what it tells did not happen: a Tidegate that only says so is not believed."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tidegate.app.demo import story
from tidegate.app.demo.machines import furnish, running
from tidegate.app.demo.place import Place, make_place
from tidegate.app.demo.play import DEVICES
from tidegate.app.demo.ports import claimed
from tidegate.app.demo.shell import Said
from tidegate.app.demo.shop.files import CONFIGURATION
from tidegate.app.demo.stage import Stage
from tidegate.errors import Refusal

FINDINGS = "tidegate.yaml:17:5  error  canary-size\ncomponents/shop/component.yaml:5:3  error  modes\n"
PLAN = json.dumps({"covered": {"waves": [{"members": ["ber-stg-01"]}, {"members": ["muc-web-03", "muc-web-04"]}]}})


def nothing() -> None:
    """What a deploy does that only says it did."""


@dataclass
class Claims:
    """A Tidegate that says what it was told to say; `deploy` is all it does."""

    said: Mapping[str, Said]
    deploy: Callable[[], None] = nothing

    def show(self, *words: str) -> Said:
        if words[0] == "deploy":
            self.deploy()
        return self.ask(*words)

    def ask(self, *words: str) -> Said:
        return self.said.get(words[0], Said(0, "{}"))


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


def stage(place: Place, claims: Claims) -> Stage:
    return Stage(place, place.machines(), claims, say=lambda _: None)


def configure(place: Place, *devices: str, workers: int, reload: bool) -> None:
    for device in devices:
        root = place.root(device)
        (root / CONFIGURATION).write_text(f"workers = {workers}\ncache_entries = 512\n")
        if reload:
            subprocess.run([root / "usr/bin/shop", "reload", root], check=True)


def test_a_deploy_that_did_nothing_is_not_believed(shops: Place) -> None:
    with pytest.raises(Refusal, match=r"every shop to serve what git says, but .* says `200 workers=2"):
        story.take_over(stage(shops, Claims({})))


def test_a_deploy_that_wrote_files_and_activated_nothing_is_not_believed(shops: Place) -> None:
    devices = [machine.name for machine in shops.machines()]
    claims = Claims({}, deploy=lambda: configure(shops, *devices, workers=4, reload=False))
    with pytest.raises(Refusal, match="every shop to serve what git says"):
        story.take_over(stage(shops, claims))


def test_a_deploy_that_did_it_is_believed(shops: Place) -> None:
    devices = [machine.name for machine in shops.machines()]
    story.take_over(stage(shops, Claims({}, deploy=lambda: configure(shops, *devices, workers=4, reload=True))))


def test_a_deploy_that_says_no_fails_the_demo(shops: Place) -> None:
    with pytest.raises(Refusal, match="`tidegate deploy` to end with exit code 0, but it ended with 4"):
        story.take_over(stage(shops, Claims({"deploy": Said(4, "")})))


def test_a_refusal_names_both_mistakes_with_their_files(place: Place) -> None:
    story.refuse(stage(place, Claims({"validate": Said(1, FINDINGS)})))


@pytest.mark.parametrize(
    ("said", "missed"),
    [
        (Said(0, FINDINGS), "exit code 1"),
        (Said(1, FINDINGS.splitlines()[1]), "canary-size"),
        (Said(1, FINDINGS.splitlines()[0]), "modes"),
    ],
)
def test_a_refusal_that_misses_a_mistake_fails_the_demo(place: Place, said: Said, missed: str) -> None:
    with pytest.raises(Refusal, match=missed):
        story.refuse(stage(place, Claims({"validate": said})))


def test_the_refused_change_is_taken_back_from_the_clone(place: Place) -> None:
    story.refuse(stage(place, Claims({"validate": Said(1, FINDINGS)})))
    assert place.git("status", "--porcelain") == ""


def test_a_small_machine_that_did_not_go_back_fails_the_demo(shops: Place) -> None:
    devices = [machine.name for machine in shops.machines()]
    claims = Claims({"plan": Said(0, PLAN)}, deploy=lambda: configure(shops, *devices, workers=8, reload=True))
    with pytest.raises(Refusal, match="muc-web-03 with 4 as before, but muc-web-03 says `503 8 workers need 800 MB"):
        story.roll_out(stage(shops, claims))


def test_going_back_on_the_disk_alone_fails_the_demo(shops: Place) -> None:
    def there_and_half_back() -> None:
        configure(shops, "ber-web-01", workers=3, reload=True)
        configure(shops, "ber-web-01", workers=2, reload=False)

    claims = Claims({"deploy": Said(1, "")}, deploy=there_and_half_back)
    with pytest.raises(Refusal, match="asked itself and not its disk, but ber-web-01 says `200 workers=3"):
        story.stop_at_canary(stage(shops, claims))
