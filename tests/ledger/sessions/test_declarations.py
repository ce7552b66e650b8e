"""Patronage declared on both databases: to the cent, to the unit, by two people, and reckoned again by anyone."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - builds every table
from app.verification import verify_all
from ledger import journal
from ledger.equity import classes
from ledger.equity.securities import position
from ledger.equity.values import Security
from ledger.errors import AlreadyExists, FourEyes, NotAllowedNow, NotApproved
from ledger.reading import every, find
from ledger.sessions import capital, declarations, deliveries, months, payouts
from ledger.sessions.capital import SurplusOrder
from ledger.sessions.declarations import PatronageOrder
from ledger.sessions.errors import BalanceTooLow, NobodyToShare, OutOfTurn, PoolTooLarge
from ledger.sessions.notices import NoticeKind
from ledger.sessions.records import Allocation, DisputeAbout, PatronageDraft
from ledger.sessions.surplus import SurplusPolicy
from ledger.sessions.weights import month_of
from tests import make
from tests.ledger.sessions.board import solvent
from tests.ledger.sessions.hands import AFTER_JULY, AUGUST, JULY, MONDAY, closed, policy, worked

WEIGHTS = {"A": 61_250, "B": 48_300, "C": 48_300, "D": 37_905, "E": 22_410, "F": 9_135}
TABLE = {"A": 2_694_676, "B": 2_124_945, "C": 2_124_945, "D": 1_667_620, "E": 985_922, "F": 401_892}
"""cooperative-finance.md §2.6: $100,000.00 by minutes."""


def members(db: Session, *names: str) -> dict[str, str]:
    """Providers by the letter they have in the worked examples; ids sort like the letters."""
    return {name: make.holder(db).id for name in names}


def surplus(db: Session, cents: int = 10_000_000) -> None:
    """A year whose whole surplus may be declared."""
    order = SurplusOrder(2024, cents, SurplusPolicy(), 1, 1, "res:surplus")
    capital.state_surplus(db, make.act(), order, on=date(2025, 1, 31))


def july(pool: int, **changes: object) -> PatronageOrder:
    """A pool split by the minutes of July."""
    return PatronageOrder(month_of(JULY), pool, **changes)  # type: ignore[arg-type]


def declared(db: Session, order: PatronageOrder) -> list[Allocation]:
    """A declaration previewed by finance and approved by the board."""
    draft, _ = declarations.preview(db, make.act("usr_finance"), order, on=AUGUST)
    return declarations.declare_patronage(
        db, make.act("usr_board"), draft.id, terms_hash=draft.terms_hash, resolution_ref="res:patronage", on=AUGUST
    )


def prepared(db: Session, weights: dict[str, int]) -> dict[str, str]:
    """A company, its members, what they worked in July, and July closed."""
    make.company(db)
    policy(db)
    ids = members(db, *weights)
    worked(db, {ids[name]: minutes for name, minutes in weights.items()})
    closed(db)
    return ids


def test_a_hundred_thousand_dollars_are_split_as_in_the_worked_table(db: Session) -> None:
    """Scenario 44."""
    ids = prepared(db, WEIGHTS)
    surplus(db)
    parts = {part.member: part for part in declared(db, july(10_000_000))}
    assert {name: parts[id].amount for name, id in ids.items()} == TABLE
    assert sum(part.amount for part in parts.values()) == 10_000_000
    assert all(part.cash + part.retained == part.amount for part in parts.values())
    assert parts[ids["A"]].cash == 538_936  # 20 % rounded up
    assert capital.balances(db)[ids["A"]] == 2_155_740
    capital.check_books(db)
    assert verify_all(db).fault is None


def test_a_hundred_dollars_among_three_equal_members(db: Session) -> None:
    """Scenario 45."""
    ids = prepared(db, {"A": 600, "B": 600, "C": 600})
    surplus(db)
    parts = declared(db, july(10_000))
    assert [part.amount for part in parts] == [3_334, 3_333, 3_333]
    assert [part.member for part in parts] == sorted(ids.values())


def test_a_notice_is_qualified_where_the_member_consented(db: Session) -> None:
    ids = prepared(db, {"A": 600, "B": 600})
    surplus(db)
    with pytest.raises(FourEyes):
        declarations.consent(db, make.act("usr_finance"), ids["A"], is_given=True, on=date(2025, 1, 1))
    declarations.consent(db, make.act(ids["A"]), ids["A"], is_given=True, on=date(2025, 1, 1))
    declarations.consent(db, make.act(ids["B"]), ids["B"], is_given=True, on=date(2025, 1, 1))
    declarations.consent(db, make.act(ids["B"]), ids["B"], is_given=False, on=date(2025, 6, 1))
    kinds = {part.member: part.notice for part in declared(db, july(1_000))}
    assert kinds == {ids["A"]: NoticeKind.QUALIFIED, ids["B"]: NoticeKind.NONQUALIFIED}


def test_units_are_drawn_from_the_pool_as_grants_that_vest(db: Session) -> None:
    ids = prepared(db, {"A": 600, "B": 300})
    plan = make.plan(db, reserved=1_000)
    with pytest.raises(PoolTooLarge):
        declared(db, july(1_001, plan_id=plan.id))
    parts = declared(db, july(1_000, plan_id=plan.id, vesting={"months": 12, "cliff_months": 0, "every_months": 3}))
    assert {part.member: part.amount for part in parts} == {ids["A"]: 667, ids["B"]: 333}
    assert classes.available_units(db, plan.id) == 0
    [granted] = every(db, Security, holder=ids["A"])
    assert position(db, granted.id).vested(date(2026, 2, 20)) == 333
    assert verify_all(db).fault is None


def test_more_than_is_there_can_not_be_declared(db: Session) -> None:
    prepared(db, {"A": 600})
    surplus(db, 5_000)
    with pytest.raises(PoolTooLarge, match="5,000 is there"):
        declared(db, july(5_001))
    declared(db, july(3_000))
    with pytest.raises(PoolTooLarge, match="2,000 is there"):
        declared(db, july(2_001))


def test_two_people_and_exactly_what_was_previewed(db: Session) -> None:
    prepared(db, {"A": 600})
    surplus(db)
    draft, split = declarations.preview(db, make.act("usr_finance"), july(1_000), on=AUGUST)
    assert split.amounts.popitem()[1] == 1_000

    def declare(actor: str, terms_hash: str) -> None:
        declarations.declare_patronage(
            db, make.act(actor), draft.id, terms_hash=terms_hash, resolution_ref="res:1", on=AUGUST
        )

    with pytest.raises(FourEyes):
        declare("usr_finance", draft.terms_hash)
    with pytest.raises(NotApproved):
        declare("usr_board", "00" * 32)
    declare("usr_board", draft.terms_hash)
    with pytest.raises(AlreadyExists):
        declare("usr_board", draft.terms_hash)


def test_anyone_can_reckon_a_declaration_again_whatever_came_later(db: Session) -> None:
    ids = prepared(db, {"A": 600, "B": 300})
    surplus(db)
    first = declared(db, july(900))
    worked(db, {ids["B"]: 9_000})
    [draft] = every(db, PatronageDraft)
    again = declarations.recompute(db, find(db, PatronageDraft, draft.id))
    assert again.amounts == {part.member: part.amount for part in first} == {ids["A"]: 600, ids["B"]: 300}


def overpaid(db: Session) -> dict[str, str]:
    """July is declared with 600 minutes each; all of Ana's are reversed in August, when both work 400."""
    make.company(db)
    policy(db)
    surplus(db)
    ids = members(db, "Ana", "Ben")
    worked(db, {ids["Ana"]: 600, ids["Ben"]: 600})
    closed(db)
    assert sorted(part.amount for part in declared(db, july(1_000))) == [500, 500]
    [placed] = deliveries.rows_of(db, ids["Ana"], MONDAY, MONDAY)
    deliveries.correct_row(db, make.act(), placed.n, placed.i, instead=None, on=AUGUST)
    worked(db, dict.fromkeys(ids.values(), 400), day=date(2025, 8, 11))
    worked(db, {ids["Ana"]: 500, ids["Ben"]: 300}, day=date(2025, 9, 8))
    for month, on in (("2025-08", date(2025, 9, 5)), ("2025-09", date(2025, 10, 9))):
        closed(db, month, on=on)
    return ids


