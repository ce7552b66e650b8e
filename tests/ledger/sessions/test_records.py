"""Sessions on record, on both databases: batches, corrections, late rows, weights, statements, disputes, closes."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - builds every table
from ledger import journal
from ledger.errors import AlreadyExists, FourEyes, NotAllowedNow, NotFound, NotReversible
from ledger.sessions import choices, deliveries, months
from ledger.sessions.disputes import DisputeState
from ledger.sessions.errors import AboveCeiling, AlreadyAttested, DisputesOpen, OnlyTheProvider, StepRefused
from ledger.sessions.leave_credit import ProtectedLeave
from ledger.sessions.recorded import recorded, standing_row
from ledger.sessions.records import DisputeAbout, Finding, RowKind
from ledger.sessions.statements import Answer, StatementState
from ledger.sessions.thresholds import Limits
from ledger.sessions.weeks import period_of
from ledger.sessions.weights import Span, Weight, month_of, weights
from ledger.verify import verify
from tests import make
from tests.ledger.sessions.hands import AFTER_JULY, AUGUST, JULY, MONDAY, delivered, handed_in, policy, week


def own_limits(db: Session, provider: str, day: int, per_week: int, on: date = date(2025, 1, 1)) -> None:
    """Thresholds a provider set for themselves."""
    choices.set_threshold(db, make.act(provider), provider, Limits(day, per_week), on=on)


def weight(db: Session, provider: str, period: str = JULY) -> Weight:
    """A provider's weight in a month."""
    return weights(db, month_of(period), known_at=journal.size(db))[provider]


def test_ana_is_credited_a_thousand_minutes_in_whatever_order_her_sessions_came(db: Session) -> None:
    """Scenario 35."""
    policy(db)
    ana = make.holder(db).id
    own_limits(db, ana, 5, 20)
    rows = week(ana, [7, 8, 7, 6, 4])
    handed_in(db, rows[3:])
    handed_in(db, rows[:3][::-1])
    assert weight(db, ana).credited == 1_000
    assert verify(db).fault is None


def test_two_long_days_are_credited_up_to_the_daily_threshold(db: Session) -> None:
    """Scenario 36: nine and nine sessions, five a day count."""
    policy(db)
    cy = make.holder(db).id
    choices.set_threshold(db, make.act(cy), cy, Limits(5, None), on=date(2025, 1, 1))
    handed_in(db, week(cy, [9, 9]))
    assert weight(db, cy).credited == 500


def test_the_same_file_twice_changes_nothing(db: Session) -> None:
    policy(db)
    ana = make.holder(db).id
    rows = week(ana, [3, 3])
    handed_in(db, rows, digest="ab" * 32)
    entries = journal.size(db)
    with pytest.raises(AlreadyExists, match="imported already"):
        handed_in(db, rows, digest="ab" * 32)
    assert journal.size(db) == entries
    assert recorded(db, [*(row.fingerprint for row in rows), "00" * 16]) == {row.fingerprint: row for row in rows}


def test_a_large_import_is_one_entry_for_each_ten_thousand_rows(db: Session) -> None:
    ana = make.holder(db).id
    rows = [delivered(ana, MONDAY) for _ in range(10_001)]
    before = journal.size(db)
    handed_in(db, rows)
    assert journal.size(db) == before + 3
    verdict = verify(db)
    assert (verdict.fault, verdict.records["delivery"]) == (None, 10_001)


def test_a_correction_reverses_the_row_and_tells_it_anew(db: Session) -> None:
    """Scenarios 40 and 41."""
    policy(db)
    ana = make.holder(db).id
    handed_in(db, [delivered(ana, MONDAY, minutes=45)])
    [placed] = deliveries.rows_of(db, ana, MONDAY, MONDAY)
    undone, anew = deliveries.correct_row(
        db, make.act(), placed.n, placed.i, instead=delivered(ana, MONDAY, minutes=55), on=AFTER_JULY
    )
    assert (undone.minutes, anew.minutes) == (-45, 55)
    assert [item.row.kind for item in deliveries.rows_of(db, ana, MONDAY, MONDAY)] == [
        RowKind.ORIGINAL,
        RowKind.REVERSAL,
        RowKind.ADJUSTMENT,
    ]
    assert weight(db, ana).credited == 55
    for n, i, complaint in ((placed.n, placed.i, "already"), (placed.n + 1, 0, "can't be reversed")):
        with pytest.raises(NotReversible, match=complaint):
            deliveries.correct_row(db, make.act(), n, i, instead=None, on=AFTER_JULY)
    with pytest.raises(NotFound):
        deliveries.correct_row(db, make.act(), 0, 99, instead=None, on=AFTER_JULY)


