"""Host keys that were collected, beside those that are committed: a file to commit, and words to compare them by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate import escape
from tidegate.model.answer import Lost, Refused
from tidegate.model.host_key import HostKey
from tidegate.report.people import MANY


@dataclass(frozen=True, slots=True)
class Collected:
    """What each door showed, by the name under which its key is kept; `committed` is the file as git has it."""

    path: str
    committed: str
    shown: Mapping[str, HostKey | Lost | Refused]

    @property
    def new(self) -> Sequence[HostKey]:
        return [key for key in self._keys() if not _known(self.committed, key.host)]

    @property
    def changed(self) -> Sequence[HostKey]:
        return [key for key in self._keys() if (known := _known(self.committed, key.host)) and key.key not in known]

    @property
    def silent(self) -> Mapping[str, str]:
        return {host: said.text for host, said in self.shown.items() if not isinstance(said, HostKey)}

    @property
    def exit_code(self) -> int:
        """1 where a person must look before anything goes on: another key, or no answer."""
        return 1 if self.changed or self.silent else 0

    def _keys(self) -> Iterator[HostKey]:
        return (said for said in self.shown.values() if isinstance(said, HostKey))

    def file(self) -> str:
        """The whole file anew: what is committed, without the keys that were replaced, and those that came in."""
        replaced = {key.host for key in self.changed}
        kept = [_without(line, replaced) for line in self.committed.splitlines()]
        fresh = sorted(key.line for key in (*self.new, *self.changed))
        return "".join(f"{line}\n" for line in (*(line for line in kept if line is not None), *fresh))


def keys_text(collected: Collected) -> str:
    """What is to be compared, and how; for a person, on stderr."""
    new, changed, silent = collected.new, collected.changed, collected.silent
    same = len(collected.shown) - len(new) - len(changed) - len(silent)
    counts = f"{len(new)} new, {len(changed)} CHANGED, {same} as committed, {len(silent)} did not answer"
    lines = [f"{collected.path}: {counts}."]
    lines += [f"  CHANGED  {key.host}  {key.fingerprint}" for key in changed]
    lines += [f"  new      {key.host}  {key.fingerprint}" for key in new]
    hosts = list(silent)
    lines += [f"  silent   {host}: {escape.line(silent[host])}" for host in hosts[:MANY]]
    if len(hosts) > MANY:
        lines.append(f"  silent   {' '.join(hosts[MANY:])}")
    if new or changed:
        lines += [
            "Nobody is trusted yet. Compare each with what the machine itself says, on its console:",
            "  ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
            f"Then keep what was printed as {collected.path}, look at `git diff`, and commit it.",
        ]
    return "\n".join(lines)


def _known(text: str, host: str) -> set[str]:
    """The keys that stand for a host by its name; patterns, hashes and CAs speak for themselves."""
    found = set()
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3 and not words[0].startswith(("#", "@", "|")) and host in words[0].split(","):
            found.add(f"{words[1]} {words[2]}")
    return found


def _without(line: str, hosts: set[str]) -> str | None:
    """A line without these hosts; None where nobody is left."""
    words = line.split(None, 1)
    if len(words) < 2 or words[0].startswith(("#", "@", "|")) or hosts.isdisjoint(words[0].split(",")):
        return line
    left = [host for host in words[0].split(",") if host not in hosts]
    return f"{','.join(left)} {words[1]}" if left else None
