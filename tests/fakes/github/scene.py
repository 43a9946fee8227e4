"""Setting the scene: the words that tests, and whoever drives the fake as a process, use."""

from __future__ import annotations

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
