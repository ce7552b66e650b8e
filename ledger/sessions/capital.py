"""Capital accounts in the ledger: a year's surplus or loss, and what is paid in, each one balanced entry.

Members' accounts, the collective one and what is still to be declared add up to the net book value on every day (E21
I21.1): it is the other side of the same postings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.entries import Draft, Posting, Role, account, money, move, netted
from ledger.equity.register import issuer
from ledger.equity.values import Holder
from ledger.errors import AlreadyExists, Conflict
from ledger.kinds import declare
from ledger.reading import every, find
from ledger.sessions.accounts import share_loss
from ledger.sessions.records import SurplusStated
from ledger.sessions.surplus import SurplusPolicy, Waterfall, waterfall
from ledger.sessions.weights import Span, weights
from ledger.types import Act, Cut, Json, check_units


@declare
class CapitalEntry(StrEnum):
    """The kinds of entry about capital accounts."""

    SURPLUS_STATED = "surplus.stated"
    """A year's surplus, divided into what may be declared and what is nobody's."""
    LOSS_SHARED = "loss.shared"
    """A year's loss, borne by the collective account and by members."""
    PAID_IN = "capital.paid_in"
    """A member paid in capital."""
    REDEEMED = "capital.redeemed"
    """Part of a member's account is paid out."""


@dataclass(frozen=True, slots=True)
class SurplusOrder:
    """A year's net income to be divided.

    Attributes:
        net: Cents above zero.
        policy: Shares of the resolution in force at the start of the year.
        deficits: Losses of earlier years still to be made good, cents.
    """

    fiscal_year: int
    net: int
    policy: SurplusPolicy
    member_minutes: int
    all_minutes: int
    resolution_ref: str
    deficits: int = 0


def book(currency: str) -> str:
    """Return the account that is the other side of the net book value."""
    return account(Role.BOOK, currency)


def collective(currency: str) -> str:
    """Return the collective account."""
    return account(Role.COLLECTIVE, currency)


def allocable(currency: str) -> str:
    """Return the account of surplus that may still be declared."""
    return account(Role.ALLOCABLE, currency)


def capital(member: str) -> str:
    """Return a member's capital account."""
    return account(Role.CAPITAL, member)


def net_book_value(db: Session, cut: Cut | None = None) -> int:
    """Return what members' accounts, the collective one and the allocable surplus add up to, in cents."""
    return -journal.balance(db, book(issuer(db).currency), cut)


def balances(db: Session, cut: Cut | None = None) -> dict[str, int]:
    """Return the capital account of every member who has or had one, by id."""
    posting, of = tables.posting.c, tables.account.c
    query = (
        select(of.path, func.sum(posting.amount))
        .join(tables.posting, posting.account == of.id)
        .where(of.path.startswith(f"{Role.CAPITAL}:", autoescape=True))
        .group_by(of.path)
        .order_by(of.path)
    )
    if cut is not None:
        query = query.where(posting.effective_on <= cut.as_of, posting.n < cut.known_at)
    return {path.partition(":")[2]: int(cents) for path, cents in db.execute(query)}


@dataclass(frozen=True, slots=True)
class Movement:
    """What an entry did to an account: its number, the day it counts from, its kind, and cents, below zero for out."""

    n: int
    on: date
    kind: str
    cents: int


def movements(db: Session, member: str) -> list[Movement]:
    """Return what has happened to a member's account, by day and then by entry."""
    posting, entry, of = tables.posting.c, tables.entry.c, tables.account.c
    query = (
        select(posting.n, entry.effective_on, entry.kind, func.sum(posting.amount))
        .join(tables.account, posting.account == of.id)
        .join(tables.entry, entry.n == posting.n)
        .where(of.path == capital(member))
        .group_by(posting.n, entry.effective_on, entry.kind)
        .order_by(entry.effective_on, posting.n)
    )
    return [Movement(n, on, kind, int(cents)) for n, on, kind, cents in db.execute(query)]


