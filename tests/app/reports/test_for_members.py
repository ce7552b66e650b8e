"""What any member may see of the company's equity: what plans gave out, and nobody who could be picked out."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app import reports
from ledger import journal
from ledger.equity.captable.for_members import Line, fewest, shown_lines
from ledger.equity.stock import StockOrder, issue_stock
from ledger.types import Cut
from tests import make
from tests.app.reports.test_registers import told
from tests.app.reports.test_securities import rows
from tests.ledger.equity.captable.worked import YEAR_END, summary_of_ten_million

LEAST = 11
Parts = dict[str, dict[str, int]]


def crowd(name: str, count: int, units: int = 100) -> dict[str, int]:
    return {f"{name}{n}": units for n in range(count)}


def lines_of(before: Parts, after: Parts) -> list[Line]:
    names = sorted(before.keys() | after.keys())
    was, now = ({name: sum(each.get(name, {}).values()) for name in names} for each in (before, after))
    return shown_lines(before, after, (was, now))


def test_a_plan_of_two_people_is_withheld_and_the_next_smallest_with_it() -> None:
    after = {"advisers": crowd("a", 2, 900), "providers": crowd("p", 40), "staff": crowd("s", 12)}
    assert lines_of({}, after) == [
        Line("advisers", None, None, None),
        Line("providers", 40, 0, 4_000),
        Line("staff", None, None, None),
    ]


def test_a_plan_in_which_a_few_changed_is_withheld_though_it_is_large() -> None:
    """Opening and closing would tell what one person was granted."""
    before = {"a": crowd("p", 40), "b": crowd("s", 30), "c": crowd("o", 50)}
    lines = lines_of(before, before | {"a": before["a"] | {"p0": 5_000}})
    assert [line.name for line in lines if line.closing is None] == ["a", "b"]
    assert all((line.opening is None) == (line.closing is None) for line in lines)


PLANS = st.dictionaries(
    st.sampled_from("abcde"), st.dictionaries(st.integers(0, 25).map(str), st.integers(1, 9), max_size=26), max_size=5
)


@given(PLANS, PLANS)
def test_what_is_withheld_is_never_one_plan_alone_and_what_is_shown_never_about_a_few(
    before: Parts, after: Parts
) -> None:
    lines = lines_of(before, after)
    people = {line.name: fewest(before.get(line.name, {}), after.get(line.name, {})) for line in lines}
    hidden = [line.name for line in lines if line.closing is None]
    assert len(hidden) == len(lines) or len(hidden) != 1
    assert len(hidden) in {0, len(lines)} or sum(people[name] for name in hidden) >= LEAST
    for line in lines:
        assert line.closing is None or not 0 < people[line.name] < LEAST
        assert (line.opening is None) == (line.closing is None) == (line.people is None)


def test_in_a_company_of_nine_nothing_is_told_but_what_is_set_aside(db: Session) -> None:
    summary_of_ten_million(db)
    assert {(row["what"], row["people"], row["opening"], row["closing"]) for row in told(db, "members-edition")} == {
        ("plan: set aside", None, "2000000", "2000000"),
        ("plan: given out", None, None, None),
        ("plan: available", None, None, None),
        ("total", None, None, None),
    }


def test_in_a_company_of_many_the_figures_are_those_of_the_cap_table_and_its_plan(db: Session) -> None:
    make.company(db)
    plan = make.plan(db)
    for _ in range(LEAST):
        make.grant(db, plan, quantity=480, grant_date=date(2025, 3, 1), board_approved_on=date(2025, 3, 1))
    aside, given_out, available, total = told(db, "members-edition")
    assert (given_out["people"], given_out["opening"], given_out["change"]) == (LEAST, "0", "5280")
    assert total["closing"] == rows(db, "summary")[-1]["fully_diluted_shares"]
    [balance] = rows(db, "pool")
    columns = [balance[name] for name in ("reserved", "outstanding", "available")]
    assert [row["closing"] for row in (aside, given_out, available)] == columns
    # what two people were granted is not told at the end of that year, nor as the opening of the next one
    for _ in range(2):
        make.grant(db, plan, quantity=480, grant_date=date(2026, 3, 1), board_approved_on=date(2026, 3, 1))
    for year, quantity in ((2026, 0), (2027, 480)):
        for _ in range(LEAST if quantity else 0):
            make.grant(db, plan, quantity=480, grant_date=date(2027, 3, 1), board_approved_on=date(2027, 3, 1))
        cut = Cut(date(year, 12, 31), journal.size(db))
        report = reports.build(db, "members-edition", cut, since=date(year, 1, 1))
        cells = [
            [getattr(cell, "text", cell) for cell in row[3:6]] for row in report.rows if row[0] == "plan: given out"
        ]
        assert cells == [[None, None, "11520" if quantity else None]]
    # one founder beside the plan, and the total would tell of them
    issue_stock(db, make.act(), StockOrder(make.holder(db).id, plan.class_id, 77), on=YEAR_END)
    assert [row["closing"] for row in told(db, "members-edition")] == [*columns, None]
