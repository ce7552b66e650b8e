"""Standing for election by the registers: who may, and who may not because they count."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.motions import electable
from app.people import roles
from governance import candidacies
from governance.records import Candidacy
from ledger import journal
from ledger.equity.register import company_day
from ledger.types import Act


def stand(db: Session, act: Act, proposal: str, member: str, statement: str) -> Candidacy:
    """Stand for election; see ``governance.candidacies.stand``.

    Raises:
        Conflict: They are a teller, who would count their own election.
    """
    journal.lock(db)
    roles.refuse_tellers(db, act, member)
    on = company_day(db, act.now)
    return candidacies.stand(db, act, proposal, member, statement, members=electable(db, proposal, on), on=on)
