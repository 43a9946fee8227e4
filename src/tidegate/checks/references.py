"""Names that lead nowhere and are no fault of a single file: what loading a project leaves to be said."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.model.place import Finding
from tidegate.model.project import Project
from tidegate.project.documents import Documents
from tidegate.types.fields import nearest


def check_references(project: Project, documents: Documents, file: str) -> Iterator[Finding]:
    """`spread` by a label that nobody has would spread nothing, in silence."""
    labels = sorted({label for device in project.fleet.values() for label in device.labels})
    for name, strategy in project.strategies.items():
        for index, label in enumerate(strategy.spread):
            if label not in labels:
                where = documents.locate(file, ("strategies", name, "spread", index))
                wrong = f"no device has a label `{label}`{nearest(label, labels)}"
                yield Finding("spread-label", wrong, where, fix=f"known: {' '.join(labels)}" if labels else "")
