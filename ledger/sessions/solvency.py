"""Whether the cooperative can afford to pay capital out: the board states it, and every payment rests on a statement.

The two tests are those of company law (Model Business Corporation Act §6.40): after the payment, debts can be paid as
they fall due, and what is owned is no less than what is owed. There is no resolution that overrides them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.errors import DatesOutOfOrder, FourEyes, QuantityInvalid
from ledger.kinds import declare
from ledger.reading import Known, every, known
from ledger.sessions.errors import NotSolvent
from ledger.sessions.records import PatronageDeclaration, PatronageDraft, Payout, SolvencyStatement, SurplusStated
from ledger.types import MOST_UNITS, Act, Cut

GOOD_FOR = timedelta(days=120)
"""How long a statement counts at most: for a payment after that, the figures are another day's (§6.40(e))."""


@declare
class SolvencyEntry(StrEnum):
    """The kinds of entry about what the cooperative can afford."""

    STATED = "solvency.stated"
    """The board states what may be paid out of capital, and until when."""


@dataclass(frozen=True, slots=True)
class SolvencyOrder:
    """What the board states.

    Attributes:
        assets: What is owned, cents.
        liabilities: What is owed, with whatever ranks before members' capital, cents.
        pays_debts: Whether debts can still be paid as they fall due when all of the difference is paid out.
        good_until: The last day on which it counts; 120 days later by default, which is the most.
    """

    assets: int
    liabilities: int
    pays_debts: bool
    resolution_ref: str
    good_until: date | None = None

    def __post_init__(self) -> None:
        """Refuse figures below nothing."""
        if not 0 <= self.assets <= MOST_UNITS or not 0 <= self.liabilities <= MOST_UNITS:
            raise QuantityInvalid("What is owned and owed is zero or more.", field="assets")


def state_solvency(db: Session, act: Act, order: SolvencyOrder, *, on: date) -> SolvencyStatement:
    """Record what the board states about the figures of a day; a newer statement takes the place of an older one.

    Raises:
        DatesOutOfOrder: It would count for longer than 120 days, or end before it begins.
    """
    journal.lock(db)
    until = order.good_until or on + GOOD_FOR
    if not on <= until <= on + GOOD_FOR:
        raise DatesOutOfOrder(f"A statement counts for {GOOD_FOR.days} days at most.", field="good_until")
    made = SolvencyStatement(
        act.new_id("slv"),
        order.assets,
        order.liabilities,
        pays_debts=order.pays_debts,
        good_until=until,
        resolution_ref=order.resolution_ref,
        stated_by=act.actor,
    )
    journal.append(db, act, Draft(SolvencyEntry.STATED, on, (made,)))
    return made


def payable(statement: SolvencyStatement, paid: int) -> int:
    """Return how many cents may still be paid out on a statement of which ``paid`` cents are used."""
    return max(0, statement.assets - statement.liabilities - paid) if statement.pays_debts else 0


def refuse_unless_solvent(
    statement: SolvencyStatement | None, cents: int, *, on: date, paid: int, is_outdated: bool = False
) -> SolvencyStatement:
    """Return the statement on which a payment of ``cents`` rests.

    Args:
        statement: The newest on the day of payment.
        cents: What is to be paid out.
        on: The day of payment.
        paid: Cents paid out on this statement before.
        is_outdated: Whether patronage or a loss took something away that the statement does not know of.

    Raises:
        NotSolvent: There is no statement that allows it.
    """
    if statement is None or statement.good_until < on:
        raise NotSolvent(f"No statement by the board says for {on} that this can be afforded.", field="on")
    if is_outdated:
        raise NotSolvent("Since the board's statement, money was declared or lost; the board states it anew.")
    if not statement.pays_debts:
        raise NotSolvent("The board states that debts could not be paid as they fall due.")
    left = payable(statement, paid)
    if cents > left:
        raise NotSolvent(f"By the board's statement {left:,} cents can be paid out; this is {cents:,}.", field="cents")
    return statement


def statement_for(db: Session, cents: int, *, payer: str, on: date) -> SolvencyStatement:
    """Return the statement on which a payment on a day rests.

    Raises:
        NotSolvent: There is none that allows it.
        FourEyes: Who pays entered the statement.
    """
    found = known(db, SolvencyStatement, Cut(on, journal.size(db)))
    newest = found[-1] if found else None
    statement = refuse_unless_solvent(
        newest.value if newest else None,
        cents,
        on=on,
        paid=paid_on(db, newest.value.id) if newest else 0,
        is_outdated=newest is not None and _is_outdated(db, newest),
    )
    if statement.stated_by == payer:
        raise FourEyes("Who enters the board's statement and who pays are two people.")
    return statement


def paid_on(db: Session, statement: str) -> int:
    """Return how many cents were paid out on a statement."""
    return sum(payout.amount for payout in every(db, Payout, solvency=statement))


def _is_outdated(db: Session, statement: Known[SolvencyStatement]) -> bool:
    in_money = {draft.id for draft in every(db, PatronageDraft) if draft.currency is not None}
    declared = any(one.n > statement.n and one.value.draft in in_money for one in known(db, PatronageDeclaration))
    return declared or any(one.n > statement.n and one.value.net < 0 for one in known(db, SurplusStated))
