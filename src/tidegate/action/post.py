"""After the step, in a container of its own: what the first one knew and did not live to write goes into the record."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tidegate import escape
from tidegate.action.inputs import Inputs
from tidegate.action.main import Desk, Environ, leave_at_signals, run, world_of
from tidegate.errors import TidegateError


def main() -> None:
    """The `post-entrypoint` of the image."""
    leave_at_signals()
    os.dup2(1, 2)
    with tempfile.TemporaryDirectory(prefix="tidegate-") as own:
        sys.exit(flush(os.environ, Path(own)))


def flush(environ: Environ, own: Path) -> int:
    """Always 0: the record can do without it, whoever takes the rollout up asks the devices. What is lost is said."""
    if not any(Path(environ.get("TIDEGATE_SPOOL") or Path(environ.get("HOME", own)) / "tidegate").rglob("*.jsonl")):
        return 0
    try:
        inputs = replace(
            Inputs.read(environ), command="audit sync", strategy="", environment="", rollout="", arguments=""
        )
        code = run(inputs, world_of(environ, inputs, Desk({}), own))
    except TidegateError as error:
        code = error.exit_code
        sys.stdout.write(escape.block(f"error: {error.message}\n  {error.hint}") + "\n")
    if code:
        lost = "what this job knew is not all in the record; whoever goes on asks the devices anew"
        sys.stdout.write(f"::warning title=tidegate::{escape.command_message(lost)}\n")
    return 0
