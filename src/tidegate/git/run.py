"""How git is started: nobody's hooks, monitors or prompts, and an environment of which every word is chosen."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from tidegate.errors import GitError

LOCAL_SECONDS = 60.0
CONTACT_SECONDS = 120.0
OLDEST = (2, 32)
"""The first git that knows GIT_CONFIG_GLOBAL."""
_HARDENING = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "protocol.ext.allow=never",
    "log.showSignature=false",
    "gc.autoDetach=false",
    "init.defaultBranch=main",
)
_ENVIRONMENT = MappingProxyType(
    {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
        "GIT_AUTHOR_NAME": "tidegate",
        "GIT_AUTHOR_EMAIL": "tidegate@localhost",
        "GIT_COMMITTER_NAME": "tidegate",
        "GIT_COMMITTER_EMAIL": "tidegate@localhost",
        "LC_ALL": "C",
    }
)
_OURS = ("PATH", "TMPDIR", "SUDO_UID")
_NETWORK = (
    *("GIT_SSL_CAINFO", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
)
_USERS = ("HOME", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", *_NETWORK)
_CREDENTIALS = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/@\s]+@", re.IGNORECASE)
Contact: TypeAlias = Mapping[str, str]
"""What only those commands that reach a remote have in their environment: who we are to it. "" takes a word away."""
NOBODY: Contact = MappingProxyType({})


def as_user(environ: Mapping[str, str]) -> Contact:
    """Contact as the person at this machine: keys, credential helpers, proxies and `insteadOf` as their own git has
    them, so their global and system configuration are read. Hooks, monitors and prompts stay off. Never for a runner,
    whose home an earlier step may have prepared."""
    kept = {name: environ[name] for name in _USERS if name in environ}
    return {**kept, "GIT_CONFIG_GLOBAL": "", "GIT_CONFIG_NOSYSTEM": ""}


def as_job(environ: Mapping[str, str], server: str, token: str) -> Contact:
    """Contact as a job of a workflow: its token, for `server` alone, in the environment of that git alone. Nobody's
    configuration is read, and nothing that answers elsewhere is followed."""
    kept = {name: environ[name] for name in _NETWORK if name in environ}
    if not token:
        return kept
    # What GitHub takes from an installation's token; the header is only sent to addresses that begin with `server`.
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    settings = (
        (f"http.{server.rstrip('/')}/.extraHeader", f"Authorization: Basic {basic}"),
        ("http.followRedirects", "false"),
    )
    said = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        said |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**kept, **said}


def masked(text: str) -> str:
    """`text` without the credentials of any URL in it."""
    return _CREDENTIALS.sub(r"\1***@", text)


@dataclass(frozen=True, slots=True)
class Ended:
    """How git ended: exit code (negative: a signal's number, also for one that took too long), and what it said."""

    code: int
    stdout: bytes
    words: str


def start_git(
    args: Sequence[str],
    *,
    input: bytes = b"",  # noqa: A002 - the word that everybody knows from subprocess
    timeout: float = LOCAL_SECONDS,
    environ: Mapping[str, str] = NOBODY,
) -> Ended:
    """Runs `git <args>` to its end, or kills it and its children after `timeout` seconds. GitError without a git."""
    argv = ["git", *(part for setting in _HARDENING for part in ("-c", setting)), *args]
    kept = {name: os.environ[name] for name in _OURS if name in os.environ}
    env = {name: value for name, value in {**kept, **_ENVIRONMENT, **environ}.items() if value}
    pipe = subprocess.PIPE
    try:
        # A session of its own: no terminal to prompt on, no Ctrl-C in the middle of an append, and killed as one.
        child = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, env=env, cwd="/", start_new_session=True)
    except FileNotFoundError as error:
        raise GitError("there is no git on the PATH", hint="Install git 2.32 or later.") from error
    with child:
        try:
            stdout, stderr = child.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            return Ended(-signal.SIGKILL, b"", f"no answer in {timeout:.0f} s")
    return Ended(child.returncode, stdout, masked(stderr.decode("utf-8", "replace").strip()))


def run_git(
    args: Sequence[str],
    *,
    input: bytes = b"",  # noqa: A002
    timeout: float = LOCAL_SECONDS,
    environ: Mapping[str, str] = NOBODY,
) -> bytes:
    """What `git <args>` prints. GitError, with git's own words, where it does not end with 0."""
    ended = start_git(args, input=input, timeout=timeout, environ=environ)
    if ended.code != 0:
        verb = next(arg for arg in args if not arg.startswith("-"))
        raise GitError(f"git {verb} failed: {ended.words or f'exit code {ended.code}'}")
    return ended.stdout
