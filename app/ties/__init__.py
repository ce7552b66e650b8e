"""The reconciliations that auditors do, each a check with its figures, of any day and as known before any entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from app.ties import captable, cooperative, expense, grants, happenings, promised, record, votes
from app.ties.finding import Finding
from ledger.reading import of_the_record, read_once
from ledger.types import Cut

__all__ = ["CHECKS", "Finding", "finding", "findings"]

CHECKS: Mapping[str, Callable[[Session, Cut], Finding]] = {
    "authorised": captable.authorised,
    "pools": captable.pools,
    "roll-forward": captable.roll_forward,
    "holders": captable.holders,
    "instalments": promised.instalments,
    "vested": promised.vesting,
    "resolutions": grants.resolutions,
    "fair-value": grants.fair_values,
    "incentive-options": grants.incentive_options,
    "certificates": happenings.certificates,
    "leavers": happenings.leavers,
    "returned": happenings.returns,
    "relationships": grants.relationships,
    "exemptions": grants.exemptions,
    "form-3921": happenings.forms_3921,
    "expense": expense.expense,
    "capital": cooperative.capital_accounts,
    "patronage": cooperative.patronage,
    "credit": cooperative.credit,
    "rolls": votes.voting_rolls,
    "journal": record.hashes,
    "own-grants": grants.own_grants,
    "closed-months": record.closed_months,
}
"""Every check by its name, in the order of its number."""


def findings(db: Session, cut: Cut) -> list[Finding]:
    """Return what every check finds, as of a day and as known before an entry.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    with read_once(db):
        return [finding(db, name, cut) for name in CHECKS]


@of_the_record
def finding(db: Session, name: str, cut: Cut) -> Finding:
    """Return what one check finds."""
    return CHECKS[name](db, cut)
