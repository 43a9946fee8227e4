"""GitHub's rate limits: requests an hour (primary), writes a minute and an hour (secondary)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fakes.github.routes import Refusal

HOUR = 3600


@dataclass
class Limits:
    """Numbers may be changed by a test; 0 writes means no limit of that kind. `now` is the fake's clock."""

    now: Callable[[], datetime]
    limit: int = 1000
    used: int = 0
    writes_per_minute: int = 80
    writes_per_hour: int = 500
    says_after: bool = True
    writes: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.resets = float(int(self.now().timestamp()) + HOUR)

    def charge(self, method: str) -> None:
        """Counts a request, or refuses it."""
        now = self._tick()
        if self.used >= self.limit:
            raise Refusal(403, "API rate limit exceeded for installation ID 1.")
        self.used += 1
        if method in ("GET", "HEAD"):
            return
        self.writes = [at for at in self.writes if now - at < HOUR]
        within = (self._wait(now, 60, self.writes_per_minute), self._wait(now, HOUR, self.writes_per_hour))
        if any(within):
            raise secondary(max(within) if self.says_after else 0)
        self.writes.append(now)

    def headers(self) -> Mapping[str, str]:
        self._tick()
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.limit - self.used),
            "x-ratelimit-used": str(self.used),
            "x-ratelimit-reset": str(int(self.resets)),
            "x-ratelimit-resource": "core",
        }

    def _tick(self) -> float:
        now = self.now().timestamp()
        if now >= self.resets:
            self.resets, self.used = float(int(now) + HOUR), 0
        return now

    def _wait(self, now: float, seconds: int, most: int) -> int:
        """Seconds until a write fits again; 0 where it fits."""
        recent = [at for at in self.writes if now - at < seconds]
        return int(recent[-most] + seconds - now) + 1 if most and len(recent) >= most else 0


def secondary(seconds: float) -> Refusal:
    said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Refusal(403, said, retry_after=str(round(seconds))) if seconds else Refusal(403, said)
