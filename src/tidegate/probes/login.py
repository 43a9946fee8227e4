"""Looks by coming in: does a new connection, made as the driver makes them, reach a shell?"""

from __future__ import annotations

from tidegate.clock import Clock
from tidegate.model.answer import Ended, Lost, Refused
from tidegate.model.project import Device, Probe
from tidegate.model.verb import Login
from tidegate.probes.base import Ask, Glance


class LoginProber:
    """For changes to the door itself (sshd, PAM, sudo, firewall): a session that was open before proves nothing."""

    def __init__(self, *, clock: Clock) -> None:
        """The driver keeps time."""

    async def look(self, probe: Probe, device: Device, ask: Ask) -> Glance:
        match await ask(device, Login(probe.timeout)):
            case Ended(exit=0):
                return Glance(True, "logged in")
            case Ended(exit=code, text=text):
                return Glance(False, f"logged in, and a shell ended with {code}: {text}")
            case Lost(text=text) | Refused(why="host_key_changed", text=text):
                return Glance(False, f"no way in: {text or 'no answer'}")
            case other:
                return Glance(None, getattr(other, "text", "") or f"no answer to a login: {type(other).__name__}")

    async def close(self) -> None:
        """Every login is closed when it was looked at."""
