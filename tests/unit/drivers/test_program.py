"""What is said to the device program, and what is understood of its answers."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.drivers.program import ANSWER_LIMIT, arguments, device_program, payload, read_answers
from tidegate.errors import DriverError
from tidegate.model.answer import Ended, Failed, Lost, Placed, Refused, Staged
from tidegate.model.artifact import Artifact, Entry, Mark
from tidegate.model.verb import Address, Apply, Confirm, Inspect, Load, Look, Stage, Verb

NONCE = "ab12"
ADDRESS = Address("audit", 3, "shop.default-1.1")


def said(*lines: str) -> bytes:
    return "".join(f"TG1 {NONCE} {line}\n" for line in lines).encode()


def read(content: bytes, *verbs: Verb) -> tuple[object, ...]:
    return tuple(read_answers(content, NONCE, verbs))


def a_stage(*parts: bytes | Mark, target: str = "/etc/app.conf") -> Stage:
    content = Artifact("files", (Entry(target, "0640", "root", "root", parts),))
    return Stage((Load("app", "none", content.digest, content, activate=("reload; echo 'x'",)),))


def test_every_verb_has_its_answer() -> None:
    lines = said("verb stage", "staged", "verb apply", "ended 0", "verb confirm", "placed confirmed", "end 0")
    answers = read(lines, a_stage(b"x"), Apply(10), Confirm())
    assert answers[:2] == (Staged(), Ended(0))
    assert isinstance(answers[2], Placed)


def test_other_peoples_lines_are_noise() -> None:
    fake = b"TG1 other verb confirm\nTG1 other placed confirmed\nWelcome to web-01\n"
    assert read(fake + said("verb apply", "ended 3", "text no%20room", "end 0"), Apply(10)) == (Ended(3, "no room"),)


def test_a_refusal_and_a_failure_have_their_words() -> None:
    assert read(said("verb stage", "refused no_space", "text full", "end 1"), a_stage(b"x")) == (
        Refused("no_space", "full"),
    )
    assert read(said("verb confirm", "failed", "text odd", "end 2"), Confirm()) == (Failed("odd"),)


def test_an_answer_that_was_cut_off_says_nothing_of_what_was_under_way() -> None:
    lines = said("verb stage", "staged", "verb apply")
    assert read(lines, a_stage(b"x"), Apply(10)) == (Staged(), Lost("the answer was cut off"))
    assert read(b"", Confirm()) == (Lost("the answer was cut off"),)


def test_nobody_reads_more_than_the_limit() -> None:
    (answer,) = read(b"x" * (ANSWER_LIMIT + 1), Confirm())
    assert isinstance(answer, Lost)


@given(
    st.binary(max_size=400), st.lists(st.sampled_from(["verb apply", "ended x", "ended", "end 0", "tx a", "text %zz"]))
)
def test_whatever_a_device_says_is_an_answer(noise: bytes, lines: list[str]) -> None:
    for answer in read(noise + b"\n" + said(*lines), Apply(10), Inspect(("app",))):
        assert isinstance(answer, Ended | Lost | Failed | Refused)


def test_secrets_are_in_the_upload_and_never_in_an_argument() -> None:
    stage = a_stage(b"password ", Mark("password", 3))
    upload = payload([stage], lambda mark: b"hunter2" if mark.secret == "password" else b"")
    said_to_the_shell = arguments(
        device_program(), [stage], nonce=NONCE, root="/r", device="web-01", address=ADDRESS, limit=10
    )
    assert not [word for word in said_to_the_shell if "hunter2" in word]
    with tarfile.open(fileobj=io.BytesIO(upload)) as tar:
        member = tar.extractfile("new/etc/app.conf")
        assert member is not None
        assert member.read() == b"password hunter2"
        assert tar.getmember("new/etc/app.conf").mode == 0o640


def test_commands_of_users_are_quoted() -> None:
    words = arguments("P", [Look("id; $(x) 'y'", 5)], nonce=NONCE, root="", device="d", address=ADDRESS, limit=1)
    assert "probe 'id; $(x) '\"'\"'y'\"'\"'' 5; finish 0" in words


@pytest.mark.parametrize("name", ["", "a b", "../x", "-rf", "a\nb"])
def test_odd_names_do_not_reach_a_device(name: str) -> None:
    with pytest.raises(DriverError, match="cannot be a name"):
        arguments("P", [Inspect((name,))], nonce=NONCE, root="", device="d", address=ADDRESS, limit=1)


@pytest.mark.parametrize("target", ["etc/x", "/etc/../x", "/a\nb", "//x"])
def test_odd_targets_do_not_reach_a_device(target: str) -> None:
    with pytest.raises(DriverError, match="no place on a device"):
        payload([a_stage(b"x", target=target)], lambda _: b"")