def of_month(month: str, pool: int = 1_000, **changes: object) -> PatronageOrder:
    """A pool split by the minutes of a month."""
    return PatronageOrder(month_of(month), pool, **changes)  # type: ignore[arg-type]


def test_what_corrections_take_beyond_a_month_is_taken_from_the_next_declaration(db: Session) -> None:
    ids = overpaid(db)
    told = months.statement(db, ids["Ana"], "2025-08")
    assert (told.credited, told.late, told.figures()["late"]) == (400, {MONDAY: -600}, -600)
    august = {part.member: (part.weight, part.amount) for part in declared(db, of_month("2025-08"))}
    assert august == {ids["Ana"]: (-200, 0), ids["Ben"]: (400, 1_000)}
    september = {part.member: (part.weight, part.amount) for part in declared(db, of_month("2025-09"))}
    # of her 500, 200 are taken: 600, 0 and 300 were counted for three months with 0, 400 and 500
    assert september == {ids["Ana"]: (300, 500), ids["Ben"]: (300, 500)}
    for draft in every(db, PatronageDraft):
        declarations.recompute(db, draft)
    assert verify_all(db).fault is None


def test_two_pools_of_the_same_months_and_pools_of_units_take_in_what_is_theirs(db: Session) -> None:
    ids = overpaid(db)
    plan = make.plan(db, reserved=10_000)
    for month in ("2025-08", "2025-08"):
        assert {part.member: part.weight for part in declared(db, of_month(month))} == {
            ids["Ana"]: -200,
            ids["Ben"]: 400,
        }
    assert [part.weight for part in declared(db, of_month("2025-09"))] == [300, 300]
    # no units were declared for July, so none are owed
    units = {part.member: part.weight for part in declared(db, of_month("2025-09", plan_id=plan.id))}
    assert units == {ids["Ana"]: 500, ids["Ben"]: 300}


