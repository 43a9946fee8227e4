"""The wheel holds all that Tidegate needs when there is no checkout: device program, policies, the demo's project."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = (
    "tidegate/app/demo/first/tidegate.yaml",
    "tidegate/app/demo/first/components/shop/files/shop.conf.j2",
    "tidegate/app/demo/shop/__main__.py",
    "tidegate/drivers/device/98-session.sh",
    "tidegate/drivers/device/inside/00-head.sh",
    "tidegate/policies/",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.mark.parametrize("path", NEEDED)
def test_the_wheel_holds(wheel: Path, path: str) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name == path or (path.endswith("/") and name.startswith(path)) for name in names)


def test_the_wheel_holds_no_tests_and_nothing_of_this_machine(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if not name.startswith(("tidegate/", "tidegate-"))] == []


def test_what_is_installed_finds_the_demo_project_and_policies(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    ask = "from tidegate.app.demo.place import example; print(example())"
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)}, cwd=tmp_path
    )
    assert done.stdout.strip() == str(tmp_path / "tidegate/app/demo/first"), done.stderr