def test_what_was_corrected_is_known_and_what_was_reversed_may_come_again(db: Session) -> None:
    ana = make.holder(db).id
    first, second, third, other = (delivered(ana, MONDAY, minutes=minutes) for minutes in (45, 55, 50, 60))
    handed_in(db, [first, other])
    prints = [row.fingerprint for row in (first, second, third, other)]
    for wrong, right in ((first, second), (second, third)):
        placed = standing_row(db, wrong.fingerprint)
        deliveries.correct_row(db, make.act(), placed.n, placed.i, instead=right, on=AFTER_JULY)
        known = recorded(db, prints)
        assert known[wrong.fingerprint] == known[right.fingerprint] == known[first.fingerprint] == right
    placed = standing_row(db, other.fingerprint)
    deliveries.correct_row(db, make.act(), placed.n, placed.i, instead=None, on=AFTER_JULY)
    assert set(recorded(db, prints)) == {row.fingerprint for row in (first, second, third)}
    with pytest.raises(NotFound):
        standing_row(db, other.fingerprint)
    handed_in(db, [other])
    assert recorded(db, prints)[other.fingerprint] == other


def test_an_import_is_undone_by_reversal_and_can_come_again(db: Session) -> None:
    policy(db)
    ana = make.holder(db).id
    rows = week(ana, [2, 2])
    first = handed_in(db, rows, digest="cd" * 32)
    deliveries.undo_import(db, make.act(), first.id, reason="The wrong file.")
    assert weights(db, month_of(JULY), known_at=journal.size(db)) == {}
    assert recorded(db, [rows[0].fingerprint]) == {}
    handed_in(db, rows, digest="cd" * 32)
    assert weight(db, ana).credited == 200
    with pytest.raises(NotFound):
        deliveries.undo_import(db, make.act(), first.id, reason="Again.")
    assert verify(db).fault is None


def test_late_rows_count_in_the_current_month_with_the_limits_of_their_own_week(db: Session) -> None:
    """Scenario 39."""
    policy(db)
    ana = make.holder(db).id
    own_limits(db, ana, 5, 20)
    handed_in(db, week(ana, [4, 4, 4, 3, 3]))
    months.close_period(db, make.act("usr_board"), JULY, requester="usr_finance", on=AFTER_JULY)
    own_limits(db, ana, 9, 40, on=AFTER_JULY)
    handed_in(db, [delivered(ana, MONDAY + timedelta(days=3)), delivered(ana, MONDAY + timedelta(days=4))], on=AUGUST)
    handed_in(db, [delivered(ana, MONDAY + timedelta(days=n)) for n in (3, 4)], on=AUGUST)
    assert weight(db, ana).credited == 900  # July stays as it was closed
    assert weight(db, ana, "2025-08") == Weight(ana, 0, late=100)  # 18 of 20 were used: two more fit
    assert weights(db, month_of("2025-09"), known_at=journal.size(db)) == {}  # and they count once


def test_a_lowered_ceiling_caps_from_its_week_on_and_no_earlier(db: Session) -> None:
    """Scenario 37."""
    policy(db, Limits(None, 25))
    ana = make.holder(db).id
    own_limits(db, ana, 9, 25)
    policy(db, Limits(None, 22), effective_from=date(2025, 9, 1))
    handed_in(db, week(ana, [5, 5, 5, 5, 5], date(2025, 8, 25)), on=date(2025, 9, 10))
    handed_in(db, week(ana, [5, 5, 5, 5, 5], date(2025, 9, 1)), on=date(2025, 9, 10))
    assert weight(db, ana, "2025-08").credited == 25 * 50
    assert weight(db, ana, "2025-09").credited == 22 * 50


