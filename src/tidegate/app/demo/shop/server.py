"""The server: `/healthz` answers from what is loaded; a reload replaces it whole.

Two things can be wrong that no look at the configuration alone will show: a machine with too little memory for so
many workers, and a catalogue that does not fit the cache.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tidegate.app.demo.shop.files import CATALOGUE, CONFIGURATION, CONTROL, MACHINE, PAGE, Unreadable, read_numbers

MEGABYTES_PER_WORKER = 100


@dataclass(frozen=True, slots=True)
class Shop:
    """What the server has in memory. `memory` in megabytes."""

    settings: Mapping[str, int]
    page: str
    articles: int
    memory: int

    def trouble(self) -> str:
        """Why it cannot serve; empty when it can."""
        workers, entries = self.settings["workers"], self.settings["cache_entries"]
        if workers * MEGABYTES_PER_WORKER > self.memory:
            return f"{workers} workers need {workers * MEGABYTES_PER_WORKER} MB, this machine has {self.memory} MB"
        if self.articles > entries:
            return f"{self.articles} articles do not fit a cache of {entries}"
        return ""


def load(root: Path) -> Shop:
    return Shop(
        settings=read_numbers(root / CONFIGURATION),
        page=(root / PAGE).read_text(encoding="utf-8"),
        articles=len((root / CATALOGUE).read_text(encoding="utf-8").splitlines()),
        memory=read_numbers(root / MACHINE, ("memory_mb",))["memory_mb"],
    )


class Answer(BaseHTTPRequestHandler):
    """`/healthz` for machines; every other path is the page."""

    server: Server

    def do_GET(self) -> None:
        shop = self.server.shop
        trouble = shop.trouble()
        healthz = trouble or " ".join(f"{key}={number}" for key, number in shop.settings.items())
        content = (f"{healthz}\n" if self.path == "/healthz" else shop.page).encode()
        self.send_response(503 if trouble else 200)
        self.send_header("Content-Type", "text/plain" if self.path == "/healthz" else "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing: the screen is the demo's."""


class Server(ThreadingHTTPServer):
    """Serves the shop that it holds in memory."""

    daemon_threads = True

    def __init__(self, shop: Shop, port: int) -> None:
        self.shop = shop
        super().__init__(("127.0.0.1", port), Answer)

    def server_bind(self) -> None:
        # HTTPServer asks for the machine's own name here, which may ask a network; nobody wants to know it.
        socket.socket.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", self.socket.getsockname()[1]


def serve(root: Path, port: int) -> None:
    """Serves 127.0.0.1:`port`, says `ready`, and ends when stdin is closed: whoever started it is gone then."""
    os.chdir(root)  # a socket's path may have little more than 100 bytes, so it is a relative one
    here = Path()
    server = Server(load(here), port)
    control = _listen(here / CONTROL)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=_answer_reloads, args=(control, server), daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


def _listen(path: Path) -> socket.socket:
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    control = socket.socket(socket.AF_UNIX)
    control.bind(str(path))
    control.listen()
    return control


def _answer_reloads(control: socket.socket, server: Server) -> None:
    while True:
        asker, _ = control.accept()
        with asker:
            try:
                server.shop = load(Path())
                asker.sendall(b"loaded")
            except (Unreadable, OSError) as error:
                asker.sendall(str(error).encode())