def test_a_preview_from_before_something_was_left_to_be_taken_is_made_anew(db: Session) -> None:
    overpaid(db)
    september, _ = declarations.preview(db, make.act("usr_finance"), of_month("2025-09"), on=AUGUST)
    declared(db, of_month("2025-08"))
    with pytest.raises(NotApproved, match="preview it anew"):
        declarations.declare_patronage(
            db,
            make.act("usr_board"),
            september.id,
            terms_hash=september.terms_hash,
            resolution_ref="res:1",
            on=AUGUST,
        )


def test_an_open_month_is_not_declared_and_nobody_shares_nothing(db: Session) -> None:
    make.company(db)
    policy(db)
    surplus(db)
    with pytest.raises(NotAllowedNow, match="2025-07 is not closed"):
        declared(db, july(100))
    closed(db)
    with pytest.raises(NobodyToShare):
        declared(db, july(100))


def test_what_is_disputed_is_held_back(db: Session) -> None:
    make.company(db)
    policy(db)
    ids = members(db, "A", "B")
    worked(db, {ids["A"]: 600, ids["B"]: 300})
    months.open_dispute(db, make.act(ids["B"]), ids["B"], JULY, about=DisputeAbout.MISSING, minutes=100, on=AFTER_JULY)
    months.close_period(db, make.act("usr_board"), JULY, requester="usr_finance", on=AFTER_JULY, holdback=100)
    surplus(db)
    assert {part.member: part.amount for part in declared(db, july(1_000))} == {ids["A"]: 600, ids["B"]: 300}
    assert journal.balance(db, capital.allocable("USD")) == 10_000_000 - 900


