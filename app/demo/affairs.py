"""What goes on at Lanternleaf today with its people and its money, beside work and votes: who leaves, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app import dismissals, grant_batches, layoffs, leaves
from app.demo import delivery, story
from app.demo.cast import Person
from app.demo.votes import FOUNDERS
from app.imports.grants.matching import Fate, Line
from app.imports.sessions import undoing
from app.people.holders import add_named_holder
from governance.layoffs import CaseOrder, record_view
from ledger import members
from ledger.equity import register
from ledger.equity.grants import GrantOrder
from ledger.equity.leaving import LeavingOrder
from ledger.equity.securities import position
from ledger.equity.values import EngagementKind, Group, HolderKind, LeavingReason, Security
from ledger.equity.vesting.leave import Leave
from ledger.members import MemberClass
from ledger.reading import every
from ledger.sessions import capital, declarations, deliveries, months, solvency
from ledger.sessions.capital import SurplusOrder
from ledger.sessions.declarations import PatronageOrder
from ledger.sessions.deliveries import ImportOrder, keep_import
from ledger.sessions.disputes import DisputeState
from ledger.sessions.records import DisputeAbout, Finding
from ledger.sessions.solvency import SolvencyOrder
from ledger.sessions.surplus import SurplusPolicy
from ledger.sessions.values import Attendance, Category, Delivery, Modality
from ledger.sessions.weights import Span
from ledger.types import Act

if TYPE_CHECKING:
    from app.demo.build import Diary

GOING = 12
"""Of the providers, the last so many are those who leave, or may have to: they get no grants and file no disputes."""

NEWCOMERS = (
    Person("hld_newcomer_001", "נעמה שרון", "naama.1@lanternleaf.example"),
    Person("hld_newcomer_002", "ليلى الحداد", "layla.2@lanternleaf.example"),
)
SPAN = Span(date(2025, 7, 1), date(2025, 12, 31))
SURPLUS_CENTS = 26_500_000


def write(diary: Diary, providers: Sequence[str], today: date, month: str) -> None:
    """Write them into the diary; ``month`` is the last that has a statement."""
    going = providers[-GOING:]
    _newcomers(diary, today)
    _leaves(diary, going, today)
    _told(diary, providers[1], going[4:9], today)
    _disputes(diary, providers[6:8], today, month)
    _imports(diary, providers[8], today)
    _money(diary, providers[8:40], today)


def write_batches(diary: Diary, orders: Sequence[GrantOrder], today: date) -> None:
    """Write two batches of grants: one that the board returned, and one that waits for it."""
    half = len(orders) // 2

    def handing_in(db: Session, act: Act, part: Sequence[GrantOrder], because: str) -> None:
        lines = [Line(number, "", one, Fate.CREATED) for number, one in enumerate(part, 2)]
        made = grant_batches.keep(db, act, lines, on=act.now.date())
        if because:
            board = Act(FOUNDERS[1], "role:board", act.now, act.entropy)
            grant_batches.give_back(db, board, made.id, reason=because)

    why = "The second grant is larger than what we agreed on. Please look again."
    for part, because, days in ((orders[:half], why, 3), (orders[half:], "", 1)):

        def deed(db: Session, act: Act, part: Sequence[GrantOrder] = part, because: str = because) -> None:
            handing_in(db, act, part, because)

        diary.write(today - timedelta(days=days), deed, actor=FOUNDERS[0], authority="role:steward")


def _newcomers(diary: Diary, today: date) -> None:
    on = today - timedelta(days=30)

    def joining(db: Session, act: Act) -> None:
        for who in NEWCOMERS:
            document = {"name": who.name, "email": who.email}
            add_named_holder(db, act, document, kind=HolderKind.INDIVIDUAL, on=on, licensed=True, id=who.id)
            register.engage(db, act, who.id, kind=EngagementKind.W2, shown_as=Group.PROVIDER, on=on)
            members.admit(db, act, who.id, MemberClass.PROVIDER, on=on, buy_in_due=25_000)

    diary.write(on, joining, actor=story.STEWARD, authority="role:steward")


def _leaves(diary: Diary, going: Sequence[str], today: date) -> None:
    """Write who is on leave, who left and may still exercise, and a dismissal that waits for the board."""
    on = today - timedelta(days=2)

    def pausing(db: Session, act: Act) -> None:
        away = next((who for who in going[10:] if leaves.vesting_of(db, who, on)), None)
        if away is not None:
            leaves.begin(db, act, away, Leave.UNPAID_PERSONAL, on=on, until=today + timedelta(days=100))

    def leaving(db: Session, act: Act) -> None:
        gone = next((who for who in going[:4] if _exercisable(db, who, on)), going[0])
        layoffs.leave(db, act, LeavingOrder(gone, LeavingReason.VOLUNTARY_OTHER, on))
        members.end_membership(db, act, gone, on=on, reason="Left the cooperative.")

    def asking(db: Session, act: Act) -> None:
        dismissals.ask(db, act, going[9], on=today, appeal_until=today + timedelta(days=45))

    diary.write(on, pausing, actor=story.STEWARD, authority="plan:leave")
    diary.write(on, leaving, actor=story.STEWARD, authority="board:termination")
    diary.write(today - timedelta(days=1), asking, actor=FOUNDERS[0], authority="role:steward")


def _exercisable(db: Session, who: str, on: date) -> int:
    held = [position(db, one.id) for one in every(db, Security, holder=who)]
    return sum(one.exercisable(on) for one in held)


def _told(diary: Diary, council: str, affected: Sequence[str], today: date) -> None:
    """Write a layoff case of which the council has said what it thinks, and those concerned know."""
    filed, told = today - timedelta(days=20), today - timedelta(days=10)

    def filing(db: Session, act: Act) -> None:
        last = told + timedelta(days=75)
        order = CaseOrder("Two schools ended their contracts.", frozenset(affected), told, last, 15)
        made = layoffs.file_case(db, act, order, on=filed)
        mine = Act(council, "role:council", act.now, act.entropy)
        text = "Three of the five could see the clients who wait in Albany. We ask for that to be tried first."
        record_view(db, mine, made.case.id, text, on=filed)

    diary.write(filed, filing, actor=story.STEWARD, authority=f"board:{filed:%Y-%m}")


def _disputes(diary: Diary, providers: Sequence[str], today: date, month: str) -> None:
    """Write a dispute that was rejected, and one about which the council is asked."""
    on = today - timedelta(days=2)

    def disputing(db: Session, act: Act) -> None:
        case = months.open_dispute(db, act, act.actor, month, about=DisputeAbout.MISSING, minutes=150, on=on)
        steward = Act(story.STEWARD, "role:steward", act.now, act.entropy)
        months.step_dispute(db, steward, case.id, DisputeState.IN_REVIEW, on=on)
        finding = Finding.RECORD_RIGHT
        months.step_dispute(db, steward, case.id, DisputeState.REJECTED, on=on, finding=finding)
        if act.actor == providers[1]:
            months.step_dispute(db, act, case.id, DisputeState.APPEALED, on=on)

    for who in providers:
        diary.write(on, disputing, actor=who, authority="provider:own")


def _imports(diary: Diary, provider: str, today: date) -> None:
    """Write an import of which rows were rejected and that somebody asks to undo, and a row put right later."""
    on = today - timedelta(days=1)

    def importing(db: Session, act: Act) -> None:
        mark = sha256(f"group {on}".encode()).hexdigest()[:32]
        row = Delivery(provider, on, Category.GROUP, Modality.VIDEO, Attendance.DELIVERED, 2, 120, mark)
        counts = {"rows_read": 5, "accepted": 1, "rejected": 4}
        digest = sha256(f"lanternleaf groups {on}".encode()).hexdigest()
        made = keep_import(
            db, act, ImportOrder("vestry-csv", digest, {"mode": "daily tallies"}, counts, 1), [row], on=on
        )
        undoing.ask_undo(db, act, made.id, reason="It is the file of last week, with four rows of another clinic.")

    def correcting(db: Session, act: Act) -> None:
        first = today - timedelta(days=120)
        found = deliveries.rows_of(db, provider, first, first + timedelta(days=30))
        if found:
            deliveries.correct_row(db, act, found[0].n, found[0].i, instead=None, on=on)

    diary.write(on, correcting, actor=delivery.FINANCE, authority="role:finance")
    diary.write(on, importing, actor=delivery.FINANCE, authority="role:finance")


def _money(diary: Diary, consenting: Sequence[str], today: date) -> None:
    """Write a surplus with some left to declare, patronage that waits for approval, solvency, and consents."""
    on, year = today - timedelta(days=5), max(today.year, 2026)

    def consent(db: Session, act: Act) -> None:
        declarations.consent(db, act, act.actor, is_given=True, on=on)

    def stating(db: Session, act: Act) -> None:
        order = SurplusOrder(year, SURPLUS_CENTS, SurplusPolicy(delivery.RESERVE), 37, 40, f"members:surplus-{year}")
        falls = capital.state_surplus(db, act, order, on=on)
        pool = PatronageOrder(SPAN, falls.allocable * 6 // 10)
        if all(months.close_of(db, month) for month in pool.months):
            declarations.preview(db, act, pool, on=on)

    def solvent(db: Session, act: Act) -> None:
        order = SolvencyOrder(62_000_000, 21_000_000, pays_debts=True, resolution_ref=f"board:{on:%Y-%m}")
        solvency.state_solvency(db, act, order, on=on)

    for who in consenting:
        diary.write(on, consent, actor=who, authority="role:member")
    diary.write(on, stating, actor=delivery.FINANCE, authority=f"members:surplus-{year}")
    diary.write(on, solvent, actor=delivery.BOARD, authority=f"board:{on:%Y-%m}")
