"""What is said to the device program, and what is understood of its answers."""

from __future__ import annotations

import io
import shlex
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.drivers.answers import ANSWER_LIMIT, is_whole, read_answers
from tidegate.drivers.program import device_program, session_text, session_words
from tidegate.drivers.request import request
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


def ask(*verbs: Verb, secret: bytes = b"") -> bytes:
    return request(verbs, nonce=NONCE, address=ADDRESS, limit=10, fill=lambda _: secret)


def split(asked: bytes) -> tuple[list[str], bytes]:
    """The words of the text, and the upload behind it."""
    head, rest = asked.split(b"\n", maxsplit=1)
    *_, lines = head.decode().split(" ")
    parts = rest.split(b"\n", maxsplit=int(lines))
    return shlex.split(b"\n".join(parts[:-1]).decode(errors="surrogateescape")), parts[-1]


def test_a_request_says_first_on_whose_behalf_it_is_and_how_long() -> None:
    assert ask(Apply(10), Confirm()) == b"TG1 ab12 audit 3 shop.default-1.1 10 2\napply 10\nconfirm\n"


def test_an_answer_is_whole_with_the_line_that_ends_it() -> None:
    whole = b"noise\n" + said("verb confirm", "placed confirmed", "end 0")
    assert is_whole(whole, NONCE)
    assert not is_whole(whole[:-1], NONCE)
    assert not is_whole(whole, "other")
    assert not is_whole(b"TG1 ab1", NONCE)
    assert is_whole(said("end 1"), NONCE)


def test_no_secret_is_among_the_words_that_a_shell_is_called_with() -> None:
    asked = ask(a_stage(b"password ", Mark("password", 3)), secret=b"hunter2")
    assert b"password hunter2" in asked
    assert not [word for word in session_words(device_program(), root="/r", device="web-01") if "hunter2" in word]


def test_what_shows_in_a_list_of_processes_is_short_and_the_program_is_not_in_it() -> None:
    words = session_words(device_program(), root="/r", device="web-01")
    assert sum(map(len, words)) < 400
    assert str(len(session_text(device_program()))) in words


def test_shells_keep_every_byte_of_the_program() -> None:
    """Of what a command says they drop NULs and line breaks at the end, and they may count characters, not bytes."""
    assert device_program().isascii()
    assert b"\0" not in session_text(device_program())
    assert not session_text(device_program()).endswith(b"\n")


def test_a_short_text_travels_in_the_text() -> None:
    odd = bytes(range(1, 256))
    words, upload = split(ask(a_stage(odd)))
    assert words[2:-1] == ["-", "0", "-", "-", "/etc/app.conf", "0640"]
    assert (words[-1].encode(errors="surrogateescape"), upload) == (odd, b"")


@pytest.mark.parametrize("content", [b"a\0b", b"x" * 4096])
def test_one_file_that_is_long_or_no_text_travels_as_it_is(content: bytes) -> None:
    words, upload = split(ask(a_stage(content)))
    assert words[2:] == ["raw", str(len(content)), "/etc/app.conf", "0640"]
    assert upload == content


def test_several_travel_as_a_tar() -> None:
    files = tuple(Entry(f"/etc/{name}", "0750", "root", "root", (b"x" * 5000,)) for name in "ab")
    words, upload = split(ask(Stage((Load("app", "none", "to", Artifact("files", files)),))))
    assert words[2:] == ["tar", str(len(upload) // tarfile.RECORDSIZE), "-", "-"]
    assert len(upload) % tarfile.RECORDSIZE == 0
    with tarfile.open(fileobj=io.BytesIO(upload)) as tar:
        assert [(member.name, member.mode, member.size) for member in tar] == [
            ("etc/a", 0o750, 5000),
            ("etc/b", 0o750, 5000),
        ]


def test_commands_of_users_are_quoted() -> None:
    assert b"\nprobe 'id; $(x) '\"'\"'y'\"'\"'' 5\n" in ask(Look("id; $(x) 'y'", 5))


@pytest.mark.parametrize("name", ["", "a b", "../x", "-rf", "a\nb"])
def test_odd_names_do_not_reach_a_device(name: str) -> None:
    with pytest.raises(DriverError, match="cannot be a name"):
        ask(Inspect((name,)))


@pytest.mark.parametrize("target", ["etc/x", "/etc/../x", "/a\nb", "//x"])
def test_odd_targets_do_not_reach_a_device(target: str) -> None:
    with pytest.raises(DriverError, match="no place on a device"):
        ask(a_stage(b"x", target=target))
