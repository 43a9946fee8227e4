"""A change to sshd itself, on a machine that is reached through it."""

from __future__ import annotations

from typing import Any

from driving import FIRST, artifact, play
from lab.bed import LabBed
from tidegate.model.answer import Answer, At, Ended, Lost, Placed
from tidegate.model.artifact import Artifact
from tidegate.model.verb import Apply, Confirm

SSHD = "/etc/ssh/sshd_config.d/way-in.conf"


def change(bed: LabBed, content: Artifact, confirm: Confirm) -> tuple[Answer, Answer]:
    """What is answered to a change of sshd, and to its confirmation."""
    said: list[Answer] = []
    how: dict[str, Any] = {"validate": ("sshd -t",), "activate": ("systemctl restart ssh",)}

    async def script(_: object) -> None:
        said.extend(await bed.ask(bed.stage(content, **how), Apply(6)))
        said.append(await bed.say(confirm, deadline=4.0))

    play(bed, script)
    return said[-2], said[-1]


def test_a_way_in_that_is_closed_is_not_confirmed_and_opens_again(bed: LabBed) -> None:
    applied, confirmed = change(bed, artifact("AllowUsers nobody\n", target=SSHD), Confirm(anew=True))
    assert applied == Ended(0)
    assert isinstance(confirmed, Lost), confirmed
    bed.machine.until(lambda: bed.machine.runs(f"test -d /var/lib/tidegate/tx/reverted/{FIRST}"))
    assert not bed.machine.path(SSHD).exists()

    async def script(_: object) -> None:
        assert (await bed.see(token=2)).transactions[FIRST].at is At.REVERTED

    play(bed, script)


def test_the_open_connection_would_have_confirmed_it(bed: LabBed) -> None:
    """And nobody would have come in again."""
    applied, confirmed = change(bed, artifact("AllowUsers nobody\n", target=SSHD), Confirm())
    assert (applied, confirmed) == (Ended(0), Placed(At.CONFIRMED))
    bed.machine.run(f"rm {SSHD} && systemctl restart ssh")


def test_a_way_in_that_is_open_is_confirmed(bed: LabBed) -> None:
    applied, confirmed = change(bed, artifact("AllowUsers root\n", target=SSHD), Confirm(anew=True))
    assert (applied, confirmed) == (Ended(0), Placed(At.CONFIRMED))
    bed.machine.run(f"rm {SSHD} && systemctl restart ssh")
