"""The reconciliations of an audit: each holds on a record that adds up, and tells by its figures where one does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from python_calamine import load_workbook
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import closes, reports, ties
from app.db import Runner, make_engine
from app.errors import ChecksFail
from app.ties import captable, cooperative, expense, grants, happenings, promised, record, votes
from app.ties.captable import Pair
from app.ties.finding import Finding
from app.ties.grants import Made
from app.ties.wording import COVERS, SENTENCES, TITLES
from ledger import journal
from ledger.equity import exercise, leaving, reversals
from ledger.equity.captable.expenses import Booking, Expensed, Expenses
from ledger.equity.captable.pools import PoolBalance
from ledger.equity.captable.roll_forward import Measure, RollForward
from ledger.equity.captable.valued_awards import Costed, Unvalued
from ledger.equity.expense import Attribution, DayCount, Fate, Line, Recognised, Service, Valued
from ledger.equity.values import (
    Award,
    AwardType,
    EngagementKind,
    LeavingReason,
    Plan,
    ReturnRule,
    Security,
    SecurityKind,
)
from ledger.sessions import months
from ledger.sessions.notices import NoticeKind
from ledger.sessions.records import Allocation, PatronageDraft
from ledger.types import Cut, Price
from tests import make
from tests.ledger.sessions import hands
from tests.sample import sample_path

DAY = date(2024, 1, 15)
TODAY = date(2026, 3, 2)


@pytest.fixture
def db(sqlite_url: str) -> Iterator[Session]:
    """Yield a session on a company's empty record; which database it is makes no difference here."""
    engine = make_engine(sqlite_url)
    with Session(engine, expire_on_commit=False) as db:
        make.company(db)
        yield db
    engine.dispose()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Yield the sample cooperative, to be read only."""
    engine = make_engine(f"sqlite:///{sample_path(tmp_path_factory)}")
    yield Runner(engine)
    engine.dispose()


def now(db: Session) -> Cut:
    return Cut(TODAY, journal.size(db))


def failing(db: Session, cut: Cut | None = None) -> list[str]:
    return [one.name for one in ties.findings(db, cut or now(db)) if not one.holds]


@pytest.mark.parametrize("day", [date(2024, 6, 30), date(2025, 5, 20), date(2025, 12, 31)])
def test_all_hold_on_the_sample_cooperative(sample: Runner, day: date) -> None:
    def facts(db: Session) -> list[Finding]:
        return ties.findings(db, Cut(day, journal.size(db)))

    found = sample.read(facts)
    assert [one for one in found if not one.holds] == []
    assert [one.name for one in found] == list(ties.CHECKS)
    assert [one.number for one in found] == sorted({one.number for one in found})


def test_figures_of_the_sample_cooperative_are_those_of_its_reports(sample: Runner) -> None:
    found = {
        one.name: one for one in sample.read(lambda db: ties.findings(db, Cut(date(2025, 12, 31), journal.size(db))))
    }
    assert found["pools"].told == "Reserved 2,000,000; available, outstanding, issued and retired 2,000,000"
    assert found["resolutions"].told == "280 of 280 grants have a resolution in time"
    assert found["form-3921"].told == "4 forms for 4 exercises this year"
    assert found["capital"].told == "Accounts hold 367,784.76; the net book value is 367,784.76"
    assert found["patronage"].told == "Parts and what is held back 273,568.75; declared 273,568.75"


def test_a_workbook_tells_every_check_beside_where_its_figures_come_from(sample: Runner) -> None:
    made = sample.read(reports.rendered, "summary", "xlsx", as_of=date(2025, 12, 31))
    context = {
        str(name): str(told) for name, told in load_workbook(BytesIO(made)).get_sheet_by_name("Context").to_python()
    }
    assert [name for name in context if name.startswith("Check ")] == [f"Check {n}" for n in range(1, 24)]
    assert context["Check 14"] == (
        "holds: Each grant names the exemption it is made under. 280 of 280 grants name an exemption."
    )
    assert made == sample.read(reports.rendered, "summary", "xlsx", as_of=date(2025, 12, 31))


def test_each_check_has_its_words() -> None:
    assert list(TITLES) == list(SENTENCES) == list(ties.CHECKS)
    assert COVERS.keys() <= TITLES.keys()


def test_an_empty_record_adds_up(db: Session) -> None:
    assert failing(db) == []
    assert failing(db, Cut(date.max, journal.size(db))) == []
    assert failing(db, Cut(date(1900, 1, 1), 0)) == []


def test_a_later_entry_changes_no_finding_of_an_older_cut(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as db:
        make.company(db)
        _adds_nothing_to_the_past(db)


def _adds_nothing_to_the_past(db: Session) -> None:
    hands.policy(db)
    worker = make.holder(db).id
    hands.handed_in(db, hands.week(worker, (4, 4)))
    held = make.option(db, exemption="RULE_701")
    cut = now(db)
    before = ties.findings(db, cut)
    assert held.share_class is not None
    make.valuation(db, held.share_class.id, "0.90", on=date(2024, 1, 10))
    exercise.exercise(db, make.act(), held.security.id, 1_200, on=date(2025, 6, 1))
    order = leaving.LeavingOrder(held.security.holder, LeavingReason.VOLUNTARY_OTHER, date(2025, 6, 30))
    leaving.terminate(db, make.act(), order)
    hands.closed(db)
    hands.handed_in(db, hands.week(worker, (4, 4), date(2025, 7, 14)), on=hands.AUGUST)
    assert ties.findings(db, cut) == before
    assert failing(db) == []


def test_grants_transfers_and_reversals_leave_it_all_adding_up(db: Session) -> None:
    held = make.option(db, exemption="RULE_701", early_exercisable=True)
    certificate = exercise.exercise(db, make.act(), held.security.id, 4_000, on=date(2024, 6, 1))
    order = leaving.LeavingOrder(held.security.holder, LeavingReason.VOLUNTARY_OTHER, date(2025, 6, 30))
    [n] = leaving.terminate(db, make.act(), order)
    assert failing(db) == []
    reversals.reverse(db, make.act(), n, reason="Entered by mistake.")
    assert failing(db) == []
    assert certificate.quantity == 4_000


def test_what_does_not_hold_keeps_months_open(db: Session) -> None:
    hands.policy(db)
    held = make.misnamed(db)
    assert failing(db) == ["relationships"]
    asked = months.ask_close(db, make.act("usr_finance"), hands.JULY, on=hands.AFTER_JULY)
    refused = r"2025-07 can't be closed while these checks do not hold: 13 relationships\."
    with pytest.raises(ChecksFail, match=refused):
        closes.ask_close(db, make.act("usr_finance"), hands.JULY, on=hands.AFTER_JULY)
    with pytest.raises(ChecksFail, match=refused):
        closes.approve_close(db, make.act("usr_board"), asked.id, on=hands.AFTER_JULY)
    assert months.close_of(db, hands.JULY) is None
    assert ties.finding(db, "relationships", now(db)).offenders == (held.security.label,)


def test_a_month_is_closed_while_all_holds(db: Session) -> None:
    hands.policy(db)
    asked = closes.ask_close(db, make.act("usr_finance"), hands.JULY, on=hands.AFTER_JULY)
    closes.approve_close(db, make.act("usr_board"), asked.id, on=hands.AFTER_JULY)
    assert months.close_of(db, hands.JULY) is not None


def test_what_comes_for_a_closed_month_is_marked_and_told(db: Session) -> None:
    hands.policy(db)
    provider = make.holder(db)
    hands.closed(db)
    make.engage(db, provider, kind=EngagementKind.W2, on=date(2025, 7, 10))
    hands.handed_in(db, hands.week(provider.id, (4, 4)), on=hands.AUGUST)
    [n] = reversals.reverse(db, make.act(), journal.size(db) - 3, reason="Entered by mistake.")
    told = ties.finding(db, "closed-months", now(db))
    assert journal.entry_at(db, n).body["prior_period"] == hands.JULY
    assert told.told == "Entries for closed months after their close 2; marked 2"


def test_a_relationship_that_the_register_takes_back_is_told(db: Session) -> None:
    employee = make.holder(db, engaged=None)
    engaged = make.engage(db, employee, kind=EngagementKind.W2)
    held = make.option(db, to=employee, award_type=AwardType.ISO, exemption="RULE_701")
    leaving.change_engagement(db, make.act(), engaged.id, to=EngagementKind.C1099, on=DAY - timedelta(days=30))
    assert failing(db) == ["incentive-options", "relationships"]
    assert ties.finding(db, "relationships", now(db)).offenders == (held.security.label,)


# ── Each judgement by itself: what holds, and what does not ───────────────────────────────────────────────────────────


def security(label: str = "ES-1", **changes: Any) -> Security:
    made = Security(f"sec_{label}", label, SecurityKind.AWARD, "hld_1", 4_800, "cls_1", "pln_1")
    usual: dict[str, Any] = {"price": Price.parse("0.62", "USD"), "board_approved_on": DAY, "resolution_ref": "board:1"}
    return replace(made, **({"exemption": "RULE_701"} | usual | changes))


def granted(of: Security | None = None, **changes: Any) -> Made:
    award = Award("sec_1", AwardType.NSO, draft_id="dft_1", drafter="usr_1", approver="usr_2", engagement=W2)
    terms = {name: changes.pop(name) for name in ("award_type", "draft_id", "approver") if name in changes}
    made = Made(of or security(), replace(award, **terms), DAY, frozenset({W2}), Price.parse("0.62", "USD"))
    return replace(made, **changes)


W2 = EngagementKind.W2
PLAN = Plan("pln_1", "Provider plan", "cls_1", ReturnRule.RETURN_TO_POOL)
BALANCE = PoolBalance(PLAN, 0, 2_000, 0, 0, 0, 0, 0, 0, 0, 0, 1_300, 640, 0)
LINE = RollForward("pln_1", "Provider plan", Measure.AWARDS, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 700)
PROMISE = promised.Promise("ES-1", 0, 4_800, 4_800, 4_800, 4_800, 1_200, 1_200)
DELIVERY = happenings.Delivery("ES-1", "pln_1", 0, 1_200, 900, 900)
LOSS, LEAVER = happenings.Loss("#7", 0, 3_600, 3_600), happenings.Leaver("ES-1", DAY, DAY, 0)
HASHED = record.Hashed(2, (), "ab" * 32, "ab" * 32, "cd" * 32, "cd" * 32)
ROLL = votes.Roll("Fees", 3, 3, is_same=True, people=3, ballots=3)
WEEK = cooperative.Week(date(2025, 7, 7), 1_000, 1_600, Fraction(20), 20)
DRAFT = PatronageDraft("pat_1", DAY, DAY, 100_001, 9, "usr_1", {"alpha": "0", "disputed": 0}, "", "USD")
PARTS = (
    Allocation("pat_1", "hld_1", 300, 75_001, 15_001, 60_000, NoticeKind.QUALIFIED),
    Allocation("pat_1", "hld_2", 100, 25_000, 5_000, 20_000, NoticeKind.QUALIFIED),
)
SPLIT = cooperative.Split("2025-03-05", 2, DRAFT, PARTS)

VALUED = Valued(Fraction(1, 100), Service(DAY), ())
VESTED = Line(1, Fate.VESTED, Fraction(1), Fraction(1), Fraction(1, 100), Fraction(1, 100))
COST = Expensed(Costed(security(), AwardType.NSO, DAY, 0, VALUED, None, False), (Recognised(VESTED, 1, 1, 0),))
COSTS = Expenses(DAY, TODAY, Attribution.GRADED, DayCount.ELAPSED, (COST,), ())

HOLDS = [
    captable.judged_authorised([Pair("Common", 0, 10_000, 10_000)]),
    captable.judged_pools([replace(BALANCE, check=0), replace(BALANCE, reserved=None, available=None, check=None)]),
    captable.judged_roll_forward([LINE], [replace(LINE, opening=700)]),
    captable.judged_holders([Pair("Common", 2, 4_125, 4_125)], 1_000_000),
    promised.judged_instalments([PROMISE, replace(PROMISE, newest=None, accounted=0)]),
    promised.judged_vesting([PROMISE, replace(PROMISE, used=4_800, is_early=True)]),
    grants.judged_resolutions([granted(), granted(security(board_approved_on=None), draft_id=None)]),
    grants.judged_fair_values([granted(), granted(award_type=AwardType.RSU, fair=None)]),
    grants.judged_incentive_options([granted(award_type=AwardType.ISO), granted(engaged=frozenset())]),
    happenings.judged_certificates([DELIVERY, replace(DELIVERY, certified=None)]),
    happenings.judged_leavers([LOSS], [LEAVER]),
    happenings.judged_returns([happenings.Return("Provider plan", 0, 42_350, 42_350)]),
    grants.judged_relationships([granted(engaged=frozenset({W2, EngagementKind.OWNER}))]),
    grants.judged_exemptions([granted(), granted(security(exemption=None), draft_id=None)]),
    happenings.judged_forms_3921([("ES-1", DAY)], [("ES-1", DAY)]),
    expense.judged(COSTS, [Booking(DAY, TODAY, 1)]),
    cooperative.judged_capital({"members": 24_700, "collective": -500, "allocable": 100}, 24_300),
    cooperative.judged_patronage([SPLIT]),
    cooperative.judged_credit([WEEK, replace(WEEK, limit=None, sessions=Fraction(40))]),
    votes.judged_rolls([ROLL]),
    record.judged_hashes(HASHED),
    grants.judged_own_grants([granted(), granted(approver="hld_1", draft_id=None)]),
    record.judged_closed_months([record.Late("#7", is_marked=True)]),
]

BREAKS = [
    (captable.judged_authorised([Pair("Common", 0, 9_999, 10_000)]), "Common"),
    (captable.judged_pools([replace(BALANCE, check=1)]), "Provider plan"),
    (captable.judged_roll_forward([LINE], []), "Provider plan"),
    (captable.judged_roll_forward([], [replace(LINE, opening=1)]), "Provider plan"),
    (captable.judged_holders([Pair("Common", 0, 4_124, 4_125)], 1_000_000), "Common"),
    (captable.judged_holders([], 999_999), "99.9999 %"),
    (promised.judged_instalments([replace(PROMISE, first=4_799)]), "ES-1"),
    (promised.judged_instalments([replace(PROMISE, accounted=4_799)]), "ES-1"),
    (promised.judged_vesting([replace(PROMISE, vested=4_801)]), "ES-1"),
    (promised.judged_vesting([replace(PROMISE, used=1_201)]), "ES-1"),
    (grants.judged_resolutions([granted(security(board_approved_on=DAY + timedelta(days=1)))]), "ES-1"),
    (grants.judged_resolutions([granted(security(board_approved_on=None))]), "ES-1"),
    (grants.judged_resolutions([granted(security(resolution_ref=None))]), "ES-1"),
    (grants.judged_fair_values([granted(fair=Price.parse("0.63", "USD"))]), "ES-1"),
    (grants.judged_fair_values([granted(fair=None)]), "ES-1"),
    (grants.judged_incentive_options([granted(award_type=AwardType.ISO, engaged=frozenset())]), "ES-1"),
    (happenings.judged_certificates([replace(DELIVERY, certified=899)]), "ES-1"),
    (happenings.judged_leavers([replace(LOSS, back=3_599)], []), "#7"),
    (happenings.judged_leavers([], [replace(LEAVER, unvested=1)]), "ES-1"),
    (happenings.judged_leavers([], [replace(LEAVER, taken_on=DAY + timedelta(days=1))]), "ES-1"),
    (happenings.judged_returns([happenings.Return("Provider plan", 0, 42_351, 42_350)]), "Provider plan"),
    (grants.judged_relationships([granted(engaged=frozenset({EngagementKind.OWNER}))]), "ES-1"),
    (grants.judged_exemptions([granted(security(exemption=None))]), "ES-1"),
    (happenings.judged_forms_3921([], [("ES-1", DAY)]), "ES-1"),
    (happenings.judged_forms_3921([("ES-1", DAY)], [("ES-1", DAY), ("ES-1", DAY)]), "ES-1"),
    (
        expense.judged(replace(COSTS, errors=(Unvalued(security(), AwardType.NSO, DAY),)), [Booking(DAY, TODAY, 1)]),
        "ES-1",
    ),
    (expense.judged(COSTS, [Booking(DAY, TODAY, 2)]), "2024-01-15"),
    (
        expense.judged(
            replace(COSTS, awards=(replace(COST, lines=(Recognised(VESTED, 2, 1, 0),)),)), [Booking(DAY, TODAY, 1)]
        ),
        "ES-1",
    ),
    (cooperative.judged_capital({"members": 24_700}, 24_699), "0.01"),
    (cooperative.judged_patronage([replace(SPLIT, draft=replace(DRAFT, pool=100_000))]), "2025-03-05"),
    (
        cooperative.judged_patronage(
            [replace(SPLIT, parts=(replace(PARTS[0], cash=15_000, retained=60_001), PARTS[1]))]
        ),
        "2025-03-05",
    ),
    (
        cooperative.judged_patronage(
            [replace(SPLIT, parts=(replace(PARTS[0], weight=299), replace(PARTS[1], amount=25_001, retained=20_001)))]
        ),
        "2025-03-05",
    ),
    (cooperative.judged_patronage([replace(SPLIT, parts=())]), "2025-03-05"),
    (cooperative.judged_credit([replace(WEEK, counted=999)]), "2025-07-07"),
    (cooperative.judged_credit([replace(WEEK, sessions=Fraction(41, 2))]), "2025-07-07"),
    (votes.judged_rolls([replace(ROLL, is_same=False)]), "Fees"),
    (votes.judged_rolls([replace(ROLL, ballots=4)]), "Fees"),
    (record.judged_hashes(replace(HASHED, misfits=(1,))), "#1"),
    (record.judged_hashes(replace(HASHED, root="ee" * 32)), "ab" * 8),
    (record.judged_hashes(replace(HASHED, again="ee" * 32)), "ee" * 8),
    (grants.judged_own_grants([granted(approver="hld_1")]), "ES-1"),
    (grants.judged_own_grants([granted(approver="usr_1", draft_id=None)]), "ES-1"),
    (grants.judged_own_grants([granted(approver=None)]), "ES-1"),
    (record.judged_closed_months([record.Late("#7", is_marked=False)]), "#7"),
]


def test_each_judgement_holds_where_its_figures_agree() -> None:
    assert [one for one in HOLDS if not one.holds] == []
    assert [one.name for one in HOLDS] == list(ties.CHECKS)


@pytest.mark.parametrize(("found", "offender"), BREAKS, ids=[one.name for one, _ in BREAKS])
def test_each_judgement_names_what_does_not_agree(found: Finding, offender: str) -> None:
    assert (found.holds, found.offenders) == (False, (offender,))


def test_there_is_no_check_that_can_not_fail() -> None:
    assert {one.name for one, _ in BREAKS} == set(ties.CHECKS)


def test_a_finding_names_the_first_offenders_and_counts_the_others() -> None:
    found = grants.judged_exemptions([granted(security(f"ES-{n}", exemption=None)) for n in range(7)])
    assert (found.offenders, found.others) == (("ES-0", "ES-1", "ES-2", "ES-3", "ES-4"), 2)
    assert found.told == "0 of 7 grants name an exemption"
    assert found.line[1].endswith("an exemption. Off: ES-0, ES-1, ES-2, ES-3, ES-4 and 2 more.")
