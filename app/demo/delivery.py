"""What happened at Lanternleaf with its sessions: handed in by month, limited, disputed, closed, and shared by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.demo import work
from app.demo.cast import PERIOD_START, Provider
from app.policy_settings import credit_setting
from governance.policies import set_first
from ledger.members import has_members
from ledger.sessions import capital, choices, declarations, months
from ledger.sessions.capital import SurplusOrder
from ledger.sessions.declarations import PatronageOrder
from ledger.sessions.deliveries import ImportOrder, keep_import
from ledger.sessions.disputes import DisputeState
from ledger.sessions.leave_credit import ProtectedLeave
from ledger.sessions.policy import CreditPolicy
from ledger.sessions.records import DisputeAbout, Finding
from ledger.sessions.statements import Answer
from ledger.sessions.surplus import SurplusPolicy
from ledger.sessions.thresholds import Limits
from ledger.sessions.values import Delivery
from ledger.sessions.weeks import period_of
from ledger.sessions.weights import Span, month_of
from ledger.types import Act

if TYPE_CHECKING:
    from app.demo.build import Diary

FIRST_CEILING, LOWERED_CEILING = Limits(9, 25), Limits(8, 22)
LOWERED_FROM = date(2025, 9, 1)
FINANCE, BOARD, STEWARD, COUNCIL = "usr_finance", "usr_board", "usr_steward", "usr_council"
RESERVE = Fraction(3, 10)
"""Of the surplus from members' work, what goes to the collective account."""

LATE = 0.005
"""The part of all tallies that comes two months late."""

Work = dict[str, list[Delivery]]
"""Month in which it is handed in, to what is."""


def write(diary: Diary, random: Random, providers: Sequence[Provider], last_days: Mapping[str, date]) -> None:
    """Write 18 months of sessions into the diary; ``last_days`` tells who left when."""
    _policies(diary)
    away = _leaves(diary, random, providers, last_days)
    handed_in: Work = {}
    for provider in providers:
        usual = work.usual_week(random)
        _threshold(diary, random, provider, usual)
        last = last_days.get(provider.person.id, work.PERIOD_END)
        for monday in work.weeks(provider, last):
            if monday not in away.get(provider.person.id, ()):
                _hand_in(handed_in, random, work.delivered_in(random, provider.person.id, usual, monday))
    for month, rows in sorted(handed_in.items()):
        hand_in(diary, month, rows, on=month_of(month).sunday + timedelta(days=4))
    _disputes(diary, random, [one for one in providers if one.person.id not in last_days])
    for month in _months(date(2024, 7, 1), date(2025, 6, 30)):
        close(diary, month, on=month_of(month).sunday + timedelta(days=24))
    _patronage(diary)


def _policies(diary: Diary) -> None:
    def adopting(ceiling: Limits, passed_on: date, effective_from: date) -> None:
        rule = CreditPolicy(f"members:{passed_on:%Y-%m}", passed_on, effective_from, ceiling)

        def deed(db: Session, act: Act) -> None:
            setting = credit_setting(rule, act.new_id("pol"), on=passed_on)
            set_first(db, act, setting, on=passed_on, has_members=has_members(db))

        diary.write(passed_on, deed, actor="members", authority=rule.resolution)

    adopting(FIRST_CEILING, date(2024, 6, 3), PERIOD_START)


