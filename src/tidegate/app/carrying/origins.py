"""Where the contents of a rollout come from: its own revision, or, to go back, those that recorded each digest."""

from __future__ import annotations

from tidegate.app.change.contents import Content, Contents, Key, content_of
from tidegate.app.change.revision import Revision, read_revision
from tidegate.app.ground.stand import Ground, fetch_revision
from tidegate.audit.history import History, transaction_of
from tidegate.audit.shelf import Past, Shelf
from tidegate.errors import AuditError
from tidegate.model.canonical import NONE
from tidegate.model.plan import Kind, Plan
from tidegate.model.verb import Snapshot


def contents_of(ground: Ground, past: Past, shelf: Shelf, history: History) -> Contents:
    """What a rollout of the record puts on its devices; what cannot be had is missing in it."""
    revision = read_revision(ground, fetch_revision(ground, past.plan.revision))
    if past.plan.kind is Kind.DEPLOY:
        return revision.contents(past.plan)
    undone = shelf.pasts.get(past.opened.of)
    if undone is None:
        wrong = f"{past.rollout} takes back {past.opened.of}, of which there is no record"
        raise AuditError(wrong, hint="See what is wrong: tidegate audit verify")
    return former_contents(ground, revision, past.plan, undone, history)


def former_contents(ground: Ground, revision: Revision, plan: Plan, undone: Past, history: History) -> Contents:
    """What `plan` brings back. Files as found come from the snapshot of the rollout that is undone."""
    found: dict[Key, Content] = {}
    by_revision: dict[str, list[Key]] = {}
    for key, digest in plan.targets.items():
        source = history.sources.get((*key, digest))
        if digest == NONE:
            transaction = transaction_of(undone, key[0])
            if transaction:
                found[key] = content_of(revision.project, key, Snapshot(transaction))
        elif source is not None:
            by_revision.setdefault(source.revision, []).append(key)
    for commit, keys in by_revision.items():
        former = read_revision(ground, fetch_revision(ground, commit))
        for key, artifact in former.artifacts(keys).items():
            found[key] = content_of(former.project, key, artifact)
    return Contents(revision.project, found)
