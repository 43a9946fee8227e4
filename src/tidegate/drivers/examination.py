"""How a device is asked whether it is fit, and what it answers."""

from __future__ import annotations

import secrets as chance
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from tidegate.model.answer import Lost
from tidegate.model.examined import Examined

LIMIT = 16 * 1024
"""Bytes of an answer; a device that says more is not understood."""


class Examination:
    """One question. `words` stand behind the name of a shell that was started with an empty environment."""

    def __init__(self, root: str) -> None:
        self._nonce = chance.token_hex(8)
        self.words: Sequence[str] = ("-c", _program(), "tidegate: fleet check", self._nonce, root)

    def read(self, said: bytes) -> Examined | Lost:
        """Only lines with the nonce count. Lost where the end was not heard, or what was said cannot be read."""
        lines = [line.split(" ") for line in said[:LIMIT].decode("ascii", "replace").split("\n")]
        heard = [(words[2], words[3:]) for words in lines if words[:2] == ["TG1", self._nonce] and len(words) > 2]
        if ("end", ["0"]) not in heard:
            return Lost("it did not answer to the end" if heard else "nothing was answered")
        facts = dict(heard)
        try:
            return Examined(
                shell=facts["shell"][0],
                root=facts["user"] == ["0"],
                writable="writable" in facts,
                free=int(facts["free"][0]),
                missing=tuple(words[0] for key, words in heard if key == "missing"),
                systemd="systemd" in facts,
            )
        except (KeyError, IndexError, ValueError) as error:
            return Lost(f"an answer that cannot be read: {error}")


@cache
def _program() -> str:
    lines = files("tidegate.drivers").joinpath("examine.sh").read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))
