"""`make setup` on machines that lack something: it says what, and the command that mends it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NO_ENSUREPIP = f"""#!/bin/sh
case "$*" in
*ensurepip*) exit 1 ;;
esac
exec {sys.executable} "$@"
"""
TOO_OLD = "#!/bin/sh\nexit 1\n"


def set_up(folder: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """`.ci/setup runtime` on a machine that has these programs and the system's small ones, and no others."""
    path = folder / "bin"
    path.mkdir()
    for name, text in programs.items():
        (path / name).write_text(text)
        (path / name).chmod(0o755)
    for name in ("dirname", "cat", "cksum", "rm"):
        (path / name).symlink_to(next(Path(at) / name for at in os.defpath.split(":") if (Path(at) / name).exists()))
    return subprocess.run(
        ["/bin/sh", str(ROOT / ".ci/setup"), "runtime"],
        capture_output=True,
        text=True,
        env={"PATH": str(path), "VENV": str(folder / "venv")},
    )


def test_a_python_without_ensurepip_names_the_package(tmp_path: Path) -> None:
    done = set_up(tmp_path, python3=NO_ENSUREPIP, git=TOO_OLD)
    assert done.returncode == 1
    assert f"apt install python{sys.version_info.major}.{sys.version_info.minor}-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_an_old_python_is_named_so(tmp_path: Path) -> None:
    done = set_up(tmp_path, python3=TOO_OLD, git=TOO_OLD)
    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr


def test_without_git_nothing_starts(tmp_path: Path) -> None:
    done = set_up(tmp_path, python3=NO_ENSUREPIP)
    assert done.returncode == 1
    assert "apt install git" in done.stderr
