"""What somebody has at stake: nobody counts an election they stand in, or checks a petition of their own (E31)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from governance import proposals, rolls
from governance.records import Candidacy, Petition, PetitionEnded
from ledger.errors import Conflict
from ledger.reading import every, newest


def refuse_teller(db: Session, holder: str, on: date) -> None:
    """Refuse somebody as a teller who has a cause of their own before the members.

    Args:
        db: The session.
        holder: Who would be teller.
        on: The day.

    Raises:
        Conflict: They stand in an election that is not counted yet, or ask members to sign a petition.
    """
    if any(holder in rolls.candidates(db, of) for of in _open_elections(db, holder)):
        raise Conflict("Whoever stands in an election that is not counted yet is no teller.", field="role")
    if any(_runs(db, one, on) for one in every(db, Petition, author=holder)):
        raise Conflict("Whoever asks members to sign a petition is no teller while it runs.", field="role")


def _open_elections(db: Session, holder: str) -> list[str]:
    stood = [one.proposal for one in every(db, Candidacy, member=holder)]
    return [of for of in stood if _is_undecided(db, of)]


def _is_undecided(db: Session, proposal: str) -> bool:
    found = proposals.standing(db, proposal)
    return found.closing is None and not found.is_withdrawn


def _runs(db: Session, petition: Petition, on: date) -> bool:
    is_over = newest(db, PetitionEnded, petition=petition.id) is not None or petition.expires_on < on
    return not is_over and _is_undecided(db, petition.proposal)
