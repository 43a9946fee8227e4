"""What is deployed on GitHub is a range: each commit is a pull request's, or somebody has to answer for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from on_github import Place, place


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as found:
        yield found


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_a_merged_pull_request_is_named_with_who_agreed(there: Place, way: str) -> None:
    commit = there.version(2, 1, way)  # type: ignore[arg-type]
    opened = there.plan(there.run())
    assert (opened.code, opened.outputs["next"]) == (0, "staging"), opened.log
    (said,) = there.events(opened.outputs["rollout"], "opened")
    (change,) = said["changes"]
    pull = there.fake.state.pulls[1]
    assert (change["pr"], change["head"], change["merged_by"]) == (1, pull.head, "grace")
    assert change["commits"] == [commit]
    assert change["authors"] == ["ada"]
    assert [review["by"] for review in change["approved"]] == ["grace"]
