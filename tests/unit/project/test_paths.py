"""Paths and patterns as users write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcmatch import glob

from tidegate.project.paths import folders, is_pattern, matching, resolve

PATHS = ["a.yaml", "a.yml", "fleet/ber.yaml", "fleet/.hidden.yaml", "fleet/old/x.yaml", "[odd].yaml", "b{1}.json"]


@pytest.mark.parametrize(
    ("file", "said", "path"),
    [
        ("tidegate.yaml", "fleet/*.yaml", "fleet/*.yaml"),
        ("sub/tidegate.yaml", "fleet/a.yaml", "sub/fleet/a.yaml"),
        ("sub/tidegate.yaml", "/fleet/a.yaml", "fleet/a.yaml"),
        ("sub/tidegate.yaml", "../fleet/./a.yaml", "fleet/a.yaml"),
        ("components/motd/component.yaml", "files/", "components/motd/files"),
        ("sub/tidegate.yaml", ".", "sub"),
        ("tidegate.yaml", "/", ""),
    ],
)
def test_a_path_is_taken_from_the_file_that_says_it(file: str, said: str, path: str) -> None:
    assert resolve(file, said) == path


@pytest.mark.parametrize("said", ["../x", "../../x", "a/../../../x", "/../x", "//../x", ".."])
def test_no_path_leaves_the_repository(said: str) -> None:
    with pytest.raises(ValueError, match="leads out of the repository"):
        resolve("tidegate.yaml", said)


@given(st.text(alphabet="ab./", max_size=12), st.sampled_from(["t.yaml", "a/t.yaml", "a/b/t.yaml"]))
def test_whatever_is_written_stays_inside_or_is_refused(said: str, file: str) -> None:
    try:
        path = resolve(file, said)
    except ValueError:
        return
    assert not path.startswith(("/", "../"))
    assert path != ".."


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("**/*.yaml", ["a.yaml", "fleet/ber.yaml", "fleet/.hidden.yaml", "fleet/old/x.yaml", "[odd].yaml"]),
        ("*.{yaml,yml}", ["a.yaml", "a.yml", "[odd].yaml"]),
        ("fleet/*", ["fleet/ber.yaml", "fleet/.hidden.yaml"]),
        ("?.yml", ["a.yml"]),
        ("a.yaml", ["a.yaml"]),
        ("nothing", []),
    ],
)
def test_patterns(pattern: str, taken: list[str]) -> None:
    assert matching(pattern, PATHS) == taken


@given(st.text(alphabet="ab*?./{},[]!", min_size=1, max_size=10))
def test_patterns_mean_what_wcmatch_says(pattern: str) -> None:
    flags = glob.GLOBSTAR | glob.BRACE | glob.DOTGLOB | glob.FORCEUNIX
    paths = ["a", "b", "a.b", "a/b", "a/b/a", ".a/b", "ab"]
    expected = [path for path in paths if glob.globmatch(path, pattern, flags=flags)] if is_pattern(pattern) else None
    if expected is not None:
        assert matching(pattern, paths) == expected


def test_folders_are_those_that_hold_files() -> None:
    assert folders(PATHS) == {"fleet", "fleet/old"}
