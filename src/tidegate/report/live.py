"""The live block on a terminal: a line for each wave; what is worth remembering is written above it, once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from tidegate.clock import Alarm, Clock
from tidegate.model.event import EndedEvent, Event, WaveJudged, WaveOpened
from tidegate.model.record import Record
from tidegate.report.account import Account
from tidegate.report.log import Notable, heading
from tidegate.report.waves import Glance, glances, rows
from tidegate.rollout.progress import Progress

_EVERY = 0.25
_WAVES = 8
_COLOURS: Mapping[str, str] = MappingProxyType({"✓": "green", "●": "yellow", "○": "dim", "✗": "red"})
_PLAIN: Mapping[str, str] = MappingProxyType({"✓": "+", "●": "*", "○": ".", "✗": "x"})


class LiveListener:
    """Shows a rollout from where `record` has it. Used as a context, or closed: the last block stays on the screen.

    It is drawn anew by the clock's alarms, a few times a second, however many events come.
    """

    def __init__(self, console: Console, clock: Clock, record: Record, audit: str) -> None:
        self._clock = clock
        self._console = console
        self._heading = heading(record.rollout, record.plan, audit)
        self._progress = Progress.of(record.plan, record.events)
        self._account = Account(record.events)
        self._notable = Notable(record.rollout)
        self._alarm: Alarm | None = None
        self._live = Live(console=console, auto_refresh=False, get_renderable=self._block)

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def hear(self, event: Event, progress: Progress) -> None:
        self._progress = progress
        self._account.hear(event)
        said = self._notable.line(event, progress)
        if said is not None and not _is_in_block(event):
            self._console.print(Text(said), soft_wrap=True)
        if self._alarm is None:
            self._alarm = self._clock.later(_EVERY, self._tick)

    def close(self) -> None:
        """Draw what is known last, and let the terminal go."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._live.stop()

    def _tick(self) -> None:
        self._live.refresh()
        self._alarm = self._clock.later(_EVERY, self._tick)

    def _block(self) -> Group:
        waves = glances(self._progress, self._account, self._clock.now())
        return Group(Text(self._heading), *self._rows(waves))

    def _rows(self, waves: list[Glance]) -> list[Text]:
        """At most so many waves that the block fits on a small screen: those around the open one."""
        first = max(0, min(self._progress.wave - 2, len(waves) - _WAVES))
        shown = waves[first : first + _WAVES]
        before = [Text(f"  {first} waves before, passed")] if first else []
        after = len(waves) - first - len(shown)
        lines = [self._row(line) for line in rows(shown)]
        return [*before, *lines, *([Text(f"  {after} waves to come")] if after else [])]

    def _row(self, line: str) -> Text:
        mark, words = line[0], line[1:]
        shown = mark if self._console.encoding.startswith("utf") else _PLAIN[mark]
        return Text(no_wrap=True, overflow="ellipsis").append(shown, _COLOURS[mark]).append(words)


def _is_in_block(event: Event) -> bool:
    """What the block says for as long as it is true needs no line above it."""
    return isinstance(event, WaveOpened | EndedEvent) or (isinstance(event, WaveJudged) and event.verdict == "pass")
