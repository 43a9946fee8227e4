"""Is the default branch guarded, and the record? Which rules hold, and who may pass them by."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from tidegate.app.doctor.facts import Facts, Guards
from tidegate.github.gates import NotVisible, Protection, Rule, Ruleset
from tidegate.model.gate import Point, Stand

ACTIONS = 15368
"""The app that GitHub's own workflows report as, on github.com."""
Holds: TypeAlias = Callable[[Rule], bool]
JsonObject: TypeAlias = Mapping[str, Any]


def required_check_point(facts: Facts, check: str) -> Point:
    """The default branch takes nothing that has not passed `check`, and nobody may pass by."""
    name, branch = "required check", facts.main.branch
    close = (_ruleset(facts, "tidegate: validated", "branch", "~DEFAULT_BRANCH", [_check_rule(check)]),)

    def demands(rule: Rule) -> bool:
        return any(one.get("context") == check and one.get("integration_id") for one in _checks(rule))

    anybody = any(
        one.get("context") == check for rule in _rules(facts.main) if not demands(rule) for one in _checks(rule)
    )
    gap = f"no rule of {branch} demands `{check}`"
    if anybody:
        gap = f"`{check}` is demanded on {branch}, and anybody who may write may report it: name the app"
    by_protection = (lambda old: check in old.checks) if not anybody else None
    real = f"{branch} takes nothing that has not passed `{check}`, and nobody may pass by"
    return _point(facts, facts.main, name, [demands], by_protection, real=real, gap=gap, close=close)


def default_branch_point(facts: Facts) -> Point:
    """A change comes by a pull request that somebody else has looked at; history is not rewritten."""

    def reviewed(rule: Rule) -> bool:
        return rule.kind == "pull_request" and int(rule.parameters.get("required_approving_review_count") or 0) > 0

    review: JsonObject = {"type": "pull_request", "parameters": _REVIEW}
    rules = [{"type": "deletion"}, {"type": "non_fast_forward"}, review]
    branch = facts.main.branch
    return _point(
        facts,
        facts.main,
        "default branch",
        [_is("deletion"), _is("non_fast_forward"), reviewed],
        lambda old: not old.deletions and not old.force_pushes and old.reviews > 0,
        real=f"{branch} takes pull requests with a review only, and its history stays",
        gap=f"{branch} can be pushed to, rewritten or deleted without anybody's review",
        close=(_ruleset(facts, "tidegate: reviewed", "branch", "~DEFAULT_BRANCH", rules),),
    )


def audit_branch_point(facts: Facts) -> Point:
    """The record cannot be rewritten or deleted."""
    branch = facts.audit.branch
    if not facts.audit.exists:
        return Point("audit branch", Stand.GAP, f"there is no branch {branch} for the record", ("tidegate audit init",))
    rules = [{"type": "deletion"}, {"type": "non_fast_forward"}]
    return _point(
        facts,
        facts.audit,
        "audit branch",
        [_is("deletion"), _is("non_fast_forward")],
        lambda old: not old.deletions and not old.force_pushes,
        real=f"{branch} cannot be rewritten or deleted",
        gap=f"{branch} can be rewritten or deleted by whoever may push",
        close=(_ruleset(facts, "tidegate: record", "branch", f"refs/heads/{branch}", rules),),
    )


def tags_point(facts: Facts) -> Point:
    """A tag stays what it was: others name Tidegate's or your own things by it."""
    wanted = {"deletion", "update"}
    rules = [{"type": kind} for kind in sorted(wanted)]
    close = (_ruleset(facts, "tidegate: tags", "tag", "~ALL", rules),)
    if isinstance(facts.rulesets, NotVisible):
        return _unseen("tags", facts.rulesets)
    for ruleset in facts.rulesets:
        whole = "~ALL" in ruleset.include and not ruleset.exclude and ruleset.enforcement == "active"
        if ruleset.target == "tag" and whole and wanted <= {rule.kind for rule in ruleset.rules}:
            return Point("tags", Stand.REAL, "they cannot be moved or deleted")
    return Point("tags", Stand.GAP, "they can be moved and deleted, by a workflow's token too", close)