def state_surplus(db: Session, act: Act, order: SurplusOrder, *, on: date) -> Waterfall:
    """Divide a year's surplus: what may be declared is set apart, the rest is nobody's in particular.

    Raises:
        AlreadyExists: The year has been divided.
        Invalid: A figure does not fit.
    """
    journal.lock(db)
    currency = issuer(db).currency
    _refuse_stated(db, order.fiscal_year)
    check_units(order.net, field="net")
    falls = waterfall(
        order.net,
        order.policy,
        member_minutes=order.member_minutes,
        all_minutes=order.all_minutes,
        deficits=order.deficits,
    )
    terms: dict[str, Json] = {
        "member_minutes": order.member_minutes,
        "all_minutes": order.all_minutes,
        "deficits": order.deficits,
        "statutory_reserve": str(order.policy.statutory_reserve),
        "prudent_reserve": str(order.policy.prudent_reserve),
        "education": str(order.policy.education),
        "allocable": falls.allocable,
        "collective": falls.collective,
    }
    record = SurplusStated(order.fiscal_year, order.net, currency, order.resolution_ref, terms)
    postings = netted(
        [
            *move(money(currency), falls.allocable, book(currency), allocable(currency)),
            *move(money(currency), falls.collective, book(currency), collective(currency)),
        ]
    )
    journal.append(db, act, Draft(CapitalEntry.SURPLUS_STATED, on, (record,), postings))
    return falls


def share_year_loss(
    db: Session,
    act: Act,
    fiscal_year: int,
    loss: int,
    *,
    collective_share: Fraction,
    span: Span,
    resolution_ref: str,
    on: date,
) -> dict[str, int]:
    """Share a year's loss: the collective account's part, and the rest by the year's patronage.

    A member's account never falls below zero; what it can't bear, the collective one does. Returns member to cents
    borne, below zero.

    Raises:
        AlreadyExists: The year has been stated.
        NobodyToShare: Members bear a part and nobody has credit.
    """
    journal.lock(db)
    currency = issuer(db).currency
    _refuse_stated(db, fiscal_year)
    check_units(loss, field="loss")
    worked = {id: weight.total for id, weight in weights(db, span, known_at=journal.size(db)).items()}
    shared = share_loss(loss, worked, balances(db), collective=collective_share)
    terms: dict[str, Json] = {"collective_share": str(collective_share), "collective": shared.collective}
    record = SurplusStated(fiscal_year, -loss, currency, resolution_ref, terms)
    postings = [
        Posting(book(currency), money(currency), loss),
        Posting(collective(currency), money(currency), shared.collective),
        *(Posting(capital(member), money(currency), cents) for member, cents in shared.members.items()),
    ]
    journal.append(db, act, Draft(CapitalEntry.LOSS_SHARED, on, (record,), netted(postings)))
    return dict(shared.members)


def _refuse_stated(db: Session, fiscal_year: int) -> None:
    if every(db, SurplusStated, fiscal_year=fiscal_year):
        raise AlreadyExists(f"The result of {fiscal_year} is on record already.", field="fiscal_year")


def pay_in(db: Session, act: Act, member: str, cents: int, *, on: date) -> None:
    """Record capital that a member paid in.

    Raises:
        NotFound: No such holder.
        QuantityInvalid: Not above zero.
    """
    journal.lock(db)
    find(db, Holder, member)
    check_units(cents, field="cents")
    currency = issuer(db).currency
    postings = move(money(currency), cents, book(currency), capital(member))
    journal.append(db, act, Draft(CapitalEntry.PAID_IN, on, (), postings))


def check_books(db: Session) -> None:
    """Refuse when members' accounts, the collective one and the allocable surplus do not add up to the net book value.

    Raises:
        Conflict: They don't; the guards should have made that impossible.
    """
    currency = issuer(db).currency
    held = sum(balances(db).values())
    held += journal.balance(db, collective(currency)) + journal.balance(db, allocable(currency))
    if held != net_book_value(db):
        raise Conflict(f"Accounts hold {held:,} cents; the net book value is {net_book_value(db):,}.")
