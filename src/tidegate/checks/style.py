"""Style, as the project's own `.yamllint` wants it. yamllint runs as a process: its licence is not ours."""

from __future__ import annotations

import posixpath
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import yaml

from tidegate.child import MIB, End, Ended, MissingProgram, run
from tidegate.errors import UsageError
from tidegate.model.place import Finding, Location, Severity
from tidegate.tree import Tree

RULE = "style"
CONFIGURATIONS = (".yamllint", ".yamllint.yaml", ".yamllint.yml")

_START = "import sys; sys.path.append(sys.argv.pop(1)); from yamllint.cli import run; run()"
_SECONDS = 300.0
_OUTPUT = 16 * MIB
_BATCH = 500
_ANSWERED = (0, 1)
_LINE = re.compile(r"(.+?):(\d+):(\d+): \[(error|warning)\] (.*)")
_SAID_ALREADY = re.compile(r"^syntax error|\((?:syntax|key-duplicates)\)$")
"""By those who read the files, with what to do about it."""

_YAML = (".yaml", ".yml")


def check_style(tree: Tree, judge: Tree, folder: str, paths: Sequence[str], *, asked: bool | None) -> Iterator[Finding]:
    """What yamllint says of the YAML among `paths` of `tree`, as `judge` wants it.

    `asked` None: where `judge` has a `.yamllint`, in `folder` or the root.
    """
    named = configuration(judge, folder)
    if asked is False or (asked is None and not named):
        return
    if not named:
        wrong = "`style: true`, and there is no .yamllint"
        where = Location(posixpath.join(folder, "tidegate.yaml"))
        yield Finding(RULE, wrong, where, fix="Add one; `extends: default` is a beginning.")
        return
    asked_about = [path for path in paths if path.endswith(_YAML)]
    for path in [path for path in asked_about if not path.isprintable()]:
        yield Finding(RULE, "yamllint cannot be asked about a file of this name", Location(path), fix="Rename it.")
    with tempfile.TemporaryDirectory(prefix="tidegate-style-") as scratch:
        linted = [path for path in asked_about if path.isprintable() and _copied(tree, path, Path(scratch))]
        for path in (named, *_leads_to(judge, named)):
            _copied(judge, path, Path(scratch))
        for at in range(0, len(linted), _BATCH):
            yield from _lint(Path(scratch), named, linted[at : at + _BATCH])


def configuration(tree: Tree, folder: str) -> str:
    """The nearest one: a path, or nothing."""
    known = set(tree.paths())
    places = (posixpath.join(where, name) for where in dict.fromkeys((folder, "")) for name in CONFIGURATIONS)
    return next((path for path in places if path in known), "")


def _leads_to(judge: Tree, configuration: str) -> Iterator[str]:
    """Files that a configuration is made of: those of the judge stand where the judged have theirs."""
    known, waiting = set(judge.paths()), [configuration]
    while waiting:
        try:
            said = yaml.safe_load(judge.read(waiting.pop()))
        except (yaml.YAMLError, UsageError):
            continue
        for key in ("extends", "ignore-from-file") if isinstance(said, dict) else ():
            named = said.get(key, ())
            for name in [named] if isinstance(named, str) else named if isinstance(named, list) else ():
                path = posixpath.normpath(str(name))
                if path in known:
                    known.remove(path)
                    waiting.append(path)
                    yield path


def _copied(tree: Tree, path: str, scratch: Path) -> bool:
    """What is judged may be a commit that lies in no folder."""
    try:
        content = tree.read(path)
    except UsageError:
        return False
    target = scratch / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return True


def _lint(scratch: Path, configuration: str, paths: Sequence[str]) -> Iterator[Finding]:
    ended = run(
        [
            sys.executable,
            "-I",
            "-X",
            "utf8",
            "-c",
            _START,
            _home(),
            "-f",
            "parsable",
            "-c",
            configuration,
            "--",
            *paths,
        ],
        timeout=_SECONDS,
        environ={"LC_ALL": "C.UTF-8"},
        cwd=scratch,
        limit=_OUTPUT,
    )
    if ended.end is not End.ENDED or ended.code not in _ANSWERED or ended.stderr:
        yield Finding(RULE, f"yamllint gave no answer: {_why(ended)}", Location(configuration))
        return
    for line in ended.stdout.decode(errors="replace").splitlines():
        found = _LINE.fullmatch(line)
        if found and not _SAID_ALREADY.search(found[5]):
            where = Location(found[1], int(found[2]), int(found[3]))
            yield Finding(RULE, found[5], where, Severity(found[4]))


def _home() -> str:
    """The folder that yamllint is installed in, which may be one that an isolated Python does not look into."""
    found = find_spec("yamllint")
    if found is None or found.origin is None:
        raise MissingProgram("yamllint is not installed", hint="Install it: pip install yamllint")
    return str(Path(found.origin).parents[1])


def _why(ended: Ended) -> str:
    if ended.end is End.TIMED_OUT:
        return f"not within {_SECONDS:g} s"
    if ended.end is End.TOO_MUCH:
        return f"more than {_OUTPUT // MIB} MiB of complaints"
    said = ended.stderr.decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"exit code {ended.code}"