def _point(
    facts: Facts,
    guards: Guards,
    name: str,
    wanted: Sequence[Holds],
    protects: Callable[[Protection], bool] | None,
    *,
    real: str,
    gap: str,
    close: tuple[str, ...],
) -> Point:
    """Real by rules that nobody may bypass, or by the older protection that binds admins too."""
    old = guards.protection
    if protects is not None and isinstance(old, Protection) and protects(old):
        if old.admins_too:
            return Point(name, Stand.REAL, real)
        gap = f"the protection of {guards.branch} does not bind admins"
        close = (f"gh api -X POST repos/{facts.repository}/branches/{guards.branch}/protection/enforce_admins",)
    if isinstance(guards.rules, NotVisible):
        return _unseen(name, guards.rules)
    holders = [[rule for rule in guards.rules if holds(rule)] for holds in wanted]
    if not all(holders):
        hidden = isinstance(old, NotVisible) and protects is not None
        return (
            _unseen(name, old, f"by the rules {gap}, and an older protection may say otherwise")
            if hidden and isinstance(old, NotVisible)
            else Point(name, Stand.GAP, gap, close)
        )
    worst = [_way_round(facts, rules) for rules in holders]
    found = next((point for point in worst if point is not None and point.stand is Stand.GAP), None)
    found = found or next((point for point in worst if point is not None), None)
    return Point(name, found.stand, found.text, found.close) if found else Point(name, Stand.REAL, real)


def _way_round(facts: Facts, rules: Sequence[Rule]) -> Point | None:
    """Who may pass all of these rules by: None where one of them binds everybody."""
    if isinstance(facts.rulesets, NotVisible):
        return _unseen("", facts.rulesets)
    by_id = {ruleset.id: ruleset for ruleset in facts.rulesets}
    points = [_bypass(facts, by_id.get(rule.ruleset)) for rule in rules]
    if None in points:
        return None
    found = [point for point in points if point is not None]
    return next((point for point in found if point.stand is Stand.UNSEEN), found[0])


def _bypass(facts: Facts, ruleset: Ruleset | None) -> Point | None:
    if ruleset is None:
        return Point("", Stand.UNSEEN, "GitHub does not show the ruleset that the rule is of", ())
    if isinstance(ruleset.bypass, NotVisible):
        return _unseen("", ruleset.bypass, f"who may bypass ruleset `{ruleset.name}`")
    if not ruleset.bypass:
        return None
    who = ", ".join(sorted({f"{one.kind} {one.id}" if one.id else one.kind for one in ruleset.bypass}))
    click = f"{facts.settings}/rules/{ruleset.id}: empty the bypass list"
    return Point("", Stand.GAP, f"ruleset `{ruleset.name}` lets itself be bypassed by {who}", (click,))


def _unseen(name: str, hidden: NotVisible, what: str = "") -> Point:
    return Point(name, Stand.UNSEEN, f"{what}: {hidden.why}" if what else hidden.why)


def _is(kind: str) -> Holds:
    return lambda rule: rule.kind == kind


def _rules(guards: Guards) -> Iterator[Rule]:
    if not isinstance(guards.rules, NotVisible):
        yield from guards.rules


def _checks(rule: Rule) -> Sequence[Mapping[str, Any]]:
    if rule.kind != "required_status_checks":
        return ()
    found = rule.parameters.get("required_status_checks")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else ()


_REVIEW = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": False,
    "require_last_push_approval": True,
    "required_review_thread_resolution": False,
}


def _check_rule(check: str) -> Mapping[str, Any]:
    return {
        "type": "required_status_checks",
        "parameters": {
            "strict_required_status_checks_policy": False,
            "required_status_checks": [{"context": check, "integration_id": ACTIONS}],
        },
    }


def _ruleset(facts: Facts, name: str, target: str, include: str, rules: Sequence[JsonObject]) -> str:
    """The command that makes a ruleset which nobody may bypass. Rulesets add up: it takes nothing away."""
    body = {
        "name": name,
        "target": target,
        "enforcement": "active",
        "conditions": {"ref_name": {"include": [include], "exclude": []}},
        "rules": list(rules),
    }
    return f"echo {shlex.quote(json.dumps(body))} | gh api repos/{facts.repository}/rulesets --input -"
