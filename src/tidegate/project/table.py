"""A fleet as a CSV file: columns name and address, every other one is a label."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.errors import UsageError
from tidegate.model.place import Finding, Location, Place
from tidegate.project import nodes
from tidegate.tree import MissingFile, Tree

NAME, ADDRESS = "name", "address"


@dataclass(frozen=True, slots=True)
class Table:
    """The devices of a CSV file in the form of a fleet file. `rows` say on which line a device stands."""

    file: str
    written: object
    rows: Mapping[str, int]

    def locate(self, place: Place) -> Location:
        line = self.rows.get(str(place[1]), 1) if len(place) > 1 else 1
        return Location(self.file, line)

    def locate_key(self, place: Place) -> Location:
        return self.locate(place)


def read_table(tree: Tree, file: str) -> tuple[Table | None, list[Finding]]:
    """The devices of a CSV file, and what is wrong with how it is written. An empty cell: the label is not there."""
    try:
        text = nodes.decode(file, tree.read(file))
    except nodes.Unreadable as unreadable:
        return None, [unreadable.finding]
    except UsageError as error:
        rule = "missing-file" if isinstance(error, MissingFile) else "refused-file"
        return None, [Finding(rule, error.message, Location(file), fix=error.hint)]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for row in reader:
            lines.append((before + 1, row))
            before = reader.line_num
    except csv.Error as error:
        return None, [Finding("unreadable", f"this is no CSV: {error}", Location(file, max(1, reader.line_num)))]
    return _table(file, lines)


def _table(file: str, lines: Sequence[tuple[int, list[str]]]) -> tuple[Table | None, list[Finding]]:
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    if NAME not in header:
        fix = f"The first line names the columns: {NAME},{ADDRESS},site,env"
        return None, [Finding("missing-key", f"there is no column `{NAME}`", Location(file), fix=fix)]
    twice = sorted({column for column in header if header.count(column) > 1})
    findings = [Finding("duplicate-key", f"the column `{column}` is there twice", Location(file)) for column in twice]
    devices: dict[str, object] = {}
    rows: dict[str, int] = {}
    for line, row in lines[1:]:
        if not row:
            continue
        if len(row) != len(header):
            wrong = f"{len(row)} cells here, {len(header)} in the first line"
            findings.append(Finding("bad-value", wrong, Location(file, line)))
            continue
        cells = {column: cell.strip() for column, cell in zip(header, row, strict=True) if cell.strip()}
        name = cells.pop(NAME, "")
        if name in rows:
            wrong = f"`{name}` stands on line {rows[name]} already"
            findings.append(Finding("device-twice", wrong, Location(file, line)))
            continue
        rows[name] = line
        devices[name] = {**({ADDRESS: cells.pop(ADDRESS)} if ADDRESS in cells else {}), "labels": cells}
    return Table(file, {"devices": devices}, rows), findings
