"""Rule sets: folders of Rego in the project, and the library that ships with us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from tidegate.checks.policy.port import Module
from tidegate.errors import TidegateError, UsageError
from tidegate.model.canonical import digest
from tidegate.model.place import Finding, Location
from tidegate.project import nodes
from tidegate.project.check_settings import BASELINE
from tidegate.tree import Tree
from tidegate.types.fields import nearest

REGO = ".rego"
TEST = "_test.rego"


@dataclass(frozen=True)
class RuleSets:
    """Modules by the set that brings them, as `checks.policies` names it; tests are left out."""

    modules: dict[str, tuple[Module, ...]]
    findings: tuple[Finding, ...] = ()

    @cached_property
    def all(self) -> tuple[Module, ...]:
        """Every module once, though two sets may name it."""
        return tuple(dict.fromkeys(module for found in self.modules.values() for module in found))

    @cached_property
    def digest(self) -> str:
        """`sha256:<hex>` of what judges: a plan records it."""
        return digest([[module.file, digest(module.text.encode())] for module in self.all])


def read_sets(tree: Tree, names: Sequence[str], where: Callable[[int], Location]) -> RuleSets:
    """The rule sets of `checks.policies`, in their order; `where` is the location of each."""
    modules: dict[str, tuple[Module, ...]] = {}
    findings: list[Finding] = []
    for index, name in enumerate(names):
        if name == BASELINE or name.startswith(BASELINE + "/"):
            found = tuple(module for module in shipped_modules() if _is_of(module, name))
            if not found:
                known = [_concern(module) for module in shipped_modules()]
                wrong = f"there is no `{name}`{nearest(name, known)}"
                findings.append(Finding("unknown-value", wrong, where(index), fix=f"known: {' '.join(known)}"))
        else:
            found = tuple(_own_modules(tree, name, findings))
        modules[name] = found
    return RuleSets(modules, tuple(findings))


def shipped_folder() -> Traversable:
    """`policies/`: inside the package where it is installed, beside `src` in a checkout."""
    installed = files("tidegate") / "policies"
    if installed.is_dir():
        return installed
    beside = Path(__file__).parents[4] / "policies"
    if beside.is_dir():
        return beside
    raise TidegateError("the shipped policies are missing", hint="Tidegate is not installed whole: install it again.")


def shipped_modules(*, ending: str = REGO) -> Sequence[Module]:
    """The library, by name. `ending` `_test.rego` gives its tests instead."""
    names = sorted(entry.name for entry in shipped_folder().iterdir() if entry.name.endswith(ending))
    return [
        Module(f"{BASELINE}/{name}", (shipped_folder() / name).read_text(encoding="utf-8"))
        for name in names
        if ending == TEST or not name.endswith(TEST)
    ]


def _is_of(module: Module, name: str) -> bool:
    return name in (BASELINE, _concern(module))


def _concern(module: Module) -> str:
    return module.file.removesuffix(REGO)


def _own_modules(tree: Tree, folder: str, findings: list[Finding]) -> Iterable[Module]:
    # A policy that cannot be read is a finding: passed over, it would be silence.
    for path in sorted((*tree.paths(), *tree.refused())):
        if path.startswith(folder + "/") and path.endswith(REGO) and not path.endswith(TEST):
            try:
                yield Module(path, nodes.decode(path, tree.read(path)))
            except nodes.Unreadable as unreadable:
                findings.append(unreadable.finding)
            except UsageError as error:
                findings.append(Finding("refused-file", error.message, Location(path), fix=error.hint))
