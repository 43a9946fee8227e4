"""Who judges: the settings of `checks`, and the files that schemas, policies and style are read from."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from tidegate.checks.policy.sets import RuleSets, read_sets
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


def base_judges(own: Judge, base: Tree, name: str) -> Bench:
    """Who judges `own`'s files where they shall come to `base`, which people call `name`.

    The rules of the base, and nothing that the change brings. Where the base has none yet the change brings the first,
    and the shipped ones judge beside them.
    """
    file = posixpath.join(own.folder, PROJECT_FILE)
    if file not in base.paths():
        shipped = Judge("the shipped policies", own.tree, own.documents, Checks(files=own.checks.files))
        note = (
            f"Judged by its own rules, and by {BASELINE} beside them: there is no {file} at {name} whose rules could "
            "judge."
        )
        return Bench((own, shipped), shipped, note=note)
    read = load_checks(base, own.folder)
    judge = Judge(name, base, read.documents, read.checks)
    if not read.said:
        note = (
            f"Judged by the policies of {name} as if its {file} said nothing about `checks`, which cannot be read "
            "there, and by its own rules beside them."
        )
        return Bench((judge, own), judge, note=note)
    note = f"Judged by the rules of {name}: `checks`, schemas, policies and .yamllint are those from there."
    return Bench((judge,), judge, own, note)
