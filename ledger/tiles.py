"""Roots over full parts of the journal's tree, kept so that a proof at a million entries reads a few hundred hashes.

A tile is 256 entries, or 256 tiles of the level below: the cut of C2SP ``tlog-tiles``. The table is a cache. What is
missing in it is hashed from the level below, so nothing is wrong before it is filled, only slower; ``verify`` compares
it with the entries, and its rows may be deleted at any time.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.merkle import CompactRange, root_of

WIDTH, BITS = 256, 8
AT_ONCE = 256
"""How many tiles of a level are filled in one transaction: writers wait while 65,536 entries are hashed, no longer."""

# built once: building a query costs SQLAlchemy more than asking it
_LEAVES = (
    select(tables.entry.c.leaf)
    .where(tables.entry.c.n >= bindparam("first"), tables.entry.c.n < bindparam("end"))
    .order_by(tables.entry.c.n)
)
_TILES = select(tables.tile.c.k, tables.tile.c.root).where(
    tables.tile.c.level == bindparam("level"),
    tables.tile.c.k >= bindparam("first"),
    tables.tile.c.k < bindparam("end"),
)
_NEXT = select(func.coalesce(func.max(tables.tile.c.k), -1) + 1).where(tables.tile.c.level == bindparam("level"))


class Tiles:
    """The tree over the first ``size`` entries, which are there; read where it is asked for.

    With ``is_trusted`` what is kept is used; without, every root is hashed from the entries.
    """

    def __init__(self, db: Session, size: int, *, is_trusted: bool = True) -> None:
        self._db, self._size, self._is_trusted = db, size, is_trusted
        self._read: dict[tuple[int, int], Sequence[bytes]] = {}

    def root(self, first: int, end: int) -> bytes:
        """Return the root over the entries from ``first`` up to, not including, ``end``: a part that the tree has."""
        parts, at = [], first
        while at < end:
            level = (end - at).bit_length() - 1
            parts.append(self._perfect(level, at >> level))
            at += 1 << level
        return CompactRange(end - first, tuple(parts)).root()

    def leaf(self, n: int) -> bytes:
        """Return the leaf of entry ``n``."""
        return self._perfect(0, n)

    def hashes(self, tier: int, first: int, end: int) -> Sequence[bytes]:
        """Return leaves (tier 0) or the roots of full tiles, from one position up to, not including, another."""
        if not tier:
            return self._db.connection().execute(_LEAVES, {"first": first, "end": end}).scalars().all()
        kept: dict[int, bytes] = {}
        if self._is_trusted:
            rows = self._db.connection().execute(_TILES, {"level": tier, "first": first, "end": end})
            kept = {row.k: row.root for row in rows}
        return [kept.get(k) or root_of(self.hashes(tier - 1, k * WIDTH, k * WIDTH + WIDTH)) for k in range(first, end)]

    def _perfect(self, level: int, k: int) -> bytes:
        """Return the root of the ``k``-th subtree over two to the power of ``level`` leaves."""
        tier, rest = divmod(level, BITS)
        tile, at = divmod(k << rest, WIDTH)
        return root_of(self._tile(tier, tile)[at : at + (1 << rest)])

    def _tile(self, tier: int, k: int) -> Sequence[bytes]:
        found = self._read.get((tier, k))
        if found is None:
            end = min(k * WIDTH + WIDTH, self._size >> BITS * tier)
            found = self._read[tier, k] = self.hashes(tier, k * WIDTH, end)
        return found


def lags(db: Session) -> bool:
    """Return whether there are full tiles of entries that are not kept yet."""
    return journal.size(db) // WIDTH > _next(db, 1)


def fill(db: Session) -> int:
    """Keep the roots of full tiles that are not kept yet, some hundred at most, and return how many were added."""
    journal.lock(db)
    size = journal.size(db)
    tiles, added, tier = Tiles(db, size), 0, 1
    while size >> BITS * tier:
        first = _next(db, tier)
        end = min(first + AT_ONCE, _next(db, tier - 1) // WIDTH if tier > 1 else size // WIDTH)
        if first < end:
            rows = [
                {"level": tier, "k": k, "root": root} for k, root in enumerate(tiles.hashes(tier, first, end), first)
            ]
            db.execute(insert(tables.tile), rows)
            added += len(rows)
        tier += 1
    return added


def misfit(db: Session) -> tuple[int, int] | None:
    """Return level and position of the first root kept that is not the root of what is below it, or None."""
    kept = {(row.level, row.k): row.root for row in db.execute(select(tables.tile))}
    if not kept:
        return None
    own = Tiles(db, size := journal.size(db), is_trusted=False)
    true: Sequence[bytes] = own.hashes(1, 0, size // WIDTH)
    level = 1
    while true:
        for k, root in enumerate(true):
            if kept.pop((level, k), root) != root:
                return level, k
        true = [root_of(true[at : at + WIDTH]) for at in range(0, len(true) // WIDTH * WIDTH, WIDTH)]
        level += 1
    return min(kept, default=None)


def _next(db: Session, level: int) -> int:
    return int(db.execute(_NEXT, {"level": level}).scalar_one())
