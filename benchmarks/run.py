"""`make bench`: runs the benchmarks beside this file, prints a table, writes results/latest.json, judges by the bars.

A benchmark is a module with `measure() -> list[Row]`, and `measure_whole` where being asked for by name means more.
A row is a mapping with exactly the keys of `Row`; `peer` and `ratio` (ours / peer) are null where there is nobody to
compare with, `bar` is null where nothing was promised, and then it holds. Exit code 1 when a bar does not hold.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from row import Row

HERE = Path(__file__).parent
BENCHMARKS = ("start", "device", "engine", "ssh")
KEYS = frozenset(Row.__annotations__)


def measure(name: str, *, asked: bool) -> list[Row]:
    module = import_module(name)
    rows: list[Row] = getattr(module, "measure_whole", module.measure)() if asked else module.measure()
    wrong = [row for row in rows if frozenset(row) != KEYS]
    if wrong or not rows:
        sys.exit(f"benchmarks/{name}.py: wanted rows of {', '.join(sorted(KEYS))}, got {wrong or 'none'}")
    return rows


def table(rows: Sequence[Row]) -> str:
    heads = ("name", "unit", "ours", "peer", "ratio", "bar", "holds")
    lines = [heads, *((_cell(row["name"]), row["unit"], *(_cell(row[key]) for key in heads[2:])) for row in rows)]  # type: ignore[literal-required]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "NO"
        case float():
            return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
        case _:
            return str(value)


def main(only: Sequence[str]) -> int:
    if unknown := [name for name in only if name not in BENCHMARKS]:
        sys.exit(f"there is no benchmark `{unknown[0]}`; there are {', '.join(BENCHMARKS)}")
    rows = [row for name in only or BENCHMARKS for row in measure(name, asked=name in only)]
    results = HERE / "results" / "latest.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(table(rows))
    broken = [row["name"] for row in rows if not row["holds"]]
    print(f"\n{len(rows)} rows, written to benchmarks/results/latest.json. " + _verdict(broken))
    return 1 if broken else 0


def _verdict(broken: Sequence[str]) -> str:
    return f"NOT held: {', '.join(broken)}" if broken else "All bars hold."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
