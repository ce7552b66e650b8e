"""The journal itself: its entries, and proofs that they are in it and that it was only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import EntryNumber, Line, Order, Page, Told, shown
from app.api.lists import PagingAsked, cursor_at, place_of
from app.people.tokens import Scope
from ledger import journal, proofs, tables
from ledger.entries import read_payload
from ledger.equity import reversals
from ledger.equity.values import ShareClass
from ledger.errors import NotFound, NotReversible, Overdrawn
from ledger.reading import entry_rows, every
from ledger.types import MOST_UNITS, Act, decimal_text, moment_at

door = Door("journal")

HASH = "9f2c71ab04d8e6134b5f0a4a3e8a7a6f6f8a4c1ddc2d1a6f0f9be3e3d0f6a5b1"

Number = Annotated[EntryNumber, Path(description="Number of an entry, from 0.")]
Size = Annotated[EntryNumber | SkipJsonSchema[None], Query(description="A number of entries; all of them by default.")]

EXAMPLE: dict[str, Any] = {
    "n": 4811,
    "kind": "journal.reversed",
    "effective_on": "2026-03-01",
    "recorded_at": "2026-03-02T15:30:00Z",
    "actor": "usr_steward",
    "authority": "board:2026-02",
    "reverses": 4810,
    "reversed_by": 4812,
    "postings": [
        {
            "account": "pool:pln_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "asset": "UNIT:cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "amount": "-6000",
        },
        {
            "account": "award:sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "asset": "UNIT:cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "amount": "6000",
        },
    ],
    "payload": '{"actor":"usr_steward","at":1772465400000000,"authority":"board:2026-02","body":{"reason":"…"},…}',
    "leaf": HASH,
}


class PostingOut(Told):
    """So many units into an account, or out of it."""

    account: str
    asset: str
    amount: str
    """Out of it where negative; in shares of the asset's class."""


class EntryOut(Told):
    """A numbered entry of the journal."""

    model_config = shown(EXAMPLE)

    n: int
    kind: str
    effective_on: date
    """The day it counts from."""
    recorded_at: datetime
    """The moment it was written."""
    actor: str
    authority: str
    reverses: int | None
    """The entry it undoes."""
    reversed_by: int | None
    """The entry that undid it."""
    postings: list[PostingOut]
    payload: str
    """Its exact bytes, canonical JSON in UTF-8: all that it says."""
    leaf: str
    """SHA-256 of the byte 0 and the payload, hex: its leaf in the tree (RFC 6962)."""


class ProofOut(Told):
    """That an entry is in the tree over the first `size` entries (RFC 6962)."""

    model_config = shown({"n": 4811, "size": 4812, "root": HASH, "leaf": HASH, "path": [HASH]})

    n: int
    size: int
    root: str
    leaf: str
    path: list[str]
    """Sibling hashes from the leaf to the root, hex."""


class ConsistencyOut(Told):
    """That the tree over the first `size` entries is the beginning of the tree over `later_size` (RFC 6962)."""

    model_config = shown({"size": 4000, "root": HASH, "later_size": 4812, "later_root": HASH, "path": [HASH]})

    size: int
    root: str
    later_size: int
    later_root: str
    path: list[str]

    @classmethod
    def of(cls, proof: proofs.Consistency) -> ConsistencyOut:
        """Return a proof as the API tells it."""
        return cls(
            size=proof.size,
            root=proof.root.hex(),
            later_size=proof.later_size,
            later_root=proof.later_root.hex(),
            path=[node.hex() for node in proof.path],
        )


class HeadOut(Told):
    """How far the journal goes, and the hash that stands for all of it."""

    model_config = shown({"size": 4812, "root": HASH})

    size: int
    root: str


