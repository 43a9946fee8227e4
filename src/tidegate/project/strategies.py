"""Strategies as values: what a wave takes over from the one before and from its strategy is filled in."""

from __future__ import annotations

from tidegate.model.place import Place
from tidegate.model.project import Approvals, Strategy, Wave
from tidegate.model.value import Amount
from tidegate.project.documents import Desk
from tidegate.project.health import Infirmary
from tidegate.project.selectors import ALL
from tidegate.project.shapes import StrategyShape, WaveShape

_EVERYONE = Amount(100, is_share=True)


def read_strategy(desk: Desk, infirmary: Infirmary, name: str, said: StrategyShape, file: str) -> Strategy:
    """The strategy of that name; what is wrong with it is said on the way."""
    place: Place = ("strategies", name)
    health = infirmary.names(said.health, name, file, (*place, "health"))
    waves: list[Wave] = []
    for index, wave in enumerate(said.waves):
        here = (*place, "waves", index)
        own = infirmary.names(wave.health, f"{name}-{wave.name}", file, (*here, "health"))
        waves.append(_wave(wave, said, waves[-1] if waves else None, tuple(dict.fromkeys((*health, *own)))))
        _check_wave(desk, wave, waves, file, here)
    return Strategy(
        name=name,
        waves=tuple(waves),
        health=health,
        spread=tuple(said.spread),
        max_unreachable=said.max_unreachable,
        max_devices=said.max_devices,
        on_failure=said.on_failure,
        sensitivity=said.sensitivity,
        replan=said.replan,
    )


def _wave(said: WaveShape, strategy: StrategyShape, before: Wave | None, health: tuple[str, ...]) -> Wave:
    return Wave(
        name=said.name,
        select=said.select or (before.select if before else ALL),
        up_to=said.up_to or _EVERYONE,
        environment=said.environment or (before.environment if before else ""),
        approvals=Approvals(said.approvals.count, tuple(said.approvals.people)),
        soak=said.soak,
        health=health,
        max_failures=said.max_failures or strategy.max_failures,
        max_parallel=said.max_parallel or strategy.max_parallel,
        confirm=said.confirm or strategy.confirm,
        up_to_written=said.up_to is not None,
    )


def _check_wave(desk: Desk, said: WaveShape, waves: list[Wave], file: str, place: Place) -> None:
    wave, before = waves[-1], waves[:-1]
    if not before and said.select is None:
        desk.find_key(
            "missing-key", "the first wave needs `select`", file, place, fix="Write select: all, for example."
        )
    if said.up_to is not None and said.up_to.number == 0:
        desk.find("bad-value", "a wave of no devices", file, (*place, "up_to"), fix="Leave it out, or write up_to: 1.")
    if any(other.name == wave.name for other in before):
        desk.find("wave-twice", f"there is a wave `{wave.name}` before", file, (*place, "name"))
    left = [other.environment for other in before]
    if before and wave.environment != left[-1] and wave.environment in left:
        wrong = f"environment `{wave.environment}` comes back after `{left[-1]}`: jobs run one way"
        desk.find("environment-comes-back", wrong, file, (*place, "environment"))
    if before and wave.environment == before[0].name and not left[0]:
        wrong = f"environment `{wave.environment}` and the first wave, which has none, would be one job by name"
        desk.find("name-taken", wrong, file, (*place, "environment"), fix="Give that wave another name.")
    if before and wave.environment == left[-1] and said.approvals.count:
        wrong = "approvals at another wave than an environment's first are not built yet"
        fix = f"Ask at the first wave, or give `{wave.name}` an environment of its own."
        desk.find_key("not-built", wrong, file, (*place, "approvals"), fix=fix)
