"""The fake GitHub as a process: `python -m fakes.github --root DIR --port 0`. It prints its address, then serves.

Below /_fake it is told what is there (POST /_fake/approve {"run": 1, "environment": "canary-approval", "by": "grace"})
and says what came of it (GET /_fake/state). It ends with the first SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from fakes.github.fake import TOKEN, FakeGitHub


def main() -> None:
    parser = argparse.ArgumentParser(prog="fakes.github", description="A fake GitHub with one repository.")
    parser.add_argument("--root", type=Path, required=True, help="folder of the bare repository, owner/name.git")
    parser.add_argument("--repository", default="acme/fleet")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    words = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with FakeGitHub(words.root, words.repository, host=words.host, port=words.port) as github:
        github.bare()
        sys.stdout.write(f"{github.url} {TOKEN}\n")
        sys.stdout.flush()
        stopped.wait()


main()
