"""A machine's own validation sees the machine as it would be, and nothing that runs does."""

from __future__ import annotations

from typing import Any

import pytest

from driving import FIRST, SECOND, Bed, artifact, play
from lab.bed import LabBed
from tidegate.model.answer import Answer, At, Ended, Placed, Refused, Staged
from tidegate.model.artifact import Artifact, Entry
from tidegate.model.verb import Apply, Confirm

SITE = "/etc/nginx/conf.d/site.conf"


def files(*entries: tuple[str, str], gone: tuple[str, ...] = ()) -> Artifact:
    made = tuple(Entry(target, "0644", "root", "root", (text.encode(),)) for target, text in entries)
    return Artifact("files", made, gone=gone)


def stage(bed: LabBed, content: Artifact, *validate: str, **more: Any) -> Answer:
    said: list[Answer] = []

    async def script(_: Bed) -> None:
        said.append(await bed.say(bed.stage(content, validate=validate, **more)))

    play(bed, script)
    return said[0]


def agreed(answer: Answer) -> bool:
    """Did it agree, having seen the machine as it will be?"""
    return isinstance(answer, Staged) and not answer.beside


def test_nginx_tests_the_new_configuration_and_not_the_old(bed: LabBed) -> None:
    assert agreed(stage(bed, files((SITE, "server { listen 127.0.0.1:9; }\n")), "nginx -t -q"))
    broken = stage(bed, files((SITE, "server { liste 127.0.0.1:9; }\n")), "nginx -t -q")
    assert isinstance(broken, Refused)
    assert broken.why == "invalid"
    assert f'unknown directive "liste" in {SITE}:1' in broken.text


@pytest.mark.parametrize("target", ["/etc/shop/shop.conf", "/etc/shop/a/new/folder/file", "/var/lib/new/file"])
def test_what_is_new_is_there_to_see_and_only_to_see(bed: LabBed, target: str) -> None:
    """A file that is replaced, one in folders that do not exist yet, one beside our own state folder."""
    sees = f'[ "$(cat {target})" = fresh ] && [ "$(cat "$TIDEGATE_STAGED{target}")" = fresh ]'
    cannot_write = f"! echo x 2>/dev/null >{target}"
    outside = "/usr/bin/nsenter -t 1 -m /bin/cat"
    before = bed.machine.run(f"cat {target} 2>&1 || :")
    unseen = f'[ "$({outside} {target} 2>/dev/null)" != fresh ]'
    assert agreed(stage(bed, files((target, "fresh")), sees, cannot_write, unseen))
    assert bed.machine.run(f"cat {target} 2>&1 || :") == before


def test_what_will_go_is_gone(bed: LabBed) -> None:
    old, new = files((SITE, ""), ("/etc/owned/ours", "x")), files(("/etc/owned/other", "y"), gone=("/etc/owned/",))

    async def script(_: Bed) -> None:
        await bed.settle_on(old, FIRST, validate=())
        bed.machine.run("mkdir -p /etc/owned/deep && touch /etc/owned/deep/stranger")
        sees = f'[ ! -e {SITE} ] && [ "$(find /etc/owned -type f)" = /etc/owned/other ]'
        stage = bed.stage(new, now=old.digest, validate=(sees,))
        assert list(await bed.ask(stage, Apply(300), Confirm(), tx=SECOND))[1:] == [Ended(0), Placed(At.CONFIRMED)]

    play(bed, script)


def test_folders_look_as_they_are(bed: LabBed) -> None:
    """Owner and mode of a folder in several layers, for a command that is not root."""
    bed.machine.run("mkdir -p -m 750 /etc/private && chown www-data:adm /etc/private")
    content = files(("/etc/private/key", "k"), ("/etc/nginx/conf.d/new/file", "x"))
    looks = 'test "$(stat -c %a:%U:%G /etc/private /etc/nginx /etc/nginx/conf.d | tr "\\n" " ")" = '
    facts = '"750:www-data:adm 755:root:root 755:root:root "'
    refused = stage(bed, content, looks + facts)
    assert isinstance(refused, Refused), refused  # its owner is neither root nor declared
    owned = Artifact("files", tuple(Entry(e.target, e.mode, "www-data", "adm", e.parts) for e in content.entries))
    assert agreed(stage(bed, owned, looks + facts, "setpriv --reuid www-data --clear-groups cat /etc/private/key"))


def test_commands_share_one_view_and_the_first_no_ends_it(bed: LabBed) -> None:
    said = stage(bed, artifact("new"), "touch /run/first", "exit 3", "touch /run/third")
    assert said == Refused("invalid", "shop: its validation ended with 3")
    assert bed.machine.runs("[ -e /run/first ] && [ ! -e /run/third ] && rm /run/first")
    assert not bed.machine.run("ls /var/lib/tidegate/tx/incoming /var/lib/tidegate/tx/staged | grep shop || :")


def test_where_it_cannot_be_had_they_have_the_staged_files_and_it_is_said(bed: LabBed) -> None:
    bed.machine.run("mkdir -p /etc/shop/mounted && mount -t tmpfs tmpfs /etc/shop/mounted")
    try:
        sees = '[ "$(cat /etc/shop/shop.conf)" = old ] && [ "$(cat "$TIDEGATE_STAGED/etc/shop/shop.conf")" = new ]'
        said = stage(bed, artifact("new"), sees)
    finally:
        bed.machine.run("umount /etc/shop/mounted && rmdir /etc/shop/mounted")
    assert isinstance(said, Staged)
    assert said.beside == "/etc/shop/mounted is a file system of its own"


def test_without_the_right_to_a_namespace_too(bed: LabBed) -> None:
    bed.machine.run("mv /usr/bin/unshare /usr/bin/unshare.away")
    try:
        said = stage(bed, artifact("new"), 'grep -q new "$TIDEGATE_STAGED/etc/shop/shop.conf"')
        refused = stage(bed, artifact("new"), "false")
    finally:
        bed.machine.run("mv /usr/bin/unshare.away /usr/bin/unshare")
    assert isinstance(said, Staged)
    assert "unshare" in said.beside
    assert isinstance(refused, Refused)


def test_a_validation_that_is_killed_has_not_agreed(bed: LabBed) -> None:
    """Not even where whoever runs it is killed: what was not seen in place is not looked at beside it instead."""
    said = stage(bed, artifact("new"), "kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat) $PPID; sleep 5")
    assert said == Refused("invalid", "its validation was cut short")
