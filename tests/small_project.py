"""The smallest project that is one, for tests that change a file of it."""

from __future__ import annotations

from memory_tree import MemoryTree
from tidegate.model.artifact import Part
from tidegate.model.project import Project
from tidegate.project.load import Loaded, load
from tidegate.project.render import Rendered, render
from tidegate.project.settle import pairs

TIDEGATE = """\
tidegate: 1
defaults: {driver: local, local: {root: "devices/{{ device.name }}"}}
secrets: {password: {env: PASSWORD, version: 3}}
strategies:
  default:
    waves: [{name: everyone, select: all}]
"""
FLEET = """\
devices:
  db-01: {labels: {env: staging, role: db}}
  web-01: {labels: {env: production, role: web}, vars: {port: 80}}
  web-02: {labels: {env: production, role: web}, vars: {port: 81}, address: "2001:db8::2"}
"""
COMPONENT = """\
type: files
select: role=web
vars: {greeting: hello}
files: {/etc/motd: files/motd.j2}
"""


def tree_of(**changes: str | bytes) -> MemoryTree:
    """The project with some files changed: `fleet`, `component`, `tidegate`, `motd`, or any path by its name."""
    short = {
        "tidegate": "tidegate.yaml",
        "fleet": "fleet/all.yaml",
        "component": "components/motd/component.yaml",
        "motd": "components/motd/files/motd.j2",
    }
    files: dict[str, str | bytes] = {
        "tidegate.yaml": TIDEGATE,
        "fleet/all.yaml": FLEET,
        "components/motd/component.yaml": COMPONENT,
        "components/motd/files/motd.j2": "{{ vars.greeting }} {{ device.name }}\n",
    }
    return MemoryTree(files | {short.get(name, name): text for name, text in changes.items()})


def loaded(tree: MemoryTree) -> Loaded:
    """Read without an error."""
    found = load(tree, name_hint="shop")
    assert found.project is not None, found.report.findings
    return found


def project_of(tree: MemoryTree) -> Project:
    project = loaded(tree).project
    assert project is not None
    return project


def rendered(tree: MemoryTree) -> Rendered:
    project = project_of(tree)
    return render(tree, project, pairs(project))


def motd(device: str = "web-01", **changes: str | bytes) -> tuple[Part, ...]:
    """The one file of a device, in parts."""
    result = rendered(tree_of(**changes))
    assert result.report.findings == ()
    return result.artifacts[device, "motd"].entries[0].parts
