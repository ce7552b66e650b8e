"""The vault: what is known of people and of imported originals, beside the journal and never in it.

An entry holds only ``SHA-256(salt ‖ document)``; salt and document stand here. So what was written can be proved, and
it can be erased without changing a hash: with the salt gone, nobody can find the document by trying.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import and_, bindparam, delete, func, insert, literal, select, union
from sqlalchemy.orm import Session

from app.people.tables import vault
from ledger import tables
from ledger.equity.values import Holder, Identity, SourceItem
from ledger.errors import Invalid
from ledger.reading import every, find, newest, selection
from ledger.records import canonical
from ledger.types import Act, Cut, Json
from ledger.verify import Fault

SALT_BYTES = 32
PAGE = 1000
"""Rows fetched at a time."""


class VaultKind(StrEnum):
    """What a document in the vault is."""

    IDENTITY = "IDENTITY"
    """A holder's name, e-mail address and whatever else identifies them."""
    SOURCE = "SOURCE"
    """An item of an imported package, as it was read."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document and what proves it: one row of the vault.

    Attributes:
        digest: SHA-256 over salt and document, hex: what an entry holds.
        subject: The holder or item it is about; erased by this word.
        document: Canonical JSON.
    """

    digest: str
    subject: str
    kind: VaultKind
    salt: bytes
    document: bytes


def sealed(act: Act, kind: VaultKind, subject: str, document: Json) -> Sealed:
    """Return a document with a salt of its own and the digest of both."""
    salt, data = act.entropy(SALT_BYTES), canonical(document)
    return Sealed(digest_of(salt, data), subject, kind, salt, data)


def digest_of(salt: bytes, document: bytes) -> str:
    """Return what an entry holds in place of a document, hex."""
    return sha256(salt + document).hexdigest()


def keep(db: Session, items: Iterable[Sealed]) -> None:
    """Put documents into the vault, any number at a time."""
    rows = [{field.name: getattr(item, field.name) for field in fields(Sealed)} for item in items]
    if rows:
        db.execute(insert(vault), rows)


def keep_identity(db: Session, act: Act, subject: str, document: Mapping[str, Json]) -> str:
    """Put who a holder is into the vault, and return the digest for the entry that says so.

    The document holds ``name`` and, where known, ``email`` and whatever else there is, as JSON without floats.

    Raises:
        Invalid: There is no name in it.
    """
    name = document.get("name")
    if not isinstance(name, str) or not name.strip():
        raise Invalid("A person or company needs a name.", field="name")
    item = sealed(act, VaultKind.IDENTITY, subject, dict(document))
    keep(db, [item])
    return item.digest


def identity_of(db: Session, holder: str) -> dict[str, Any] | None:
    """Return the newest document that says who a holder is, or None: never named, or erased.

    Raises:
        NotFound: No such holder.
    """
    digest = find(db, Holder, holder).identity
    changed = newest(db, Identity, holder=holder)
    query = select(vault.c.document).where(vault.c.digest == (changed.digest if changed else digest))
    document = db.execute(query).scalar()
    return None if document is None else dict(orjson.loads(document))


_IDENTITY = select(vault.c.document).where(
    vault.c.kind == VaultKind.IDENTITY, vault.c.subject == bindparam("subject"), vault.c.digest == bindparam("digest")
)


def names(db: Session, among: Collection[str] | None = None) -> dict[str, str]:
    """Return what each holder, or each of some, is to be called: the name, or ``Former member #7`` where it was erased.

    The number is the holder's place in the order of entry, which never changes; holders without a name on record are
    called by their id.
    """
    digests = _newest_digests(db, among)
    identities = select(vault.c.digest, vault.c.document).where(vault.c.kind == VaultKind.IDENTITY)
    if among is not None:
        identities = identities.where(vault.c.subject.in_(among))
    kept = {row.digest: orjson.loads(row.document)["name"] for row in db.execute(identities)}
    erased = any(digest is not None and digest not in kept for digest in digests.values())
    numbers = _numbers(db) if erased else {}
    return {
        holder: holder if digest is None else kept.get(digest) or f"Former member #{numbers[holder]}"
        for holder, digest in digests.items()
    }


