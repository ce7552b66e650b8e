"""Proofs from the journal: that an entry is in it, and that it was only ever added to (RFC 6962)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ledger import journal
from ledger.errors import Invalid, NotFound, Tampered
from ledger.merkle import consistency_holds, consistency_path, inclusion_holds, inclusion_path
from ledger.tiles import Tiles


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That entry ``n`` is in the tree over the first ``size`` entries.

    Attributes:
        path: The hashes beside its way up to the root, from the leaf's sibling on.
    """

    n: int
    size: int
    root: bytes
    leaf: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the tree over the first ``size`` entries is the beginning of the tree over ``later_size``."""

    size: int
    root: bytes
    later_size: int
    later_root: bytes
    path: tuple[bytes, ...]


def inclusion(db: Session, n: int, size: int | None = None) -> Inclusion:
    """Prove that an entry is among the first ``size``; among all, if left out.

    Raises:
        NotFound: It is not, or the journal has fewer entries.
    """
    size = _known(db, size)
    if not 0 <= n < size:
        raise NotFound(f"Entry {n} is not among the first {size:,}.", field="n")
    for is_trusted in (True, False):
        tiles = Tiles(db, size, is_trusted=is_trusted)
        path = tuple(inclusion_path(n, size, tiles.root))
        proof = Inclusion(n, size, journal.head_at(db, size).root(), tiles.leaf(n), path)
        if inclusion_holds(index=n, size=size, leaf=proof.leaf, proof=path, root=proof.root):
            return proof
    raise Tampered("The entries do not lead to the root on record: run the check of the whole record.")


def consistency(db: Session, since: int, size: int | None = None) -> Consistency:
    """Prove that the first ``size`` entries, all if left out, begin with the first ``since``, which are at least one.

    Raises:
        NotFound: The journal has fewer entries.
        Invalid: ``since`` is more than ``size``.
    """
    size = _known(db, size)
    if since > size:
        raise Invalid(f"The earlier head has more entries than the later one, {size:,}.", field="since")
    for is_trusted in (True, False):
        tiles = Tiles(db, size, is_trusted=is_trusted)
        path = tuple(consistency_path(since, size, tiles.root))
        proof = Consistency(since, journal.head_at(db, since).root(), size, journal.head_at(db, size).root(), path)
        if consistency_holds(size=since, root=proof.root, later_size=size, later_root=proof.later_root, proof=path):
            return proof
    raise Tampered("The entries do not lead to the root on record: run the check of the whole record.")


def _known(db: Session, size: int | None) -> int:
    there = journal.size(db)
    if size is None:
        return there
    if size > there:
        raise NotFound(f"The journal has {there:,} entries, not {size:,}.", field="size")
    return size
