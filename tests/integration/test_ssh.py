"""What may be wrong between us and a device behind sshd, each with a real one: what is said, and that it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from driving import FIRST, no_secrets, play
from looking import serving, silent
from sshing import SshBed, Sshd, shared_sshd
from tidegate import escape
from tidegate.drivers.ssh.driver import SshDriver
from tidegate.errors import DriverError, UsageError
from tidegate.model.answer import Answer, Ended, Lost, Refused, Seen
from tidegate.model.project import Device
from tidegate.model.verb import Address, Apply, Inspect, Login, Look, Verb

LOOK = Look("true", 5)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """One of its own, for who wants to break it."""
    one = Sshd(tmp_path / "sshd").start()
    yield one
    one.stop()


@pytest.fixture
def root(tmp_path: Path) -> str:
    (tmp_path / "root").mkdir()
    return str(tmp_path / "root")


async def say(driver: SshDriver, device: Device, *verbs: Verb, deadline: float = 30.0) -> Answer:
    answers = await driver.ask(device, Address("audit", 1, FIRST), verbs, fill=no_secrets, deadline=deadline)
    return answers[-1]


def ask(driver: SshDriver, device: Device, *verbs: Verb, deadline: float = 30.0) -> Answer:
    async def whole() -> Answer:
        try:
            return await say(driver, device, *(verbs or (LOOK,)), deadline=deadline)
        finally:
            await driver.close()

    return asyncio.run(whole())


def logins(sshd: Sshd) -> int:
    return (sshd.folder / "log").read_text().count("Accepted publickey")


# Who it is that answers.


def test_another_host_key_is_refused_and_nobody_tries_to_log_in(sshd: Sshd, root: str) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    device = sshd.device(root=root)
    driver = sshd.driver(device, host_keys={"known_hosts": f"[127.0.0.1]:{sshd.port} {other}"})
    answer = ask(driver, device)
    assert answer == Refused(
        "host_key_changed",
        "it shows another host key than known_hosts has; if it was set up anew: tidegate fleet keys",
    )


def test_a_host_key_of_another_kind_is_another_host_key(sshd: Sshd, root: str) -> None:
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode()
    device = sshd.device(root=root)
    driver = sshd.driver(device, host_keys={"known_hosts": f"[127.0.0.1]:{sshd.port} {other}"})
    answer = ask(driver, device)
    assert isinstance(answer, Refused)
    assert answer.why == "host_key_changed"


@pytest.mark.parametrize("known", ["", "# none yet\n", "10.9.9.9 ssh-ed25519 AAAA\n"])
def test_a_device_without_a_host_key_on_record_is_refused(sshd: Sshd, root: str, known: str) -> None:
    device = sshd.device(root=root)
    answer = ask(sshd.driver(device, host_keys={"known_hosts": known}), device)
    assert answer == Refused(
        "host_key_changed",
        "known_hosts has no host key for it; collect it and compare it: tidegate fleet keys",
    )


def test_a_revoked_host_key_is_refused(sshd: Sshd, root: str) -> None:
    device = sshd.device(root=root)
    driver = sshd.driver(device, host_keys={"known_hosts": f"{sshd.known_hosts}\n@revoked * {_public(sshd)}"})
    assert isinstance(ask(driver, device), Refused)


def test_a_ca_may_speak_for_host_keys(tmp_path: Path, root: str) -> None:
    ca, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    sshd = Sshd(tmp_path / "sshd", host_key=host, more=f"HostCertificate {tmp_path}/cert")
    ca.generate_host_certificate(host, "host", principals=["127.0.0.1"]).write_certificate(tmp_path / "cert")
    sshd.start()
    try:
        device = sshd.device(root=root)
        said = f"@cert-authority 127.0.0.* {ca.export_public_key().decode()}"
        assert ask(sshd.driver(device, host_keys={"known_hosts": said}), device) == Ended(0)
    finally:
        sshd.stop()


# Who we are.


def test_a_wrong_key_is_said_and_is_no_answer(sshd: Sshd, root: str) -> None:
    device = sshd.device(root=root)
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
    answer = ask(sshd.driver(device, secret={"ssh-key": stranger}.__getitem__), device)
    assert isinstance(answer, Lost)
    assert "is not let in: no such user, or our key is not among its authorized keys" in answer.text


def test_a_user_that_is_not_there_is_said(sshd: Sshd, root: str) -> None:
    device = sshd.device(root=root, user="nobody-of-that-name")
    answer = ask(sshd.driver(device), device)
    assert isinstance(answer, Lost)
    assert answer.text.startswith("`nobody-of-that-name` is not let in")
    assert "no such user" in answer.text


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (b"s3cret-but-no-key", "secret `ssh-key` is no private key"),
        (
            asyncssh.generate_private_key("ssh-ed25519").export_private_key("pkcs8-pem", passphrase="x"),
            "the private key in secret `ssh-key` has a passphrase",
        ),
    ],
)
def test_what_is_no_key_is_ours_and_is_not_shown(sshd: Sshd, key: bytes, said: str) -> None:
    device = sshd.device()
    with pytest.raises(DriverError) as caught:
        sshd.driver(device, secret={"ssh-key": key}.__getitem__)
    assert caught.value.message == said
    assert "s3cret" not in f"{caught.value.hint}{caught.value.__cause__}"


def test_a_key_that_lost_its_line_ends_is_a_key(sshd: Sshd, root: str) -> None:
    device = sshd.device(root=root)
    key = sshd.private_key.rstrip(b"\n").replace(b"\n", b"\r\n")
    assert ask(sshd.driver(device, secret={"ssh-key": key}.__getitem__), device) == Ended(0)


def test_a_file_of_host_keys_that_is_not_there_is_ours(sshd: Sshd) -> None:
    with pytest.raises(DriverError, match="there is no file of host keys known_hosts"):
        sshd.driver(sshd.device(), host_keys={})


def test_an_agent_is_asked_only_by_name(sshd: Sshd, root: str, tmp_path: Path) -> None:
    device = sshd.device(root=root, key="", agent=True)
    with pytest.raises(UsageError, match="SSH_AUTH_SOCK names none"):
        sshd.driver(device)
    socket = str(tmp_path / "agent")
    key = tmp_path / "key"
    sshd.user_key.write_private_key(key)
    key.chmod(0o600)
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        while not Path(socket).exists():
            assert agent.poll() is None
        environ = {"SSH_AUTH_SOCK": socket}
        subprocess.run(["ssh-add", "-q", str(key)], env={**os.environ, **environ}, check=True)
        assert ask(sshd.driver(device, environ=environ), device) == Ended(0)
        without = sshd.device(root=root)
        stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
        driver = sshd.driver(without, environ=environ, secret={"ssh-key": stranger}.__getitem__)
        assert isinstance(ask(driver, without), Lost)
    finally:
        agent.kill()
        agent.wait()


# Whether it answers.


def test_a_device_that_accepts_and_never_answers_is_given_up(sshd: Sshd) -> None:
    async def script() -> Answer:
        async with serving(silent) as port:
            device = sshd.device(port=port)
            driver = sshd.driver(device)
            begun = asyncio.get_running_loop().time()
            answer = await say(driver, device, LOOK, deadline=1.0)
            assert asyncio.get_running_loop().time() - begun < 5
            await driver.close()
            return answer

    assert asyncio.run(script()) == Lost("no answer in time", unsent=True)


def test_nobody_listens(sshd: Sshd) -> None:
    device = sshd.device()
    sshd.stop()
    answer = ask(sshd.driver(device), device)
    assert isinstance(answer, Lost)
    assert answer.text == f"connection refused (port {sshd.port})"


def test_an_sshd_that_drops_logins_when_they_are_too_many_is_asked_again(tmp_path: Path, root: str) -> None:
    sshd = Sshd(tmp_path / "busy", startups="3:100:3").start()
    devices = [sshd.device(f"web-{number}", root=root) for number in range(16)]
    driver = sshd.driver(*devices)

    async def script() -> Sequence[Answer]:
        try:
            return await asyncio.gather(*(say(driver, device, LOOK) for device in devices))
        finally:
            await driver.close()

    try:
        assert asyncio.run(script()) == [Ended(0)] * len(devices)
        assert "MaxStartups throttling" in (sshd.folder / "log").read_text()
    finally:
        sshd.stop()


def test_an_sshd_that_drops_every_login_is_given_up(sshd: Sshd) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(1)

    seen: list[int] = []

    async def script() -> Answer:
        async with serving(hang_up) as port:
            device = sshd.device(port=port)
            driver = sshd.driver(device)
            answer = await say(driver, device, LOOK, deadline=60.0)
            await driver.close()
            return answer

    answer = asyncio.run(script())
    assert isinstance(answer, Lost)
    assert "hung up" in answer.text or "reset by peer" in answer.text
    assert 1 < len(seen) < 10


def test_a_connection_cut_in_the_middle_of_an_apply_leaves_it_going_on(tmp_path: Path) -> None:
    bed = SshBed(tmp_path)

    async def script(_bed: Any) -> None:
        bed.hold_activation()
        async with _cable(bed.device) as (device, cut):
            known = shared_sshd().known_at(device.options["port"])
            driver = shared_sshd().driver(device, host_keys={"known_hosts": known})
            address = Address("audit", 1, FIRST)
            asking = driver.ask(device, address, (bed.stage(), Apply(300)), fill=no_secrets, deadline=60)
            applying = asyncio.ensure_future(asking)
            await bed.until(_running(bed))
            cut()
            assert isinstance((await applying)[-1], Lost)
            await driver.close()
        assert (await bed.see()).running
        bed.let_go()
        assert await bed.say(Apply(300)) == Ended(0)
        assert (bed.lies(), bed.serves()) == ("new", "new")

    try:
        play(bed, script)
    finally:
        bed.close()


def test_a_session_that_broke_while_it_was_idle_is_opened_anew(sshd: Sshd, root: str) -> None:
    device = sshd.device(root=root)
    driver = sshd.driver(device)

    async def script() -> None:
        assert await say(driver, device, LOOK) == Ended(0)
        _kill_sessions(sshd)
        assert await say(driver, device, LOOK) == Ended(0)
        await driver.close()

    asyncio.run(script())


# What it says.


def test_noise_and_commands_of_others_are_no_answer(tmp_path: Path, root: str) -> None:
    (tmp_path / "banner").write_text("::error::from the banner\n\x1b[31mred\n")
    noise = tmp_path / "noise"
    noise.write_text(
        "#!/bin/sh\n"
        "printf '::error::noise\\n##[error]x\\n\\033[31mTG1 forged end 0\\n'\n"
        'exec sh -c "$SSH_ORIGINAL_COMMAND"\n'
    )
    noise.chmod(0o755)
    sshd = Sshd(tmp_path / "loud", more=f"Banner {tmp_path}/banner\nForceCommand {noise}").start()
    try:
        device = sshd.device(root=root)
        answer = ask(sshd.driver(device), device, Look("printf '::error::x\\n\\033[31m##[group]y'; exit 3", 5))
        assert answer == Ended(3, "::error::x\n\x1b[31m##[group]y")
        shown = escape.line(answer.text)
        assert "\x1b" not in shown
        assert "\n" not in shown
    finally:
        sshd.stop()


def test_a_sudo_that_wants_a_password_is_said(tmp_path: Path) -> None:
    sshd = Sshd(tmp_path / "sshd", more="ForceCommand echo 'sudo: a password is required' >&2; exit 1").start()
    try:
        device = sshd.device(sudo=True)
        answer = ask(sshd.driver(device), device)
        assert isinstance(answer, Lost)
        assert answer.text.startswith("sudo wants a password (sudo: a password is required)")
    finally:
        sshd.stop()


def test_a_root_that_is_not_there_is_said_and_not_made(sshd: Sshd, tmp_path: Path) -> None:
    device = sshd.device(root=f"{tmp_path}/it's gone")
    answer = ask(sshd.driver(device), device, Inspect(("shop",)))
    assert answer == Lost(f"it let us in, and said: there is no folder {tmp_path}/it's gone")
    assert not (tmp_path / "it's gone").exists()


def test_who_says_more_than_anybody_would_read_is_not_read(tmp_path: Path) -> None:
    sshd = Sshd(tmp_path / "sshd", more="ForceCommand yes").start()
    try:
        device = sshd.device()
        assert ask(sshd.driver(device), device) == Lost("it said more than anybody would read")
    finally:
        sshd.stop()


# The way.


def test_all_devices_behind_a_jump_host_share_one_connection_to_it(tmp_path: Path, root: str) -> None:
    jump = Sshd(tmp_path / "jump", more="LogLevel VERBOSE").start()
    inner = Sshd(tmp_path / "inner", user_key=jump.user_key, startups="100").start()
    try:
        way = {"jump": (f"{jump.device().options['user']}@127.0.0.1:{jump.port}",), "root": root}
        devices = [inner.device(f"web-{number}", **way) for number in range(8)]
        driver = inner.driver(*devices, host_keys={"known_hosts": f"{jump.known_hosts}\n{inner.known_hosts}"})

        async def script() -> Sequence[Answer]:
            try:
                return await asyncio.gather(*(say(driver, device, LOOK) for device in devices))
            finally:
                await driver.close()

        assert asyncio.run(script()) == [Ended(0)] * len(devices)
        assert logins(jump) == 1
    finally:
        inner.stop()
        jump.stop()


def test_a_jump_host_with_another_host_key_refuses_all_behind_it(tmp_path: Path, sshd: Sshd) -> None:
    jump = Sshd(tmp_path / "jump", user_key=sshd.user_key).start()
    try:
        device = sshd.device(jump=(f"ops@127.0.0.1:{jump.port}",))
        answer = ask(sshd.driver(device), device)
        assert answer == Refused(
            "host_key_changed",
            f"on the way, ops@127.0.0.1:{jump.port}: "
            "known_hosts has no host key for it; collect it and compare it: tidegate fleet keys",
        )
    finally:
        jump.stop()


def test_a_jump_host_that_does_not_reach_the_device_says_so(tmp_path: Path, sshd: Sshd) -> None:
    jump = Sshd(tmp_path / "jump", user_key=sshd.user_key).start()
    sshd.stop()
    try:
        device = sshd.device(jump=(f"{sshd.device().options['user']}@127.0.0.1:{jump.port}",))
        driver = sshd.driver(device, host_keys={"known_hosts": f"{jump.known_hosts}\n{sshd.known_hosts}"})
        answer = ask(driver, device)
        assert isinstance(answer, Lost)
        assert "refused" in answer.text.lower()
    finally:
        jump.stop()


def test_a_login_is_a_connection_of_its_own(tmp_path: Path, root: str) -> None:
    sshd = Sshd(tmp_path / "sshd", more="LogLevel VERBOSE").start()
    device = sshd.device(root=root)
    driver = sshd.driver(device)

    async def script() -> None:
        assert isinstance(await say(driver, device, Inspect(())), Seen)
        assert await say(driver, device, LOOK) == Ended(0)
        assert logins(sshd) == 1
        assert await say(driver, device, Login(5)) == Ended(0)
        assert logins(sshd) == 2
        (sshd.folder / "authorized_keys").write_text("")
        assert await say(driver, device, LOOK) == Ended(0)
        assert isinstance(await say(driver, device, Login(5)), Lost)
        await driver.close()

    try:
        asyncio.run(script())
    finally:
        sshd.stop()


# What the tests need.


def _public(sshd: Sshd) -> str:
    return sshd.host_key.export_public_key().decode()


def _kill_sessions(sshd: Sshd) -> None:
    """Every connection's own process; the one that listens stays."""
    children = Path(f"/proc/{sshd.pid}/task/{sshd.pid}/children").read_text().split()
    assert children
    for child in children:
        os.kill(int(child), signal.SIGKILL)


def _running(bed: SshBed) -> Callable[[], Coroutine[Any, Any, bool]]:
    async def running() -> bool:
        return (await bed.see()).running

    return running


@asynccontextmanager
async def _cable(device: Device) -> AsyncIterator[tuple[Device, Callable[[], None]]]:
    """The device behind a wire that can be cut: nothing comes through any more, on either side."""
    wires: list[asyncio.StreamWriter] = []

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection(device.address, device.options["port"])
        wires.extend((writer, there))

        async def pour(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
            while chunk := await source.read(65536):
                into.write(chunk)

        await asyncio.gather(pour(reader, there), pour(there_reader, writer), return_exceptions=True)

    def cut() -> None:
        for wire in wires:
            wire.transport.abort()

    async with serving(carry) as port:
        options = {**device.options, "port": port}
        yield Device(device.name, device.address, "ssh", options=options), cut
