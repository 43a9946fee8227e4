"""The engine `opa` at a URL: a server of its own that gets the policies for the questions, and loses them after."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

from tidegate.checks.policy.opa_answers import Stopped, Together, answers
from tidegate.checks.policy.opa_client import Connection, OpaAway, Refused
from tidegate.checks.policy.opa_places import name, placed
from tidegate.checks.policy.opa_ways import over_network
from tidegate.checks.policy.port import SECONDS, Answer, Engine, Input, Module, Parsed, PolicyError, Question


class RemoteOpaEngine:
    """`port.Engine` by an OPA that somebody else started, such as a service container of the job.

    Such a server offers its policies functions that reach out, and knows no deadline. So `reader` takes the modules
    apart, and what its preflight refuses never gets there. Policies of others would be mixed with these: OpaAway where
    there are any, before and after the questions.
    """

    name = "OPA server"

    def __init__(self, url: str, reader: Engine) -> None:
        self._url, self._reader = url, reader

    @property
    def version(self) -> str:
        with self._connected() as connection:
            return connection.version()

    @property
    def builtins(self) -> AbstractSet[str]:
        return self._reader.builtins

    def inspect(self, modules: Sequence[Module]) -> Sequence[Parsed | PolicyError]:
        return self._reader.inspect(modules)

    def evaluate(
        self,
        modules: Sequence[Module],
        inputs: Sequence[Input],
        questions: Sequence[Question],
        *,
        seconds: float = SECONDS,
    ) -> Sequence[Answer]:
        with self._connected() as connection, ExitStack() as after:
            self._alone(connection, ())
            together, mark = Together(questions), secrets.token_hex(8)
            every = [*modules, together.module]
            ours = {f"tidegate-{mark}-{name(at)}": module for at, module in enumerate(every)}
            wrong = _uploaded(connection, ours, after)
            if wrong is not None:
                return [placed(wrong, modules)] * len(questions)
            self._alone(connection, ours)
            found = answers(_Server(connection), together, modules, inputs, questions, seconds)
            self._alone(connection, ours)
            return found

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        url = urlsplit(self._url)
        tls = url.scheme == "https"
        client = over_network(url.hostname or "", url.port or (443 if tls else 80), tls=tls)
        connection = Connection(client, self._url)
        try:
            yield connection
        finally:
            connection.close()

    def _alone(self, connection: Connection, ours: Mapping[str, Module] | tuple[()]) -> None:
        others = sorted(set(connection.policies()) ^ set(ours))
        if others:
            raise OpaAway(
                f"the OPA at {self._url} has policies of others beside ours, such as {others[0]}",
                hint="Give Tidegate one of its own, such as a service container of the job.",
            )
        if not ours and connection.holds():
            raise OpaAway(
                f"the OPA at {self._url} holds documents, which policies could ask instead of their input",
                hint="Give Tidegate one of its own, such as a service container of the job.",
            )


def _uploaded(connection: Connection, modules: Mapping[str, Module], after: ExitStack) -> PolicyError | None:
    """All of them, each after those that it uses, to be removed the other way round; or why one is refused."""
    left = dict(modules)
    while left:
        refusals: dict[str, PolicyError] = {}
        for policy, module in left.items():
            try:
                connection.upload(policy, module.text)
            except Refused as refused:
                refusals[policy] = refused.error
            else:
                after.callback(connection.remove, policy)
        if len(refusals) == len(left):
            return next(iter(refusals.values()))
        left = {policy: left[policy] for policy in refusals}
    return None


class _Server:
    """What OPA is still at after a deadline, it gives up when the connection closes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rules(self) -> frozenset[str]:
        return self._connection.rules()

    def ask(self, rule: str, value: Any, seconds: float) -> Answer:
        answer = self._connection.ask(rule, value, seconds)
        if isinstance(answer, PolicyError) and answer.kind == "timeout":
            raise Stopped(answer)
        return answer
