"""What changes on devices, file by file, and who changes in the same way."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.model.artifact import Artifact, Entry, Mark, Part
from tidegate.model.canonical import NONE
from tidegate.report.diff import HUNK, Change, FileChange, Group, grouped

CONF = "/etc/nginx/site.conf"


def entry(*parts: Part, target: str = CONF, mode: str = "0644", owner: str = "root", group: str = "root") -> Entry:
    return Entry(target, mode, owner, group, parts)


def artifact(*entries: Entry, gone: Sequence[str] = ()) -> Artifact:
    return Artifact("files", entries, tuple(gone))


def group(former: Artifact | None, new: Artifact, digest: str = "sha256:old") -> Group:
    (only,) = grouped([Change("web-01", "nginx", digest, former, new)])
    return only


def file(old: Entry, new: Entry) -> FileChange:
    (only,) = group(artifact(old), artifact(new)).files
    return only


def test_removed_and_added_lines_without_those_around_them() -> None:
    old = entry(b"a\nworkers 4\nb\nc\nd\nlast\n")
    new = entry(b"a\nworkers 8\nb\nc\nd\nmore\nlast\n")
    assert file(old, new) == FileChange(CONF, (), ("-workers 4", "+workers 8", HUNK, "+more"))


def test_devices_that_change_in_the_same_way_are_one_group_though_their_files_differ() -> None:
    def change(device: str, workers: int) -> Change:
        old, new = (artifact(entry(f"name {device}\nworkers {n}\n".encode())) for n in (4, workers))
        return Change(device, "nginx", "sha256:old", old, new)

    said = grouped([change("web-03", 8), change("web-01", 8), change("web-02", 9)])
    assert [(one.devices, one.files[0].lines[1]) for one in said] == [
        (("web-01", "web-03"), "+workers 8"),
        (("web-02",), "+workers 9"),
    ]


def test_a_secret_stands_as_its_mark() -> None:
    old, new = entry(b"password ", Mark("db", 3), b"\n"), entry(b"password ", Mark("db", 4, "quote"), b"\n")
    assert file(old, new).lines == ("-password <secret db v3>", "+password <secret db v4 | quote>")


def test_mode_and_owner_are_said_also_where_no_line_changes() -> None:
    assert file(entry(b"a\n"), entry(b"a\n", mode="0600", owner="www")).notes == (
        "mode 0644 becomes 0600",
        "owner root:root becomes www:root",
    )


def test_the_last_newline_is_a_difference() -> None:
    assert file(entry(b"a\n"), entry(b"a")).lines == ("+<no newline at the end>",)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\0b"])
def test_what_is_no_text_is_said_as_such(content: bytes) -> None:
    assert file(entry(b"text\n"), entry(content)).notes == (f"5 bytes become {len(content)} bytes that are no text",)
    assert group(None, artifact(entry(content)), NONE).files[0] == FileChange(
        CONF, (f"new, 0644 root:root, {len(content)} bytes that are no text",)
    )


def test_files_that_are_far_too_long_are_not_compared() -> None:
    old, new = (entry("".join(f"{number * step}\n" for number in range(15_000)).encode()) for step in (1, 2))
    assert file(old, new) == FileChange(CONF, ("changed, and too long to compare here",))


def test_files_that_come_and_go_are_named() -> None:
    old, new = artifact(entry(b"a\n", target="/etc/a")), artifact(entry(b"b\n", target="/etc/b"))
    assert group(old, new).files == (
        FileChange("/etc/a", ("goes",)),
        FileChange("/etc/b", ("new, 0644 root:root",), ("+b",)),
    )


def test_folders_that_are_owned_or_no_longer_are_named() -> None:
    same = entry(b"a\n")
    assert group(artifact(same, gone=["/etc/a/"]), artifact(same, gone=["/etc/b/"])).files == (
        FileChange("/etc/b/", ("owned from now on: what else is in it is removed",)),
        FileChange("/etc/a/", ("not owned any more: what else comes to be in it stays",)),
    )


def test_where_nothing_is_recorded_all_is_new() -> None:
    said = group(None, artifact(entry(b"a\nb\n")), NONE)
    assert said.before == "nothing"
    assert said.files == (FileChange(CONF, ("new, 0644 root:root",), ("+a", "+b")),)


def test_what_can_no_longer_be_rendered_is_not_shown_as_new() -> None:
    said = group(None, artifact(entry(b"a\n")))
    assert said.before == "lost"
    assert said.files == (FileChange(CONF, ("0644 root:root",)),)


texts = st.lists(st.sampled_from(["a", "b", "-", "+", "@@", "---", "+++ x", "@@ -1 +1 @@", ""]), max_size=8).map(
    "\n".join
)


@given(texts, texts)
def test_no_line_is_lost_whatever_it_looks_like(old: str, new: str) -> None:
    changes = grouped([Change("web-01", "nginx", "sha256:old", *(artifact(entry(t.encode())) for t in (old, new)))])
    lines = [line for one in changes for part in one.files for line in part.lines if line != HUNK]

    def ended(text: str) -> list[str]:
        return (
            [*text.split("\n"), "<no newline at the end>"]
            if text and not text.endswith("\n")
            else text.split("\n")[:-1]
        )

    for sign, text, other in (("-", old, new), ("+", new, old)):
        theirs = ended(other)
        for line in ended(text):
            if line not in theirs:
                assert f"{sign}{line}" in lines
