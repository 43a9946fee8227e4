"""The embedded engine is used only where it is the one that was measured."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import tidegate
from tidegate.checks.policy.embedded import EmbeddedEngine

SOURCE = Path(tidegate.__file__).parents[1]
STUB = "class Engine:\n    def set_input(self, value): pass\n    def eval_query_as_json(self, query): return {said!r}\n"
TRUE = {"expressions": [{"value": True}, {"value": True}]}


def start(folder: Path) -> dict[str, str]:
    """The first word of the engine's process, where `folder` comes before everything that is installed."""
    code = "import sys; sys.path[:0] = sys.argv[1:]; from tidegate.checks.policy.embedded_child import main; main()"
    ended = subprocess.run(
        [sys.executable, "-I", "-c", code, str(folder), str(SOURCE)],
        input=json.dumps({"op": "inspect", "modules": [], "seconds": 1}).encode(),
        capture_output=True,
        timeout=30,
        check=True,
    )
    first: dict[str, str] = json.loads(ended.stdout.splitlines()[0])
    return first


def plant(folder: Path, package: str, record: str) -> None:
    """A `regorus` with a record of what it should be."""
    (folder / "regorus").mkdir()
    (folder / "regorus" / "__init__.py").write_text(package)
    metadata = folder / "gordon_to_regorus-0.13.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: gordon-to-regorus\nVersion: 0.13.0\n")
    (metadata / "RECORD").write_text(record)


def test_the_installed_one_is_ready(tmp_path: Path) -> None:
    assert start(tmp_path) == {"ready": ""}


def test_another_package_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "regorus").mkdir()
    (tmp_path / "regorus" / "__init__.py").write_text(STUB.format(said=json.dumps({"result": [TRUE]})))
    assert start(tmp_path) == {"broken": "`regorus` is not the one of gordon-to-regorus"}


def test_an_overwritten_one_is_refused(tmp_path: Path) -> None:
    plant(tmp_path, STUB.format(said="{}"), f"regorus/__init__.py,sha256={'A' * 43},10\n")
    assert start(tmp_path) == {"broken": "another package has overwritten regorus/__init__.py of gordon-to-regorus"}


@pytest.mark.parametrize("said", [[True, False], [False, False]])
def test_one_that_makes_numbers_of_booleans_is_refused(tmp_path: Path, said: list[bool]) -> None:
    answer = {"result": [{"expressions": [{"value": value} for value in said]}]}
    package = STUB.format(said=json.dumps(answer))
    digest = base64.urlsafe_b64encode(hashlib.sha256(package.encode()).digest()).rstrip(b"=").decode()
    plant(tmp_path, package, f"regorus/__init__.py,sha256={digest},{len(package)}\n")
    assert "self-test failed" in start(tmp_path)["broken"]


def test_a_report_can_name_it() -> None:
    engine = EmbeddedEngine()
    assert f"{engine.name} {engine.version}".startswith("embedded regorus 0.13.")