def name_of(db: Session, holder: str) -> str:
    """Return what a holder is to be called; see ``names``."""
    found = every(db, Holder, id=holder)
    if not found:
        return holder
    changed = newest(db, Identity, holder=holder)
    digest = found[0].identity if changed is None else changed.digest
    if digest is None:
        return holder
    document = db.connection().execute(_IDENTITY, {"subject": holder, "digest": digest}).scalar_one_or_none()
    return names(db, [holder])[holder] if document is None else str(orjson.loads(document)["name"])


def _newest_digests(db: Session, among: Collection[str] | None) -> dict[str, str | None]:
    # columns, not records: reports do this over every holder
    holders, changes = selection(Holder), selection(Identity)
    if among is not None:
        holders = holders.where(tables.table(Holder).c.id.in_(among))
        changes = changes.where(tables.table(Identity).c.holder.in_(among))
    digests = {row.id: row.identity for row in db.execute(holders)}
    digests.update((row.holder, row.digest) for row in db.execute(changes))
    return digests


def _numbers(db: Session) -> dict[str, int]:
    rows = tables.table(Holder)
    order = db.execute(select(rows.c.id).order_by(rows.c.n, rows.c.i)).scalars()
    return {holder: number for number, holder in enumerate(order, 1)}


def erase(db: Session, subject: str) -> int:
    """Delete all that the vault holds about someone, and return how many documents that was.

    Entries, hashes and totals stay as they are; the holder is called ``Former member #…`` from now on. Whether it may
    be erased (records that the law says to keep) is for the caller to know.
    """
    gone = db.execute(delete(vault).where(vault.c.subject == subject).returning(vault.c.digest))
    return len(gone.all())


def documents_at(db: Session, cut: Cut) -> dict[str, dict[str, Any]]:
    """Return the document that said who each holder is, as a cut saw it; whoever was erased since is left out."""
    digests = {row.id: row.identity for row in db.execute(selection(Holder, cut))}
    digests.update((row.holder, row.digest) for row in db.execute(selection(Identity, cut)))
    identities = select(vault.c.digest, vault.c.document).where(vault.c.kind == VaultKind.IDENTITY)
    kept = {row.digest: row.document for row in db.execute(identities)}
    return {holder: dict(orjson.loads(kept[digest])) for holder, digest in digests.items() if digest in kept}


def check_vault(db: Session) -> Fault | None:
    """Return the first document that is not the one an entry proves, or None; a missing one was erased, and fits."""
    holder, identity, source = (tables.table(of) for of in (Holder, Identity, SourceItem))
    proved = union(
        *(
            select(digest.label("digest"), subject.label("subject"), literal(kind.value).label("kind"))
            for digest, subject, kind in (
                (holder.c.identity, holder.c.id, VaultKind.IDENTITY),
                (identity.c.digest, identity.c.holder, VaultKind.IDENTITY),
                (source.c.digest, func.coalesce(source.c.subject, source.c.object_id), VaultKind.SOURCE),
            )
        )
    ).subquery()
    same = [proved.c[name] == vault.c[name] for name in ("digest", "subject", "kind")]
    query = select(vault, proved.c.digest.label("known")).outerjoin(proved, and_(*same)).order_by(vault.c.digest)
    with db.execute(query.execution_options(yield_per=PAGE)) as rows:
        for row in rows:
            if digest_of(row.salt, row.document) != row.digest:
                return Fault("vault", None, f"the document about {row.subject} is not the one with digest {row.digest}")
            if row.known is None:
                return Fault("vault", None, f"no entry names the document about {row.subject} with digest {row.digest}")
    return None
