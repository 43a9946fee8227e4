"""The `opa` program in its cage, and which engine judges."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from opas import an_opa
from tidegate.checks.policy.choose import choose
from tidegate.checks.policy.opa_client import Connection, OpaAway
from tidegate.checks.policy.opa_program import Program
from tidegate.checks.policy.opa_remote import RemoteOpaEngine
from tidegate.checks.policy.opa_ways import over_network, over_socket
from tidegate.checks.policy.port import Module, PolicyError, Question, Value
from tidegate.child import MissingProgram
from tidegate.model.project import Checks

ONE = Module("policies/a.rego", "package tidegate.a\none := 1")
SERVE = """
import os, sys
from tidegate.checks.policy.opa_program import Program
from tidegate.checks.policy.port import Module
with Program(sys.argv[1]).serve([Module("a.rego", "package tidegate.a\\none := 1")]):
    print("up", flush=True)
    sys.stdin.read()
"""


def test_auto_is_opa_where_there_is_one() -> None:
    path = str(Path(an_opa()).parent)
    assert choose(Checks(), {"PATH": path}).name == "OPA"
    assert choose(Checks(), {"PATH": ""}).name == "embedded regorus"
    assert choose(Checks(engine="embedded"), {"PATH": path}).name == "embedded regorus"
    assert choose(Checks(opa_url="http://127.0.0.1:1"), {"PATH": path}).name == "OPA server"
    assert choose(Checks(opa_url="http://127.0.0.1:1"), {}).name == "OPA server"


def test_an_opa_that_is_asked_for_and_not_there_is_said() -> None:
    with pytest.raises(MissingProgram, match="there is no `opa` on PATH"):
        choose(Checks(engine="opa"), {})


def test_it_serves_nobody_without_the_token() -> None:
    with Program(an_opa()).serve([ONE]) as connection:
        assert connection.ask("tidegate.a.one", {}, 5) == Value(1)
        socket = connection._client._session.adapters["http://"]._pool._path
        assert socket.parent.stat().st_mode & 0o077 == 0
        stranger = Connection(over_socket(socket, "guessed"), "opa")
        with pytest.raises(OpaAway, match="401"):
            stranger.ask("tidegate.a.one", {}, 5)
        with pytest.raises(OpaAway, match="rejected by administrative policy"):
            connection.upload("mine", "package tidegate.b")
    assert not socket.parent.exists()


def test_no_capability_reaches_out() -> None:
    program = Program(an_opa())
    for name in ("http.send", "opa.runtime", "net.lookup_ip_addr", "time.now_ns", "json.match_schema"):
        assert name in program.known
        assert name not in program.pure
    for rule in ("http.send({})", "opa.runtime()", 'net.lookup_ip_addr("localhost")'):
        [error] = program.check([Module("policies/a.rego", f"package tidegate.a\nx := {rule}")])
        assert (error.kind, error.file, error.line) == ("compile", "policies/a.rego", 2)
        assert error.message.startswith("undefined function ")


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_us(sign: signal.Signals) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", SERVE, an_opa()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"up\n"
    companions = [int(pid) for pid in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()]
    assert companions
    child.send_signal(sign)
    child.communicate()
    deadline = time.monotonic() + 20
    while any(_lives(session) for session in companions) and time.monotonic() < deadline:
        os.sched_yield()
    assert not any(_lives(session) for session in companions)


def _lives(session: int) -> bool:
    """Does a process of this session still run?"""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(words[3]) == session and words[0] not in "ZX":
            return True
    return False


def test_a_program_that_is_no_opa_is_said(tmp_path: Path) -> None:
    program = tmp_path / "opa"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    with pytest.raises(OpaAway, match="does not say its version"):
        _ = Program(str(program)).version


def test_a_server_of_others_is_not_ours_to_use(opa_url: str) -> None:
    engine = RemoteOpaEngine(opa_url, choose(Checks(engine="embedded"), {}))
    asked = [Question("tidegate.a.one", 0)]
    requests.put(f"{opa_url}/v1/policies/theirs", data="package tidegate.a\none := 2", timeout=5)
    with pytest.raises(OpaAway, match="policies of others"):
        engine.evaluate([ONE], [{}], asked)
    requests.delete(f"{opa_url}/v1/policies/theirs", timeout=5)
    requests.put(f"{opa_url}/v1/data/theirs", json={"a": 1}, timeout=5)
    with pytest.raises(OpaAway, match="holds documents"):
        engine.evaluate([ONE], [{}], asked)
    requests.delete(f"{opa_url}/v1/data/theirs", timeout=5)
    assert engine.evaluate([ONE], [{}], asked) == [Value(1)]
    assert requests.get(f"{opa_url}/v1/policies", timeout=5).json() == {"result": []}


def test_modules_arrive_in_any_order_and_what_does_not_compile_is_an_answer(opa_url: str) -> None:
    engine = RemoteOpaEngine(opa_url, choose(Checks(engine="embedded"), {}))
    user = Module("policies/b.rego", "package tidegate.b\ntwo := data.tidegate.lib.f(1)")
    library = Module("policies/lib.rego", "package tidegate.lib\nf(x) := x + 1")
    assert engine.evaluate([user, library], [{}], [Question("tidegate.b.two", 0)]) == [Value(2)]
    [answer] = engine.evaluate([user], [{}], [Question("tidegate.b.two", 0)])
    assert isinstance(answer, PolicyError)
    assert (answer.file, answer.line) == ("policies/b.rego", 2)


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(OpaAway, match="cannot be used"):
        Connection(over_network("127.0.0.1", 1, tls=False), "http://127.0.0.1:1").policies()
