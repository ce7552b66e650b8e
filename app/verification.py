"""The whole verification: ledger, promises, vault, proposals, comments, rolls, counts, petitions and policies."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from app import archive
from app.people.vault import check_vault
from app.rolls import check_rolls
from governance import comments, notices, petitions, policies
from governance.recount import misfit
from ledger.equity.audit import check_promises
from ledger.members import first_admitted
from ledger.verify import Fault, Verdict, verify


def verify_all(db: Session, *, known_root: tuple[int, str] | None = None) -> Verdict:
    """Check everything on record; see ``ledger.verify.verify``."""
    verdict = verify(db, known_root=known_root)
    if verdict.fault is not None:
        return verdict
    checks = (
        check_promises,
        check_vault,
        check_proposals,
        check_comments,
        check_rolls,
        check_votes,
        check_petitions,
        check_policies,
        check_checkpoints,
    )
    return replace(verdict, fault=next((fault for check in checks if (fault := check(db))), None))


def check_proposals(db: Session) -> Fault | None:
    """Return the first proposal that does not say what its digests stand for, or None."""
    found = notices.misfit(db)
    return None if found is None else Fault("proposal_version", None, f"proposal {found[0]}: {found[1]}")


def check_comments(db: Session) -> Fault | None:
    """Return the first comment whose words are not those that were said, or None."""
    found = comments.misfit(db)
    return None if found is None else Fault("comment", None, f"the words of {found} are not those that were said")


def check_votes(db: Session) -> Fault | None:
    """Return the first closed vote that does not come to what was told when it is counted again, or None."""
    found = misfit(db)
    return None if found is None else Fault("closing", None, f"the vote on {found[0]}: {found[1]}")


def check_petitions(db: Session) -> Fault | None:
    """Return the first petition whose signatures do not come to what was told of it, or None."""
    found = petitions.misfit(db)
    return None if found is None else Fault("petition_ended", None, f"petition {found[0]}: {found[1]}")


def check_policies(db: Session) -> Fault | None:
    """Return the first version of a policy that no vote set, or None."""
    found = policies.misfit(db, first_admitted(db))
    return None if found is None else Fault("policy", None, f"policy {found[0]}: {found[1]}")


def check_checkpoints(db: Session) -> Fault | None:
    """Return the first checkpoint in the archive that is not of this record, or None."""
    size = archive.misfit(db)
    return (
        None if size is None else Fault("checkpoint", None, f"what was signed at {size} entries is of another record")
    )
