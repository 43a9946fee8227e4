"""`tidegate render`, `fleet list` and `schema`, over the first example."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from team import Said
from tidegate.cli.main import cli
from tidegate.clock import VirtualClock
from tidegate.world import World

FIRST = Path(__file__).parents[2] / "examples" / "first"


Tell = Callable[..., Said]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A clone with the example, not committed."""
    folder = tmp_path / "shop"
    shutil.copytree(FIRST, folder)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return folder


@pytest.fixture
def tidegate(shop: Path, tmp_path: Path) -> Tell:
    """The command line, started in the clone, or elsewhere."""

    def tell(*words: str, here: Path = shop, environ: Mapping[str, str] | None = None) -> Said:
        said: list[str] = []
        world = World(
            here=here,
            clock=VirtualClock(),
            environ=environ or {},
            say=said.append,
            tell=said.append,
            state=tmp_path / "state",
            cache=tmp_path / "cache",
        )
        result = CliRunner().invoke(cli, list(words), obj=world)
        return Said(result.exit_code, "\n".join(said), result.stderr)

    return tell


def test_render_shows_the_file_as_the_device_would_get_it(tidegate: Tell) -> None:
    said = tidegate("render", "ber-web-01", "shop", "--explain")
    assert said.code == 0
    assert said.out.splitlines() == [
        "/etc/shop/shop.conf  0644 root:root",
        "  # From git, by Tidegate. A change by hand is seen as drift.",
        "  workers = 4",
        "  cache_entries = 512",
        "/srv/shop/index.html  0644 root:root",
        "  <!doctype html>",
        "  <title>The shop</title>",
        "  <p>Welcome to the shop in Berlin.</p>",
        said.out.splitlines()[8],
        "",
        "cache_entries = 512  components/shop/component.yaml:3:20",
        "port = 18103         fleet/ber.yaml:7:23",
        "workers = 4          components/shop/component.yaml:3:8",
    ]
    assert said.out.splitlines()[8].startswith("artifact ")


def test_render_for_programs(tidegate: Tell) -> None:
    said = tidegate("render", "ber-web-01", "shop", "--explain", "--format", "json").json
    assert isinstance(said, dict)
    assert said["files"][0]["parts"][0]["text"].endswith("cache_entries = 512\n")
    assert said["variables"][1] == {"name": "port", "value": 18103, "file": "fleet/ber.yaml", "line": 7, "column": 23}
    assert said["digest"].startswith("sha256:")


def test_a_secret_is_shown_as_its_mark_even_where_its_value_is_at_hand(tidegate: Tell, shop: Path) -> None:
    with (shop / "tidegate.yaml").open("a") as file:
        file.write("secrets: {password: {env: PASSWORD, version: 3}}\n")
    (shop / "components/shop/files/shop.conf.j2").write_text("pw = {{ secret('password') | quote }}\n")
    said = tidegate("render", "ber-web-01", "shop", environ={"PASSWORD": "hunter2"})
    assert "  pw = <secret password v3 | quote>" in said.out.splitlines()
    assert "hunter2" not in said.out


def test_hostile_text_in_a_file_does_not_reach_the_terminal(tidegate: Tell, shop: Path) -> None:
    (shop / "components/shop/files/shop.conf.j2").write_bytes(b"\x1b]0;owned\x07\n::error::x\n")
    said = tidegate("render", "ber-web-01", "shop")
    assert "\x1b" not in said.out
    assert not any(line.lstrip().startswith("::error") for line in said.out.splitlines())


def test_a_template_that_fails_names_its_line_and_ends_1(tidegate: Tell, shop: Path) -> None:
    (shop / "components/shop/files/shop.conf.j2").write_text("\n{{ vars.worker }}\n")
    said = tidegate("render", "ber-web-01", "shop")
    assert said.code == 1
    assert "components/shop/files/shop.conf.j2:2:1" in said.err
    assert "did you mean `workers`?" in said.err
    assert "tidegate validate" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("render", "ber-web-1", "shop"), "there is no device `ber-web-1`; did you mean `ber-web-01`?"),
        (("render", "ber-web-01", "shp"), "there is no component `shp`; did you mean `shop`?"),
        (("fleet", "list", "-l", "site=berr"), "no device has `site=berr`; did you mean `ber`?"),
        (("fleet", "list", "-l", "site=ber,env in (x"), "is no term of a selector"),
        (("fleet", "list", "-l", "name=ber-web-01,site=muc"), "takes no device"),
        (("fleet", "list", "--project", "fleet"), "there is no tidegate.yaml"),
    ],
)
def test_a_wrong_word_is_told_with_the_nearest_one_and_ends_2(
    tidegate: Tell, words: tuple[str, ...], message: str
) -> None:
    said = tidegate(*words)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_a_device_that_is_not_selected_has_nothing_to_render(tidegate: Tell, shop: Path) -> None:
    component = shop / "components/shop/component.yaml"
    component.write_text(component.read_text().replace("role=shop", "site=muc"))
    said = tidegate("render", "ber-web-01", "shop")
    assert said.code == 2
    assert "ber-web-01 shall not have `shop`: it selects site=muc" in said.err


def test_a_project_with_faults_names_the_first_and_how_to_see_all(tidegate: Tell, shop: Path) -> None:
    (shop / "fleet" / "more.yaml").write_text("devices:\n" + "".join(f"  x{n}: {{adr: y}}\n" for n in range(5)))
    said = tidegate("fleet", "list")
    assert said.code == 1
    assert "fleet/more.yaml:2:8  unknown-key" in said.err
    assert "2 more: tidegate validate" in said.err


def test_fleet_list_says_how_many_and_who(tidegate: Tell) -> None:
    lines = tidegate("fleet", "list", "-l", "site=ber,env=staging").out.splitlines()
    assert lines == [
        "2 of 24 devices",
        "device      address    driver  labels",
        "ber-stg-01  127.0.0.1  local   env=staging role=shop site=ber",
        "ber-stg-02  127.0.0.1  local   env=staging role=shop site=ber",
    ]


def test_fleet_list_from_another_folder_for_programs(tidegate: Tell, shop: Path) -> None:
    said = tidegate("fleet", "list", "--project", "shop", "--format", "json", here=shop.parent).json
    assert isinstance(said, list)
    assert len(said) == 24
    assert said[0]["options"] == {"root": "../devices/ams-stg-01"}


def test_what_git_ignores_is_no_part_of_the_project(tidegate: Tell, shop: Path) -> None:
    (shop / "fleet" / "draft.yaml").write_text("not: [right")
    (shop / ".gitignore").write_text("fleet/draft.yaml\n")
    assert tidegate("fleet", "list").code == 0


def test_schemas_are_printed_or_written(tidegate: Tell, shop: Path) -> None:
    every = tidegate("schema").json
    assert isinstance(every, dict)
    assert list(every) == ["tidegate", "fleet", "component"]
    assert tidegate("schema", "fleet").json == every["fleet"]
    assert tidegate("schema", "--in", "schemas").code == 0
    assert json.loads((shop / "schemas" / "component.json").read_text()) == every["component"]
    assert tidegate("schema", "devices").code == 2