def test_accounts_roll_forward_to_the_cent(db: Session) -> None:
    """Scenario 49; cooperative-finance.md §2.4: 1,380,000 + 1,000,000 - 140,001 = 2,239,999."""
    ids = prepared(db, {"T001": 61_250, "T002": 48_300, "T003": 9_135})
    for name, cents in (("T001", 250_000), ("T002", 180_000), ("T003", 50_000)):
        capital.pay_in(db, make.act(), ids[name], cents, on=date(2024, 1, 1))
    reserve = SurplusOrder(2023, 900_000, SurplusPolicy(Fraction(1)), 1, 1, "res:opening")
    capital.state_surplus(db, make.act(), reserve, on=date(2024, 1, 1))
    assert capital.net_book_value(db) == 1_380_000
    year = SurplusOrder(2024, 1_000_000, SurplusPolicy(Fraction(3, 10)), 1, 1, "res:2024")
    falls = capital.state_surplus(db, make.act(), year, on=date(2025, 1, 31))
    assert (falls.allocable, falls.collective) == (700_000, 300_000)
    parts = {part.member: part for part in declared(db, july(700_000))}
    assert [parts[ids[name]].amount for name in ids] == [361_250, 284_872, 53_878]
    assert [capital.balances(db)[ids[name]] for name in ids] == [539_000, 407_897, 93_102]
    assert journal.balance(db, capital.collective("USD")) == 1_200_000
    assert capital.net_book_value(db) == 2_239_999
    capital.check_books(db)
    with pytest.raises(AlreadyExists):
        capital.state_surplus(db, make.act(), year, on=date(2025, 2, 1))


@pytest.mark.parametrize(("held", "borne", "collective"), [(93_102, -13_854, -120_000), (10_000, -10_000, -123_854)])
def test_a_loss_is_borne_by_all_and_takes_nobody_below_zero(
    db: Session, held: int, borne: int, collective: int
) -> None:
    """Scenario 50; what the third account can't bear, the collective one does."""
    ids = prepared(db, {"T001": 61_250, "T002": 48_300, "T003": 9_135})
    for name, cents in (("T001", 539_000), ("T002", 407_897), ("T003", held)):
        capital.pay_in(db, make.act(), ids[name], cents, on=date(2024, 1, 1))
    shared = capital.share_year_loss(
        db,
        make.act(),
        2025,
        300_000,
        collective_share=Fraction(2, 5),
        span=month_of(JULY),
        resolution_ref="res:loss",
        on=AUGUST,
    )
    assert [shared[ids[name]] for name in ids] == [-92_893, -73_253, borne]
    assert capital.balances(db)[ids["T003"]] == held + borne
    assert journal.balance(db, capital.collective("USD")) == collective
    capital.check_books(db)


def test_notices_are_redeemed_oldest_first_and_no_more_than_there_are(db: Session) -> None:
    ids = prepared(db, {"A": 600})
    surplus(db)
    declared(db, july(100_000))
    assert payouts.notices_of(db, ids["A"]) == {2025: 80_000}
    solvent(db, date(2030, 12, 31))
    payouts.redeem(db, make.act(), ids["A"], 30_000, on=date(2030, 12, 31), cause="revolving")
    assert payouts.notices_of(db, ids["A"]) == {2025: 50_000}
    with pytest.raises(BalanceTooLow):
        payouts.redeem(db, make.act(), ids["A"], 50_001, on=date(2030, 12, 31), cause="revolving")
    with pytest.raises(OutOfTurn):
        payouts.redeem(db, make.act(), ids["A"], 1, on=date(2031, 1, 1), cause="exit", fiscal_year=2026)
    capital.check_books(db)
