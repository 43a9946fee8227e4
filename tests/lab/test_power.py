"""A real machine and what may befall it in the middle of a change: lost sessions, lost runners, lost power."""

from __future__ import annotations

import asyncio
import fcntl

import pytest

from driving import FIRST, NEW, SECOND, Bed, play
from lab.bed import LabBed
from tidegate.model.answer import At, Ended, Failed, Lost, Placed
from tidegate.model.verb import Apply, Confirm, Heartbeat, Look, Revert, Why

UNIT = f"tidegate-{FIRST}"


async def _is_running(bed: Bed) -> bool:
    return (await bed.see()).running


# Sessions and runners.


def test_the_session_is_cut_in_mid_apply_and_the_unit_finishes(bed: LabBed) -> None:
    async def script(_: object) -> None:
        bed.hold_activation()
        asking = asyncio.ensure_future(bed.ask(bed.stage(), Apply(300)))
        await bed.until(lambda: _is_running(bed))
        assert bed.machine.run(f"systemctl show -P ActiveState {UNIT}").strip() == "activating"
        bed.machine.run("pkill -9 -f '^[s]shd: root'")  # all logins, at the machine's end
        assert isinstance((await asking)[-1], Lost)
        bed.let_go()
        await bed.until(is_over)
        seen = await bed.see(token=2)
        assert (seen.transactions[FIRST].at, seen.transactions[FIRST].exit) == (At.ARMED, 0)
        assert (bed.serves(), seen.runs["shop"]) == ("new", NEW.digest)
        again = await bed.ask(bed.stage(), Apply(300), Confirm(), token=2)
        assert list(again)[1:] == [Ended(0), Placed(At.CONFIRMED)]

    async def is_over() -> bool:
        return not await _is_running(bed)

    play(bed, script)


def test_a_unit_that_was_asked_for_and_has_not_begun_is_running(bed: LabBed) -> None:
    """It waits for `work`, which somebody else has: who looks then must not think that nothing will be switched."""

    async def script(_: object) -> None:
        await bed.say(bed.stage())
        with bed.machine.path("/var/lib/tidegate/work").open("a") as work:
            fcntl.flock(work, fcntl.LOCK_EX)
            asking = asyncio.ensure_future(bed.say(Apply(300)))
            await bed.until(lambda: _is_running(bed))
            assert bed.lies() == "old"
        assert await asking == Ended(0)
        assert bed.serves() == "new"

    play(bed, script)


def test_the_runner_is_killed_and_an_armed_machine_goes_back_by_itself(bed: LabBed) -> None:
    async def script(_: object) -> None:
        await bed.arm(deadline=2)
        assert bed.serves() == "new"

    play(bed, script)
    # Nobody asks any more. Looked at from the inside, without a verb that would help it along.
    bed.machine.until(lambda: bed.machine.runs(f"test -d /var/lib/tidegate/tx/reverted/{FIRST}"))
    assert (bed.lies(), bed.serves()) == ("old", "old")
    assert bed.machine.runs(f"test -e /var/lib/tidegate/tx/reverted/{FIRST}/why.deadline")


def test_the_timer_is_systemds_and_precise(bed: LabBed) -> None:
    async def script(_: object) -> None:
        await bed.arm(deadline=300)
        (timer,) = bed.machine.run(f"systemctl list-units --plain --no-legend '{UNIT}-*.timer'").splitlines()
        said = bed.machine.run(f"systemctl show {timer.split()[0]} -p AccuracyUSec -p ActiveState -p SubState")
        assert set(said.split()) == {"AccuracyUSec=100ms", "ActiveState=active", "SubState=waiting"}
        await bed.say(Confirm())
        await bed.until(no_timer)

    async def no_timer() -> bool:
        return not bed.machine.run(f"systemctl list-units --plain --no-legend '{UNIT}-*'")

    play(bed, script)


