"""Rollouts worth telling, by name: one for every way in which they end or wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from telling import UP, Tale, a_plan
from tidegate.model.plan import Kind, Plan
from tidegate.model.state import HeldKind, Result

EVERYONE = " ".join(f"ber-web-{number}" for number in range(10, 25))
CANARY = "ber-web-04 muc-web-02 ams-web-01"
STAGING = "ber-stg-01 ber-stg-02 muc-stg-01 ams-stg-01"
HTTP = "serves: HTTP 502 from http://10.1.0.14/healthz"


def shop(**wave: Any) -> Plan:
    waves = (f"staging: {STAGING}", f"canary: {CANARY}", f"everyone: {EVERYONE}")
    return a_plan(*waves, allowed=1, health=("serves",), soak=900, **wave)


def staged() -> Tale:
    """Staging is done."""
    return Tale(shop()).passes("staging")


def tried() -> Tale:
    """The canary is done, too."""
    return staged().passes("canary")


def up(tale: Tale, devices: str) -> Tale:
    """These devices are healthy, the wave passes, they are confirmed."""
    return tale.go(devices, UP).judge(bound="0.632").go(devices, "confirm confirmed")


def partial() -> Tale:
    tale = staged().wave("canary").fail("ber-web-04", HTTP)
    up(tale, "muc-web-02 ams-web-01").wave("everyone")
    tale.go("ber-web-10", "start unreached", text="connection refused")
    tale.go("ber-web-11", "start unfit", why="drifted").go("ber-web-12", "skip", why="held")
    tale.go("ber-web-13", "start invalid", text="nginx: [emerg] unknown directive in /etc/nginx/conf.d/site.conf:3")
    return up(tale, EVERYONE.partition("13 ")[2]).end()


def reverted() -> Tale:
    tale = staged().wave("canary").fail("ber-web-04 muc-web-02", HTTP).go("ams-web-01", UP)
    tale.judge("fail", 3, "2 failed, 1 allowed").back("canary: 2 failed, 1 allowed")
    return tale.go("ams-web-01", "take_back").go("ams-web-01", "reverted", why="back").end()


def all_reverted() -> Tale:
    tale = Tale(shop(parallel=15)).passes("staging").passes("canary").wave("everyone").fail(EVERYONE, HTTP)
    tale.judge("fail", 3, "15 failed, 1 allowed").back("everyone: 15 failed, 1 allowed", "rollout")
    for device in f"{STAGING} {CANARY}".split():
        tale.go(device, "take_back").go(device, "reverted", why="back")
    return tale.end()


def aborted() -> Tale:
    tale = staged().wave("canary").go("ber-web-04", UP).stop("bob", "the pager went off")
    tale.back("stopped by bob: the pager went off").go("ber-web-04", "take_back")
    return tale.go("ber-web-04", "reverted", why="back").end()


def stranded() -> Tale:
    tale = staged().wave("canary").go("ber-web-04", "start staged applied unhealthy", text=HTTP)
    tale.go("ber-web-04", "stranded", why="not_revertable", text="restore: /etc/nginx/conf.d: read-only file system")
    return tale.judge("fail", 3, "1 failed, 0 allowed").back("canary: 1 failed, 0 allowed").end()


def nothing() -> Tale:
    tale = Tale(shop())
    for wave in tale.plan.waves:
        tale.wave(wave.name).go(" ".join(wave.members), "start already").judge(row=6, reason="all run it already")
    return tale.end()


def rolled_back() -> Tale:
    plan = a_plan(f"all: {CANARY}", kind=Kind.ROLLBACK)
    return Tale(plan, rollout="default-815", of="default-812").passes("all").end()


def unreached() -> Tale:
    tale = staged().wave("canary").go("ber-web-04 muc-web-02", "start unreached", text="connection refused")
    tale.go("ams-web-01", UP).judge("inconclusive", 7, "2 of 3 not reached or not fit, 0 allowed")
    tale.go("ams-web-01", "confirm confirmed")
    return tale.hold(HeldKind.UNREACHED, "canary: 2 of 3 not reached or not fit, 0 allowed")


def offline() -> Tale:
    tale = staged().wave("canary").go("muc-web-02 ams-web-01", UP).go("ber-web-04", "start staged applied lost")
    tale.go("ber-web-04", "silent", why="silent", failed=True, text="no route to host")
    tale.judge(bound="0.865").go("muc-web-02 ams-web-01", "confirm confirmed").passes("everyone")
    return tale.hold(HeldKind.OFFLINE, "1 devices say nothing; they are asked again for a day")


def held(kind: HeldKind, text: str = "") -> Tale:
    return staged().wave("canary").go("ber-web-04", UP).go("ber-web-04", "confirm confirmed").hold(kind, text)


ENDED: Mapping[str, Callable[[], Tale]] = {
    "succeeded": lambda: tried().passes("everyone").end(),
    "partial": partial,
    "nothing": nothing,
    "reverted": reverted,
    "reverted-all": all_reverted,
    "reverted-by-a-person": aborted,
    "stopped": lambda: tried().ask("everyone").reject("bob", "not before the sale is over").end(Result.STOPPED),
    "superseded": lambda: tried().ask("everyone").end(Result.SUPERSEDED),
    "expired": lambda: tried().ask("everyone").end(Result.EXPIRED),
    "stranded": stranded,
    "rolled-back": rolled_back,
}
HELD: Mapping[str, Callable[[], Tale]] = {
    "asked": lambda: tried().ask("everyone", 2, "production", ("ops@example.org", "ada@example.org")).approve("eve"),
    "next-leg": tried,
    "held-approval": lambda: held(HeldKind.APPROVAL),
    "held-soak": lambda: held(HeldKind.SOAK),
    "held-window": lambda: held(HeldKind.WINDOW),
    "held-cancelled": lambda: held(HeldKind.CANCELLED, "SIGINT"),
    "held-stopped": lambda: held(HeldKind.STOPPED, "paused by bob: the pager went off"),
    "held-inconclusive": lambda: held(HeldKind.INCONCLUSIVE, "canary: nobody there: every device was skipped"),
    "held-environment": lambda: held(HeldKind.ENVIRONMENT),
    "held-unreached": unreached,
    "held-offline": offline,
    "held-replan": lambda: held(HeldKind.REPLAN),
    "held-renders-differently": lambda: held(HeldKind.RENDERS_DIFFERENTLY, "2 devices: ber-web-10 ber-web-11"),
    "held-direct-push": lambda: held(HeldKind.DIRECT_PUSH),
    "held-history-rewritten": lambda: held(HeldKind.HISTORY_REWRITTEN),
    "held-irreversible": lambda: held(HeldKind.IRREVERSIBLE, "component `schema` is irreversible"),
}