def _threshold(diary: Diary, random: Random, provider: Provider, usual: int) -> None:
    on = max(provider.joined_on, date(2024, 6, 24))
    ceiling = LOWERED_CEILING if on >= LOWERED_FROM - timedelta(days=7) else FIRST_CEILING
    week = min(round(usual * random.uniform(1.05, 1.3)), ceiling.week or usual)
    limits = Limits(min(max(2, week // 4 + 1), ceiling.day or week), week)

    def deed(db: Session, act: Act) -> None:
        choices.set_threshold(db, act, provider.person.id, limits, on=on)

    diary.write(on, deed, actor=provider.person.id, authority="provider:own")


def _leaves(
    diary: Diary, random: Random, providers: Sequence[Provider], last_days: Mapping[str, date]
) -> dict[str, set[date]]:
    """Write 16 protected leaves of four to twelve weeks; returns who is away in which weeks."""
    settled = [one for one in providers if one.joined_on < date(2024, 6, 1) and one.person.id not in last_days]
    away: dict[str, set[date]] = {}
    for provider in random.sample(settled, 16):
        monday = date(2024, 10, 7) + timedelta(weeks=random.randrange(50))
        length = random.randrange(4, 13)
        leave = ProtectedLeave(monday, monday + timedelta(days=7 * length - 1))
        away[provider.person.id] = {monday + timedelta(weeks=n) for n in range(length)}

        def deed(db: Session, act: Act, id: str = provider.person.id, leave: ProtectedLeave = leave) -> None:
            choices.take_leave(db, act, id, leave, on=leave.first_day)

        diary.write(monday, deed, actor=STEWARD, authority="plan:leave")
    return away


def _hand_in(handed_in: Work, random: Random, rows: Sequence[Delivery]) -> None:
    for row in rows:
        month = period_of(row.local_date)
        if random.random() < LATE:
            month = _later(month, 2)
        handed_in.setdefault(min(month, "2025-12"), []).append(row)


def _later(month: str, by: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{number // 12}-{number % 12 + 1:02}"


def hand_in(diary: Diary, month: str, rows: Sequence[Delivery], *, on: date) -> None:
    """Write down that a month's tallies are handed in on a day."""
    counts = {"rows_read": len(rows), "accepted": len(rows)}
    digest = sha256(f"lanternleaf {month}".encode()).hexdigest()
    order = ImportOrder("vestry-csv", digest, {"mode": "daily tallies"}, counts, len(rows))

    def deed(db: Session, act: Act) -> None:
        keep_import(db, act, order, rows, on=on)

    diary.write(on, deed, actor=FINANCE, authority="role:finance")


def _months(first: date, last: date) -> list[str]:
    return PatronageOrder(Span(first, last), 1).months


def _disputes(diary: Diary, random: Random, staying: Sequence[Provider]) -> None:
    """Write 12 disputes about two months, most of them decided, and who attested November."""
    early = [one for one in staying if one.joined_on < date(2025, 3, 1)]
    for number, provider in enumerate(random.sample(early, 12)):
        decided = None if number in {5, 11} else random.random() < 0.5
        minutes = random.randrange(30, 301, 10)
        _dispute(diary, provider.person.id, ("2025-05", "2025-08")[number % 2], minutes, decided)
    for provider in random.sample(early, 120):

        def attesting(db: Session, act: Act, id: str = provider.person.id) -> None:
            months.answer_statement(db, act, id, "2025-11", Answer.ATTESTED, on=date(2025, 12, 9))

        diary.write(date(2025, 12, 9), attesting, actor=provider.person.id, authority="provider:own")


def _dispute(diary: Diary, provider: str, month: str, minutes: int, decided: bool | None) -> None:
    """Write a dispute and, unless it is left open, whether it was accepted."""
    on = month_of(month).sunday + timedelta(days=9)
    about = DisputeAbout.MISSING if minutes > 150 else DisputeAbout.MINUTES

    def deed(db: Session, act: Act) -> None:
        case = months.open_dispute(db, act, provider, month, about=about, minutes=minutes, on=on)
        steward = Act(STEWARD, "role:steward", act.now, act.entropy)
        months.step_dispute(db, steward, case.id, DisputeState.IN_REVIEW, on=on)
        if decided is not None:
            state = DisputeState.ACCEPTED if decided else DisputeState.REJECTED
            finding = Finding.RECORD_WRONG if decided else Finding.RECORD_RIGHT
            months.step_dispute(db, steward, case.id, state, on=on, finding=finding)

    diary.write(on, deed, actor=provider, authority="provider:own")


def close(diary: Diary, month: str, *, on: date) -> None:
    """Write down that a month is closed on a day; what is disputed is held back."""

    def deed(db: Session, act: Act) -> None:
        needed = sum(one.minutes for one in months.disputes_of(db, month) if one.state.is_open)
        months.close_period(db, act, month, requester=FINANCE, on=on, holdback=needed)

    diary.write(on, deed, actor=BOARD, authority="board:close")


def _patronage(diary: Diary) -> None:
    """Write two periods' patronage: the second half of 2024 and the first of 2025."""
    _share(diary, 2024, 18_250_000, Span(date(2024, 7, 1), date(2024, 12, 31)), date(2025, 3, 5))
    _share(diary, 2025, 24_000_000, Span(date(2025, 1, 1), date(2025, 6, 30)), date(2025, 9, 10))


def _share(diary: Diary, year: int, net: int, span: Span, on: date) -> None:
    def deed(db: Session, act: Act) -> None:
        order = SurplusOrder(year, net, SurplusPolicy(RESERVE), 37, 40, f"members:surplus-{year}")
        falls = capital.state_surplus(db, act, order, on=on)
        draft, _ = declarations.preview(db, act, PatronageOrder(span, falls.allocable), on=on)
        board = Act(BOARD, f"members:surplus-{year}", act.now, act.entropy)
        declarations.declare_patronage(
            db, board, draft.id, terms_hash=draft.terms_hash, resolution_ref=f"members:surplus-{year}", on=on
        )

    diary.write(on, deed, actor=FINANCE, authority=f"members:surplus-{year}")
