"""Keys and host keys, parsed once: what asyncssh is told for every identity."""

from __future__ import annotations

import asyncssh

from tidegate.drivers.base import Runner
from tidegate.drivers.ssh.options import PORT, Identity, Stop
from tidegate.errors import DriverError, UsageError

_AGENT = "SSH_AUTH_SOCK"
# The cheapest that is still good, where both sides can; asyncssh's own order after them.
_FIRST_KEX = "curve25519-sha256,curve25519-sha256@libssh.org"
_FIRST_CIPHER = "aes128-gcm@openssh.com"


class Keyring:
    """Everything is in memory, shown nowhere, and never written to a file. DriverError for what will not do."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._keys: dict[str, asyncssh.SSHKey] = {}
        self._known: dict[str, asyncssh.SSHKnownHosts] = {}
        self._options: dict[Identity, asyncssh.SSHClientConnectionOptions] = {}

    def options(self, identity: Identity) -> asyncssh.SSHClientConnectionOptions:
        """For connections as this identity. Nothing of the runner's own ssh configuration is read."""
        if identity not in self._options:
            self._options[identity] = asyncssh.SSHClientConnectionOptions(
                config=None,
                username=identity.user,
                known_hosts=self._known_hosts(identity.known_hosts),
                client_keys=[self._key(identity.key)] if identity.key else None,
                agent_path=self._agent() if identity.agent else None,
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

    def knows(self, stop: Stop) -> bool:
        """Is there any host key for this door, or a CA that may speak for it?"""
        port = stop.port if stop.port != PORT else None
        keys, authorities, *_ = self._known_hosts(stop.identity.known_hosts).match(stop.host, "", port)
        return bool(keys or authorities)

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
            except asyncssh.KeyEncryptionError:
                raise DriverError(
                    f"the private key in secret `{name}` has a passphrase",
                    hint="Give it without one: ssh-keygen -p      or use an agent: ssh: {agent: true}",
                ) from None
            except (asyncssh.KeyImportError, ValueError):
                # What was wrong with it is said by words that quote it.
                raise DriverError(
                    f"secret `{name}` is no private key", hint="It is the whole file that ssh-keygen writes."
                ) from None
        return self._keys[name]

    def _agent(self) -> str:
        socket = self._runner.environ.get(_AGENT, "")
        if not socket:
            raise UsageError(
                f"`agent: true` asks for an agent, and {_AGENT} names none", hint='Start one: eval "$(ssh-agent)"'
            )
        return socket