@door.read("/entries", Scope.JOURNAL_READ)
def list_entries(
    db: Session,
    page: PagingAsked,
    kind: Annotated[Line | SkipJsonSchema[None], Query(description="Of this kind only.")] = None,
) -> Page[EntryOut]:
    """List entries of the journal, oldest first.

    The numbers have no gap, so whoever reads on from the last page misses nothing.
    """
    columns = tables.entry.c
    query = entry_rows().order_by(columns.n).limit(page.limit + 1)
    if kind is not None:
        query = query.where(columns.kind == kind)
    if page.cursor is not None:
        [last] = place_of("entries", page.cursor, 1)
        query = query.where(columns.n > last)
    found = db.execute(query).mappings().all()
    listed, more = found[: page.limit], len(found) > page.limit
    decimals = _decimals(db)
    following = cursor_at("entries", listed[-1]["n"]) if more else None
    return Page(data=[_told(row, decimals) for row in listed], next=following, has_more=more)


@door.read("/entries/{n}", Scope.JOURNAL_READ)
def get_entry(db: Session, n: Number) -> EntryOut:
    """Get an entry, with its exact bytes."""
    row = db.execute(entry_rows().where(tables.entry.c.n == n)).mappings().first()
    if row is None:
        raise NotFound(f"There is no entry {n} in the journal.", field="n")
    return _told(row, _decimals(db))


def _decimals(db: Session) -> dict[str, int]:
    return {f"UNIT:{each.id}": each.decimals for each in every(db, ShareClass)}


def _told(row: RowMapping, decimals: Mapping[str, int]) -> EntryOut:
    entry = read_payload(row["payload"])
    return EntryOut(
        n=entry.n,
        kind=entry.kind,
        effective_on=entry.effective_on,
        recorded_at=moment_at(entry.at),
        actor=entry.actor,
        authority=entry.authority,
        reverses=entry.reverses,
        reversed_by=row["reversed_by"],
        postings=[
            PostingOut(
                account=posting.account,
                asset=posting.asset,
                amount=decimal_text(posting.amount, decimals.get(posting.asset, 0)),
            )
            for posting in entry.postings
        ],
        payload=row["payload"].decode(),
        leaf=row["leaf"].hex(),
    )


class ReversalIn(Order):
    """Why an entry is reversed."""

    model_config = shown({"reason": "The wrong quantity.", "authority": "board:2026-03"})

    reason: Line


class Undone(Told):
    """The entries that no longer count."""

    model_config = shown({"undid": [4810]})

    undid: list[int]
    """All of the same deed, where it took several."""


@door.write("/entries/{n}/reverse", Scope.JOURNAL_REVERSE, refuses=[NotReversible, Overdrawn])
def reverse_entry(db: Session, act: Act, n: Number, order: ReversalIn) -> Undone:
    """Reverse an entry.

    Nothing is ever deleted: an entry of the opposite is added, which counts from the same day. What rests on the entry
    has to be reversed first.
    """
    undid = [part.n for part in reversals.parts_of(db, n)]
    reversals.reverse(db, act, n, reason=order.reason)
    return Undone(undid=undid)


@door.read("/entries/{n}/proof", Scope.JOURNAL_READ)
def prove_entry(db: Session, n: Number, size: Size = None) -> ProofOut:
    """Prove that an entry is in the journal.

    With a head that was noted or published earlier: in exactly that one.
    """
    proof = proofs.inclusion(db, n, size)
    return ProofOut(
        n=n,
        size=proof.size,
        root=proof.root.hex(),
        leaf=proof.leaf.hex(),
        path=[node.hex() for node in proof.path],
    )


@door.read("/head", Scope.JOURNAL_READ, refuses=[NotFound])
def get_head(db: Session, size: Size = None) -> HeadOut:
    """Get the head of the journal, now or when it had `size` entries."""
    at = journal.size(db) if size is None else size
    return HeadOut(size=at, root=journal.head_at(db, at).root().hex())


@door.read("/head/consistency", Scope.JOURNAL_READ, refuses=[NotFound])
def prove_consistency(
    db: Session,
    since: Annotated[int, Query(ge=1, le=MOST_UNITS, description="Entries in the earlier head.")],
    size: Size = None,
) -> ConsistencyOut:
    """Prove that the journal was only added to since an earlier head."""
    return ConsistencyOut.of(proofs.consistency(db, since, size))
