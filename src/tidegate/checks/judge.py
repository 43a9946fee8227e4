"""Who judges: the settings of `checks`, and the files that schemas, policies and style are read from."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.checks.policy.sets import RuleSets, read_sets
from tidegate.checks.style import configuration
from tidegate.errors import UsageError
from tidegate.model.place import Severity
from tidegate.model.project import Checks
from tidegate.project.check_settings import BASELINE
from tidegate.project.documents import Documents
from tidegate.project.load import PROJECT_FILE
from tidegate.project.load_checks import load_checks
from tidegate.tree import Tree


@dataclass(frozen=True, slots=True)
class Judge:
    """`documents` know where the settings stand; `name` is who it is, in words."""

    name: str
    tree: Tree
    documents: Documents
    checks: Checks

    @property
    def file(self) -> str:
        """Its tidegate.yaml."""
        return self.documents.project_file

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.file)

    def sets(self) -> RuleSets:
        """Its policies."""
        return read_sets(
            self.tree, self.checks.policies, lambda at: self.documents.locate(self.file, ("checks", "policies", at))
        )


class Watched:
    """A tree that remembers what was asked of it: which files its rules are made of."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.asked: set[str] = set()

    def paths(self) -> Sequence[str]:
        return self._tree.paths()

    def refused(self) -> Mapping[str, str]:
        return self._tree.refused()

    def read(self, path: str) -> bytes:
        self.asked.add(path)
        return self._tree.read(path)


def same_rules(judge: Judge, own: Judge) -> bool:
    """Have both the same rules, by all that `judge` has read by now? Then they need not be asked twice."""
    asked = judge.tree.asked if isinstance(judge.tree, Watched) else None
    return (
        asked is not None
        and judge.checks == own.checks
        and judge.sets().digest == own.sets().digest
        and configuration(judge.tree, judge.folder) == configuration(own.tree, own.folder)
        and all(_bytes(judge.tree, path) == _bytes(own.tree, path) for path in asked - {judge.file})
    )


def _bytes(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except UsageError:
        return None


@dataclass(frozen=True, slots=True)
class Bench:
    """Who decides, and whose engine is asked. `shown` says what it would say, and decides nothing. `note`: why they."""

    deciding: tuple[Judge, ...]
    engine_of: Judge
    shown: Judge | None = None
    note: str = ""

    @property
    def fail_on(self) -> Severity:
        """The strictest of them."""
        asked = {judge.checks.fail_on for judge in self.deciding}
        return Severity.WARNING if Severity.WARNING in asked else Severity.ERROR


def left_out(folder: str) -> Checks:
    """What it means to say nothing about `checks`: every file of the project's folder, by the shipped policies."""
    return Checks(files=tuple(posixpath.join(folder, pattern) for pattern in Checks().files))


def _gone(own: Judge, base: Tree) -> str:
    """A project that moves leaves its rules behind."""
    here = set(own.tree.paths())
    gone = [path for path in base.paths() if posixpath.basename(path) == PROJECT_FILE and path not in here]
    return f" The rules of {', '.join(gone)}, which this change takes away, judge nothing here." if gone else ""


def base_judges(own: Judge, base: Tree, name: str) -> Bench:
    """Who judges `own`'s files where they shall come to `base`, which people call `name`.

    The rules of the base, and nothing that the change brings. Where the base has none yet the change brings the first,
    and the shipped ones judge beside them.
    """
    file = posixpath.join(own.folder, PROJECT_FILE)
    if file not in base.paths():
        shipped = Judge("the shipped policies", own.tree, own.documents, left_out(own.folder))
        note = (
            f"Judged by its own rules, and by {BASELINE} beside them: there is no {file} at {name} whose rules could "
            f"judge.{_gone(own, base)}"
        )
        return Bench((own, shipped), shipped, note=note)
    read = load_checks(base, own.folder)
    judge = Judge(name, Watched(base), read.documents, read.checks)
    if not read.said:
        note = (
            f"Judged by the policies of {name} as if its {file} said nothing about `checks`, which cannot be read "
            "there, and by its own rules beside them."
        )
        return Bench((judge, own), judge, note=note)
    note = f"Judged by the rules of {name}: `checks`, schemas, policies and .yamllint are those from there."
    return Bench((judge,), judge, own, note)
