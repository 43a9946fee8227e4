"""Which event started us, and what it may do: a closed list, and a clear no to all the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from tidegate.errors import UsageError
from tidegate.escape import line
from tidegate.github.reading import at, flag, text
from tidegate.github.trouble import Unreadable

TYPES = ("opened", "synchronize", "reopened", "edited", "ready_for_review")
"""A pull request is judged at these; `edited`, as one that is moved to another base must not keep its green."""
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HEADS = "refs/heads/"
_READ_ONLY = frozenset({"dependabot[bot]"})


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request to judge. `merge` is what would be the result, `head` where checks are shown.

    `elsewhere`: it does not go to the default branch, so there is nothing to say about it. `read_only`: the token
    cannot write checks, whatever the workflow permits, as the change comes from a fork or from Dependabot.
    """

    number: int
    title: str
    author: str
    head: str
    base: str
    merge: str
    branch: str
    elsewhere: bool
    read_only: bool


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """Pull requests that a merge queue tries together: `head` on top of `base`."""

    head: str
    base: str
    branch: str
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Push:
    """`before` is empty where the branch is new; `forced`: commits were taken out of the branch."""

    ref: str
    revision: str
    before: str
    actor: str
    forced: bool
    default: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A person, or `wake`, started the workflow on a branch; `inputs` are what they gave."""

    ref: str
    revision: str
    actor: str
    inputs: Mapping[str, str]
    default: str


@dataclass(frozen=True, slots=True)
class Schedule:
    ref: str
    revision: str
    default: str


Trigger: TypeAlias = PullRequest | MergeGroup | Push | Dispatch | Schedule
Acting: TypeAlias = Push | Dispatch | Schedule


def trigger(environ: Mapping[str, str], event: Mapping[str, Any]) -> Trigger:
    """What the runner's environment and the event's payload say. UsageError for everything that is none of ours."""
    try:
        return _trigger(environ, event)
    except Unreadable as error:
        raise UsageError(
            f"the event is not what GitHub sends: {error.message}", hint="GITHUB_EVENT_PATH names its file."
        ) from error


def _trigger(environ: Mapping[str, str], event: Mapping[str, Any]) -> Trigger:
    name = environ.get("GITHUB_EVENT_NAME", "")
    match name:
        case "pull_request":
            return _pull_request(environ, event)
        case "merge_group":
            return _merge_group(event)
        case "push":
            return _push(environ, event)
        case "workflow_dispatch":
            return _dispatch(environ, event)
        case "schedule":
            ref = _branch_ref(environ)
            return Schedule(ref, _sha(environ.get("GITHUB_SHA", ""), "GITHUB_SHA"), _default(event, ref))
        case "pull_request_target":
            raise UsageError(
                "`pull_request_target` would judge a stranger's change with a token that may write",
                hint="Use on: pull_request. It needs no secrets, and what judges comes from the default branch anyway.",
            )
        case _:
            said = f"started by `{line(name)}`" if name else "GITHUB_EVENT_NAME is not set"
            raise UsageError(
                f"{said}: Tidegate knows pull_request, merge_group, push, workflow_dispatch and schedule",
                hint="Look at `on:` of the workflow; `tidegate init --update` writes it anew.",
            )


def may_act(started: Trigger) -> Acting:
    """The trigger of a command that changes devices. UsageError where it is not the default branch's own."""
    if isinstance(started, PullRequest | MergeGroup):
        raise UsageError(
            "a pull request and a merge queue change no devices",
            hint="Start this on the default branch: on: push, workflow_dispatch or schedule.",
        )
    if started.ref != f"{_HEADS}{started.default}":
        raise UsageError(
            f"this ran on `{line(started.ref)}`; devices are changed from `{line(started.default)}` alone",
            hint="Start the workflow on the default branch; another commit goes there by a pull request.",
        )
    return started


