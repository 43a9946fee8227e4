"""What GitHub answered, and what to do then: take it, ask again after a while, or give up; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from tidegate.escape import line
from tidegate.github.trouble import (
    AnswerLost,
    Away,
    BadToken,
    Forbidden,
    GitHubError,
    LimitReached,
    NotThere,
    Refused,
)

SECONDARY = 60.0
"""Seconds: the least wait where a secondary limit does not say how long; doubled at each further try."""
_CAP = 960.0
_SOON = 1.0
_SOON_CAP = 30.0
_LIMIT_WORDS = ("rate limit", "abuse detection")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. Header names are in lower case; `body` is the JSON, or None where there is none."""

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: Any = None

    @property
    def said(self) -> str:
        """GitHub's own words, defused."""
        if not isinstance(self.body, dict):
            return ""
        errors = self.body.get("errors")
        more = [_words(error) for error in errors] if isinstance(errors, list) else []
        return line("; ".join(part for part in (str(self.body.get("message") or ""), *more) if part))


@dataclass(frozen=True, slots=True)
class Lost:
    """No response came. `sent`: the request may have arrived, so what it asked for may have been done."""

    why: str
    sent: bool


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, for messages: `what` as in `create the check`; `needs` as in `checks: write`.

    `repeatable`: asked twice it does no more than asked once.
    """

    what: str
    needs: str
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Again:
    """Ask again after `seconds`. `limited`: GitHub has not done it, and wants fewer requests."""

    seconds: float
    limited: bool = False


Next: TypeAlias = Answer | Again | GitHubError


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is tried in all, and how many seconds it may wait in all."""

    tries: int = 6
    seconds: float = 900.0


def judge(call: Call, answer: Answer | Lost, tries: int, waited: float, now: float, patience: Patience) -> Next:
    """What follows from an answer at the `tries`-th try, after `waited` seconds; `now` is UTC, seconds since 1970.

    GitHub's rule: retry-after, else the reset and one second, else a minute, doubled each time. A 403 without a sign
    of a limit is a permission that is missing, and no try will help.
    """
    if isinstance(answer, Lost) or answer.status >= 500:
        return _broken(call, answer, tries, waited, patience)
    seconds = pause(answer, tries, now)
    if seconds is None:
        return answer if answer.status < 300 else _refused(call, answer)
    if tries < patience.tries and waited + seconds <= patience.seconds:
        return Again(seconds, limited=True)
    return LimitReached(
        f"cannot {call.what}: GitHub's rate limit, for {round(seconds)} s more",
        hint="Every workflow of the repository shares it. Run this again when that time is over.",
    )


def pause(answer: Answer, tries: int, now: float) -> float | None:
    """Seconds to wait because of a rate limit; None where there is no sign of one."""
    if not _limited(answer):
        return None
    after = _number(answer.headers.get("retry-after"))
    if after is not None:
        return max(_SOON, after)
    reset = _number(answer.headers.get("x-ratelimit-reset"))
    if answer.headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        return max(_SOON, reset - now + 1)
    return float(min(_CAP, SECONDARY * 2 ** (tries - 1)))


def _limited(answer: Answer) -> bool:
    if answer.status == 200:
        return _has_error(answer, "RATE_LIMITED")
    if answer.status == 429:
        return True
    if answer.status != 403:
        return False
    signs = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    return signs or any(word in answer.said.lower() for word in _LIMIT_WORDS)


def _broken(call: Call, answer: Answer | Lost, tries: int, waited: float, patience: Patience) -> Next:
    done = isinstance(answer, Answer) or answer.sent
    why = answer.why if isinstance(answer, Lost) else f"HTTP {answer.status}"
    if done and not call.repeatable:
        return AnswerLost(
            f"cannot tell whether GitHub did this: {call.what} ({line(why)})",
            hint="It is not sent a second time blindly. Look on GitHub before you run this again.",
        )
    seconds = min(_SOON_CAP, _SOON * 2 ** (tries - 1))
    if tries < patience.tries and waited + seconds <= patience.seconds:
        return Again(seconds)
    return Away(
        f"cannot {call.what}: {line(why)}, {tries} times",
        hint="Is GitHub up, and is GITHUB_API_URL right? For a certificate of your own: SSL_CERT_FILE.",
    )


def _refused(call: Call, answer: Answer) -> GitHubError:
    said = f": {answer.said}" if answer.said else ""
    match answer.status:
        case 401:
            return BadToken(
                f"cannot {call.what}: GitHub does not know the token{said}",
                hint="It may have expired with its job. In a workflow: github-token: ${{ github.token }}",
            )
        case 403:
            needs = _permission(answer) or call.needs
            return Forbidden(
                f"cannot {call.what}: the token lacks `{needs}`{said}" if needs else f"cannot {call.what}{said}",
                hint=f"Add to the job: permissions: {{{needs}}}. Tokens of forks and Dependabot only read."
                if needs
                else "",
                permission=needs,
            )
        case 404 | 410:
            return NotThere(
                f"cannot {call.what}: it is not there, or the token may not see it{said}",
                hint=f"It needs `{call.needs}`; and look at the names." if call.needs else "Look at the names.",
            )
        case _:
            return Refused(f"cannot {call.what}: GitHub says {answer.status}{said}")


def _permission(answer: Answer) -> str:
    """`checks=write` of the header, as a workflow writes it; alternatives are separated by semicolons."""
    first = answer.headers.get("x-accepted-github-permissions", "").partition(";")[0]
    pairs = [part.strip().replace("_", "-").partition("=") for part in first.split(",") if "=" in part]
    return line(", ".join(f"{name}: {level}" for name, _, level in pairs))


def _has_error(answer: Answer, kind: str) -> bool:
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    return isinstance(errors, list) and any(isinstance(error, dict) and error.get("type") == kind for error in errors)


def _words(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    return str(error.get("message") or " ".join(str(error[key]) for key in ("field", "code") if key in error))


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
