"""Layoff cases: seen by the council before anybody is told, and needed from the fifth provider on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from governance import layoffs
from governance.errors import LayoffCaseMissing
from governance.layoffs import FEWEST, WITHIN, Asked, CaseOrder, Departure, check_departure, check_order, most_within
from governance.records import LayoffCase
from ledger.errors import DatesOutOfOrder, FourEyes, Invalid, NotAllowedNow, NotFound
from tests import make

FILED = date(2025, 4, 15)
TOLD = date(2025, 4, 16)
LAST = date(2025, 6, 15)
WAVE = date(2025, 6, 16)
POLICY = Asked(notice_days=60, handover_days=10)


def order(*affected: str, notice_on: date = TOLD, last_day: date = LAST, handover_days: int = 10) -> CaseOrder:
    return CaseOrder("A payer leaves", frozenset(affected or {"hld_1"}), notice_on, last_day, handover_days)


def a_case(last_day: date = LAST) -> LayoffCase:
    return LayoffCase("lay_1", "A payer leaves", TOLD, last_day, 10, 1)


def going(who: str = "hld_5", on: date = WAVE) -> Departure:
    return Departure(who, on)


def gone(*days: date) -> list[Departure]:
    return [Departure(f"hld_gone_{n}", day) for n, day in enumerate(days)]


def test_notice_is_as_long_as_the_policy_asks() -> None:
    """I27.1: sixty days after 2025-04-16 is 2025-06-15."""
    check_order(order(), POLICY, FILED)
    with pytest.raises(DatesOutOfOrder, match="before 2025-06-15"):
        check_order(order(last_day=LAST - timedelta(days=1)), POLICY, FILED)
    check_order(order(last_day=TOLD), Asked(), FILED)


def test_the_council_sees_a_case_before_anybody_is_told() -> None:
    with pytest.raises(DatesOutOfOrder, match="before anybody is told"):
        check_order(order(notice_on=FILED), POLICY, FILED)


def test_hand_over_days_are_as_many_as_the_policy_asks() -> None:
    with pytest.raises(Invalid, match="10 days to hand"):
        check_order(order(handover_days=9), POLICY, FILED)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"reason": " "}, "reason"),
        ({"affected": frozenset()}, "1 to 500"),
        ({"affected": frozenset(map(str, range(501)))}, "1 to 500"),
        ({"handover_days": -1}, "zero or more"),
        ({"last_day": TOLD - timedelta(days=1)}, "before being told"),
    ],
)
def test_a_case_that_makes_no_sense_is_refused(changes: dict[str, object], text: str) -> None:
    plain = {"reason": "A payer leaves", "affected": frozenset({"hld_1"}), "notice_on": TOLD, "last_day": LAST}
    with pytest.raises(Invalid, match=text):
        CaseOrder(**(plain | changes))  # type: ignore[arg-type]


def test_the_fifth_provider_within_thirty_days_needs_a_case() -> None:
    """Scenario 70, I27.3."""
    check_departure(going(), gone(*[WAVE] * 3), [], notice_days=0)
    with pytest.raises(LayoffCaseMissing, match="5 providers or more within 30 days"):
        check_departure(going(), gone(*[WAVE] * 4), [], notice_days=0)
    check_departure(going(), gone(*[WAVE] * 17), [a_case()], notice_days=0)


def test_thirty_days_may_lie_on_either_side_and_thirty_one_are_too_many() -> None:
    month = [WAVE - timedelta(days=30), WAVE - timedelta(days=30), WAVE - timedelta(days=1), WAVE]
    assert most_within(going(), gone(*month)) == 5
    assert most_within(going(), gone(WAVE - timedelta(days=31), *month[1:])) == 4
    around = [WAVE - timedelta(days=16), WAVE - timedelta(days=2), WAVE + timedelta(days=14), WAVE + timedelta(days=15)]
    assert most_within(going(), gone(*around)) == 4
    assert most_within(going(), gone(*[WAVE + timedelta(days=30)] * 4)) == 5


def test_somebody_whose_two_engagements_end_goes_once() -> None:
    twice = [Departure("hld_1", WAVE), Departure("hld_1", WAVE), Departure("hld_5", WAVE)]
    assert most_within(going(), twice) == 2


def test_under_a_case_nobody_goes_before_its_first_day() -> None:
    with pytest.raises(DatesOutOfOrder, match="2025-06-15 at the earliest"):
        check_departure(going(on=LAST - timedelta(days=1)), [], [a_case()], notice_days=0)
    check_departure(going(on=LAST), [], [a_case()], notice_days=60)
    with pytest.raises(DatesOutOfOrder, match="2025-07-15 at the earliest"):
        check_departure(going(on=WAVE), [], [a_case()], notice_days=90)


@settings(max_examples=100)
@given(st.lists(st.integers(0, 120), max_size=12), st.integers(0, 120))
def test_whoever_may_go_without_a_case_makes_no_fifth_in_any_thirty_days(days: list[int], day: int) -> None:
    others = gone(*(FILED + timedelta(days=each) for each in days))
    mine = going(on=FILED + timedelta(days=day))
    windows = [FILED + timedelta(days=first) for first in range(-30, 151)]
    fullest = max(
        sum(first <= one.on <= first + WITHIN for one in [*others, mine])
        for first in windows
        if first <= mine.on <= first + WITHIN
    )
    assert most_within(mine, others) == fullest
    if fullest >= FEWEST:
        with pytest.raises(LayoffCaseMissing):
            check_departure(mine, others, [], notice_days=0)


def filed(db: Session, *affected: str) -> layoffs.Case:
    people = affected or (make.holder(db).id,)
    return layoffs.file_case(db, make.act(), order(*people), asked=POLICY, policy=1, on=FILED, holders=people)


def test_a_case_is_on_record_with_whom_it_concerns_and_what_the_council_says(db: Session) -> None:
    people = sorted(make.holder(db).id for _ in range(3))
    made = filed(db, *people)
    council = make.act("usr_council")
    layoffs.record_view(db, council, made.case.id, "We would rather cut hours.", on=TOLD)
    layoffs.record_view(db, council, made.case.id, "So be it.", on=TOLD)
    found = layoffs.case(db, made.case.id)
    assert (found.filed_on, found.affected, found.withdrawn) == (FILED, frozenset(people), None)
    assert found.views == ("We would rather cut hours.", "So be it.")
    assert [one.id for one in layoffs.cases_naming(db, people[1])] == [made.case.id]
    assert layoffs.cases(db) == [found]


def test_a_case_is_about_people_on_record(db: Session) -> None:
    with pytest.raises(Invalid, match="no holder 'hld_nobody'"):
        layoffs.file_case(
            db, make.act(), order("hld_nobody"), asked=POLICY, policy=None, on=FILED, holders=[make.holder(db).id]
        )


def test_whoever_filed_a_case_does_not_speak_for_the_council(db: Session) -> None:
    made = filed(db)
    with pytest.raises(FourEyes):
        layoffs.record_view(db, make.act(), made.case.id, "The council agrees.", on=TOLD)
    with pytest.raises(Invalid):
        layoffs.record_view(db, make.act("usr_council"), made.case.id, " ", on=TOLD)


def test_a_case_that_was_withdrawn_names_nobody_any_more(db: Session) -> None:
    person = make.holder(db).id
    made, other = filed(db, person), filed(db, person)
    with pytest.raises(Invalid):
        layoffs.withdraw_case(db, make.act(), made.case.id, reason="", on=TOLD)
    layoffs.withdraw_case(db, make.act(), made.case.id, reason="The payer stays.", on=TOLD)
    assert [one.id for one in layoffs.cases_naming(db, person)] == [other.case.id]
    for again in (
        lambda: layoffs.withdraw_case(db, make.act(), made.case.id, reason="Twice", on=TOLD),
        lambda: layoffs.record_view(db, make.act("usr_council"), made.case.id, "Too late", on=TOLD),
    ):
        with pytest.raises(NotAllowedNow, match="withdrawn"):
            again()
    assert layoffs.case(db, made.case.id).withdrawn is not None
    with pytest.raises(NotFound):
        layoffs.withdraw_case(db, make.act(), "lay_none", reason="No such", on=TOLD)
