"""Which engine judges: what `checks.engine` says, and where it says `auto`, OPA where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tidegate.checks.policy.embedded import EmbeddedEngine
from tidegate.checks.policy.port import Engine
from tidegate.child import MissingProgram
from tidegate.model.project import Checks

_PROGRAM = "opa"


def choose(checks: Checks, environ: Mapping[str, str]) -> Engine:
    """The report names it; there is no other to fall back on. MissingProgram where the one asked for is not here."""
    if checks.engine == "embedded":
        return EmbeddedEngine()
    path = shutil.which(_PROGRAM, path=environ.get("PATH", ""))
    if path is None and not checks.opa_url:
        if checks.engine == "opa":
            raise MissingProgram(
                "`engine: opa`, and there is no `opa` on PATH and no `opa_url`",
                hint="Install OPA 1.0 or later, or name a server: opa_url: http://127.0.0.1:8181",
            )
        return EmbeddedEngine()

    from tidegate.checks.policy.opa import OpaEngine
    from tidegate.checks.policy.opa_program import Program
    from tidegate.checks.policy.opa_remote import RemoteOpaEngine

    reader = OpaEngine(Program(str(Path(path).absolute()))) if path else EmbeddedEngine()
    return RemoteOpaEngine(checks.opa_url, reader) if checks.opa_url else reader