def test_what_waits_on_the_machine_shows_neither_program_nor_verbs(bed: LabBed) -> None:
    """A list of processes, and what systemd says of its units, are for everybody to read."""

    async def script(_: object) -> None:
        bed.hold_activation()
        asking = asyncio.ensure_future(bed.ask(bed.stage(), Apply(300)))
        await bed.until(lambda: _is_running(bed))
        (unit,) = bed.machine.run(f"systemctl show -P ExecStart {UNIT}").splitlines()
        assert len(unit) < 500
        command = bed.machine.run(f"tr '\\0' ' ' </proc/$(systemctl show -P ExecMainPID {UNIT})/cmdline")
        assert len(command) < 300, command
        bed.let_go()
        await asking
        assert bed.machine.run("stat -c %a /var/lib/tidegate /var/lib/tidegate/program").split() == ["700", "700"]

    play(bed, script)


def test_a_timer_that_somebody_stopped_is_set_anew_by_whoever_asks(bed: LabBed) -> None:
    async def script(_: object) -> None:
        await bed.arm(deadline=5)
        bed.machine.run(f"systemctl stop '{UNIT}-*.timer'")
        await bed.say(Heartbeat(2))

    play(bed, script)
    bed.machine.until(lambda: bed.machine.runs(f"test -d /var/lib/tidegate/tx/reverted/{FIRST}"))
    assert bed.serves() == "old"


# What a command starts.


DAEMON = "sh -c 'while :; do sleep 1; done' lab-daemon </dev/null >/dev/null 2>&1 &"


def test_a_daemon_that_activate_leaves_behind_lives_on(bed: LabBed) -> None:
    """Restarted by systemd or started by hand: neither ends with the unit, nor with the session."""

    async def script(_: object) -> None:
        await bed.arm(activate=("systemctl restart nginx", DAEMON))
        assert bed.serves() == "new"
        await bed.say(Confirm())

    before = bed.machine.run("systemctl show -P MainPID nginx")
    play(bed, script)
    assert bed.machine.run("systemctl show -P MainPID nginx") != before
    assert bed.machine.runs("pgrep -f [l]ab-daemon")
    bed.machine.run("pkill -f [l]ab-daemon")


def test_an_apply_that_is_stopped_takes_its_own_processes_with_it(bed: LabBed) -> None:
    """Also one that made a session of its own, which no process group would have caught."""
    hidden = (
        "setsid sh -c 'while :; do sleep 1; done' lab-hidden </dev/null >/dev/null 2>&1 & while :; do sleep 1; done"
    )

    async def script(_: object) -> None:
        asking = asyncio.ensure_future(
            bed.ask(bed.stage(activate=(f"[ -e /run/once ] || {{ {hidden}; }}",)), Apply(300))
        )
        await bed.until(started)
        bed.machine.run("touch /run/once")
        assert await bed.say(Revert(Why.BACK), token=2) == Placed(At.REVERTED)
        assert isinstance((await asking)[-1], Lost)
        assert not bed.machine.runs("pgrep -f [l]ab-hidden")
        assert bed.lies() == "old"
        bed.machine.run("rm /run/once")

    async def started() -> bool:
        return bed.machine.runs("pgrep -f [l]ab-hidden")

    play(bed, script)


# Power.


def _arm(bed: LabBed, *, confirm: bool) -> None:
    async def script(_: object) -> None:
        await bed.arm(deadline=300)
        if confirm:
            await bed.say(Confirm())

    play(bed, script)
    assert bed.serves() == "new"


def _fate(bed: LabBed, tx: str = FIRST) -> tuple[At, Why | None]:
    found = []

    async def script(_: object) -> None:
        found.append((await bed.see(tx=tx, token=2)).transactions[tx])

    play(bed, script)
    return found[0].at, found[0].why


@pytest.mark.parametrize("down", ["cut_power", "reboot"])
def test_what_was_armed_when_the_machine_went_down_is_reverted_by_the_boot_itself(bed: LabBed, down: str) -> None:
    _arm(bed, confirm=False)
    _go_down(bed, down)
    # Nobody asks: the boot does it.
    bed.machine.until(lambda: bed.machine.runs(f"test -d /var/lib/tidegate/tx/reverted/{FIRST}"))
    assert (bed.lies(), bed.serves()) == ("old", "old")
    assert _fate(bed) == (At.REVERTED, Why.BOOT)


