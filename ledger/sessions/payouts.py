"""Paying capital accounts out: notices as they revolve, and whole accounts of who leaves, by a schedule once promised.

Every payment rests on a statement of solvency, redeems the oldest notices first and never takes more than the account
holds (E21 I21.2). What is promised stays in the account until it is paid (I21.3), and no vote depends on any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, money, move
from ledger.equity.register import engagements, issuer
from ledger.equity.values import Holder
from ledger.errors import DatesOutOfOrder, Invalid, NotAllowedNow
from ledger.kinds import declare
from ledger.members import memberships
from ledger.reading import every, find
from ledger.sessions.capital import CapitalEntry, balances, book, capital
from ledger.sessions.errors import BalanceTooLow, OutOfTurn
from ledger.sessions.records import Allocation, ExitSchedule, PatronageDeclaration, PatronageDraft, Payout, Redemption
from ledger.sessions.redemption import (
    ExitCause,
    Instalment,
    decode,
    due_in,
    encode,
    exit_instalments,
    exit_payment,
    fiscal_year_of,
    left_by_losses,
    redemption,
    revolving,
    unpaid,
)
from ledger.sessions.solvency import statement_for
from ledger.types import Act

ON_EXIT = "exit"
"""The cause of a redemption that a schedule promised."""


@declare
class PayoutEntry(StrEnum):
    """The kinds of entry about paying capital out, beside ``capital.redeemed``."""

    PROMISED = "capital.exit_promised"
    """How an account will be paid out as a whole."""


class Due(NamedTuple):
    """A payment to come: an instalment of a schedule, or the notices of a year when it is their turn."""

    member: str
    instalment: Instalment
    schedule: str | None = None
    fiscal_year: int | None = None


def notices_of(db: Session, member: str) -> dict[int, int]:
    """Return what of a member's notices is neither redeemed nor lost: fiscal year of issue to cents."""
    issued = _unredeemed(db, member=member).get(member, {})
    return left_by_losses(issued, journal.balance(db, capital(member)))


def _unredeemed(db: Session, **of: str) -> dict[str, dict[int, int]]:
    year_end, found = issuer(db).fiscal_year_end, dict[str, dict[int, int]]()
    years = {one.id: fiscal_year_of(one.last_day, year_end) for one in every(db, PatronageDraft) if one.currency}
    declared = {one.draft for one in every(db, PatronageDeclaration)} & years.keys()
    for part in every(db, Allocation, None, **of):
        if part.declaration in declared:
            _add(found, part.member, years[part.declaration], part.retained)
    for paid in every(db, Redemption, None, **of):
        _add(found, paid.member, paid.fiscal_year, -paid.amount)
    return found


def _add(found: dict[str, dict[int, int]], member: str, year: int, cents: int) -> None:
    notices = found.setdefault(member, {})
    notices[year] = notices.get(year, 0) + cents


def unpaid_schedules(db: Session, **of: str) -> list[tuple[ExitSchedule, tuple[Instalment, ...]]]:
    """Return the exits that were promised, each with what of it is not paid, in the order of the promises."""
    paid: dict[str, int] = {}
    for payout in every(db, Payout, None, **of):
        if payout.schedule is not None:
            paid[payout.schedule] = paid.get(payout.schedule, 0) + payout.amount
    return [
        (schedule, unpaid(decode(schedule.instalments), paid.get(schedule.id, 0)))
        for schedule in every(db, ExitSchedule, None, **of)
    ]


def unpromised(db: Session, member: str) -> int:
    """Return how many cents of a member's account no schedule promises."""
    promised = sum(each.cents for _, left in unpaid_schedules(db, member=member) for each in left)
    return max(0, journal.balance(db, capital(member)) - promised)


def day_left(db: Session, member: str) -> date | None:
    """Return the last day of a membership, or of who never had one, of the last engagement; None while one runs."""
    ends = [end.ended_on if end else None for _, end in memberships(db, member)]
    ends = ends or [end.ended_on if end else None for _, end in engagements(db, member)]
    days = [day for day in ends if day is not None]
    return max(days) if days and len(days) == len(ends) else None


def redeem(
    db: Session,
    act: Act,
    member: str,
    cents: int,
    *,
    on: date,
    cause: str,
    fiscal_year: int | None = None,
    resolution: str | None = None,
) -> dict[int, int]:
    """Pay out notices of a member, the oldest first; returns fiscal year to cents. The vote stays.

    Args:
        db: The session.
        act: Who pays: somebody else than who entered the board's statement.
        member: Holder id.
        cents: So much.
        on: The day of payment.
        cause: Such as ``revolving``.
        fiscal_year: Redeem notices of this year only.
        resolution: What allows a year out of turn (I21.2), or more than is due by the end of the year.

    Raises:
        BalanceTooLow: More than the notices hold, or than a schedule leaves of the account.
        OutOfTurn: Older notices are left standing or it is not due, and no resolution says so.
        NotSolvent: The board does not state that it can be afforded.
        Invalid: No cause is given.
    """
    journal.lock(db)
    find(db, Holder, member)
    if not cause.strip():
        raise Invalid("Say why it is redeemed: revolving, hardship.", field="cause")
    notices = notices_of(db, member)
    parts = redemption(notices, cents, year=fiscal_year, resolution=resolution)
    if cents > (free := unpromised(db, member)):
        raise BalanceTooLow(f"A schedule promises this account as a whole; {free:,} cents are beside it.")
    year = fiscal_year_of(on, issuer(db).fiscal_year_end)
    if resolution is None and cents > (due := due_in(notices, year)):
        raise OutOfTurn(f"By the end of {year}, {due:,} cents are due; paying more needs a resolution.", field="cents")
    solvency = statement_for(db, cents, payer=act.actor, on=on).id
    _pay(db, act, Payout(member, cents, solvency, resolution_ref=resolution), parts, on=on, cause=cause)
    return parts