def _pull_request(environ: Mapping[str, str], event: Mapping[str, Any]) -> PullRequest:
    action = text(event, "action")
    if action not in TYPES:
        raise UsageError(
            f"a pull request was `{line(action)}`: there is nothing to judge then",
            hint=f"Write: on: {{pull_request: {{types: [{', '.join(TYPES)}]}}}}",
        )
    pull = at(event, "pull_request")
    base, author = text(pull, "base", "ref"), text(pull, "user", "login")
    number = at(pull, "number")
    if not isinstance(number, int):
        raise _unsaid("pull_request.number")
    fork = text(pull, "head", "repo", "full_name") != text(event, "repository", "full_name")
    return PullRequest(
        number=number,
        title=text(pull, "title"),
        author=author,
        head=_sha(text(pull, "head", "sha"), "pull_request.head.sha"),
        base=_sha(text(pull, "base", "sha"), "pull_request.base.sha"),
        merge=_sha(environ.get("GITHUB_SHA", ""), "GITHUB_SHA"),
        branch=base,
        elsewhere=base != _default(event),
        read_only=fork or author in _READ_ONLY or environ.get("GITHUB_ACTOR", "") in _READ_ONLY,
    )


def _merge_group(event: Mapping[str, Any]) -> MergeGroup:
    group = at(event, "merge_group")
    base = text(group, "base_ref")
    return MergeGroup(
        head=_sha(text(group, "head_sha"), "merge_group.head_sha"),
        base=_sha(text(group, "base_sha"), "merge_group.base_sha"),
        branch=base.removeprefix(_HEADS),
        elsewhere=base != f"{_HEADS}{_default(event)}",
    )


def _push(environ: Mapping[str, str], event: Mapping[str, Any]) -> Push:
    after, before = text(event, "after"), text(event, "before")
    if flag(event, "deleted") or _is_none(after):
        raise UsageError(
            f"`{line(text(event, 'ref') or environ.get('GITHUB_REF', ''))}` was deleted: there is nothing to deploy",
            hint="What runs keeps running. Say in the workflow which branch it is for: on: {push: {branches: [main]}}",
        )
    return Push(
        ref=_branch_ref(environ, text(event, "ref")),
        revision=_sha(after, "after"),
        before="" if not before or _is_none(before) else _sha(before, "before"),
        actor=text(event, "sender", "login") or environ.get("GITHUB_ACTOR", ""),
        forced=flag(event, "forced"),
        default=_default(event),
    )


def _dispatch(environ: Mapping[str, str], event: Mapping[str, Any]) -> Dispatch:
    inputs = at(event, "inputs") or {}
    if not isinstance(inputs, dict):
        raise Unreadable("`inputs` is no object")
    return Dispatch(
        ref=_branch_ref(environ, text(event, "ref")),
        revision=_sha(environ.get("GITHUB_SHA", ""), "GITHUB_SHA"),
        actor=text(event, "sender", "login") or environ.get("GITHUB_ACTOR", ""),
        inputs=MappingProxyType({str(name): str(value) for name, value in inputs.items()}),
        default=_default(event),
    )


def _branch_ref(environ: Mapping[str, str], said: str = "") -> str:
    """The full ref of a branch. A tag is none, also one that is named like the branch."""
    ref = environ.get("GITHUB_REF", "")
    if said.startswith("refs/") and said != ref:
        raise UsageError(
            f"the event is about `{line(said)}`, and GITHUB_REF is `{line(ref)}`",
            hint="Something has changed the environment of this job; look at the workflow.",
        )
    if not ref.startswith(_HEADS) or environ.get("GITHUB_REF_TYPE", "branch") != "branch":
        raise UsageError(
            f"`{line(ref)}` is not a branch" if ref else "GITHUB_REF is not set",
            hint="Tags deploy nothing: start the workflow on the default branch.",
        )
    return ref


def _default(event: Mapping[str, Any], scheduled: str = "") -> str:
    """The default branch of the repository, as of the event. GitHub starts schedules on that one alone."""
    branch = text(event, "repository", "default_branch") or scheduled.removeprefix(_HEADS)
    if not branch:
        raise _unsaid("repository.default_branch")
    return branch


def _sha(said: str, where: str) -> str:
    if not _SHA.fullmatch(said):
        raise _unsaid(where) if not said else UsageError(f"`{where}` is no commit: {line(said)}")
    return said


def _is_none(commit: str) -> bool:
    return set(commit) == {"0"}


def _unsaid(where: str) -> UsageError:
    return UsageError(
        f"the event does not say `{where}`", hint="GITHUB_EVENT_PATH names the file that the runner wrote; is it whole?"
    )
