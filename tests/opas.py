"""A real OPA for tests: the program on PATH, and a server of it."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tidegate.child import companion


def an_opa() -> str:
    """Where it is; the test is skipped where it is not."""
    found = shutil.which("opa")
    if found is None:
        pytest.skip("opa is missing")
    return found


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The URL of an OPA on the loopback that has no policy yet."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    argv = [an_opa(), "run", "--server", "--skip-version-check", "--addr", f"127.0.0.1:{port}"]
    with companion(argv, environ={}, words=folder / "opa.log") as child:
        while child.poll() is None:
            try:
                requests.get(f"{url}/health", timeout=5)
                break
            except requests.exceptions.ConnectionError:
                continue
        yield url
