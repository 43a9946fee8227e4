"""The process that the embedded engine lives in: work on stdin, one line of JSON on stdout for each piece of it.

A line is written as soon as its piece is done, so that a process that was killed has said which one it was at. The
engine is not to be trusted with anything: it raises what is no `Exception`, it has crashed on a lone surrogate, it
does not stop by itself.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import resource
import signal
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, TypeAlias

from tidegate.checks.policy.rego_tree import summary

DISTRIBUTION = "gordon-to-regorus"
MEMORY = 1024 * 1024 * 1024
"""Bytes that policies may take beside what the process has at its start."""

Work: TypeAlias = dict[str, Any]


def main() -> None:
    """Answers `{"ready": ""}` or `{"broken": why}`, then a line for each module or question."""
    work: Work = json.loads(sys.stdin.buffer.read())
    broken = _broken()
    _write({"broken": broken} if broken else {"ready": ""})
    if broken:
        return
    _limit()
    if work["op"] == "inspect":
        for module in work["modules"]:
            _timed(work)
            _write(_inspected(*module))
    else:
        _evaluate(work)


def _broken() -> str:
    """Why the engine cannot be used: not there, overwritten by another package of that name, or wrong."""
    try:
        import regorus

        found = distribution(DISTRIBUTION)
    except (ImportError, PackageNotFoundError):
        return f"the package {DISTRIBUTION} is not installed"
    ours = [file for file in found.files or () if file.parts[0] == "regorus" and file.hash]
    if Path(regorus.__file__).resolve() not in {Path(str(file.locate())).resolve() for file in ours}:
        return f"`regorus` is not the one of {DISTRIBUTION}"
    for file in ours:
        if _hash(Path(str(file.locate()))) != file.hash.value:  # type: ignore[union-attr]
            return f"another package has overwritten {file} of {DISTRIBUTION}"
    # A package of the same name makes numbers of booleans.
    said = _asked(regorus.Engine(), "input.b == false; is_boolean(input.b)", {"b": False})
    return "" if said == [True, True] else f"its self-test failed: is_boolean(false) is {said}"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return base64.urlsafe_b64encode(hashlib.file_digest(file, "sha256").digest()).rstrip(b"=").decode()


def _asked(engine: Any, query: str, asked: Any) -> list[Any]:
    engine.set_input(asked)
    [result] = json.loads(engine.eval_query_as_json(query))["result"]
    return [expression["value"] for expression in result["expressions"]]


def _inspected(file: str, text: str) -> Work:
    import regorus

    engine = regorus.Engine()
    try:
        engine.add_policy(file, text)
        [tree] = json.loads(engine.get_ast_as_json())
        engine.eval_query_as_json("true")  # unsafe variables are found at the first evaluation
        return {"parsed": summary(tree)}
    except BaseException as error:  # noqa: BLE001 - its panics are no `Exception`
        return {"error": str(error)}


def _evaluate(work: Work) -> None:
    engine = None
    at = -1
    for rule, number in work["questions"]:
        _timed(work)
        try:
            if engine is None:
                engine, at = _engine(work["modules"]), -1
            if at != number:
                engine.set_input(work["inputs"][number])
                at = number
            _write({"value": engine.eval_rule_as_json(f"data.{rule}")})
        except BaseException as error:  # noqa: BLE001 - its panics are no `Exception`
            engine = engine if isinstance(error, Exception) else None
            _write({"error": str(error)})


def _engine(modules: list[tuple[str, str]]) -> Any:
    import regorus

    engine = regorus.Engine()
    for file, text in modules:
        engine.add_policy(file, text)
    return engine


def _timed(work: Work) -> None:
    # Processor time, so that a busy machine does not fail a policy; it ends the process inside the engine too.
    signal.setitimer(signal.ITIMER_PROF, work["seconds"])


def _limit() -> None:
    """No file, no core, and no more than MEMORY beside what is in use."""
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with contextlib.suppress(FileNotFoundError):  # no Linux: what was ever resident stands for the address space
        usage = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    for what, bound in ((resource.RLIMIT_AS, usage + MEMORY), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (bound, bound))


def _write(line: Work) -> None:
    said = json.dumps(line).encode() + b"\n"
    while said:
        said = said[os.write(sys.stdout.fileno(), said) :]