def _pay(db: Session, act: Act, payout: Payout, parts: Mapping[int, int], *, on: date, cause: str) -> None:
    currency = issuer(db).currency
    redeemed = (Redemption(payout.member, year, part, cause) for year, part in parts.items())
    postings = move(money(currency), payout.amount, capital(payout.member), book(currency))
    journal.append(db, act, Draft(CapitalEntry.REDEEMED, on, (payout, *redeemed), postings))


def promise_exit(
    db: Session, act: Act, member: str, cause: ExitCause, *, on: date, resolution: str | None = None
) -> ExitSchedule:
    """Promise how an account is paid out as a whole: all that is in it and not promised yet. It stays until then.

    Raises:
        NotFound: No such holder.
        NotAllowedNow: They have not left, or nothing is there to be promised.
        DatesOutOfOrder: Before they left.
        Invalid: Hardship without a resolution.
    """
    journal.lock(db)
    find(db, Holder, member)
    left_on = on if cause is ExitCause.HARDSHIP else day_left(db, member)
    if cause is ExitCause.HARDSHIP and resolution is None:
        raise Invalid("In hardship the board resolves it; name the resolution.", field="resolution")
    if left_on is None:
        raise NotAllowedNow(f"{member} has not left; only in hardship is an account paid out before.", field="cause")
    if on < left_on:
        raise DatesOutOfOrder(f"They leave on {left_on}; an exit is promised then or later.", field="on")
    if not (balance := unpromised(db, member)):
        raise NotAllowedNow(f"{member} holds no capital that is not promised already.", field="member")
    year_end, in_full = issuer(db).fiscal_year_end, cause.is_in_full
    instalments = exit_instalments(balance, left_on, year_end=year_end, in_full=in_full)
    if instalments[0].due_on < on:
        # credited long after they left: what is promised today can't have been due before
        instalments = exit_instalments(balance, on, year_end=year_end, in_full=in_full)
    made = ExitSchedule(act.new_id("exs"), member, cause, left_on, encode(instalments), resolution)
    journal.append(db, act, Draft(PayoutEntry.PROMISED, on, (made,)))
    return made


def pay_exit(
    db: Session, act: Act, schedule_id: str, *, on: date, cents: int | None = None, resolution: str | None = None
) -> int:
    """Pay of a promised exit what it is the turn of, and return the cents paid.

    Oldest notices first, then capital that was paid in.

    Args:
        db: The session.
        act: Who pays: somebody else than who entered the board's statement.
        schedule_id: What was promised.
        on: The day of payment.
        cents: Less than it is the turn of, or with a resolution more.
        resolution: What allows to pay before its turn.

    Raises:
        NotFound: No such schedule.
        OutOfTurn: It is not its turn, and no resolution says to pay earlier.
        BalanceTooLow: More than is promised or held.
        NotSolvent: The board does not state that it can be afforded.
    """
    journal.lock(db)
    schedule = find(db, ExitSchedule, schedule_id)
    member = schedule.member
    paid = sum(payout.amount for payout in every(db, Payout, schedule=schedule_id))
    held = journal.balance(db, capital(member))
    amount = exit_payment(decode(schedule.instalments), paid, cents, on=on, balance=held, resolution=resolution)
    notices = notices_of(db, member)
    of_notices = min(amount, sum(notices.values()))
    parts = redemption(notices, of_notices) if of_notices else {}
    solvency = statement_for(db, amount, payer=act.actor, on=on).id
    _pay(db, act, Payout(member, amount, solvency, schedule_id, resolution), parts, on=on, cause=ON_EXIT)
    return amount


def dues(db: Session, until: date) -> list[Due]:
    """Return what it is the turn of by a day and is not paid, by the day on which it is due, then by member.

    The notices of who has a schedule revolve no longer.
    """
    year_end, held = issuer(db).fiscal_year_end, balances(db)
    left = unpaid_schedules(db)
    found = [Due(one.member, each, schedule=one.id) for one, unpaid in left for each in unpaid]
    leaving = {schedule.member for schedule, unpaid in left if unpaid}
    for member, issued in _unredeemed(db).items():
        if member not in leaving:
            for year, cents in left_by_losses(issued, held.get(member, 0)).items():
                found.append(Due(member, revolving(year, cents, year_end), fiscal_year=year))
    found = [due for due in found if due.instalment.opens_on <= until]
    return sorted(found, key=lambda due: (due.instalment.due_on, due.member, due.instalment.opens_on))
