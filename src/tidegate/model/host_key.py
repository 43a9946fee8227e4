"""A host key, as a line of a known_hosts file has it, and how people compare it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostKey:
    """`host` is a name or address, `[...]:port` where the port is not 22; `key` its kind and its bytes in base64."""

    host: str
    key: str

    @property
    def line(self) -> str:
        return f"{self.host} {self.key}"

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` says it."""
        digest = hashlib.sha256(base64.b64decode(self.key.split()[1])).digest()
        return f"{self.key.split()[0]} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
