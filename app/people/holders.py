"""Holders with their names: the entry in the register and the document in the vault, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from app.people import vault
from ledger import journal
from ledger.equity import register
from ledger.equity.values import Holder, HolderKind
from ledger.reading import find
from ledger.types import Act, Json


def add_named_holder(
    db: Session,
    act: Act,
    document: Mapping[str, Json],
    *,
    kind: HolderKind,
    on: date,
    licensed: bool = False,
    id: str | None = None,
) -> Holder:
    """Record someone who may hold equity, and who they are: ``{"name": …, "email": …}``, in the vault.

    Raises:
        AlreadyExists: The id is taken.
        Invalid: There is no name.
    """
    journal.lock(db)
    holder = id or act.new_id("hld")
    register.refuse_taken(db, Holder, id=holder)
    digest = vault.keep_identity(db, act, holder, document)
    return register.add_holder(db, act, kind=kind, on=on, licensed=licensed, identity=digest, id=holder)


def rename_holder(db: Session, act: Act, holder: str, document: Mapping[str, Json], *, on: date) -> str:
    """Record that a holder's name or address is another from ``on``, and return the digest of the document.

    What they were called before stays in the vault until it is erased.

    Raises:
        NotFound: No such holder.
        Invalid: There is no name.
    """
    journal.lock(db)
    find(db, Holder, holder)
    digest = vault.keep_identity(db, act, holder, document)
    register.identify_holder(db, act, holder, digest, on=on)
    return digest
