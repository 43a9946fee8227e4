"""Keys and host keys, parsed once: what asyncssh is told for every identity."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncssh
from asyncssh.public_key import get_default_certificate_algs, get_default_public_key_algs

from tidegate.drivers.base import Runner
from tidegate.drivers.ssh.options import PORT, Identity, Stop
from tidegate.errors import DriverError, UsageError

_AGENT = "SSH_AUTH_SOCK"
# The cheapest that is still good, where both sides can; asyncssh's own order after them.
_FIRST_KEX = "curve25519-sha256,curve25519-sha256@libssh.org"
_FIRST_CIPHER = "aes128-gcm@openssh.com"
KINDS = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"]
"""Of the host keys that a machine has, the first of these is pinned."""
BARE = asyncssh.SSHClientConnectionOptions(
    config=None, username="tidegate", client_keys=None, known_hosts=None, gss_kex=False
)
"""For who only wants to see a host key, and logs in nowhere."""


class Keyring:
    """Everything is in memory, shown nowhere, and never written to a file. DriverError for what will not do."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._keys: dict[str, asyncssh.SSHKey] = {}
        self._known: dict[str, asyncssh.SSHKnownHosts] = {}
        self._options: dict[Identity, asyncssh.SSHClientConnectionOptions] = {}
        self._agent: asyncssh.SSHAgentClient | None = None
        self._agent_lock = asyncio.Lock()
        self._agent_keys: Sequence[asyncssh.SSHKeyPair] = ()

    def check(self, identity: Identity) -> None:
        """DriverError or UsageError where nobody can log in as this identity, for want of something of ours."""
        self.options(identity)
        if identity.agent:
            self._agent_socket()

    def options(self, identity: Identity) -> asyncssh.SSHClientConnectionOptions:
        """For connections as this identity. Nothing of the runner's own ssh configuration is read."""
        if identity not in self._options:
            self._options[identity] = asyncssh.SSHClientConnectionOptions(
                config=None,
                username=identity.user,
                known_hosts=self._known_hosts(identity.known_hosts),
                client_keys=[self._key(identity.key)] if identity.key else None,
                agent_path=None,
                agent_forwarding=False,
                x11_forwarding=False,
                preferred_auth="publickey",
                gss_auth=False,
                gss_kex=False,
                x509_trusted_certs=None,
                kex_algs=f"^{_FIRST_KEX}",
                encryption_algs=f"^{_FIRST_CIPHER}",
                compression_algs="none",
                request_pty=False,
                connect_timeout=None,  # whoever connects is bounded as a whole
                login_timeout=0,
                keepalive_interval=15,
                keepalive_count_max=3,
            )
        return self._options[identity]

    async def more(self, stop: Stop) -> dict[str, Any]:
        """What else is to be said for one door: the kinds of host key it is asked for, and an agent's keys."""
        said: dict[str, Any] = {"server_host_key_algs": self._kinds(stop)}
        if stop.identity.agent:
            own = [self._key(stop.identity.key)] if stop.identity.key else []
            said["client_keys"] = [*own, *await self._from_agent()]
        return said

    def knows(self, stop: Stop) -> bool:
        """Is there any host key for this door, or a CA that may speak for it?"""
        keys, authorities = self._match(stop)
        return bool(keys or authorities)

    async def close(self) -> None:
        if self._agent is not None:
            self._agent.close()
            await self._agent.wait_closed()

    def _match(self, stop: Stop) -> tuple[Sequence[asyncssh.SSHKey], Sequence[asyncssh.SSHKey]]:
        port = stop.port if stop.port != PORT else None
        keys, authorities, *_ = self._known_hosts(stop.identity.known_hosts).match(stop.host, "", port)
        return keys, authorities

    def _kinds(self, stop: Stop) -> list[str]:
        """Those that are known first. The others too: who has none of the first then shows that it is another."""
        keys, authorities = self._match(stop)
        certificates = get_default_certificate_algs()
        known = [*(certificates if authorities else ()), *(kind for key in keys for kind in key.sig_algorithms)]
        return [kind.decode() for kind in dict.fromkeys((*known, *get_default_public_key_algs(), *certificates))]

    def _known_hosts(self, path: str) -> asyncssh.SSHKnownHosts:
        if path not in self._known:
            text = self._runner.host_keys.get(path)
            if text is None:
                raise DriverError(f"there is no file of host keys {path}", hint="Collect them: tidegate fleet keys")
            try:
                self._known[path] = asyncssh.import_known_hosts(text)
            except ValueError as error:
                raise DriverError(f"{path}: {error}", hint="See: tidegate validate") from error
        return self._known[path]

    def _key(self, name: str) -> asyncssh.SSHKey:
        if name not in self._keys:
            # A web form takes line ends away, or makes two of one; the format wants one at the end.
            text = self._runner.secret(name).replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
            try:
                self._keys[name] = asyncssh.import_private_key(text)
            except ValueError as error:
                raise _no_key(name, str(error)) from None  # its words may quote the key
        return self._keys[name]

    async def _from_agent(self) -> Sequence[asyncssh.SSHKeyPair]:
        async with self._agent_lock:
            if self._agent is None:
                socket = self._agent_socket()
                try:
                    self._agent = await asyncssh.connect_agent(socket)
                    self._agent_keys = await self._agent.get_keys()
                except (OSError, ValueError) as error:
                    raise DriverError(f"the agent at {socket} does not answer: {error}") from error
        return self._agent_keys

    def _agent_socket(self) -> str:
        socket = self._runner.environ.get(_AGENT, "")
        if not socket:
            raise UsageError(
                f"`agent: true` asks for an agent, and {_AGENT} names none", hint='Start one: eval "$(ssh-agent)"'
            )
        return socket


def _no_key(name: str, said: str) -> DriverError:
    if "passphrase" in said.lower():
        return DriverError(
            f"the private key in secret `{name}` has a passphrase",
            hint="Give it without one: ssh-keygen -p      or use an agent: ssh: {agent: true}",
        )
    return DriverError(f"secret `{name}` is no private key", hint="It is the whole file that ssh-keygen writes.")
