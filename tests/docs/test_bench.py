"""`make bench` prints a table, writes its rows, and says no where a bar does not hold."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROW = {"name": "start: a", "unit": "s", "ours": 0.5, "peer": None, "ratio": None, "bar": 1.0, "holds": True}


def bench(folder: Path, *rows: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """The runner, with one benchmark that measures these rows."""
    for name in ("run.py", "row.py"):
        (folder / name).write_text((BENCHMARKS / name).read_text())
    (folder / "start.py").write_text(f"def measure():\n    return {list(rows)!r}\n")
    return subprocess.run([sys.executable, str(folder / "run.py"), "start"], capture_output=True, text=True)


def test_rows_are_written_as_they_were_measured(tmp_path: Path) -> None:
    done = bench(tmp_path, ROW)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "results/latest.json").read_text()) == [ROW]
    assert "start: a" in done.stdout
    assert "All bars hold" in done.stdout


def test_a_bar_that_does_not_hold_ends_with_1(tmp_path: Path) -> None:
    done = bench(tmp_path, ROW, {**ROW, "name": "start: b", "holds": False})
    assert done.returncode == 1
    assert "NOT held: start: b" in done.stdout


@pytest.mark.parametrize("rows", [[], [{"name": "start: a"}]])
def test_a_benchmark_that_measures_nothing_proper_is_no_pass(tmp_path: Path, rows: list[dict[str, object]]) -> None:
    done = bench(tmp_path, *rows)
    assert done.returncode == 1
    assert "wanted rows of" in done.stderr


def test_an_unknown_benchmark_is_named(tmp_path: Path) -> None:
    bench(tmp_path, ROW)
    done = subprocess.run([sys.executable, str(tmp_path / "run.py"), "strat"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "no benchmark `strat`" in done.stderr
