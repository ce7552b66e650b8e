"""The whole verification: the ledger's, what grants promised against their terms, and the vault against its digests."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from app.people.vault import check_vault
from ledger.equity.audit import check_promises
from ledger.verify import Verdict, verify


def verify_all(db: Session, *, known_root: tuple[int, str] | None = None) -> Verdict:
    """Check everything on record; see ``ledger.verify.verify``."""
    verdict = verify(db, known_root=known_root)
    if verdict.fault is not None:
        return verdict
    return replace(verdict, fault=check_promises(db) or check_vault(db))
