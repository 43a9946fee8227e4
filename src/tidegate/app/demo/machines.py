"""The demo's machines: what lies on each before we come, and the shop that runs there."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

import tidegate
from tidegate.app.demo.place import Machine, Place
from tidegate.app.demo.shop.files import CATALOGUE, CONFIGURATION, MACHINE, PAGE
from tidegate.errors import UsageError

ARTICLES: Mapping[str, int] = {"staging": 20, "production": 400}
MEMORY = 2048
SHOP = ("-S", "-m", "tidegate.app.demo.shop")
AS_FOUND = "# put here by hand, years ago\nworkers = 2\ncache_entries = 512\n"


def furnish(place: Place, machine: Machine) -> None:
    """A device as it was before Tidegate came: a shop installed and configured by hand."""
    tool = f'PYTHONPATH={shlex.quote(_package_folder())} exec {shlex.join([sys.executable, *SHOP])} "$@"\n'
    articles = "".join(f"article {number}\n" for number in range(ARTICLES[machine.env]))
    for path, content in {
        "usr/bin/shop": f"#!/bin/sh\n{tool}",
        CONFIGURATION: AS_FOUND,
        PAGE: "<p>Welcome to the shop.</p>\n",
        CATALOGUE: articles,
    }.items():
        target = place.root(machine.name) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    (place.root(machine.name) / "usr/bin/shop").chmod(0o755)
    give_memory(place, machine.name, MEMORY)


def give_memory(place: Place, device: str, megabytes: int) -> None:
    """What the shop finds out about its machine when it next loads."""
    (place.root(device) / MACHINE).write_text(f"memory_mb = {megabytes}\n", encoding="utf-8")


@contextmanager
def running(place: Place) -> Iterator[None]:
    """One process per device, until the end of the block; they also end when this process does, however it ends."""
    shops: list[subprocess.Popen[str]] = []
    try:
        for machine in place.machines():
            words = [sys.executable, *SHOP, "serve", str(place.root(machine.name)), str(machine.port)]
            shops.append(
                subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), text=True)
            )
        for shop, machine in zip(shops, place.machines(), strict=True):
            if shop.stdout is None or shop.stdout.readline() != "ready\n":
                raise UsageError(f"the shop of {machine.name} does not start on 127.0.0.1:{machine.port}")
        yield
    finally:
        for shop in shops:
            shop.terminate()
        for shop in shops:
            shop.communicate()


def ask_health(machines: Sequence[Machine]) -> dict[str, str]:
    """What each shop itself says: `200 workers=4 cache_entries=512`."""
    with httpx.Client(trust_env=False, timeout=5) as client:
        answers = {each.name: client.get(f"http://127.0.0.1:{each.port}/healthz") for each in machines}
    return {name: f"{answer.status_code} {answer.text.strip()}" for name, answer in answers.items()}


def _package_folder() -> str:
    return str(Path(tidegate.__file__).parents[1])


def _environment() -> Mapping[str, str]:
    return {"PATH": os.defpath, "PYTHONPATH": _package_folder()}