@pytest.mark.parametrize("down", ["cut_power", "reboot"])
def test_what_was_confirmed_survives(bed: LabBed, down: str) -> None:
    _arm(bed, confirm=True)
    _go_down(bed, down)
    assert (bed.lies(), bed.serves()) == ("new", "new")
    assert _fate(bed)[0] is At.CONFIRMED


def _go_down(bed: LabBed, down: str) -> None:
    if down == "reboot":
        bed.machine.reboot()
    else:
        bed.machine.cut_power()
        bed.machine.switch_on()
    bed.machine.await_up()


def test_the_files_are_back_before_anything_that_reads_them_starts(bed: LabBed) -> None:
    """nginx starts once in that boot with what it had: `started` keeps what lay there at each start."""
    witness = "/etc/systemd/system/nginx.service.d/witness.conf"
    bed.machine.path(witness).write_text(
        '[Service]\nExecStartPre=/bin/sh -c "cat /etc/shop/shop.conf >>/root/started"\n'
    )
    bed.machine.run("systemctl daemon-reload")
    _arm(bed, confirm=False)
    bed.machine.path("/root/started").unlink()
    bed.machine.cut_power()
    bed.machine.switch_on()
    bed.machine.await_up()
    bed.machine.until(lambda: bed.machine.runs(f"test -d /var/lib/tidegate/tx/reverted/{FIRST}"))
    assert set(bed.machine.path("/root/started").read_text().replace("old", "o")) == {"o"}
    bed.machine.run(f"rm -f {witness} /root/started")


def test_the_power_goes_again_and_again(bed: LabBed) -> None:
    """In the middle of applying, then at every moment of going back: in the end it is as it was."""

    async def script(_: object) -> None:
        bed.hold_activation()
        asking = asyncio.ensure_future(bed.ask(bed.stage(), Apply(300)))
        await bed.until(lambda: _is_running(bed))
        bed.machine.cut_power()
        assert isinstance((await asking)[-1], Lost)

    play(bed, script)
    for _ in range(3):
        bed.machine.switch_on()
        bed.machine.until(lambda: bed.machine.runs("systemctl is-active --quiet basic.target"))
        bed.machine.cut_power()
    bed.machine.switch_on()
    bed.machine.await_up()
    bed.machine.until(lambda: bed.machine.runs(f"test -d /var/lib/tidegate/tx/reverted/{FIRST}"))
    assert (bed.lies(), bed.serves()) == ("old", "old")
    assert _fate(bed) == (At.REVERTED, Why.BOOT)


def test_what_could_not_go_back_before_a_boot_is_tried_again_by_it(bed: LabBed) -> None:
    """A service that cannot be restarted because the machine is going down is no reason to wait for a person."""

    async def script(_: object) -> None:
        await bed.arm(deadline=300)
        bed.fail_activation()
        assert isinstance(await bed.say(Revert(Why.BACK)), Failed)

    play(bed, script)
    bed.machine.cut_power()
    bed.machine.switch_on()
    bed.machine.await_up()
    bed.machine.until(lambda: bed.machine.runs(f"test -d /var/lib/tidegate/tx/reverted/{FIRST}"))
    assert (bed.lies(), bed.serves()) == ("old", "old")


def test_afterwards_it_can_be_deployed_to_again(bed: LabBed) -> None:
    _arm(bed, confirm=False)
    bed.machine.cut_power()
    bed.machine.switch_on()
    bed.machine.await_up()
    bed.machine.until(lambda: bed.machine.runs(f"test -d /var/lib/tidegate/tx/reverted/{FIRST}"))

    async def script(_: object) -> None:
        await bed.settle_on(NEW, SECOND)
        assert await bed.runs() == NEW.digest

    play(bed, script)
    assert bed.serves() == "new"


def test_two_machines_are_not_one(bed: LabBed, other: LabBed) -> None:
    _arm(bed, confirm=True)
    assert (bed.serves(), other.serves()) == ("new", "old")
    assert bed.machine.path("/etc/machine-id").read_text() != other.machine.path("/etc/machine-id").read_text()

    async def script(_: object) -> None:
        assert (await other.say(Look("cat /etc/hostname", 5))) == Ended(0, f"{other.machine.name}\n")

    play(other, script)
