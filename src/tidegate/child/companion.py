"""A process beside us, that ends when we do."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tidegate.child.ended import Bounds, bounded, kill_group, missing

# Its standard input is a pipe that we hold: whatever ends us closes it, and that ends the companion.
_COMPANION = 'exec 3<&0; "$@" </dev/null 3<&- & c=$!; { read -r _ <&3; kill -KILL "$c"; } & exec 3<&-; wait "$c"'


@contextlib.contextmanager
def companion(
    argv: Sequence[str], *, environ: Mapping[str, str], words: Path, bounds: Bounds | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program beside us until the block ends, or we do, however that comes about: see its `poll`.

    It has exactly `environ`; what it says is appended to `words`. MissingProgram where it cannot be started.
    """
    with words.open("ab") as said:
        try:
            child = subprocess.Popen(
                ["/bin/sh", "-c", _COMPANION, "sh", *bounded(argv, bounds)],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                env=dict(environ),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise missing(argv, None, error) from error
    with child:
        try:
            yield child
        finally:
            kill_group(child.pid)
