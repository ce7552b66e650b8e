"""What an export reads from the database: entries in order of their day, imported originals, people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.people import tables as people_tables
from app.people import vault
from app.reports.ocf.book import Happening
from app.reports.ocf.objects import relationship_of
from app.reports.ocf.telling import People
from ledger import journal, tables
from ledger.entries import read_payload
from ledger.equity.values import Award, Engagement, EngagementEnd, Holder, Identity
from ledger.reading import every
from ledger.records import SPECS, Record, canonical, from_row, to_row
from ledger.types import Cut, Json, moment_at

PAGE = 500
"""Entries read at a time."""


def happenings(db: Session, cut: Cut) -> Iterator[list[Happening]]:
    """Yield the entries that count as a cut sees them, by the day they count from, some at a time."""
    entry = tables.entry
    undone = select(entry.c.reverses).where(entry.c.reverses.is_not(None), entry.c.n < cut.known_at)
    query = (
        select(entry.c.n, entry.c.leaf, entry.c.payload)
        .where(entry.c.effective_on <= cut.as_of, entry.c.n < cut.known_at)
        .where(entry.c.reverses.is_(None), entry.c.n.not_in(undone))
        .order_by(entry.c.effective_on, entry.c.n)
        .execution_options(yield_per=PAGE)
    )
    for page in db.execute(query).partitions():
        yield [happening(row.leaf, row.payload) for row in page]


def happening(leaf: bytes, payload: bytes) -> Happening:
    """Return one entry as it reads."""
    said = read_payload(payload)
    facts = {name: value for name, value in said.body.items() if name != "rows"}
    records = tuple(record_of(name, fields) for name, fields in said.body.get("rows", []))
    return Happening(said.n, leaf.hex()[:24], said.effective_on, said.kind, records, said.postings, facts)


def record_of(name: str, fields: Mapping[str, Any]) -> Record:
    """Return the record that stands in a body; grants under the same vesting terms share them."""
    record = from_row(SPECS[name].record, to_row(name, fields))
    if isinstance(record, Award) and record.vesting is not None:
        return replace(record, vesting=_shared(canonical(record.vesting)))
    return record


@lru_cache(maxsize=1024)
def _shared(terms: bytes) -> Json:
    shared: Json = orjson.loads(terms)
    return shared


def originals(db: Session, digests: Sequence[str]) -> dict[str, bytes]:
    """Return the imported items with these digests that the vault still holds."""
    columns = people_tables.vault.c
    query = select(columns.digest, columns.document).where(columns.digest.in_(digests))
    return {row.digest: bytes(row.document) for row in db.execute(query)} if digests else {}


def people(db: Session, cut: Cut) -> People:
    """Return what everybody is called, and how they are engaged, as a cut sees it."""
    holders = every(db, Holder, cut)
    changes = every(db, Identity, cut)
    digests = {each.id: each.identity for each in holders} | {each.holder: each.digest for each in changes}
    columns = people_tables.vault.c
    kept = select(columns.digest, columns.document).where(columns.kind == vault.VaultKind.IDENTITY)
    documents = {row.digest: orjson.loads(row.document) for row in db.execute(kept)}
    identities = {holder: documents[digest] for holder, digest in digests.items() if digest in documents}
    gone = [holder for holder, digest in digests.items() if digest is not None and holder not in identities]
    names = vault.names(db, gone) if gone else {}
    names |= {holder: str(document["name"]) for holder, document in identities.items()}
    return People(names, identities, _relationships(db, cut), frozenset(each.holder for each in changes))


def _relationships(db: Session, cut: Cut) -> dict[str, str]:
    ended = {each.engagement: each for each in every(db, EngagementEnd, cut)}
    by_holder: dict[str, tuple[list[Engagement], list[Engagement]]] = {}
    for one in every(db, Engagement, cut):
        running, over = by_holder.setdefault(one.holder, ([], []))
        end = ended.get(one.id)
        (over if end is not None and end.ended_on < cut.as_of else running).append(one)
    found = {holder: relationship_of(*both) for holder, both in by_holder.items()}
    return {holder: word for holder, word in found.items() if word is not None}


def recorded_at(db: Session, n: int) -> str:
    """Return when an entry was written, as RFC 3339 has it."""
    return moment_at(journal.recorded_at(db, n)).isoformat(timespec="microseconds").replace("+00:00", "Z")
