"""The `opa` program in its cage: no environment, no function that reaches out, bounded, on a socket of its own."""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tidegate.checks.policy.builtins import REACHING_OUT
from tidegate.checks.policy.opa_client import Connection, OpaAway
from tidegate.checks.policy.opa_places import compile_error, name
from tidegate.checks.policy.opa_ways import over_socket
from tidegate.checks.policy.port import Module, PolicyError
from tidegate.child import MIB, Bounds, End, Ended, companion, run

_SECONDS = 60.0
_START_SECONDS = 30.0
_OUTPUT = 64 * MIB
_BOUNDS = Bounds(memory=2048 * MIB, cpu=600)
_CAGE = {"GOMEMLIMIT": "1GiB"}
"""All the environment it has. Go collects harder from there on, and Go reserves more than it uses."""
_SERVE = ("run", "--server", "--skip-version-check", "--log-level", "error", "--log-format", "json")
_GUARD = """package system.authz

default allow := false

allow if {
	input.identity == "%s"
	input.path[0] == "v1"
	[input.method, input.path[1]] in {["POST", "data"], ["GET", "policies"]}
}

allow if input.path == ["health"]
"""


class Program:
    """An `opa` at `path`. Nothing it runs sees a variable of ours, a network, or a file but those of its bundle."""

    def __init__(self, path: str) -> None:
        self.path = path

    @cached_property
    def version(self) -> str:
        said = self._run("version").stdout.decode(errors="replace")
        for line in said.splitlines():
            word, _, rest = line.partition(":")
            if word == "Version" and rest.strip()[:1].isdigit():
                return rest.strip()
        raise self._broken("it does not say its version")

    @cached_property
    def capabilities(self) -> Mapping[str, Any]:
        """All that it can do, as it says itself."""
        ended = self._run("capabilities", "--current")
        if not ended.well:
            raise self._broken(_words(ended))
        found: Mapping[str, Any] = json.loads(ended.stdout)
        return found

    @cached_property
    def known(self) -> frozenset[str]:
        """Every builtin function."""
        return frozenset(builtin["name"] for builtin in self.capabilities["builtins"])

    @cached_property
    def pure(self) -> frozenset[str]:
        """Those whose answer follows from their arguments."""
        pure = (one["name"] for one in self.capabilities["builtins"] if not one.get("nondeterministic"))
        return frozenset(pure) - set(REACHING_OUT)

    def parse(self, module: Module) -> Mapping[str, Any] | PolicyError:
        """The syntax tree of a module, or why there is none."""
        with _folder() as folder:
            _write(folder, [module])
            ended = self._run("parse", "--format", "json", "--json-include", "locations", str(folder / name(0)))
        if ended.well:
            tree: Mapping[str, Any] = json.loads(ended.stdout)
            return tree
        return next(iter(self._errors(ended.stderr or ended.stdout, [module])), self._silent(ended, module))

    def check(self, modules: Sequence[Module]) -> Sequence[PolicyError]:
        """What does not compile where no function reaches out; each at its place."""
        with _folder() as folder:
            _write(folder, modules)
            (folder / "capabilities.json").write_text(json.dumps(self._caged()), encoding="utf-8")
            options = ("--format", "json", "--max-errors", "0", "--capabilities", str(folder / "capabilities.json"))
            ended = self._run("check", *options, *(str(folder / name(at)) for at in range(len(modules))))
        if ended.well:
            return ()
        return self._errors(ended.stderr or ended.stdout, modules) or [self._silent(ended, modules[0])]

    @contextlib.contextmanager
    def serve(self, modules: Sequence[Module]) -> Iterator[Connection]:
        """A server that has these modules and answers us alone, until the block ends."""
        with _folder() as folder:
            token = secrets.token_hex(32)
            bundle = folder / "bundle"
            bundle.mkdir()
            _write(bundle, modules)
            (bundle / "guard.rego").write_text(_GUARD % token, encoding="utf-8")
            address, words = folder / "socket", folder / "words"
            options = ("--authentication=token", "--authorization=basic", "--unix-socket-perm=700")
            argv = [self.path, *_SERVE, *options, f"--addr=unix://{address}", "--bundle", str(bundle)]
            with companion(argv, environ=_CAGE, words=words, bounds=_BOUNDS) as child:
                connection = Connection(over_socket(address, token), self.path)
                try:
                    self._wait(child, connection, words)
                    yield connection
                finally:
                    connection.close()

    def _wait(self, child: subprocess.Popen[bytes], connection: Connection, words: Path) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not connection.is_there():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.01)
            if child.returncode is not None or time.monotonic() > deadline:
                said = words.read_text(encoding="utf-8", errors="replace").strip().splitlines()
                raise self._broken(said[-1] if said else "it did not begin to listen")

    def _caged(self) -> Mapping[str, Any]:
        builtins = [one for one in self.capabilities["builtins"] if one["name"] in self.pure]
        return {**self.capabilities, "builtins": builtins, "allow_net": []}

    def _run(self, *args: str) -> Ended:
        return run([self.path, *args], timeout=_SECONDS, environ=_CAGE, limit=_OUTPUT, bounds=_BOUNDS)

    def _errors(self, said: bytes, modules: Sequence[Module]) -> list[PolicyError]:
        try:
            errors = json.loads(said)["errors"]
        except (ValueError, KeyError, TypeError):
            return []
        return [compile_error(error, modules) for error in errors]

    def _silent(self, ended: Ended, module: Module) -> PolicyError:
        if ended.end is End.TIMED_OUT:
            return PolicyError("timeout", f"OPA did not read it in {_SECONDS:g} s", module.file)
        return PolicyError("compile", _words(ended), module.file)

    def _broken(self, why: str) -> OpaAway:
        return OpaAway(f"{self.path} cannot be used: {why}", hint="Tidegate needs OPA 1.0 or later: `opa version`.")


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder that nobody else may look into."""
    with tempfile.TemporaryDirectory(prefix="tidegate-opa-") as folder:
        yield Path(folder)


def _write(folder: Path, modules: Sequence[Module]) -> None:
    for at, module in enumerate(modules):
        (folder / name(at)).write_text(module.text, encoding="utf-8", newline="")


def _words(ended: Ended) -> str:
    said = (ended.stderr or ended.stdout).decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"exit code {ended.code}"
