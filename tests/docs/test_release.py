"""`.ci/release` makes a tag in which every step names what it runs, down to the image's bytes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tidegate import __version__

ROOT = Path(__file__).parents[2]
DIGEST = "sha256:" + "5" * 64
TAKEN = ("action.yml", ".github/workflows/validate.yml", ".ci/release", "src/tidegate/__init__.py")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a release touches, committed in a repository of its own."""
    for path in TAKEN:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "config", "user.name", "Ada")
    git(tmp_path, "config", "user.email", "ada@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "All")
    return tmp_path


def git(clone: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=clone, check=True, capture_output=True, text=True).stdout.strip()


def release(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([".ci/release", *words], cwd=clone, capture_output=True, text=True)


def test_the_tag_pins_all_that_runs(clone: Path) -> None:
    done = release(clone, __version__, DIGEST)
    assert done.returncode == 0, done.stderr
    tag = f"v{__version__}"
    first, main = git(clone, "rev-parse", f"{tag}~1"), git(clone, "rev-parse", "main")
    assert git(clone, "rev-parse", f"{tag}~2") == main
    assert git(clone, "show", f"{tag}:.github/workflows/validate.yml").count(f"tidegate/tidegate@{first}") == 2
    assert f"image: docker://ghcr.io/tidegate/tidegate@{DIGEST}" in git(clone, "show", f"{first}:action.yml")
    assert git(clone, "diff", "--name-only", "main", tag).splitlines() == [
        ".github/workflows/validate.yml",
        "action.yml",
    ]
    assert done.stdout == f"{tag} is {git(clone, 'rev-parse', tag)}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the version looks like 0.1.0"),
        (["v1", DIGEST], "the version looks like 0.1.0"),
        ([__version__, "latest"], "the digest looks like sha256:"),
        (["99.0.0", DIGEST], "says another version"),
    ],
)
def test_what_cannot_be_released_is_refused(clone: Path, words: list[str], message: str) -> None:
    done = release(clone, *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert git(clone, "tag") == ""


def test_a_version_is_released_once_and_from_what_is_committed(clone: Path) -> None:
    (clone / "stray").touch()
    assert "not committed" in release(clone, __version__, DIGEST).stderr
    (clone / "stray").unlink()
    assert release(clone, __version__, DIGEST).returncode == 0
    git(clone, "checkout", "--quiet", "main")
    assert "there is a tag" in release(clone, __version__, DIGEST).stderr
