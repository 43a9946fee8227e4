"""Rule sets: what ships, what a folder has, and what is none."""

from __future__ import annotations

from memory_tree import MemoryTree
from tidegate.checks.policy.sets import RuleSets, read_sets
from tidegate.model.place import Location

FILES: dict[str, str | bytes] = {
    "policies/a.rego": "package tidegate.a",
    "policies/deep/b.rego": "package tidegate.b",
    "policies/a_test.rego": "package tidegate.a_test",
    "policies/binary.rego": b"\xff",
    "policiesx/c.rego": "package tidegate.c",
}


def read(*names: str) -> RuleSets:
    tree = MemoryTree(FILES, {"policies/link.rego": "it is a link"})
    return read_sets(tree, names, lambda index: Location("tidegate.yaml", 1 + index))


def test_a_folder_has_its_modules_at_any_depth_without_their_tests() -> None:
    assert [module.file for module in read("policies").all] == ["policies/a.rego", "policies/deep/b.rego"]


def test_what_cannot_be_read_is_a_finding() -> None:
    found = [(one.rule, one.location.file) for one in read("policies").findings]
    assert found == [("unreadable", "policies/binary.rego"), ("refused-file", "policies/link.rego")]


def test_one_concern_of_ours_can_be_named() -> None:
    assert [module.file for module in read("tidegate:baseline/files").all] == ["tidegate:baseline/files.rego"]


def test_a_module_that_two_sets_bring_is_one() -> None:
    assert len(read("tidegate:baseline", "tidegate:baseline/files").all) == len(read("tidegate:baseline").all)


def test_a_concern_that_there_is_not_names_the_nearest() -> None:
    (finding,) = read("tidegate:baseline", "tidegate:baseline/file").findings
    assert "did you mean `tidegate:baseline/files`?" in finding.message
    assert finding.location.line == 2


def test_what_judges_has_a_digest_that_follows_the_text() -> None:
    assert read("policies").digest != read("policies/deep").digest == read("policies/deep").digest
