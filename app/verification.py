"""The whole verification: the ledger's, grants against their terms, the vault, every roll, count and petition."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from app.people.vault import check_vault
from app.rolls import check_rolls
from governance import petitions
from governance.recount import misfit
from ledger.equity.audit import check_promises
from ledger.verify import Fault, Verdict, verify


def verify_all(db: Session, *, known_root: tuple[int, str] | None = None) -> Verdict:
    """Check everything on record; see ``ledger.verify.verify``."""
    verdict = verify(db, known_root=known_root)
    if verdict.fault is not None:
        return verdict
    checks = (check_promises, check_vault, check_rolls, check_votes, check_petitions)
    return replace(verdict, fault=next((fault for check in checks if (fault := check(db))), None))


def check_votes(db: Session) -> Fault | None:
    """Return the first closed vote that does not come to what was told when it is counted again, or None."""
    found = misfit(db)
    return None if found is None else Fault("closing", None, f"the vote on {found[0]}: {found[1]}")


def check_petitions(db: Session) -> Fault | None:
    """Return the first petition whose signatures do not come to what was told of it, or None."""
    found = petitions.misfit(db)
    return None if found is None else Fault("petition_ended", None, f"petition {found[0]}: {found[1]}")