def test_only_the_provider_sets_thresholds_and_from_next_monday(db: Session) -> None:
    """Scenario 38."""
    policy(db, Limits(6, 22))
    ana = make.holder(db).id
    with pytest.raises(OnlyTheProvider):
        choices.set_threshold(db, make.act("usr_steward"), ana, Limits(3, 10), on=MONDAY)
    with pytest.raises(AboveCeiling):
        own_limits(db, ana, 7, 22, on=MONDAY)
    setting = choices.set_threshold(db, make.act(ana), ana, Limits(3, 10), on=MONDAY + timedelta(days=2))
    assert setting.from_week == MONDAY + timedelta(days=7)


def test_protected_leave_is_credited_at_the_mean_of_thirteen_weeks_for_twelve_weeks(db: Session) -> None:
    """Scenario 52."""
    policy(db)
    ana = make.holder(db).id
    for n in range(13):
        handed_in(db, week(ana, [4, 4, 4], date(2025, 4, 7) + timedelta(weeks=n)))
    leave = ProtectedLeave(MONDAY, MONDAY + timedelta(days=14 * 7 - 1))
    choices.take_leave(db, make.act(), ana, leave, on=AFTER_JULY)
    assert weight(db, ana) == Weight(ana, 600, leave=4 * 600)  # one week of July was worked
    whole = Span(month_of(JULY).first, month_of("2025-10").last)
    assert weights(db, whole, known_at=journal.size(db))[ana].leave == 12 * 600


def test_council_service_counts_two_hours_a_week_at_most(db: Session) -> None:
    policy(db)
    ana = make.holder(db).id
    choices.serve_council(db, make.act(), ana, MONDAY, 90, on=AFTER_JULY)
    choices.serve_council(db, make.act(), ana, MONDAY + timedelta(days=4), 90, on=AFTER_JULY)
    assert weight(db, ana) == Weight(ana, 0, council=120)


def test_a_statement_is_attested_once_by_its_provider(db: Session) -> None:
    policy(db)
    ana = make.holder(db).id
    handed_in(db, week(ana, [2, 3]))
    assert months.state_of(db, ana, JULY, AFTER_JULY) is StatementState.ISSUED
    assert months.state_of(db, ana, JULY, date(2025, 8, 21)) is StatementState.UNATTESTED
    with pytest.raises(OnlyTheProvider):
        months.answer_statement(db, make.act(), ana, JULY, Answer.ATTESTED, on=AFTER_JULY)
    told = months.answer_statement(db, make.act(ana), ana, JULY, Answer.ATTESTED, on=AFTER_JULY)
    assert (told.sessions, told.minutes, told.credited, told.credited_sessions) == (5, 250, 250, Fraction(5))
    assert months.state_of(db, ana, JULY, AFTER_JULY) is StatementState.ATTESTED
    with pytest.raises(AlreadyAttested):
        months.answer_statement(db, make.act(ana), ana, JULY, Answer.ATTESTED, on=AFTER_JULY)


def test_a_month_closes_over_a_dispute_only_when_enough_is_held_back(db: Session) -> None:
    """Scenario 42."""
    policy(db)
    ana = make.holder(db).id
    handed_in(db, week(ana, [2]))
    dispute = months.open_dispute(db, make.act(ana), ana, JULY, about=DisputeAbout.MISSING, minutes=300, on=AFTER_JULY)
    assert months.state_of(db, ana, JULY, AFTER_JULY) is StatementState.DISPUTED
    with pytest.raises(StepRefused):
        months.answer_statement(db, make.act(ana), ana, JULY, Answer.ATTESTED, on=AFTER_JULY)
    for holdback in (None, 299):
        with pytest.raises(DisputesOpen, match="300 minutes"):
            months.close_period(
                db, make.act("usr_board"), JULY, requester="usr_finance", on=AFTER_JULY, holdback=holdback
            )
    close = months.close_period(db, make.act("usr_board"), JULY, requester="usr_finance", on=AFTER_JULY, holdback=300)
    assert close.holdback == 300
    with pytest.raises(AlreadyExists):
        months.close_period(db, make.act("usr_board"), JULY, requester="usr_finance", on=AFTER_JULY)
    with pytest.raises(NotAllowedNow):
        months.open_dispute(db, make.act(ana), ana, JULY, about=DisputeAbout.DATE, minutes=5, on=AUGUST)
    assert months.dispute_by_id(db, dispute.id).state is DisputeState.OPEN


