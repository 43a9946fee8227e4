"""One shell for many requests: what follows what, what was cut short, and bytes that look like anything."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from driving import FIRST, SECOND, LocalBed, artifact, no_secrets
from shells import Shell, a_shell, killed_at
from tidegate.child import let_go
from tidegate.drivers.program import session_text, session_words
from tidegate.drivers.request import request
from tidegate.drivers.session import Line, Sessions
from tidegate.model.answer import Answer, At, Ended, Failed, Lost, Placed, Refused, Seen, Staged
from tidegate.model.artifact import Artifact, Entry
from tidegate.model.project import Device
from tidegate.model.verb import Address, Apply, Confirm, Inspect, Look, Revert, Verb, Why

ALL_BYTES = bytes(range(256)) * 4096
"""A mebibyte."""
LIKE_A_FRAME = b"TG1 ab audit 9 shop.default-9.1 10 1\nrevert failed\n" * 40
LIKE_AN_END = b"TG1 ab end 0\n'; finish 0; exit\n"


@pytest.fixture(params=["dash", "busybox", "bash"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    return a_shell(request.param, tmp_path)


@pytest.fixture
def bed(shell: Shell, tmp_path: Path) -> Iterator[LocalBed]:
    bed = LocalBed(tmp_path, shell=shell.words, program=shell.program)
    yield bed
    bed.close()


class Pipes:
    """The line to a shell, which may be cut in the middle of what is said on it."""

    def __init__(self, shell: asyncio.subprocess.Process, cut: int | None) -> None:
        self.shell = shell
        self._cut = cut

    async def write(self, said: bytes) -> None:
        assert self.shell.stdin is not None
        self.shell.stdin.write(said[: self._cut])
        await self.shell.stdin.drain()
        if self._cut is not None:
            self.shell.stdin.close()

    async def read(self) -> bytes:
        assert self.shell.stdout is not None
        return await self.shell.stdout.read(1000)

    def why(self) -> str:
        return ""

    async def close(self) -> None:
        await let_go(self.shell)


class Desk:
    """Asks one bed, and counts the sessions that it takes. `cut`: how many bytes of a request arrive."""

    def __init__(self, bed: LocalBed, shell: Shell) -> None:
        self.opened: list[Pipes] = []
        self.cut: int | None = None
        self._bed = bed
        self.use(shell)

    def use(self, shell: Shell) -> None:
        self.shell = shell
        self.sessions = Sessions(self._open, program=shell.program, idle=4)

    async def _open(self, device: Device) -> Line:
        words = session_words(self.shell.program, root=str(self._bed.root), device=device.name)
        pipe = asyncio.subprocess.PIPE
        shell = await asyncio.create_subprocess_exec(*self.shell.words, *words, env={}, stdin=pipe, stdout=pipe)
        first = len(session_text(self.shell.program))
        self.opened.append(Pipes(shell, None if self.cut is None else first + self.cut))
        return self.opened[-1]

    async def ask(self, *verbs: Verb, tx: str = FIRST, deadline: float = 20.0) -> tuple[Answer, ...]:
        address = Address("audit", 1, tx)
        return tuple(await self.sessions.ask(self._bed.device, address, verbs, fill=no_secrets, deadline=deadline))


def play(bed: LocalBed, shell: Shell, script: Callable[[Desk], Awaitable[None]]) -> None:
    async def whole() -> None:
        desk = Desk(bed, shell)
        try:
            await script(desk)
        finally:
            await desk.sessions.close()

    asyncio.run(whole())


def files(*contents: bytes) -> Artifact:
    more = (Entry(f"/srv/{number}", "0644", "root", "root", (text,)) for number, text in enumerate(contents))
    return artifact("new", *more)


def test_one_shell_answers_request_after_request(bed: LocalBed, shell: Shell) -> None:
    async def script(desk: Desk) -> None:
        for _ in range(3):
            assert await desk.ask(Look("echo well; exit 3", 5)) == (Ended(3, "well\n"),)
        staged, ended, _ = await desk.ask(bed.stage(), Apply(300), Inspect(("shop",)))
        assert (staged, ended) == (Staged(("shop",), {"shop": "none"}), Ended(0))
        assert await desk.ask(Confirm()) == (Placed(At.CONFIRMED),)
        assert isinstance((await desk.ask(Apply(300), tx=SECOND))[0], Refused)
        assert await desk.ask(Revert(Why.BACK)) == (Placed(At.REVERTED),)
        assert len(desk.opened) == 1

    play(bed, shell, script)
    assert (bed.lies(), bed.serves()) == ("old", "old")


@pytest.mark.parametrize("uptime", ["0.08", "0.90", "1.05", "60.00"])
def test_a_machine_that_has_only_just_booted_counts_right(
    bed: LocalBed, shell: Shell, uptime: str, tmp_path: Path
) -> None:
    """Shells take a number that begins with a zero for an octal one."""
    (tmp_path / "uptime").write_text(f"{uptime} 7.08\n")
    young = replace(shell, program=shell.program.replace("/proc/uptime", str(tmp_path / "uptime")))

    async def script(desk: Desk) -> None:
        _, ended, seen = await desk.ask(bed.stage(), Apply(300), Inspect(("shop",)))
        assert (ended, isinstance(seen, Seen) and seen.open) == (Ended(0), FIRST)
        assert await desk.ask(Confirm()) == (Placed(At.CONFIRMED),)

    play(bed, young, script)


@pytest.mark.parametrize("end", [0, 1, 20_000, -1])
def test_a_program_that_was_cut_short_is_not_run(bed: LocalBed, shell: Shell, end: int) -> None:
    words = session_words(shell.program, root=str(bed.root), device="d")
    said = session_text(shell.program)[:end]
    ended = subprocess.run([*shell.words, *words], env={}, input=said, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert b"did not arrive whole" in ended.stderr
    assert not (bed.root / "var").exists()


def test_a_request_that_nobody_answers_ends_the_session(bed: LocalBed, shell: Shell) -> None:
    """Where the program itself is at fault, nobody waits for an answer that does not come."""
    faulty = replace(shell, program=shell.program.replace("confirm() {\n", 'confirm() {\n: "$never_set"\n'))

    async def script(desk: Desk) -> None:
        await desk.ask(bed.stage(), Apply(300))
        (lost,) = await desk.ask(Confirm())
        assert isinstance(lost, Lost)
        assert lost.text != "no answer in time"
        assert isinstance((await desk.ask(Inspect(("shop",))))[0], Seen)

    play(bed, faulty, script)


@pytest.mark.parametrize(
    "contents",
    [
        (ALL_BYTES,),
        (ALL_BYTES, ALL_BYTES[::-1]),
        (LIKE_A_FRAME,),
        (LIKE_A_FRAME, LIKE_A_FRAME),
        (LIKE_AN_END,),
        (LIKE_AN_END, b"a\0", b"", LIKE_A_FRAME, b"no newline at the end"),
        (bytes(range(1, 256)),),
    ],
    ids=["mebibyte", "mebibytes", "frames", "more frames", "ends", "of all kinds", "odd text"],
)
def test_whatever_is_uploaded_arrives_whole_and_the_next_request_is_heard(
    bed: LocalBed, shell: Shell, contents: tuple[bytes, ...]
) -> None:
    async def script(desk: Desk) -> None:
        assert (await desk.ask(bed.stage(files(*contents)), Apply(300)))[-1] == Ended(0)
        assert await desk.ask(Confirm()) == (Placed(At.CONFIRMED),)
        assert len(desk.opened) == 1

    play(bed, shell, script)
    for number, text in enumerate(contents):
        assert (bed.root / "srv" / str(number)).read_bytes() == text


def test_an_upload_that_nobody_reads_is_not_taken_for_a_request(bed: LocalBed, shell: Shell) -> None:
    async def script(desk: Desk) -> None:
        stage = bed.stage(files(LIKE_A_FRAME))
        assert (await desk.ask(stage, Apply(300), Confirm()))[-1] == Placed(At.CONFIRMED)
        assert await desk.ask(stage) == (Staged(runs={"shop": "none"}),)
        assert await desk.ask(stage) == (Staged(runs={"shop": "none"}),)
        assert (await desk.ask(Inspect(("shop",))))[0].open == ""  # type: ignore[union-attr]

    play(bed, shell, script)
    assert bed.serves() == "new"


def cuts(bed: LocalBed, *contents: bytes) -> list[int]:
    """Places in a request to break off at: in its first line, in its text, in its upload, and just before the end."""
    asked = request(
        (bed.stage(files(*contents)), Apply(300), Confirm()),
        nonce="0" * 16,
        address=Address("audit", 1, FIRST),
        limit=20,
        fill=no_secrets,
    )
    head = asked.index(b"\n")
    return [0, 9, head - 1, head, head + 1, head + 60, len(asked) // 2, len(asked) - 600, len(asked) - 1]


@pytest.mark.parametrize("contents", [(b"short",), (ALL_BYTES,), (ALL_BYTES, ALL_BYTES)], ids=["text", "raw", "tar"])
def test_a_request_that_was_cut_short_does_nothing(bed: LocalBed, shell: Shell, contents: tuple[bytes, ...]) -> None:
    async def script(desk: Desk) -> None:
        for place in cuts(bed, *contents):
            desk.cut = place
            answers = await desk.ask(bed.stage(files(*contents)), Apply(300), Confirm())
            assert isinstance(answers[-1], Lost | Refused | Failed), (place, answers)
            assert (bed.lies(), bed.serves()) == ("old", "old"), place
            assert list(bed.root.glob("var/lib/tidegate/tx/[!s]*/*")) == [], place
        desk.cut = None
        assert (await desk.ask(bed.stage(), Apply(300), Confirm()))[-1] == Placed(At.CONFIRMED)

    play(bed, shell, script)


def test_a_confirm_that_comes_anew_has_a_session_of_its_own(bed: LocalBed, shell: Shell) -> None:
    async def script(desk: Desk) -> None:
        await desk.ask(bed.stage(), Apply(300))
        assert await desk.ask(Confirm(anew=True)) == (Placed(At.CONFIRMED),)
        assert len(desk.opened) == 2

    play(bed, shell, script)


def test_a_session_that_is_gone_is_replaced_by_the_next_request(bed: LocalBed, shell: Shell) -> None:
    async def script(desk: Desk) -> None:
        await desk.ask(bed.stage(), Apply(300))
        await desk.opened[0].close()
        assert await desk.ask(Confirm()) == (Placed(At.CONFIRMED),)
        assert len(desk.opened) == 2

    play(bed, shell, script)


def test_a_session_that_is_late_is_let_go_of_and_what_it_began_goes_on(bed: LocalBed, shell: Shell) -> None:
    async def script(desk: Desk) -> None:
        bed.hold_activation()
        answers = await desk.ask(bed.stage(), Apply(300), deadline=1.0)
        assert answers[-1] == Lost("no answer in time")
        bed.let_go()
        assert await desk.ask(Apply(300), Confirm()) == (Ended(0), Placed(At.CONFIRMED))
        assert len(desk.opened) == 2

    play(bed, shell, script)
    assert bed.serves() == "new"


def test_a_request_that_is_killed_ends_its_session_at_once(tmp_path: Path, bed: LocalBed, shell: Shell) -> None:
    broken = Shell(shell.words, killed_at(3, tmp_path / "counter", shell.program))

    async def script(desk: Desk) -> None:
        assert (await desk.ask(bed.stage(), deadline=1000.0))[-1] == Lost("the answer was cut off")
        desk.use(shell)
        assert await desk.ask(bed.stage(), Apply(300)) == (Staged(("shop",), {"shop": "none"}), Ended(0))
        assert len(desk.opened) == 2

    play(bed, broken, script)
