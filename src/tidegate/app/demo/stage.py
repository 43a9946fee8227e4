"""What a scene works with: the person's commands, what they said, and the expectations that make the demo fail."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tidegate.app.demo.machines import ask_health
from tidegate.app.demo.place import Machine, Place
from tidegate.app.demo.shell import Shell
from tidegate.errors import Refusal

WIDTH = 80


@dataclass(frozen=True, slots=True)
class Stage:
    """One demo on its way. `say` writes to stdout."""

    place: Place
    machines: tuple[Machine, ...]
    tidegate: Shell
    say: Callable[[str], None]

    def tell(self, title: str, *paragraphs: str) -> None:
        """A scene's heading and what it is about."""
        self.say(f"\n{title}\n{'-' * len(title)}")
        for paragraph in paragraphs:
            self.say(textwrap.fill(paragraph, WIDTH))

    def run(self, *words: str, ends: int = 0) -> str:
        """Says the command, runs it, and wants that exit code. Returns what it wrote to stdout."""
        self.say(f"\n$ tidegate {' '.join(words)}")
        said = self.tidegate.show(*words)
        expect(
            said.code == ends,
            f"`tidegate {' '.join(words)}` to end with exit code {ends}",
            f"it ended with {said.code}",
        )
        return said.text

    def read(self, *words: str) -> Any:
        """What a command says in JSON, without a word on the screen."""
        said = self.tidegate.ask(*words, "--format", "json")
        expect(
            said.code == 0, f"`tidegate {' '.join(words)} --format json` to end with 0", f"it ended with {said.code}"
        )
        return json.loads(said.text)

    def change(self, path: str, old: str, new: str) -> None:
        """Edits a file of the clone, and says so as a diff would."""
        file = self.place.clone / path
        text = file.read_text(encoding="utf-8")
        expect(old in text, f"{path} to hold `{old}`", "it does not")
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        self.say(f"\n  {path}\n  - {old}\n  + {new}")

    def push(self, message: str) -> None:
        """Commits everything and pushes it, as the person would."""
        self.say(f'\n$ git commit --all --message "{message}" && git push')
        self.place.git("commit", "--quiet", "--all", "--message", message)
        self.place.git("push", "--quiet")

    def want_health(self, wanted: dict[str, str], why: str) -> None:
        """Asks every shop, and wants exactly these answers."""
        seen = ask_health(self.machines)
        wrong = [
            f"{name} says `{seen[name]}`, not `{answer}`" for name, answer in wanted.items() if seen[name] != answer
        ]
        expect(not wrong, why, "; ".join(wrong[:3]))


def expect(is_so: object, what: str, instead: str) -> None:
    """The demo fails if what it tells is not what happened."""
    if not is_so:
        raise Refusal(f"the demo expected {what}, but {instead}", hint="This is a bug: what you saw above is real.")
