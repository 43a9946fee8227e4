"""What devices behind sshd need before anybody can come in: a user, a key, and host keys that git has."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from tidegate.model.place import Finding, Location
from tidegate.model.project import Device, Secret
from tidegate.project.documents import Desk
from tidegate.project.fleet import origin
from tidegate.tree import MissingFile, RefusedFile, Tree
from tidegate.types.fields import nearest

_NEEDED = ("user", "known_hosts")
_MARKERS = ("@cert-authority", "@revoked")
_FIX = "Write ssh: {user: deploy, key: <secret>, known_hosts: /known_hosts} in `defaults`."


def check_ssh(desk: Desk, tree: Tree, fleet: Mapping[str, Device], secrets: Mapping[str, Secret]) -> Mapping[str, str]:
    """The known_hosts files that devices name, by path; what is missing or cannot be read is a finding.

    What lacks is said once for each file of devices, not once for each device.
    """
    host_keys: dict[str, str] = {}
    told: set[tuple[str, ...]] = set()
    for device in fleet.values():
        if device.driver != "ssh":
            continue
        lacks = tuple(_lacking(device))
        if lacks and (device.file, *lacks) not in told:
            told.add((device.file, *lacks))
            wrong = f"`{device.name}` is reached by ssh, which needs {', '.join(lacks)}"
            desk.find_key("missing-key", wrong, device.file, ("devices", device.name), fix=_FIX)
        key, path = device.options.get("key"), device.options.get("known_hosts")
        if key is not None and key not in secrets:
            wrong = f"there is no secret `{key}`{nearest(key, list(secrets))}"
            fix = f"Add to tidegate.yaml: secrets: {{{key}: {{env: VARIABLE}}}}"
            desk.find("unknown-secret", wrong, *origin(desk, device, ("ssh", "key")), fix=fix)
        if path and path not in host_keys:
            host_keys[path] = _read(desk, tree, path, device)
    return host_keys


def _lacking(device: Device) -> Iterator[str]:
    yield from (f"`{key}`" for key in _NEEDED if key not in device.options)
    if "key" not in device.options and not device.options.get("agent"):
        yield "`key` (or `agent: true`)"


def _read(desk: Desk, tree: Tree, path: str, device: Device) -> str:
    try:
        text = tree.read(path).decode()
    except (MissingFile, RefusedFile) as error:
        fix = f"Collect them, compare them, commit them: touch {path} && tidegate fleet keys >{path}"
        desk.find("missing-file", error.message, *origin(desk, device, ("ssh", "known_hosts")), fix=fix)
        return ""
    except UnicodeDecodeError:
        desk.findings.append(Finding("unreadable", "this file of host keys is no UTF-8 text", Location(path)))
        return ""
    for number, line in enumerate(text.splitlines(), start=1):
        if (fault := _no_host_key(line)) is not None:
            fix = "A line is: hosts, kind of key, the key in base64; see sshd(8)."
            desk.findings.append(Finding("bad-host-key", fault, Location(path, number), fix=fix))
    return text


def _no_host_key(line: str) -> str | None:
    """What is wrong with a line of a known_hosts file."""
    words = line.split()
    if not words or words[0].startswith("#"):
        return None
    if words[0].startswith("@"):
        if words[0] not in _MARKERS:
            return f"`{words[0]}` is none of {', '.join(_MARKERS)}"
        words = words[1:]
    if len(words) < 3:
        return "this line holds no host key"
    try:
        blob = base64.b64decode(words[2], validate=True)
    except binascii.Error:
        return "the key on this line is no base64"
    kind = words[1].encode()
    if blob[:4] != len(kind).to_bytes(4, "big") or blob[4 : 4 + len(kind)] != kind:
        return f"the key on this line is no `{words[1]}`"
    return None
