"""The device program in the shells it meets, killed wherever it can be, on disks that are full, among hostile names."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from driving import FIRST, NEW, NEWER, OLD, SECOND, Bed, LocalBed, artifact, play
from shells import Shell, a_shell, killed_at
from tidegate.drivers.local import LocalDriver
from tidegate.model.answer import Answer, At, Ended, Lost, Placed, Staged
from tidegate.model.artifact import Artifact, Entry
from tidegate.model.verb import Apply, Confirm, Heartbeat, Inspect, Look, Revert, Verb, Why


@pytest.fixture(params=["dash", "busybox", "bash"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    return a_shell(request.param, tmp_path)


@pytest.fixture
def bed(shell: Shell, tmp_path: Path) -> Iterator[LocalBed]:
    bed = LocalBed(tmp_path, shell=shell.words, program=shell.program)
    yield bed
    bed.close()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[LocalBed]:
    """With the shell that is `sh` on this machine."""
    bed = LocalBed(tmp_path)
    yield bed
    bed.close()


def talk(bed: LocalBed, *verbs: Verb, **how: Any) -> tuple[Answer, ...]:
    answers: list[Answer] = []

    async def script(_: object) -> None:
        answers.extend(await bed.ask(*verbs, **how))

    play(bed, script)
    return tuple(answers)


def tree(root: Path) -> dict[str, tuple[str, str]]:
    """What a device holds: path -> mode, and content or where a link leads. Not what is the program's or the shop's."""
    found = {}
    theirs = [top for top in root.iterdir() if top.name not in ("var", "run")]
    for path in sorted(path for top in theirs for path in (top, *top.rglob("*"))):
        name = str(path.relative_to(root))
        content = str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else "a folder"
        found[name] = (stat.filemode(path.lstat().st_mode), content)
    return found


def entry(target: str, content: str | bytes = "x", mode: str = "0644", owner: str = "root") -> Entry:
    return Entry(target, mode, owner, "root", (content.encode() if isinstance(content, str) else content,))


SHOP = OLD.entries[0].target
BEFORE = Artifact("files", (entry(SHOP, "before", "0600"), entry("/etc/shop/parts/left.conf", "left over")))
AFTER = Artifact(
    "files",
    (entry(SHOP, "after", "0640"), entry("/srv/a/new folder/page", "page"), entry("/etc/owned/ours", "ours")),
    gone=("/etc/owned/",),
)


def furnish(bed: LocalBed) -> None:
    """A device that has BEFORE, with a stranger in a folder that AFTER owns."""
    (bed.root / "etc/owned/deep").mkdir(parents=True)
    (bed.root / "etc/owned/deep/stranger").write_text("a stranger")
    assert talk(bed, bed.stage(BEFORE), Apply(300), Confirm())[-1] == Placed(At.CONFIRMED)


def test_every_verb_in_every_shell(bed: LocalBed) -> None:
    furnish(bed)
    before = tree(bed.root)
    stage = bed.stage(AFTER, now=BEFORE.digest)
    staged, ended = talk(bed, stage, Apply(300), tx=SECOND)
    assert (staged, ended) == (Staged(runs={"shop": BEFORE.digest}), Ended(0))
    after = tree(bed.root)
    assert after["etc/shop/shop.conf"] == ("-rw-r-----", "after")
    assert after["srv/a/new folder/page"] == ("-rw-r--r--", "page")
    assert not {"etc/owned/deep/stranger", "etc/shop/parts/left.conf"} & set(after)
    assert bed.serves() == "after"
    assert talk(bed, Heartbeat(300), tx=SECOND)[0].runs == {"shop": AFTER.digest}  # type: ignore[union-attr]
    assert talk(bed, Look("echo well; exit 4", 5))[0] == Ended(4, "well\n")
    assert talk(bed, Confirm(), tx=SECOND) == (Placed(At.CONFIRMED),)
    assert talk(bed, Revert(Why.BACK), tx=SECOND) == (Placed(At.REVERTED),)
    assert tree(bed.root) == before
    assert bed.serves() == "before"


def test_it_goes_back_by_itself_in_every_shell(bed: LocalBed) -> None:
    furnish(bed)
    before = tree(bed.root)

    async def script(_: object) -> None:
        await bed.arm(AFTER, deadline=3, tx=SECOND, now=BEFORE.digest)
        await bed.until_at(At.REVERTED, SECOND)

    play(bed, script)
    assert tree(bed.root) == before
    assert bed.serves() == "before"


def test_what_a_command_starts_hears_a_hangup_though_the_program_does_not(bed: LocalBed) -> None:
    """A daemon that is restarted reloads on SIGHUP, and would inherit that it is ignored."""
    show = 'grep SigIgn /proc/self/status >"$TIDEGATE_ROOT/ignored"'
    assert talk(bed, bed.stage(activate=(show,)), Apply(300))[-1] == Ended(0)
    _, ignored = (bed.root / "ignored").read_text().split()
    assert int(ignored, 16) & 1 == 0


def test_a_mebibyte_arrives_whole_in_every_shell(bed: LocalBed) -> None:
    content = os.urandom(1024 * 1024)
    big = Artifact("files", (entry("/srv/big", content), entry("/srv/bigger", content + content), *OLD.entries))
    assert talk(bed, bed.stage(big), Apply(300), Confirm())[-1] == Placed(At.CONFIRMED)
    assert (bed.root / "srv/big").read_bytes() == content
    assert (bed.root / "srv/bigger").read_bytes() == content + content


@pytest.mark.parametrize(
    "name",
    ["a b", "$(touch x)", "`id`", "it's", 'a"b', "-rf", "*", "back\\slash", "ümläut", "ends with ", "%41", "a;b", "~"],
)
def test_names_mean_nothing_to_a_shell(plain: LocalBed, name: str) -> None:
    odd = artifact("new", entry(f"/etc/{name}/{name}", "odd"))
    answers = talk(plain, plain.stage(odd), Apply(300), Confirm(), Inspect(("shop",)))
    assert answers[-1].runs == {"shop": odd.digest}  # type: ignore[union-attr]
    assert (plain.root / "etc" / name / name).read_text() == "odd"
    (_, second) = talk(plain, plain.stage(NEW, now=odd.digest), Apply(300), tx=SECOND)
    assert second == Ended(0)
    assert not (plain.root / "etc" / name / name).exists()
    assert talk(plain, Revert(Why.BACK), tx=SECOND) == (Placed(At.REVERTED),)
    assert (plain.root / "etc" / name / name).read_text() == "odd"


# Killed.


class Scene:
    """What is asked by the session that will be killed, on a device that has BEFORE."""

    def __init__(self, *verbs: str) -> None:
        self.verbs = verbs

    def play(self, bed: LocalBed) -> None:
        asked: dict[str, Verb] = {
            "stage": bed.stage(AFTER, now=BEFORE.digest),
            "apply": Apply(300),
            "heartbeat": Heartbeat(30),
            "confirm": Confirm(),
            "revert": Revert(Why.FAILED),
        }
        talk(bed, *(asked[word] for word in self.verbs), tx=SECOND, deadline=20.0)


SCENES = {
    "up": Scene("stage", "apply", "heartbeat", "confirm"),
    "back": Scene("stage", "apply", "revert"),
    "back from confirmed": Scene("stage", "apply", "confirm", "revert"),
    "sealed": Scene("stage", "revert"),
}


@contextmanager
def a_bed_killed_at(number: int, folder: Path, shell: Shell) -> Iterator[LocalBed]:
    """A device that has BEFORE, and whose program kills itself before its `number`-th effect. Effects are counted in
    `folder`/counter."""
    folder.mkdir()
    bed = LocalBed(folder, shell=shell.words, program=shell.program)
    try:
        furnish(bed)
        broken = killed_at(number, folder / "counter", shell.program)
        bed.driver = LocalDriver(base=folder, clock=bed.clock, shell=shell.words, program=broken)
        yield bed
    finally:
        bed.close()


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@pytest.mark.timeout(300)
def test_killed_before_any_effect_it_is_finished_or_goes_back(tmp_path: Path, scene: Scene) -> None:
    shell = a_shell("dash", tmp_path)
    number, ended = 0, False
    while not ended:
        number += 1
        folder = tmp_path / str(number)
        with a_bed_killed_at(number, folder, shell) as bed:
            before = tree(bed.root)
            scene.play(bed)
            bed.driver = LocalDriver(base=folder, clock=bed.clock, shell=shell.words, program=shell.program)
            play(bed, partial(finish, before, number))
            ended = int((folder / "counter").read_text()) < number
    assert number > 10


async def finish(before: dict[str, tuple[str, str]], number: int, bed: Bed) -> None:
    """Another runner comes. By turns it goes on, or takes back; either way the device ends whole."""
    assert isinstance(bed, LocalBed)
    await bed.see(token=2, tx=SECOND)
    answers: list[Answer] = []
    if number % 2:
        stage = bed.stage(AFTER, now=BEFORE.digest)
        answers = list(await bed.ask(stage, Apply(300), Confirm(), token=2, tx=SECOND))
    if answers and answers[-1] == Placed(At.CONFIRMED):
        assert {"etc/shop/parts/left.conf", "etc/owned/deep/stranger"} & set(tree(bed.root)) == set()
        assert (bed.lies(), bed.serves(), await bed.runs(token=2)) == ("after", "after", AFTER.digest)
    else:
        placed = await bed.say(Revert(Why.FAILED), token=2, tx=SECOND)
        assert isinstance(placed, Placed), (number, placed, answers)
        assert placed.at is At.REVERTED, (number, placed, answers)
        assert tree(bed.root) == before, number
        assert (bed.serves(), await bed.runs(token=2)) == ("before", BEFORE.digest), number
    seen = await bed.see(token=2, tx=SECOND)
    assert (seen.open, seen.running) == ("", False)
    after = bed.stage(NEWER, now=seen.runs["shop"])
    assert list(await bed.ask(after, Apply(300), Confirm(), token=2, tx="shop.default-9.1"))[-1] == Placed(At.CONFIRMED)
    assert list((bed.root / "var/lib/tidegate/tx/staged").iterdir()) == []


def test_armed_and_killed_it_goes_back_once_its_time_is_over(tmp_path: Path) -> None:
    """By its timer; where that was killed too, as soon as anybody asks."""
    shell = a_shell("dash", tmp_path)
    lost = 0
    for number in range(1, 46, 3):
        folder = tmp_path / str(number)
        with a_bed_killed_at(number, folder, shell) as bed:
            before = tree(bed.root)
            answers = talk(bed, bed.stage(AFTER, now=BEFORE.digest), Apply(1), tx=SECOND, deadline=4.0)
            lost += isinstance(answers[-1], Lost)
            (folder / "counter").write_text("1000\n")  # nothing else is killed
            play(bed, partial(home, before))
    assert lost > 5


async def home(before: dict[str, tuple[str, str]], bed: Bed) -> None:
    """It asks, until all is as it was."""
    assert isinstance(bed, LocalBed)
    armed, reverting = (bed.root / "var/lib/tidegate/tx" / state for state in ("armed", "reverting"))

    async def come() -> bool:
        await bed.ask(Inspect(("shop",)), token=2, tx=SECOND)
        return not list(armed.iterdir()) and not list(reverting.iterdir()) and tree(bed.root) == before

    await bed.until(come)


@pytest.mark.parametrize("verb", ["stage", "apply"])
def test_after_a_reboot_what_was_armed_goes_back(plain: LocalBed, verb: str) -> None:
    async def script(_: object) -> None:
        await plain.arm()
        deadline = plain.root / "var/lib/tidegate/tx/armed" / FIRST / "deadline"
        text = deadline.read_text()
        deadline.write_text(f"{text.split()[0]} another-boot".ljust(63) + "\n")
        await plain.ask(plain.stage(NEWER) if verb == "stage" else Apply(300), token=2)
        await plain.until(is_back)

    async def is_back() -> bool:
        return (await plain.see(token=2)).transactions[FIRST].at is At.REVERTED

    play(plain, script)
    assert plain.lies() == "old"


def test_after_a_reboot_no_process_is_taken_for_one_of_ours(plain: LocalBed) -> None:
    """Its number and the moment it began are those of a unit and of a command of the boot before."""
    innocent = subprocess.Popen(["sleep", "60"], start_new_session=True)
    birth = Path(f"/proc/{innocent.pid}/stat").read_text().rsplit(") ", 1)[1].split()[19]

    async def script(_: object) -> None:
        await plain.arm()
        armed = plain.root / "var/lib/tidegate/tx/armed" / FIRST
        rewrite(armed / "deadline", f"{(armed / 'deadline').read_text().split()[0]} another-boot")
        rewrite(armed / "unit", f"apply {innocent.pid} {birth}")
        rewrite(armed / "command", f"{innocent.pid} {birth}")
        await plain.until_at(At.REVERTED)

    try:
        play(plain, script)
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()
    assert plain.lies() == "old"


def rewrite(note: Path, text: str) -> None:
    note.write_text(text.ljust(63) + "\n")
