"""What probes look at, once it is filled in: URLs, and hosts with a port."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

PROBES = ""
"""Whose templates the values of probes are: no component's."""

TEMPLATES = ("http", "tcp")
"""Kinds whose value is a template; a command never is."""

_HOST_AND_PORT = re.compile(r"(?:\[([^\[\]]+)\]|([^\[\]:]+)):([0-9]{1,5})")


class Unfilled(ValueError):
    """A value cannot be had for this device, or is none: the message says why."""


def url(filled: str) -> str:
    """What an http probe asks. Unfilled for what is no URL of a web server."""
    try:
        parts = urlsplit(filled)
        well = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        well = False
    if not well:
        raise Unfilled(f"`{filled}` is no URL: write http://{{{{ device.host }}}}/healthz")
    return filled


def host_and_port(filled: str) -> tuple[str, int]:
    """What a tcp probe connects to: `host:22` or `[2001:db8::1]:22`. Unfilled for anything else."""
    found = _HOST_AND_PORT.fullmatch(filled)
    if not found or not 0 < int(found[3]) < 65536:
        raise Unfilled(f"`{filled}` is no host and port: write {{{{ device.host }}}}:22")
    return found[1] or found[2], int(found[3])
