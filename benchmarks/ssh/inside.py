"""Measures, inside namespaces of its own: `python -m ssh.inside short|whole FOLDER RESULT`."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from row import Row
from ssh import LARGE, LARGEST, SMALL
from ssh.contenders import Ansible, Bare, Contender, Cost, Tidegate
from ssh.fleet import Fleet, raise_loopback
from ssh.peers import ansible_playbook

PAIRS = 3
TOTAL, MORE, CLIENT, MEMORY = 1.75, 16.0, 8.0, 100.0
"""Times the bare script, with a validation in a mount namespace; ms per device more than it; ms per device of the
client at 200; MB at 500."""
WATCHED = 4.5
"""Times the bare script: what nobody may make of it unseen, on a machine that is not idle."""
ANSIBLE = {1: 4.0, SMALL: 20.0, LARGE: 25.0}
"""So many times as fast, at so many devices."""
_CORE = "client and devices share a core"


def main() -> None:
    how, folder, result = sys.argv[1:]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    raise_loopback()
    rows = []
    for row in _whole(Path(folder)) if how == "whole" else _short(Path(folder)):
        rows.append(row)
        print(f"measured: {row['name']}: {row['ours']} {row['unit']}", file=sys.stderr, flush=True)
    Path(result).write_text(json.dumps(rows))


def _short(top: Path) -> Iterator[Row]:
    """What was promised is judged where somebody asks for it, on a machine that is idle; here, that it is not twice as
    dear as it was."""
    with _fleet(top, SMALL) as fleet:
        total, *others = _beside_bare(_pairs(Tidegate(fleet), Bare(fleet)), SMALL)
        yield {**total, "bar": WATCHED, "holds": (total["ratio"] or 0.0) <= WATCHED}
        for row in others:
            yield {**row, "bar": None, "holds": True}


def _whole(top: Path) -> Iterator[Row]:
    playbook = ansible_playbook()
    with _fleet(top, 1) as fleet:
        yield _beside_ansible(_pairs(Tidegate(fleet), Ansible(fleet, playbook)), 1)
    for size, rounds in ((SMALL, PAIRS), (LARGE, 1)):
        with _fleet(top, size) as fleet:
            ours = Tidegate(fleet)
            yield from _beside_bare(_pairs(ours, Bare(fleet)), size)
            yield _beside_ansible(_pairs(ours, Ansible(fleet, playbook), rounds), size)
    with _fleet(top, LARGEST) as fleet:
        memory = Tidegate(fleet).round().memory
        yield _row(f"ssh: {LARGEST} devices, memory of the client", "MB", memory, None, None, MEMORY)


@contextmanager
def _fleet(top: Path, size: int) -> Iterator[Fleet]:
    folder = top / str(size)
    folder.mkdir()
    fleet = Fleet(folder, size)
    try:
        yield fleet
    finally:
        fleet.close()


def _pairs(ours: Contender, peer: Contender, rounds: int = PAIRS) -> Sequence[tuple[Cost, Cost]]:
    """One after the other, again and again: what else goes on on the machine meets both. The first is for warmth."""
    if not ours.version:
        ours.round()
    if not peer.version and rounds > 1:
        peer.round()
    return [(ours.round(), peer.round()) for _ in range(rounds)]


def _beside_bare(pairs: Sequence[tuple[Cost, Cost]], size: int) -> Iterator[Row]:
    def per_device(of: Callable[[Cost], float], which: int) -> float:
        return statistics.median(of(pair[which]) for pair in pairs) / size * 1000

    ours, bare = (per_device(lambda cost: cost.total, which) for which in (0, 1))
    ratio = statistics.median(one.total / other.total for one, other in pairs)
    about = f"ssh: {size} devices"
    yield _row(
        f"{about}, CPU of client and devices beside a bare script ({_CORE})", "ms/device", ours, bare, ratio, TOTAL
    )
    more = statistics.median((one.total - other.total) / size * 1000 for one, other in pairs)
    yield _row(f"{about}, CPU more than the bare script", "ms/device", more, None, None, MORE)
    client, bare_client = (per_device(lambda cost: cost.client, which) for which in (0, 1))
    bar = CLIENT if size >= LARGE else None
    yield _row(f"{about}, CPU of the client", "ms/device", client, bare_client, client / bare_client, bar, client)


def _beside_ansible(pairs: Sequence[tuple[Cost, Cost]], size: int) -> Row:
    ours, peer = (statistics.median(pair[which].wall for pair in pairs) for which in (0, 1))
    ratio = statistics.median(one.wall / other.wall for one, other in pairs)
    about = "a single device" if size == 1 else f"{size} devices"
    name = f"ssh: {about}, time beside ansible-playbook, {len(pairs)} pairs ({_CORE})"
    return _row(name, "s", ours, peer, ratio, round(1 / ANSIBLE[size], 3))


def _row(
    name: str,
    unit: str,
    ours: float,
    peer: float | None,
    ratio: float | None,
    bar: float | None,
    judged: float | None = None,
) -> Row:
    """Judged by the ratio where there is one and nothing else is said, else by what is ours."""
    value = judged if judged is not None else ratio if ratio is not None else ours
    return {
        "name": name,
        "unit": unit,
        "ours": round(ours, 2),
        "peer": None if peer is None else round(peer, 2),
        "ratio": None if ratio is None else round(ratio, 3),
        "bar": bar,
        "holds": bar is None or value <= bar,
    }


if __name__ == "__main__":
    main()
