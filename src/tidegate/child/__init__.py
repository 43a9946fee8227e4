"""The one way to run a process: nothing inherited but what is named, bounded in time, memory and output."""

from tidegate.child.beside import let_go, run_async, start
from tidegate.child.companion import companion
from tidegate.child.ended import MIB, Bounds, End, Ended, MissingProgram, allowed
from tidegate.child.waiting import run

__all__ = [
    "MIB",
    "Bounds",
    "End",
    "Ended",
    "MissingProgram",
    "allowed",
    "companion",
    "let_go",
    "run",
    "run_async",
    "start",
]
