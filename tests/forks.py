"""Steps without the half second that Python needs to read them: a process that has read them forks one for each.

`python -I forks.py` is that process; the rest of the file is for tests. A step is still a process of its own, with an
environment, a folder and an output of its own.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import NoReturn

import tidegate
from tidegate.action.main import main

_LONGEST = 1 << 20


def fork(here: Path, environ: Mapping[str, str], out: int) -> int:
    """Runs `python -I -m tidegate.action` to its end; `out`, a file, is what it writes to. Its exit code; negative: the
    signal that ended it."""
    parent = _parent()
    socket.send_fds(parent, [json.dumps([str(here), dict(environ)]).encode()], [out])
    said = parent.recv(_LONGEST)
    assert said, "the process that forks steps has ended"
    return os.waitstatus_to_exitcode(int(said))


@cache
def _parent() -> socket.socket:
    """One for each process of pytest, and ends with it."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    words = [sys.executable, "-I", __file__, str(its.fileno())]
    process = subprocess.Popen(words, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    its.close()
    return ours


def _serve(asked: socket.socket) -> None:
    """Answers until nobody can ask any more; returns in a fork, which is the step then."""
    while True:
        said, files, _, _ = socket.recv_fds(asked, _LONGEST, 1)
        if not said:
            sys.exit()
        child = os.fork()
        if child == 0:
            asked.close()
            here, environ = json.loads(said)
            return _become(here, environ, files[0])
        os.close(files[0])
        _, status = os.waitpid(child, 0)
        asked.send(str(status).encode())


def _become(here: str, environ: Mapping[str, str], out: int) -> None:
    os.setsid()
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(out)
    os.chdir(here)
    os.environ.clear()
    os.environ.update(environ)


def _read_all() -> None:
    """All that a step may import, when it comes to it."""
    for module in walk_packages(tidegate.__path__, "tidegate."):
        if not module.name.endswith(("__main__", "_child")):
            import_module(module.name)
    import_module("github")  # PyGithub


def _main() -> NoReturn:
    _read_all()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    main()
    sys.exit()


if __name__ == "__main__":
    _main()
