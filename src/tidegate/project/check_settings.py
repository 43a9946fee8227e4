"""`checks` of tidegate.yaml as a value, every path and pattern repository-relative."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from tidegate.model.place import Place, Severity
from tidegate.model.project import Checks
from tidegate.project.documents import Desk
from tidegate.project.paths import folders, matching, resolve
from tidegate.project.shapes import ChecksShape
from tidegate.tree import Tree

OURS = "tidegate:"
BASELINE = "tidegate:baseline"
POLICIES = "policies"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def read_checks(desk: Desk, tree: Tree, said: ChecksShape, file: str) -> Checks:
    """What a pull request must pass; folders and schemas that are not there are said on the way."""
    schemas: dict[str, str] = {}
    for pattern, schema in said.schemas.items():
        path = _there(desk, tree.paths(), file, schema, ("checks", "schemas", pattern))
        for resolved in _resolved(desk, file, [pattern], ("checks", "schemas", pattern)):
            schemas[resolved] = path
    return Checks(
        files=_files(desk, tree, said, file),
        ignore=_resolved(desk, file, said.ignore, ("checks", "ignore")),
        style=said.style,
        schemas=schemas,
        policies=_policies(desk, tree, said.policies, file),
        engine=said.engine,
        opa_url=_opa_url(desk, said, file),
        fail_on=Severity(said.fail_on),
    )


def _opa_url(desk: Desk, said: ChecksShape, file: str) -> str:
    """What a project holds goes there: over TLS, or to this machine and no further."""
    if said.opa_url and not _is_safe(said.opa_url):
        wrong = "`opa_url` is https://HOST:PORT, or http://127.0.0.1:PORT"
        desk.find("bad-value", wrong, file, ("checks", "opa_url"))
    if said.opa_url and said.engine == "embedded":
        wrong = "`opa_url` is for `engine: opa`, and `engine` is embedded"
        desk.find("bad-value", wrong, file, ("checks", "opa_url"))
    return said.opa_url


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        plain = url.rstrip("/") == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
        plain = plain and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return bool(plain and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)))


def _files(desk: Desk, tree: Tree, said: ChecksShape, file: str) -> tuple[str, ...]:
    """A pattern that somebody wrote and that takes nothing would check nothing, in silence."""
    everything = (*tree.paths(), *tree.refused())
    found: list[str] = []
    for index, pattern in enumerate(said.files):
        place: Place = ("checks", "files", index)
        for resolved in _resolved(desk, file, [pattern], place):
            found.append(resolved)
            if "files" in said.model_fields_set and not matching(resolved, everything):
                desk.find("missing-file", f"`{pattern}` takes no file", file, place)
    return tuple(found)


def _resolved(desk: Desk, file: str, patterns: Sequence[str], place: Place) -> tuple[str, ...]:
    found: list[str] = []
    for pattern in patterns:
        try:
            found.append(resolve(file, pattern))
        except ValueError as error:
            desk.find("outside", str(error), file, place)
    return tuple(found)


def _there(desk: Desk, known: Sequence[str] | frozenset[str], file: str, said: str, place: Place) -> str:
    for path in _resolved(desk, file, [said], place):
        if path not in known:
            desk.find("missing-file", f"there is no {path}", file, place)
        return path
    return said


def _policies(desk: Desk, tree: Tree, said: Sequence[str] | None, file: str) -> tuple[str, ...]:
    """Those of the list; without one the shipped baseline, and the team's own where there are any."""
    with_rules = folders([path for path in (*tree.paths(), *tree.refused()) if path.endswith(".rego")])
    if said is None:
        own = resolve(file, POLICIES)
        return (BASELINE, own) if own in with_rules else (BASELINE,)
    found: list[str] = []
    for index, name in enumerate(said):
        place: Place = ("checks", "policies", index)
        if name == BASELINE or name.startswith(BASELINE + "/"):
            found.append(name)
        elif name.startswith(OURS):
            desk.find("unknown-value", f"`{name}` is no set of ours", file, place, fix=f"known: {BASELINE}")
        else:
            found.append(_there(desk, with_rules, file, name, place))
    return tuple(found)
