"""Who is in which wave: shares of what changes, spread over labels, drawn by a stable hash."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from tidegate.model.canonical import digest
from tidegate.model.project import Device, Strategy

Stratum: TypeAlias = tuple[str, ...]
"""One combination of values of the labels in `spread`; a label that a device lacks counts as empty."""


def members(strategy: Strategy, changing: Collection[Device], seed: str) -> list[tuple[str, ...]]:
    """The devices of each wave, by name. Nobody is in two waves; who is in none, no wave takes.

    `up_to` counts from the first wave on: a wave adds what lacks until so many of those it selects have the change.
    """
    strata = {device.name: _stratum(device, strategy.spread) for device in changing}
    held = {device.name for device in changing if device.hold is not None}
    placed: set[str] = set()
    waves: list[tuple[str, ...]] = []
    for wave in strategy.waves:
        selected = [device.name for device in changing if wave.select.matches(device.selectable)]
        left = [name for name in selected if name not in placed]
        lacking = wave.up_to.up(len(selected)) - (len(selected) - len(left))
        drawn = draw(max(0, lacking), {name: strata[name] for name in left}, seed, last=held)
        placed.update(drawn)
        waves.append(tuple(sorted(drawn)))
    return waves


def draw(number: int, strata: Mapping[str, Stratum], seed: str, last: Collection[str] = ()) -> list[str]:
    """So many of these devices, each stratum with its share, the first by hash of (seed, name).

    Those in `last` come after all others of their stratum: a canary that is on hold would prove nothing.
    """
    by_stratum: dict[Stratum, list[str]] = {}
    for name in sorted(strata, key=lambda name: (name in last, _lot(seed, name))):
        by_stratum.setdefault(strata[name], []).append(name)
    shares = apportion(number, {stratum: len(names) for stratum, names in by_stratum.items()}, seed)
    return [name for stratum, names in by_stratum.items() for name in names[: shares[stratum]]]


def apportion(number: int, sizes: Mapping[Stratum, int], seed: str) -> dict[Stratum, int]:
    """`number` shared out in proportion to sizes by largest remainder; of equal ones the first by hash.

    Sizes are at least 1, `number` at most their sum. No share is larger than its size, or a whole device off its quota.
    """
    total = sum(sizes.values())
    shares = {stratum: number * size // total for stratum, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda stratum: (-(number * sizes[stratum] % total), _lot(seed, *stratum)))
    for stratum in by_remainder[: number - sum(shares.values())]:
        shares[stratum] += 1
    return shares


def seed_of(changes: Iterable[str]) -> str:
    """What draws the lots: the change digests, so that a pull request and its merge draw the same."""
    return digest(sorted(changes))


def _stratum(device: Device, spread: Sequence[str]) -> Stratum:
    return tuple(device.labels.get(label, "") for label in spread)


def _lot(seed: str, *names: str) -> str:
    return digest([seed, *names])
