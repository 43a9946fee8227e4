"""How one device is reached by ssh: its options, and those of the hosts on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.errors import DriverError
from tidegate.model.project import Device

PORT = 22


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are and whom we trust: everything about a login but where it goes."""

    user: str
    key: str
    agent: bool
    known_hosts: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A door: one sshd, and who we are there."""

    host: str
    port: int
    identity: Identity

    @property
    def known_as(self) -> str:
        """As OpenSSH writes it into a known_hosts file."""
        return self.host if self.port == PORT else f"[{self.host}]:{self.port}"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.identity.user}@{host}" + ("" if self.port == PORT else f":{self.port}")


@dataclass(frozen=True, slots=True)
class Way:
    """The doors to a device, the device's own last; what is said once it is reached."""

    stops: tuple[Stop, ...]
    sudo: bool
    root: str

    @property
    def door(self) -> Stop:
        return self.stops[-1]

    def begun(self) -> Iterator[tuple[Stop, ...]]:
        """The way to each of its doors."""
        return (self.stops[: number + 1] for number in range(len(self.stops)))


def way_to(device: Device) -> Way:
    """DriverError where an option is missing that the project's files must have."""
    said = device.options
    missing = [name for name in ("user", "known_hosts") if not said.get(name)]
    if missing or not (said.get("key") or said.get("agent")):
        raise DriverError(
            f"{device.name} cannot be reached by ssh: its options lack {' and '.join(missing) or 'a key'}",
            hint="Write ssh: {user: deploy, key: <secret>, known_hosts: /known_hosts} in `defaults`.",
        )
    key, agent, known_hosts = said.get("key", ""), bool(said.get("agent")), said["known_hosts"]
    jumps: Sequence[str] = said.get("jump", ())
    stops = [_jump(each, key, known_hosts, agent=agent) for each in jumps]
    stops.append(Stop(device.address, said.get("port") or PORT, Identity(said["user"], key, agent, known_hosts)))
    return Way(tuple(stops), bool(said.get("sudo")), said.get("root", "").rstrip("/"))


def _jump(said: str, key: str, known_hosts: str, *, agent: bool) -> Stop:
    """`user@host`, `user@host:port`, `user@[2001:db8::1]:port`."""
    user, _, place = said.partition("@")
    host, colon, port = place.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = place, ""
    return Stop(host.strip("[]"), int(port) if port else PORT, Identity(user, key, agent, known_hosts))
