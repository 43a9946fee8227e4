"""Questions to a running OPA: opa-python-client, with every answer that is none told from one that is.

What was measured of it, and is mended here: its errors hide a 500 and a 503 behind "policy not found", it asks again
where the same answer will come and not where another would, and an undefined rule is `{}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from opa_client.errors import ConnectionsError, DeletePolicyError, RegoParseError
from opa_client.opa import OpaClient

from tidegate.checks.policy.port import Answer, PolicyError, Undefined, Value
from tidegate.errors import TidegateError

T = TypeVar("T")
_SECONDS = 10.0
_STRICT = {"strict-builtin-errors": "true"}
_THEIRS = (ConnectionsError, DeletePolicyError)


class OpaAway(TidegateError):
    """OPA does not answer, or not as OPA does: nothing can be said of any policy."""


class Connection:
    """One OPA. `at` is how people call where it runs."""

    def __init__(self, client: OpaClient, at: str) -> None:
        self._client, self._at = client, at

    def close(self) -> None:
        self._client.close_connection()

    def is_there(self) -> bool:
        """Does it answer at all?"""
        return bool(self._client.check_health())

    def version(self) -> str:
        """What it says that it is."""
        asked = {"provenance": "true"}
        return self._sure(
            lambda: str(self._client.query_rule({}, "tidegate", query_params=asked)["provenance"]["version"])
        )

    def holds(self) -> Mapping[str, Any]:
        """All that it holds, rules and documents."""
        return self._sure(lambda: dict(self._client.ad_hoc_query("held := data")["result"][0]["held"]))

    def policies(self) -> list[str]:
        """The ids of its policies."""
        return self._sure(lambda: sorted(self._client.get_policies_list()))

    def rules(self) -> frozenset[str]:
        """The rules that it has, by their full name without `data.`."""
        data = f"{self._client.root_url}/data/"
        known = self._sure(lambda: [policy["rules"] for policy in self._client.get_policies_info().values()])
        return frozenset(url.removeprefix(data).replace("/", ".") for rules in known for url in rules)

    def upload(self, policy: str, text: str) -> None:
        """`Refused` where it does not compile."""
        self._asked(lambda: self._client.update_policy_from_string(text, policy, rego_compat=False))

    def remove(self, policy: str) -> None:
        self._sure(lambda: self._client.delete_policy(policy))

    def ask(self, rule: str, value: Any, seconds: float) -> Answer:
        """What `rule` is for one input. A deadline that has passed is a `timeout`; OPA may still be at it then."""
        path = "/".join(quote(step, safe="") for step in rule.split("."))

        def question() -> Answer:
            said = self._client.query_rule(value, path, query_params=_STRICT)
            return next((Value(item) for key, item in said.items() if key == "result"), Undefined())

        try:
            return self._asked(question, seconds)
        except Refused as refused:
            return refused.error
        except _Late:
            return PolicyError("timeout", f"it does not end: stopped after {seconds:g} s")

    def _sure(self, question: Callable[[], T]) -> T:
        """Its answer to what is about no policy."""
        try:
            return self._asked(question)
        except Refused as refused:
            raise self._away(refused.error.message) from refused

    def _asked(self, question: Callable[[], T], seconds: float = _SECONDS) -> T:
        """Its answer. `Refused` where OPA says what is wrong with a policy, OpaAway where it gives none."""
        self._client.timeout = seconds
        try:
            return question()
        except requests.exceptions.ReadTimeout as error:
            raise _Late(f"OPA at {self._at} does not answer within {seconds:g} s") from error
        except requests.exceptions.HTTPError as error:
            raise self._refusal(error.response) from error
        except RegoParseError as error:
            said = {"code": error.expression, "message": error.message, "errors": error.errors}
            raise (Refused(_policy_error(said)) if error.errors else self._away(str(error.message))) from error
        except _THEIRS as error:
            raise self._away(str(error.message)) from error
        except requests.exceptions.RequestException as error:
            raise self._away("it broke the connection off, or said what is no JSON") from error
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._away("it says what OPA does not say") from error

    def _refusal(self, response: Any) -> Refused | OpaAway:
        try:
            said = response.json()
        except ValueError:
            said = None
        if response.status_code in (400, 500) and isinstance(said, dict) and "code" in said:
            return Refused(_policy_error(said))
        return self._away(f"it answered {response.status_code} {response.reason}")

    def _away(self, why: str) -> OpaAway:
        return OpaAway(f"OPA at {self._at} cannot be used: {why}", hint="Does it run, and is it OPA 1.0 or later?")


class _Late(OpaAway):
    """A deadline has passed."""


class Refused(Exception):
    """OPA says what is wrong with the policy."""

    def __init__(self, error: PolicyError) -> None:
        super().__init__(error.message)
        self.error = error


def _policy_error(said: Mapping[str, Any]) -> PolicyError:
    first: Mapping[str, Any] = next(iter(said.get("errors") or []), {})
    place = first.get("location") or {}
    words = " ".join(str(first.get("message") or said.get("message") or said["code"]).split())
    return PolicyError("error", words, str(place.get("file", "")), int(place.get("row", 0)), int(place.get("col", 0)))
