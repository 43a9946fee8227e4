"""Probes: those with a name, those written in place, and the lists that use them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.model.place import Place
from tidegate.model.project import Probe
from tidegate.project.documents import Desk
from tidegate.project.shapes_health import KINDS, ProbeShape
from tidegate.types.fields import nearest


@dataclass(slots=True)
class Infirmary:
    """Every probe of the project by name; one written in place is named `<owner>-<n>`."""

    desk: Desk
    probes: dict[str, Probe]

    def names(self, health: Sequence[str | ProbeShape], owner: str, file: str, place: Place) -> tuple[str, ...]:
        """The probes that a list at `place` means, each once."""
        names: list[str] = []
        count = 0
        for index, item in enumerate(health):
            if isinstance(item, str):
                if item in self.probes:
                    names.append(item)
                else:
                    self._unknown(item, file, (*place, index))
                continue
            count += 1
            name = f"{owner}-{count}"
            if name in self.probes:
                wrong = f"a probe written here is named `{name}`, and so is another"
                self.desk.find("name-taken", wrong, file, (*place, index), fix="Give it a name in `probes`.")
            probe = read_probe(self.desk, name, item, file, (*place, index))
            if probe is not None:
                self.probes[name] = probe
                names.append(name)
        return tuple(dict.fromkeys(names))

    def _unknown(self, name: str, file: str, place: Place) -> None:
        known = list(self.probes)
        fix = f"known: {' '.join(known)}" if known else "Name it in `probes` of tidegate.yaml, or write it here."
        self.desk.find("unknown-probe", f"there is no probe `{name}`{nearest(name, known)}", file, place, fix=fix)


def read_probe(desk: Desk, name: str, said: ProbeShape, file: str, place: Place) -> Probe | None:
    """The probe that is written at `place`, or None after saying what is wrong with it."""
    kinds = [kind for kind in KINDS if getattr(said, kind) is not None]
    if len(kinds) != 1:
        wrong = f"a probe is one of {', '.join(KINDS)}; this is {' and '.join(kinds) or 'none of them'}"
        desk.find_key("bad-probe", wrong, file, place)
        return None
    kind = kinds[0]
    desk.probes[name] = (file, place)
    before = len(desk.findings)
    for key in ("expect", "expect_body"):
        if kind != "http" and getattr(said, key) is not None:
            desk.find_key("bad-probe", f"`{key}` is for http probes; this one is {kind}", file, (*place, key))
    if kind in ("http", "tcp") and said.where == "device":
        desk.find_key("not-built", f"a {kind} probe from the device is not built yet", file, (*place, "from"))
    if said.expect_body is not None and (fault := _no_pattern(said.expect_body)):
        desk.find("bad-value", fault, file, (*place, "expect_body"))
    if len(desk.findings) > before:
        return None
    return Probe(
        name=name,
        kind=kind,  # type: ignore[arg-type]  # one of KINDS
        value="" if kind == "login" else getattr(said, kind),
        where=said.where or ("device" if kind == "command" else "runner"),
        expect=said.expect or 200,
        expect_body=said.expect_body or "",
        timeout=said.timeout,
        interval=said.interval,
        successes=said.successes,
        failures=said.failures,
        shadow=said.shadow,
    )


def _no_pattern(said: str) -> str:
    try:
        re.compile(said)
    except re.error as error:
        return f"`{said}` is no regular expression: {error}"
    return ""