def test_a_rejected_dispute_goes_to_the_council_and_not_to_who_rejected_it(db: Session) -> None:
    policy(db)
    ana = make.holder(db).id
    dispute = months.open_dispute(db, make.act(ana), ana, JULY, about=DisputeAbout.MINUTES, minutes=20, on=AFTER_JULY)

    def step(actor: str, to: DisputeState, finding: Finding | None = None) -> DisputeState:
        return months.step_dispute(db, make.act(actor), dispute.id, to, on=AUGUST, finding=finding).state

    step("usr_steward", DisputeState.IN_REVIEW)
    step("usr_steward", DisputeState.REJECTED, Finding.RECORD_RIGHT)
    step(ana, DisputeState.APPEALED)
    with pytest.raises(FourEyes):
        step("usr_steward", DisputeState.COUNCIL_REJECTED, Finding.RECORD_RIGHT)
    assert step("usr_council", DisputeState.COUNCIL_ACCEPTED, Finding.RECORD_WRONG) is DisputeState.COUNCIL_ACCEPTED
    with pytest.raises(StepRefused):
        step("usr_council", DisputeState.IN_REVIEW)


def test_a_close_needs_two_people_and_a_month_that_is_over(db: Session) -> None:
    with pytest.raises(FourEyes):
        months.close_period(db, make.act("usr_finance"), JULY, requester="usr_finance", on=AFTER_JULY)
    with pytest.raises(NotAllowedNow, match="2025-08-03"):
        months.close_period(db, make.act("usr_board"), JULY, requester="usr_finance", on=date(2025, 8, 3))


def test_one_person_asks_for_a_close_and_another_approves_it(db: Session) -> None:
    policy(db)
    ana = make.holder(db).id
    handed_in(db, week(ana, [2]))
    months.open_dispute(db, make.act(ana), ana, JULY, about=DisputeAbout.MISSING, minutes=300, on=AFTER_JULY)
    with pytest.raises(DisputesOpen):
        months.ask_close(db, make.act("usr_finance"), JULY, on=AFTER_JULY, holdback=299)
    asked = months.ask_close(db, make.act("usr_finance"), JULY, on=AFTER_JULY, holdback=300)
    with pytest.raises(FourEyes):
        months.approve_close(db, make.act("usr_finance"), asked.id, on=AFTER_JULY)
    close = months.approve_close(db, make.act("usr_board"), asked.id, on=AFTER_JULY)
    assert (close.period, close.holdback, close.requester, close.approver) == (JULY, 300, "usr_finance", "usr_board")
    with pytest.raises(AlreadyExists):
        months.ask_close(db, make.act("usr_finance"), JULY, on=AUGUST)
    with pytest.raises(NotFound):
        months.approve_close(db, make.act("usr_board"), "cls_none", on=AUGUST)


def test_nobody_records_their_own_council_service(db: Session) -> None:
    ana = make.holder(db).id
    with pytest.raises(FourEyes):
        choices.serve_council(db, make.act(ana), ana, MONDAY, 90, on=AFTER_JULY)


def test_a_changed_session_row_is_found(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        ana = make.holder(db).id
        handed_in(db, week(ana, [2, 3]))
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER delivery_no_update"))
        else:
            connection.execute(text("ALTER TABLE delivery DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE delivery SET minutes = minutes + 1 WHERE i = 1"))
    with Session(engine) as db:
        fault = verify(db).fault
    assert fault is not None
    assert (fault.table, fault.message) == ("delivery", "its rows are not those whose root the entry holds")


def test_the_weeks_of_a_month_are_those_whose_thursday_lies_in_it() -> None:
    assert Span(date(2025, 7, 1), date(2025, 7, 31)).monday == date(2025, 6, 30)
    assert Span(date(2025, 7, 1), date(2025, 7, 31)).sunday == date(2025, 8, 3)
    assert period_of(date(2025, 6, 30)) == JULY
    assert period_of(date(2025, 8, 3)) == JULY
    assert period_of(date(2025, 8, 4)) == "2025-08"
