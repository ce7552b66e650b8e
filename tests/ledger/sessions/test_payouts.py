"""Capital paid out on both databases: exits as promised, notices as they revolve, each payment as the board states."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.verification import verify_all
from ledger import journal, members
from ledger.entries import Draft, money, move
from ledger.equity.leaving import LeavingOrder, terminate
from ledger.equity.reversals import reverse
from ledger.equity.values import LeavingReason
from ledger.errors import DatesOutOfOrder, FourEyes, Invalid, NotAllowedNow, NotFound, NotReversible, QuantityInvalid
from ledger.reading import every
from ledger.sessions import capital, payouts
from ledger.sessions.errors import BalanceTooLow, NotSolvent, OutOfTurn
from ledger.sessions.records import ExitSchedule, Payout, Redemption, SolvencyStatement
from ledger.sessions.redemption import ExitCause, decode
from ledger.sessions.solvency import SolvencyOrder, payable, refuse_unless_solvent
from tests import make
from tests.ledger.sessions.board import solvent
from tests.ledger.sessions.hands import AUGUST, closed, policy, worked
from tests.ledger.sessions.test_declarations import declared, july, surplus

LEFT = date(2025, 9, 16)
YEAR_END = date(2025, 12, 31)


def paid_in(db: Session, cents: int) -> str:
    """A member who paid so much in."""
    member = make.holder(db).id
    capital.pay_in(db, make.act(), member, cents, on=date(2024, 1, 1))
    return member


def credited(db: Session) -> str:
    """A member who paid $500.00 in and holds notices of $431.02 of 2025: the worked $931.02."""
    make.company(db)
    policy(db)
    member = paid_in(db, 50_000)
    worked(db, {member: 600})
    closed(db)
    surplus(db)
    [part] = declared(db, july(53_878))
    assert part.retained == 43_102
    return member


def left(db: Session, member: str, reason: LeavingReason = LeavingReason.VOLUNTARY_OTHER) -> None:
    terminate(db, make.act(), LeavingOrder(member, reason, LEFT))


def promised(db: Session, member: str, cause: ExitCause = ExitCause.LEFT, on: date = LEFT) -> ExitSchedule:
    return payouts.promise_exit(db, make.act("usr_finance"), member, cause, on=on)


def paid(db: Session, schedule: ExitSchedule, on: date, **order: int | str) -> int:
    return payouts.pay_exit(db, make.act("usr_finance"), schedule.id, on=on, **order)  # type: ignore[arg-type]


def test_the_worked_exit_is_promised_and_paid_in_five_years(db: Session) -> None:
    """Scenario 51: 186.21, 186.21, 186.20, 186.20, 186.20; nothing leaves the account before it is paid (I21.3)."""
    member = credited(db)
    left(db, member)
    schedule = promised(db, member)
    cents = [each.cents for each in decode(schedule.instalments)]
    assert cents == [18_621, 18_621, 18_620, 18_620, 18_620]
    assert capital.balances(db)[member] == 93_102
    held = []
    for year in range(2026, 2031):
        day = date(year, 2, 15)
        assert [due.instalment.due_on.year for due in payouts.dues(db, day)] == [year]
        solvent(db, day)
        assert paid(db, schedule, day) == cents[year - 2026]
        held.append(capital.balances(db)[member])
    assert held == [74_481, 55_860, 37_240, 18_620, 0]
    # notices of 2025 first, then what was paid in
    assert sum(one.amount for one in every(db, Redemption)) == 43_102
    assert payouts.dues(db, date(2040, 1, 1)) == []
    with pytest.raises(BalanceTooLow):
        paid(db, schedule, date(2030, 3, 1))
    capital.check_books(db)
    assert verify_all(db).fault is None


def test_an_exit_is_promised_to_who_left_and_only_of_what_is_not_promised_yet(db: Session) -> None:
    make.company(db)
    member = paid_in(db, 1_000)
    with pytest.raises(NotAllowedNow, match="has not left"):
        promised(db, member)
    left(db, member)
    with pytest.raises(DatesOutOfOrder):
        promised(db, member, on=LEFT - timedelta(days=1))
    promised(db, member)
    with pytest.raises(NotAllowedNow, match="not promised already"):
        promised(db, member)
    capital.pay_in(db, make.act(), member, 5, on=LEFT)
    assert [each.cents for each in decode(promised(db, member).instalments)] == [1] * 5
    with pytest.raises(NotFound):
        promised(db, "hld_nobody")


def test_what_is_credited_years_after_leaving_is_not_promised_for_days_gone_by(db: Session) -> None:
    make.company(db)
    member = paid_in(db, 5)
    left(db, member)
    schedule = promised(db, member, on=date(2028, 5, 1))
    assert [each.due_on.year for each in decode(schedule.instalments)] == [2029, 2030, 2031, 2032, 2033]


def test_who_is_a_member_leaves_with_the_membership(db: Session) -> None:
    make.company(db)
    member = make.member(db)
    capital.pay_in(db, make.act(), member, 10, on=LEFT)
    assert payouts.day_left(db, member) is None
    members.end_membership(db, make.act(), member, on=LEFT, reason="Moved away.")
    assert payouts.day_left(db, member) == LEFT
    assert promised(db, member).left_on == LEFT


@pytest.mark.parametrize("cause", [ExitCause.DEATH, ExitCause.DISABILITY])
def test_after_death_or_disability_all_is_due_within_twelve_months(db: Session, cause: ExitCause) -> None:
    make.company(db)
    member = paid_in(db, 1_000)
    left(db, member, LeavingReason.INVOLUNTARY_DISABILITY)
    schedule = promised(db, member, cause)
    assert [(each.due_on, each.cents) for each in decode(schedule.instalments)] == [(date(2026, 9, 16), 1_000)]
    solvent(db, LEFT)
    assert paid(db, schedule, LEFT) == 1_000


def test_hardship_is_for_the_board_to_resolve_and_for_members_too(db: Session) -> None:
    make.company(db)
    member = paid_in(db, 1_000)
    with pytest.raises(Invalid, match="resolution"):
        promised(db, member, ExitCause.HARDSHIP)
    schedule = payouts.promise_exit(db, make.act(), member, ExitCause.HARDSHIP, on=LEFT, resolution="board:9")
    assert (schedule.left_on, schedule.resolution_ref) == (LEFT, "board:9")


def test_every_payment_rests_on_a_statement_by_somebody_else(db: Session) -> None:
    make.company(db)
    member = paid_in(db, 1_000)
    left(db, member)
    schedule = promised(db, member)
    with pytest.raises(NotSolvent, match="No statement"):
        paid(db, schedule, YEAR_END)
    stated = solvent(db, YEAR_END, 150)
    with pytest.raises(FourEyes):
        payouts.pay_exit(db, make.act("usr_board"), schedule.id, on=YEAR_END, cents=100)
    with pytest.raises(NotSolvent, match="150 cents can be paid out; this is 200"):
        paid(db, schedule, YEAR_END)
    paid(db, schedule, YEAR_END, cents=100)
    with pytest.raises(NotSolvent, match="50 cents can be paid out"):
        paid(db, schedule, YEAR_END, cents=51)
    paid(db, schedule, YEAR_END, cents=50)
    assert [(one.amount, one.solvency) for one in every(db, Payout)] == [(100, stated.id), (50, stated.id)]
    assert capital.balances(db)[member] == 850


def test_a_statement_counts_for_120_days_and_the_newest_one_alone(db: Session) -> None:
    make.company(db)
    member = paid_in(db, 1_000)
    left(db, member)
    schedule = promised(db, member)
    with pytest.raises(DatesOutOfOrder):
        solvent(db, YEAR_END, good_until=YEAR_END + timedelta(days=121))
    with pytest.raises(DatesOutOfOrder):
        solvent(db, YEAR_END, good_until=YEAR_END - timedelta(days=1))
    solvent(db, YEAR_END)
    with pytest.raises(NotSolvent, match="No statement"):
        paid(db, schedule, YEAR_END + timedelta(days=121))
    assert paid(db, schedule, YEAR_END + timedelta(days=120)) == 200
    solvent(db, date(2027, 1, 1))
    solvent(db, date(2027, 1, 2), pays_debts=False)
    with pytest.raises(NotSolvent, match="fall due"):
        paid(db, schedule, date(2027, 1, 3))
    assert paid(db, schedule, date(2027, 1, 1)) == 200


def test_a_statement_from_before_patronage_was_declared_is_stated_anew(db: Session) -> None:
    member = credited(db)
    left(db, member)
    schedule = promised(db, member)
    solvent(db, YEAR_END)
    declared(db, july(100))
    with pytest.raises(NotSolvent, match="states it anew"):
        paid(db, schedule, YEAR_END)
    solvent(db, YEAR_END)
    assert paid(db, schedule, YEAR_END) == 18_621


def test_notices_revolve_oldest_first_and_earlier_by_resolution(db: Session) -> None:
    member = credited(db)
    finance, day = make.act("usr_finance"), date(2029, 12, 31)
    solvent(db, day)
    with pytest.raises(OutOfTurn, match="0 cents are due"):
        payouts.redeem(db, finance, member, 100, on=day, cause="revolving")
    payouts.redeem(db, finance, member, 100, on=day, cause="need", resolution="board:3")
    [due] = payouts.dues(db, date(2030, 1, 1))
    assert (due.instalment.due_on, due.instalment.cents, due.fiscal_year) == (date(2030, 12, 31), 43_002, 2025)
    assert payouts.dues(db, day) == []
    solvent(db, date(2030, 6, 1))
    assert payouts.redeem(db, finance, member, 43_002, on=date(2030, 6, 1), cause="revolving") == {2025: 43_002}
    assert [one.resolution_ref for one in every(db, Payout)] == ["board:3", None]
    with pytest.raises(Invalid):
        payouts.redeem(db, finance, member, 1, on=day, cause=" ")


def test_what_a_schedule_promises_does_not_revolve(db: Session) -> None:
    member = credited(db)
    left(db, member)
    promised(db, member)
    day = date(2030, 6, 1)
    solvent(db, day)
    with pytest.raises(BalanceTooLow, match="0 cents are beside it"):
        payouts.redeem(db, make.act("usr_finance"), member, 100, on=day, cause="revolving")
    assert all(due.schedule for due in payouts.dues(db, day))


def test_a_loss_after_the_promise_is_borne_by_the_last_instalments(db: Session) -> None:
    member = credited(db)
    left(db, member)
    schedule = promised(db, member)
    journal.append(db, make.act(), _loss_of(member, 93_000))
    assert payouts.notices_of(db, member) == {2025: 102}
    solvent(db, YEAR_END)
    assert paid(db, schedule, YEAR_END) == 102
    with pytest.raises(BalanceTooLow, match="nothing to pay"):
        paid(db, schedule, YEAR_END)


def _loss_of(member: str, cents: int) -> Draft:
    postings = move(money("USD"), cents, capital.capital(member), capital.book("USD"))
    return Draft(capital.CapitalEntry.LOSS_SHARED, AUGUST, (), postings)


def test_a_promise_and_a_statement_are_not_undone_while_payments_rest_on_them(db: Session) -> None:
    make.company(db)
    member = paid_in(db, 1_000)
    left(db, member)
    promise = journal.size(db)
    schedule = promised(db, member)
    stated = journal.size(db)
    solvent(db, YEAR_END)
    payment = journal.size(db)
    paid(db, schedule, YEAR_END)
    for n in (promise, stated):
        with pytest.raises(NotReversible, match="rests on"):
            reverse(db, make.act(), n, reason="Typed wrong.")
    reverse(db, make.act(), payment, reason="The bank sent it back.")
    assert capital.balances(db)[member] == 1_000
    assert paid(db, schedule, YEAR_END) == 200


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.lists(st.integers(1, 10**9), max_size=5))
def test_no_payments_come_to_more_than_the_board_stated(assets: int, debts: int, wanted: list[int]) -> None:
    statement = SolvencyStatement("slv_1", assets, debts, True, YEAR_END, "board:1", "usr_board")
    out = 0
    for cents in wanted:
        try:
            refuse_unless_solvent(statement, cents, on=YEAR_END, paid=out)
        except NotSolvent:
            continue
        out += cents
        assert assets - out >= debts
    assert payable(statement, out) == max(0, assets - debts - out)


def test_what_is_owned_and_owed_is_no_less_than_nothing() -> None:
    with pytest.raises(QuantityInvalid):
        SolvencyOrder(-1, 0, pays_debts=True, resolution_ref="board:1")
