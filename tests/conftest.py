"""What all tests share: a world of their own, hypothesis profiles, no skips in CI, secrets that must not show."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from opas import serving
from planting import Planted

HERE = Path(__file__).parent
LOOPBACK = ("127.", "::1", "localhost")

# HYPOTHESIS_PROFILE=thorough looks at forty times as much; CI looks at the same examples in every run.
hypothesis.settings.register_profile("default", deadline=None, max_examples=50, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=100, print_blob=True, derandomize=True)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=8, derandomize=True)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=2000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "default"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "integration: needs a real program beside Python and git; .ci/run has them all")
    os.environ["GIT_CONFIG_GLOBAL"] = str(HERE / "gitconfig")
    os.environ["GIT_CONFIG_NOSYSTEM"] = "1"
    for name in [name for name in os.environ if name.startswith("GIT_") and not name.startswith("GIT_CONFIG_")]:
        del os.environ[name]  # run from a commit hook, git would take our folders for the hook's


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes what Tidegate remembers on this machine."""
    for name in ("TIDEGATE_STATE", "TIDEGATE_CACHE", "TIDEGATE_SPOOL"):
        os.environ[name] = str(tmp_path_factory.mktemp(name.lower()))


def _refuse_the_outside(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(args[1], tuple) and not str(args[1][0]).startswith(LOOPBACK):
        raise RuntimeError(f"a test wanted to connect to {args[1][0]}: tests stay on the loopback")


sys.addaudithook(_refuse_the_outside)


@pytest.fixture(scope="session")
def opa_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An OPA that serves on the loopback, as a service container of a job does."""
    with serving(tmp_path_factory.mktemp("opa")) as url:
        yield url


@pytest.fixture
def planted(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Planted]:
    """A secret's value to give to what is tested; the test fails where it shows in output or in a file not allowed."""
    secret = Planted(allowed=[])
    yield secret
    said = {name: text for report in getattr(request.node, "reports", []) for name, text in report.sections}
    shown = [name for name, text in said.items() if secret.shows_in(text.encode())]
    shown += [str(path.relative_to(tmp_path)) for path in secret.files_that_show(tmp_path)]
    assert not shown, f"the planted secret shows in: {', '.join(shown)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception):
        _forbid_skip(report)
    item.__dict__.setdefault("reports", []).append(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        _forbid_skip(report)
    return report


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """With TIDEGATE_CI_NO_SKIPS a skip has failed, unless its reason holds a word of TIDEGATE_CI_MAY_SKIP (commas)."""
    if "TIDEGATE_CI_NO_SKIPS" not in os.environ:
        return
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    may = [word.strip() for word in os.environ.get("TIDEGATE_CI_MAY_SKIP", "").split(",") if word.strip()]
    if not any(word in reason for word in may):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {reason}"
