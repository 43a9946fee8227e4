"""The top of the repository keeps what its pages promise: links lead somewhere, commands exist, locks have hashes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|mailto:)([^)#\s]+)[^)]*\)")
LOCKED = re.compile(
    r"(?P<name>[a-z0-9_.-]+)(?:\[[a-z0-9, -]+\])?==[^ ]+(?: ; .+?)? \\\n(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
)
ABSENT = re.compile(r"/(root|home/\w+|work)/\S|index-url|find-links")


def pages() -> list[Path]:
    return sorted(path for glob in ("*.md", "docs/**/*.md", "examples/**/*.md") for path in ROOT.glob(glob))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    lost = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert lost == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"(?:^|`|\$ )make ([a-z0-9]+)", page.read_text(), flags=re.MULTILINE))
    assert named <= targets()


def test_the_makefile_has_a_line_of_help_for_each_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == targets()
    assert targets() >= {"demo", "test", "check", "fix", "kills", "bench", "docs", "clean", "setup", "help"}


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements/*.lock")), ids=lambda lock: lock.name)
def test_a_lock_holds_pins_and_hashes_and_nothing_else(lock: Path) -> None:
    text = lock.read_text()
    assert LOCKED.sub("", text) == ""
    assert LOCKED.findall(text)


def test_what_runs_is_pinned_the_same_for_those_who_develop() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / f"requirements/{name}.lock").read_text(), flags=re.MULTILINE))

    assert pins("runtime") | pins("build") <= pins("dev")


def test_ci_runs_the_command_that_the_readme_names() -> None:
    assert "make test" in (ROOT / "README.md").read_text()
    assert re.search(r"^make test$", (ROOT / ".ci/run").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", ".ci/setup", ".ci/lock", "README.md", "pyproject.toml"])
def test_no_path_of_one_machine_is_written_down(name: str) -> None:
    assert ABSENT.findall((ROOT / name).read_text().replace("--no-emit-index-url --no-emit-find-links", "")) == []
