"""What `tidegate doctor` found: gaps first, each with what closes it."""

from __future__ import annotations

from typing import Any

from tidegate import escape
from tidegate.model.gate import Diagnosis, Point, Stand
from tidegate.report.people import count, wrapped

_SIGNS = {Stand.GAP: "✗", Stand.UNSEEN: "?", Stand.REAL: "✓"}
_LONGEST = 2000


def doctor_text(diagnosis: Diagnosis) -> str:
    """The first line is the answer."""
    numbers = {stand: len(diagnosis.of(stand)) for stand in Stand}
    if diagnosis.exit_code == 0:
        first = f"All {count(numbers[Stand.REAL], 'gate')} of {escape.line(diagnosis.repository)} are real."
    else:
        found = [count(numbers[Stand.GAP], "gap")] if numbers[Stand.GAP] else []
        found += [f"{numbers[Stand.UNSEEN]} not visible"] if numbers[Stand.UNSEEN] else []
        first = f"{', '.join(found)}, {numbers[Stand.REAL]} real: {escape.line(diagnosis.repository)}"
    lines = [first, ""]
    for stand in (Stand.GAP, Stand.UNSEEN, Stand.REAL):
        for point in diagnosis.of(stand):
            lines += _point(point)
    lines += ["", *(line for note in diagnosis.notes for line in wrapped(note))]
    return "\n".join(lines)


def _point(point: Point) -> list[str]:
    said = (
        f"{point.name}: {point.text}" if point.stand is not Stand.UNSEEN else f"{point.name}: not visible, {point.text}"
    )
    commands = [f"      {escape.line(each, _LONGEST)}" for each in point.close]
    return [*wrapped(said, f"{_SIGNS[point.stand]} ", indent=4), *commands]


def doctor_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """The same, for programs."""
    return {
        "v": 1,
        "exit_code": diagnosis.exit_code,
        "repository": diagnosis.repository,
        "points": [
            {"name": point.name, "stand": point.stand.value, "text": point.text, "close": list(point.close)}
            for point in diagnosis.points
        ],
        "notes": list(diagnosis.notes),
    }
