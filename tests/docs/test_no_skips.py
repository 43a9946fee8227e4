"""In CI a skipped test has failed: nothing that should have run there stays unseen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SKIPS = """
import pytest

@pytest.mark.skipif(True, reason="busybox is missing")
def test_busybox(): ...

def test_inside():
    pytest.skip("needs root")

@pytest.mark.xfail(reason="known", strict=True)
def test_known():
    assert False
"""


def outcome(folder: Path, **environ: str) -> str:
    """pytest's closing line for a folder with three tests that do not run to their end."""
    (folder / "test_skips.py").write_text(SKIPS)
    (folder / "conftest.py").write_text((TESTS / "conftest.py").read_text())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDEGATE_CI", "PYTEST_"))}
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder)]
    run = subprocess.run(
        [*words, str(folder)], capture_output=True, text=True, env={**kept, "PYTHONPATH": str(TESTS), **environ}
    )
    return run.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("environ", "counts"),
    [
        ({}, "2 skipped, 1 xfailed"),
        ({"TIDEGATE_CI_NO_SKIPS": "1"}, "1 failed, 1 xfailed, 1 error"),
        ({"TIDEGATE_CI_NO_SKIPS": "1", "TIDEGATE_CI_MAY_SKIP": "busybox"}, "1 failed, 1 skipped, 1 xfailed"),
    ],
)
def test_a_skip_fails_where_none_is_allowed(tmp_path: Path, environ: dict[str, str], counts: str) -> None:
    assert counts in outcome(tmp_path, **environ)
