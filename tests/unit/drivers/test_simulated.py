"""The simulated fleet: faults by name, time that is not its own, and a truth to look at."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from simulating import NEW, OLD, Talk, load, talk
from tidegate.clock import VirtualClock
from tidegate.drivers.simulated import SimulatedDriver, SimulatedFleet
from tidegate.drivers.simulation import HALF, STRANGE
from tidegate.errors import DriverError
from tidegate.model.answer import Answer, At, Ended, Failed, Lost, Placed, Refused, Seen, Staged
from tidegate.model.artifact import Artifact, Entry, Mark
from tidegate.model.project import Device
from tidegate.model.verb import Address, Apply, Confirm, Forget, Heartbeat, Inspect, Look, Revert, Stage, Verb, Why

LOOK = Look("true", 5)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("no-space", Refused("no_space")),
        ("not-revertable", Refused("not_revertable")),
        ("unsafe-parent", Refused("unsafe_parent")),
        ("validate-fails", Refused("invalid", "its validation ended with 1")),
        ("foreign-transaction", Refused("foreign_transaction", "other.default-1.1")),
        ("quarantined", Refused("quarantined", "other.default-1.1")),
        ("drifts", Refused("drifted", "nginx: drifted")),
    ],
)
def test_it_cannot_stage(fault: str, answer: Answer) -> None:
    async def script(device: Talk) -> None:
        assert await device.say(Stage((load(),))) == answer
        assert device.truth.disk["nginx"] in (OLD, STRANGE)

    talk(script, fault)


@pytest.mark.parametrize(
    ("fault", "answer", "runs", "disk"),
    [
        ("arm-fails", Refused("not_armed", "no timer could be started"), OLD, OLD),
        ("apply-fails", Ended(1, "it failed"), "drifted", HALF),
        ("activate-fails", Ended(1, "it failed"), NEW, NEW),
        ("lies", Ended(0), OLD, OLD),
        ("reboots-during-apply", Lost("it was stopped"), OLD, OLD),
        ("unreachable-after-apply:30s", Lost("the answer was cut off"), NEW, NEW),
        ("answers-lost:1", Lost("the answer was cut off"), NEW, NEW),
        ("activate-hangs", Lost("no answer in time"), NEW, NEW),
    ],
)
def test_it_fails_to_apply(fault: str, answer: Answer, runs: str, disk: str) -> None:
    async def script(device: Talk) -> None:
        assert await device.say(Stage((load(),))) == Staged(runs={"nginx": OLD})
        device.truth.troubles.add(fault)
        assert await device.say(Apply(300)) == answer
        assert device.truth.disk["nginx"] == disk
        await device.clock.sleep(31)
        assert await device.runs() == runs

    talk(script)


def test_what_reboots_in_the_middle_says_so() -> None:
    async def script(device: Talk) -> None:
        await device.armed()
        seen = await device.see()
        assert (seen.boot, seen.transactions["shop.default-1.1"].why) == ("boot-2", Why.BOOT)

    talk(script, "reboots-during-apply:1", "slow:10s")


@pytest.mark.parametrize(("fault", "healthy"), [("health-fails", [1, 1, 1]), ("health-fails:2", [1, 1, 0])])
def test_its_probes_fail_only_with_the_change(fault: str, healthy: list[int]) -> None:
    async def script(device: Talk) -> None:
        assert await device.say(LOOK) == Ended(0)
        await device.armed()
        answers = [await device.say(LOOK) for _ in range(3)]
        assert [answer.exit for answer in answers if isinstance(answer, Ended)] == healthy
        await device.say(Revert(Why.FAILED))
        assert await device.say(LOOK) == Ended(0)

    talk(script, fault)


def test_its_probes_fail_later() -> None:
    async def script(device: Talk) -> None:
        await device.armed()
        assert await device.say(LOOK) == Ended(0)
        await device.clock.sleep(20)
        assert await device.say(LOOK) == Ended(1, "unwell")
        assert not device.truth.is_well(device.clock.monotonic())

    talk(script, "health-fails-after:20s")


def test_slow_work_takes_its_time_and_can_be_asked_meanwhile() -> None:
    async def script(device: Talk) -> None:
        applying = asyncio.ensure_future(device.armed())
        await device.clock.sleep(10)
        assert (await device.see()).running
        assert await applying == Ended(0)
        assert device.clock.monotonic() == 45
        assert await device.say(Revert(Why.BACK)) == Placed(At.REVERTED)
        assert device.clock.monotonic() == 90

    talk(script, "slow:45s")


def test_a_revert_that_fails_is_tried_again() -> None:
    async def script(device: Talk) -> None:
        await device.armed()
        assert await device.say(Revert(Why.FAILED)) == Failed("what ran before could not be restored")
        seen = await device.see()
        assert seen.transactions["shop.default-1.1"].stuck
        assert await device.say(Stage((load(),)), tx="shop.default-2.1") == Refused("quarantined", "shop.default-1.1")
        assert await device.say(Revert(Why.FAILED)) == Placed(At.REVERTED)
        assert await device.runs() == OLD

    talk(script, "revert-fails:1", "slow:5s")


def test_a_quarantine_is_lifted_by_a_person() -> None:
    async def script(device: Talk) -> None:
        await device.say(Forget())
        assert (await device.see()).open == ""
        assert await device.armed() == Ended(0)

    talk(script, "quarantined")


@pytest.mark.parametrize("fault", ["drifts-after:30s", "reboots-after:30s"])
def test_something_happens_after_the_switch(fault: str) -> None:
    async def script(device: Talk) -> None:
        await device.armed()
        await device.clock.sleep(29)
        assert await device.runs() == NEW
        await device.clock.sleep(1)
        assert await device.runs() == ("drifted" if "drifts" in fault else OLD)

    talk(script, fault)


def test_a_device_that_nothing_reaches_is_lost_after_ten_seconds() -> None:
    async def script(device: Talk) -> None:
        assert await device.say(Inspect(("nginx",))) == Lost("nothing answers", unsent=True)
        assert device.clock.monotonic() == 10
        assert device.truth.touches == 0
        device.truth.troubles.heal("unreachable")
        assert await device.runs() == OLD

    talk(script, "unreachable")


def test_a_confirm_whose_answer_is_lost_was_carried_out() -> None:
    async def script(device: Talk) -> None:
        assert await device.confirmed() == Lost("the answer was cut off")
        assert (await device.see()).transactions["shop.default-1.1"].at is At.CONFIRMED

    talk(script, "confirm-lost")


@pytest.mark.parametrize(("after", "arrives"), [(0.4, False), (0.6, True)])
def test_a_request_that_was_half_way_there_arrives_without_its_sender(after: float, arrives: bool) -> None:
    async def script(device: Talk) -> None:
        await device.say(Stage((load(),)))
        asking = asyncio.ensure_future(device.say(Apply(300)))
        await device.clock.sleep(after)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert device.truth.disk["nginx"] == OLD
        await device.clock.sleep(1)
        assert device.truth.disk["nginx"] == (NEW if arrives else OLD)

    talk(script, latency=1.0)


def test_a_request_takes_as_long_as_its_latency() -> None:
    async def script(device: Talk) -> None:
        await device.ask(Stage((load(),)), Apply(300), Inspect(("nginx",)))
        assert device.clock.monotonic() == 0.25

    talk(script, latency=0.25)


def test_the_fleet_outlives_its_drivers() -> None:
    async def script(device: Talk) -> None:
        await device.armed()
        await device.driver.close()
        device.driver = SimulatedDriver(base=Path(), clock=device.clock, fleet=device.fleet)
        assert await device.say(Confirm()) == Placed(At.CONFIRMED)

    talk(script)


def test_every_verb_that_arrives_is_in_the_log() -> None:
    async def script(device: Talk) -> None:
        await device.confirmed()
        await device.say(Look("true", 5), token=2)
        words = [(type(deed.verb), deed.address.token, type(deed.answer)) for deed in device.log]
        assert words == [(Stage, 1, Staged), (Apply, 1, Ended), (Confirm, 1, Placed), (Look, 2, Ended)]
        assert device.truth.touches == 4

    talk(script)


def test_secrets_are_asked_for_when_a_device_is_staged() -> None:
    asked = []

    def fill(mark: Mark) -> bytes:
        asked.append(mark.secret)
        return b"value"

    async def script(device: Talk) -> None:
        entry = Entry("/etc/x", "0644", "root", "root", (b"a", Mark("password", 1)))
        verbs: list[Verb] = [Inspect(("nginx",)), Stage((load(content=Artifact("files", (entry,))),))]
        address = Address("audit", 1, "shop.default-1.1")
        answers = await device.driver.ask(device.device, address, verbs, fill=fill, deadline=60)
        assert [type(answer) for answer in answers] == [Seen, Staged]
        assert asked == ["password"]

    talk(script)


@pytest.mark.parametrize(
    "options",
    [{"faults": ["no-such"]}, {"faults": "slow"}, {"faults": [1]}, {"latency": "2"}, {"latency": -1}, {"latency": []}],
)
def test_options_that_it_cannot_have_are_our_fault(options: dict[str, object]) -> None:
    fleet = SimulatedFleet(VirtualClock())
    with pytest.raises(DriverError):
        fleet.meet(Device("web-01", "web-01", "simulated", options=options))


def test_a_latency_may_be_written_as_a_duration() -> None:
    fleet = SimulatedFleet(VirtualClock())
    assert fleet.meet(Device("web-01", "web-01", "simulated", options={"latency": "2s"})).latency == 2


def test_a_heartbeat_moves_the_deadline() -> None:
    async def script(device: Talk) -> None:
        await device.armed(deadline=60)
        await device.clock.sleep(50)
        seen = await device.say(Heartbeat(100))
        assert isinstance(seen, Seen)
        assert seen.runs == {"nginx": NEW}
        await device.clock.sleep(99)
        assert await device.runs() == NEW
        await device.clock.sleep(1)
        assert await device.runs() == OLD

    talk(script)
