"""Proofs out of the journal, with and without the roots that are kept for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, delete, update
from sqlalchemy.orm import Session

from ledger import journal, proofs, tables, tiles
from ledger.entries import Draft
from ledger.errors import Invalid, NotFound
from ledger.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from ledger.verify import verify
from tests import make


@pytest.fixture
def leaves(db: Session, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return the leaves of seventy entries, four to a tile: three levels of tiles, and a rest on each."""
    monkeypatch.setattr(tiles, "WIDTH", 4)
    monkeypatch.setattr(tiles, "BITS", 2)
    drafts = [Draft("journal.reversed", date(2026, 3, 2), (), (), {"reason": str(n)}) for n in range(70)]
    # a long import is one head, so most sizes are no head's
    journal.append(db, make.act(), *drafts[:50])
    for draft in drafts[50:]:
        journal.append(db, make.act(), draft)
    payloads = next(journal.payloads_between(db, 0, 70))
    return [leaf_hash(payload) for payload in payloads]


@pytest.fixture
def db(shared_engine: Engine) -> Iterator[Session]:
    """Yield a session of which nothing is committed."""
    with Session(shared_engine) as db:
        yield db


def _all_hold(db: Session, leaves: list[bytes]) -> None:
    for size in (1, 17, 49, 64, 70):
        first = leaves[:size]
        for n in range(0, size, 7):
            proof = proofs.inclusion(db, n, size)
            assert (proof.root, proof.leaf, [*proof.path]) == (root_of(first), leaves[n], inclusion_proof(first, n))
        for since in range(1, size + 1, 11):
            grown = proofs.consistency(db, since, size)
            assert (grown.root, grown.later_root) == (root_of(leaves[:since]), root_of(first))
            assert [*grown.path] == consistency_proof(first, since)


def test_a_proof_is_the_same_before_and_after_its_tiles_are_kept_and_whatever_is_done_to_them(
    db: Session, leaves: list[bytes]
) -> None:
    assert tiles.lags(db)
    _all_hold(db, leaves)
    assert tiles.fill(db) == 17 + 4 + 1
    assert not tiles.lags(db)
    assert not tiles.fill(db)
    assert tiles.misfit(db) is None
    _all_hold(db, leaves)
    db.execute(delete(tables.tile).where(tables.tile.c.k == 1))
    assert tiles.misfit(db) is None
    _all_hold(db, leaves)
    db.execute(update(tables.tile).where(tables.tile.c.level == 2, tables.tile.c.k == 2).values(root=bytes(32)))
    assert tiles.misfit(db) == (2, 2)
    _all_hold(db, leaves)


def test_verify_names_a_root_that_is_not_that_of_its_entries(db: Session, leaves: list[bytes]) -> None:
    tiles.fill(db)
    db.execute(update(tables.tile).where(tables.tile.c.level == 1, tables.tile.c.k == 16).values(root=leaves[0]))
    fault = verify(db).fault
    assert fault is not None
    assert (fault.table, fault.message[:19]) == ("tile", "root 16 of level 1 ")


def test_what_is_not_there_is_not_proved(db: Session, leaves: list[bytes]) -> None:
    for n, size in ((70, None), (-1, None), (5, 5), (0, 71)):
        with pytest.raises(NotFound):
            proofs.inclusion(db, n, size)
    with pytest.raises(NotFound):
        proofs.consistency(db, 3, 71)
    with pytest.raises(Invalid):
        proofs.consistency(db, 5, 4)
