"""Checks of capital, patronage and credit (reconciliations 17, 18 and 19)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from operator import itemgetter

from sqlalchemy.orm import Session

from app.ties.finding import Finding, found, money, shares
from ledger import journal
from ledger.equity.values import Issuer, Plan, ShareClass
from ledger.errors import Refusal
from ledger.reading import every, known
from ledger.sessions import capital
from ledger.sessions.choices import policies, settings_of_each
from ledger.sessions.credit import Tally, credited_weeks
from ledger.sessions.deliveries import tallies
from ledger.sessions.notices import NoticeKind, cash_part
from ledger.sessions.patronage import declaration
from ledger.sessions.policy import CreditPolicy, in_force
from ledger.sessions.records import Allocation, PatronageDeclaration, PatronageDraft
from ledger.sessions.thresholds import Limits, ThresholdSetting, limits_in
from ledger.sessions.values import Attendance
from ledger.sessions.weeks import week_of
from ledger.types import Cut

CENTS = 2


def capital_accounts(db: Session, cut: Cut) -> Finding:
    """Return whether members' accounts, the collective one and what may be declared make the net book value (17)."""
    issuer = every(db, Issuer, Cut(date.max, cut.known_at))
    if not issuer:
        return judged_capital({}, 0)
    currency = issuer[-1].currency
    accounts = {
        "members": sum(capital.balances(db, cut).values()),
        "collective": journal.balance(db, capital.collective(currency), cut),
        "allocable": journal.balance(db, capital.allocable(currency), cut),
    }
    return judged_capital(accounts, -journal.balance(db, capital.book(currency), cut))


def judged_capital(accounts: Mapping[str, int], book: int) -> Finding:
    """Judge accounts against the net book value, all in cents."""
    held = sum(accounts.values())
    off = [money(held - book)] if held != book else []
    return found(17, "capital", off, accounts=money(held), book=money(book))


@dataclass(frozen=True, slots=True)
class Split:
    """A declaration and its parts.

    Attributes:
        name: The day it was declared.
        decimals: Places of its cents or units.
    """

    name: str
    decimals: int
    draft: PatronageDraft
    parts: tuple[Allocation, ...]


def patronage(db: Session, cut: Cut) -> Finding:
    """Return whether each declaration is split to the cent or unit, and a fifth of qualified notices is cash (18)."""
    drafts = {one.id: one for one in every(db, PatronageDraft, cut)}
    places = {one.id: one.decimals for one in every(db, ShareClass, cut)}
    plans = {one.id: places[one.class_id] for one in every(db, Plan, cut)}
    parts: dict[str, list[Allocation]] = {}
    for one in every(db, Allocation, cut):
        parts.setdefault(one.declaration, []).append(one)
    splits = []
    for declared in known(db, PatronageDeclaration, cut):
        draft = drafts[declared.value.draft]
        decimals = CENTS if draft.plan_id is None else plans[draft.plan_id]
        splits.append(Split(declared.on.isoformat(), decimals, draft, tuple(parts.get(draft.id, ()))))
    return judged_patronage(splits)


def judged_patronage(splits: Sequence[Split]) -> Finding:
    """Judge declarations: each split again from the credit beside each part."""
    totals, off = [], []
    for one in splits:
        kept, amounts = _again(one)
        total = sum(part.amount for part in one.parts) + kept
        totals.append((total, one.decimals))
        is_same = {part.member: part.amount for part in one.parts} == amounts
        if total != one.draft.pool or not is_same or not all(_is_paid(part, one.draft) for part in one.parts):
            off.append(one.name)
    declared = shares((one.draft.pool, one.decimals) for one in splits)
    return found(18, "patronage", off, parts=shares(totals), declared=declared)


def _again(split: Split) -> tuple[int, Mapping[str, int]]:
    """Return what is held back of a pool and each member's part, split again; nothing where it can't be."""
    weights = {part.member: part.weight for part in split.parts}
    alpha, disputed = Fraction(split.draft.terms["alpha"]), int(split.draft.terms["disputed"])
    try:
        made = declaration(split.draft.pool, weights, available=split.draft.pool, alpha=alpha, disputed=disputed)
    except Refusal:
        return 0, {}
    return made.held_back, made.amounts


def _is_paid(part: Allocation, draft: PatronageDraft) -> bool:
    """Return whether a part's cash and capital add up to it, and enough of a qualified notice is cash."""
    least = cash_part(part.amount) if draft.plan_id is None and part.notice is NoticeKind.QUALIFIED else 0
    return part.cash + part.retained == part.amount and part.cash >= least


@dataclass(frozen=True, slots=True)
class Week:
    """A provider's week.

    Attributes:
        monday: Its first day; whose it is, is nobody's business here.
        credited: Minutes, without indirect care and plateau.
        counted: Minutes delivered, and what the policy lets sessions count that nobody came to.
        sessions: Credited.
        limit: The most sessions that count; None for no limit.
    """

    monday: date
    credited: int
    counted: Fraction | int
    sessions: Fraction
    limit: int | None


def credit(db: Session, cut: Cut) -> Finding:
    """Return whether no week is credited beyond what was delivered in it, and beyond its limit (19)."""
    ever = Cut(date.max, cut.known_at)
    rules = policies(db, ever)
    first = min((one.effective_from for one in rules), default=date.max)
    last = week_of(cut.as_of + timedelta(days=1)) - timedelta(days=1) if cut.as_of < date.max else cut.as_of
    if first > last:
        return judged_credit([])
    worked = tallies(db, known_at=cut.known_at, first=week_of(first), last=last)
    return judged_credit(_weeks(worked, rules, settings_of_each(db, ever)))


def _weeks(
    worked: Iterable[Tally], rules: Sequence[CreditPolicy], settings: Mapping[str, Sequence[ThresholdSetting]]
) -> Iterator[Week]:
    for provider, own in groupby(worked, itemgetter(0)):
        found, theirs = list(own), settings.get(provider, ())
        counted = _counted(found, rules)
        for monday, one in credited_weeks(found, theirs, rules).items():
            limit: Limits = limits_in(monday, theirs, in_force(rules, monday).ceiling)
            yield Week(monday, one.credited_minutes, counted[monday], one.credited_sessions, limit.week)


def _counted(found: Iterable[Tally], rules: Sequence[CreditPolicy]) -> dict[date, Fraction | int]:
    """Return the minutes of each week that may count: all that were delivered, and the policy's part of the others."""
    delivered: dict[int, int] = {}
    missed: dict[int, int] = {}
    for _, day, attendance, _, _, minutes in found:
        of, number = delivered if attendance == Attendance.DELIVERED else missed, (day.toordinal() - 1) // 7
        of[number] = of.get(number, 0) + minutes
    counted: dict[date, Fraction | int] = {}
    for number in delivered.keys() | missed.keys():
        monday = date.fromordinal(number * 7 + 1)
        part = in_force(rules, monday).no_show_factor
        counted[monday] = delivered.get(number, 0) + (missed.get(number, 0) * part if part else 0)
    return counted


def judged_credit(weeks: Iterable[Week]) -> Finding:
    """Judge credited weeks, one after the other: a record of years has hundreds of thousands."""
    off: list[str] = []
    number, credited, counted = 0, 0, Fraction(0)
    for one in weeks:
        number, credited, counted = number + 1, credited + one.credited, counted + one.counted
        if one.credited > one.counted or (one.limit is not None and one.sessions > one.limit):
            off.append(one.monday.isoformat())
    return found(19, "credit", off, credited=credited, delivered=int(counted), weeks=number)
