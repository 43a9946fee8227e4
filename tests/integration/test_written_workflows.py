"""What `init` writes, and our own workflows, before the linters of the field: actionlint and zizmor."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workflow_runs import THREE, written

ROOT = Path(__file__).parents[2]
OWN = ROOT / ".github"
LANES = THREE + "  patches:\n    waves: [{name: 1st, select: all}]\n"
CASES = {
    "reviewers": written(LANES),
    "no-reviewers": written(LANES, reviewers=False),
    "labels": written(LANES, runs_on=("self-hosted", "fleet-1"), hosted=("on",), branch="release/1.x"),
}
pytestmark = pytest.mark.integration


def program(name: str) -> str:
    """A program of the virtual environment or of PATH."""
    own = f"{Path(sys.executable).parent}:{ROOT / '.tools'}"
    found = shutil.which(name, path=own) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing")
    return found


@pytest.fixture(params=[*CASES, "our own"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A repository with these workflows."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".github").mkdir()
    if request.param == "our own":
        shutil.copytree(OWN, tmp_path / ".github", dirs_exist_ok=True)
        for name in ("action.yml", "Dockerfile"):
            shutil.copy(ROOT / name, tmp_path)
        return tmp_path
    for path, text in CASES[request.param].items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    # Labels of a team's own runners are known to the team alone.
    (tmp_path / ".github" / "actionlint.yaml").write_text('self-hosted-runner: {labels: ["fleet-1", "on"]}\n')
    return tmp_path


def test_actionlint_has_nothing_to_say(folder: Path) -> None:
    done = subprocess.run([program("actionlint"), "-no-color"], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_zizmor_has_nothing_to_say(folder: Path) -> None:
    words = [program("zizmor"), "--offline", "--no-progress", "--quiet", "--format", "plain", str(folder)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_actionlint_would_have_found_an_expression_that_leads_nowhere(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    path, text = next((path, text) for path, text in CASES["reviewers"].items() if path.endswith("tidegate-deploy.yml"))
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text.replace("needs.plan.outputs.next", "needs.plan.outputs.nxt"))
    done = subprocess.run([program("actionlint"), "-no-color"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "nxt" in done.stdout
