"""Keeping what is neither message nor receipt: exchanges, revisions, facts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from cicsms.store.entries import KeepExchange, KeepFact, KeepRevision
from cicsms.store.schema import facts, revisions
from cicsms.store.work import Work


def keep_exchange(work: Work, entries: Sequence[KeepExchange]) -> list[None]:
    """Keep exchanges."""
    for entry in entries:
        work.exchange(entry.exchange, dict.fromkeys(entry.messages))
    return [None] * len(entries)


def keep_revision(work: Work, entries: Sequence[KeepRevision]) -> list[int]:
    """Keep revisions, and give their numbers."""
    return [_keep_revision(work, entry) for entry in entries]


def _keep_revision(work: Work, entry: KeepRevision) -> int:
    """Keep one revision."""
    values = {"who": entry.who, "why": entry.why, "at": work.now, "document": entry.document, "difference": entry.difference}
    return int(work.connection.execute(insert(revisions).values(values).returning(revisions.c.number)).scalar_one())


def keep_fact(work: Work, entries: Sequence[KeepFact]) -> list[str]:
    """Keep facts, and give the values in force."""
    return [_keep_fact(work, entry) for entry in entries]


def _keep_fact(work: Work, entry: KeepFact) -> str:
    """Keep one fact."""
    known = work.connection.execute(select(facts.c.value).where(facts.c.name == entry.name)).scalar()
    if known is None:
        work.connection.execute(insert(facts).values(name=entry.name, value=entry.value))
    elif entry.replace:
        work.connection.execute(update(facts).where(facts.c.name == entry.name).values(value=entry.value))
    else:
        return str(known)
    return entry.value
