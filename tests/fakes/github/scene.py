"""Setting the scene: the words that tests, and whoever drives the fake as a process, use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakes.github.state import Environment, Pull, Run, State, Token


class Scene:
    """Each word changes `state`; each can be said over HTTP, too, with its arguments as JSON (control.py)."""

    state: State

    def token(self, value: str, login: str = "github-actions[bot]", kind: str = "installation", **may: str) -> Token:
        """A token that may do what is said: `checks="write"`, `pull_requests="read"`."""
        permissions = {name.replace("_", "-"): level for name, level in may.items()}
        return self.state.tokens.setdefault(value, Token(value, login, kind, {"metadata": "read", **permissions}))

    def fail(self, kind: str, method: str = "", path: str = "", **more: Any) -> None:
        """The next request of that method and path meets a fault; see faults.py."""
        self.state.faults.add(kind, method, path, **more)

    def branch(self, name: str, commit: str) -> None:
        self.state.heads[name] = commit

    def commit(self, commit: str) -> None:
        """A commit that GitHub knows of."""
        self.state.known.add(commit)

    def written(self, commit: str, author: str | None, committer: str | None = None) -> None:
        """Whose account GitHub takes a commit's author, and its committer, for."""
        self.state.authors[commit] = author, committer or author

    def person(self, login: str, may: str = "write") -> None:
        self.state.users[login] = may

    def run(self, number: int, head: str, **more: Any) -> Run:
        self.state.known.add(head)
        return self.state.runs.setdefault(number, Run(number, head, **more))

    def job(self, run: int, name: str, status: str = "completed", conclusion: str | None = "success") -> None:
        self.state.runs[run].jobs.append({"name": name, "status": status, "conclusion": conclusion})

    def approve(self, run: int, environment: str, by: str, state: str = "approved", comment: str = "") -> None:
        """What a reviewer says of an environment that a run waits for."""
        self.state.environments.setdefault(environment, Environment(environment))
        self.state.runs[run].approvals.append(
            {"environment": environment, "by": by, "state": state, "comment": comment}
        )

    def pull(self, number: int, head: str, **more: Any) -> Pull:
        self.state.known.add(head)
        return self.state.pulls.setdefault(number, Pull(number, head, **more))

    def merge(self, number: int, commit: str, by: str = "grace") -> None:
        pull = self.state.pulls[number]
        self.state.known.add(commit)
        pull.state, pull.merge, pull.merged_by, pull.merged_at = "closed", commit, by, self.state.stamp()

    def review(self, number: int, by: str, state: str = "APPROVED", commit: str = "", kind: str = "User") -> None:
        """A review at a commit, by default the head."""
        pull = self.state.pulls[number]
        pull.reviews.append(
            {"by": by, "state": state, "commit": commit or pull.head, "at": self.state.stamp(), "kind": kind}
        )

    def workflow(self, file: str) -> None:
        self.state.workflows.add(file)

    def environment(self, name: str, **more: Any) -> Environment:
        self.state.environments[name] = Environment(name, **more)
        return self.state.environments[name]

    def secret(self, name: str, environment: str = "") -> None:
        """The name of a secret, of an environment or else of the repository."""
        (self.state.environments[environment].secrets if environment else self.state.secrets).append(name)

    def ruleset(
        self,
        name: str,
        include: Sequence[str],
        rules: Sequence[Mapping[str, Any]],
        *,
        exclude: Sequence[str] = (),
        target: str = "branch",
        enforcement: str = "active",
        bypass: Sequence[Mapping[str, Any]] = (),
    ) -> int:
        """`include`: patterns as `refs/heads/main` or `~DEFAULT_BRANCH`; `rules` as GitHub has them."""
        number = next(self.state.ids)
        made = {
            "id": number,
            "name": name,
            "target": target,
            "enforcement": enforcement,
            "conditions": {"ref_name": {"include": list(include), "exclude": list(exclude)}},
            "rules": [dict(rule) for rule in rules],
            "bypass_actors": [dict(actor) for actor in bypass],
        }
        self.state.rulesets.append(made)
        return number

    def require(self, *checks: str, branch: str = "~DEFAULT_BRANCH") -> int:
        """A ruleset that demands checks on a branch, a pull request with one review, and no way around."""
        contexts = [{"context": check} for check in checks]
        return self.ruleset(
            "default branch",
            [branch],
            [
                {"type": "deletion"},
                {"type": "non_fast_forward"},
                {
                    "type": "pull_request",
                    "parameters": {
                        "dismiss_stale_reviews_on_push": True,
                        "require_code_owner_review": False,
                        "require_last_push_approval": True,
                        "required_approving_review_count": 1,
                        "required_review_thread_resolution": False,
                    },
                },
                {
                    "type": "required_status_checks",
                    "parameters": {"required_status_checks": contexts, "strict_required_status_checks_policy": False},
                },
            ],
        )

    def protect(self, branch: str, *checks: str, admins_too: bool = True) -> None:
        """The older way: protection of one branch."""
        self.state.protection[branch] = {
            "enabled": True,
            "required_status_checks": {
                "strict": False,
                "contexts": list(checks),
                "checks": [{"context": check, "app_id": None} for check in checks],
            },
            "enforce_admins": {"url": f"https://api.github.test/branches/{branch}", "enabled": admins_too},
            "allow_force_pushes": {"enabled": False},
            "allow_deletions": {"enabled": False},
        }
