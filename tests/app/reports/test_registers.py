"""The registers that finance files: grants with their terms, patronage, capital accounts, members, tax forms."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import reports
from app.reports import capital as capital_columns
from app.reports import exempt_sales, membership, patronage
from app.reports.granted import GRANTS
from ledger import journal, members
from ledger.reading import known
from ledger.sessions import capital, declarations
from ledger.sessions.capital import SurplusOrder
from ledger.sessions.records import PatronageDeclaration
from ledger.sessions.surplus import SurplusPolicy
from ledger.types import Cut
from tests import make
from tests.app.reports.test_securities import rows, total
from tests.ledger.equity.captable.worked import YEAR_END, summary_of_ten_million
from tests.ledger.equity.test_exemptions import company, granted
from tests.ledger.sessions.test_declarations import declared, july, prepared

R4 = (
    "label holder relationship_at_grant plan award_type grant_date board_approval_date resolution_ref quantity "
    "exercise_price fmv_at_grant valuation_id vesting_template vesting_start expiration ptep_voluntary "
    "ptep_involuntary ptep_with_cause ptep_retirement ptep_disability ptep_death exemption accepted_date drafter "
    "approver"
)


def test_the_register_of_grants_has_the_columns_that_the_record_holds() -> None:
    assert GRANTS[:25] == tuple(R4.split())


def test_each_grant_stands_with_its_terms_and_all_of_them_make_the_outstanding_awards(db: Session) -> None:
    summary_of_ten_million(db)
    register, [*_, summed] = rows(db, "grants"), rows(db, "summary")
    assert total(register, "remaining") == int(summed["outstanding_awards"]) == 1_318_400
    assert total(register, "quantity") == int(rows(db, "pool")[0]["granted"]) == 1_402_000
    option, later = register[0], register[3]
    told = {
        "label": "ES-1",
        "holder": "hld_dan",
        "relationship_at_grant": "C1099",
        "plan": "Provider plan",
        "award_type": "OPTION_NSO",
        "grant_date": date(2024, 1, 15),
        "exercise_price": "0.10",
        "fmv_at_grant": "0.10",
        "vesting_template": "at once",
        "expiration": date(2025, 9, 30),
        "ptep_voluntary": "12 months",
        "ptep_with_cause": "30 days",
        "ptep_retirement": "full term",
        "drafter": "usr_drafter",
        "approver": "usr_board",
        "remaining": "0",
    }
    assert {name: option[name] for name in told} == told
    # nothing was valued when these units were granted, and nobody exercises them
    assert (later["vesting_template"], later["fmv_at_grant"], later["ptep_death"]) == ("4y/1y/monthly", None, None)


def test_what_was_recorded_later_is_not_in_a_register_of_before(db: Session) -> None:
    summary_of_ten_million(db)
    assert [row["label"] for row in rows(db, "grants", known_at=35)] == ["ES-1", "ES-2"]


def told(db: Session, name: str, as_of: date = YEAR_END, **asked: Any) -> list[dict[str, Any]]:
    """The rows of a report of 2025, as texts."""
    cut = Cut(as_of, asked.get("known_at", journal.size(db)))
    report = reports.build(db, name, cut, since=date(2025, 1, 1) if name in reports.OF_PERIODS else None)
    assert not report.warnings
    texts = ([getattr(cell, "text", cell) for cell in row] for row in report.rows)
    return [dict(zip(report.columns, each, strict=True)) for each in texts]


def cents(row: dict[str, Any], *columns: str) -> list[int]:
    return [int((row[column] or "0").replace(".", "")) for column in columns]


ROLL = ("opening", "buy_in", "allocation_retained", "loss", "redeemed", "closing")


def test_a_year_of_capital_and_patronage_is_filed_to_the_cent(db: Session) -> None:
    """Cooperative-finance.md §2.4: 1,380,000 + 1,000,000 - 140,001 = 2,239,999, in three registers and on tax forms."""
    ids = prepared(db, {"T001": 61_250, "T002": 48_300, "T003": 9_135})
    for name, paid_in in (("T001", 250_000), ("T002", 180_000), ("T003", 50_000)):
        capital.pay_in(db, make.act(), ids[name], paid_in, on=date(2024, 1, 1))
    reserve = SurplusOrder(2023, 900_000, SurplusPolicy(Fraction(1)), 1, 1, "res:opening")
    capital.state_surplus(db, make.act(), reserve, on=date(2024, 1, 1))
    year = SurplusOrder(2024, 1_000_000, SurplusPolicy(Fraction(3, 10)), 1, 1, "res:2024")
    capital.state_surplus(db, make.act(), year, on=date(2025, 1, 31))
    declarations.consent(db, make.act(ids["T002"]), ids["T002"], is_given=True, on=date(2025, 1, 1))
    before = journal.size(db)
    parts = declared(db, july(700_000))
    [entry] = {known(db, PatronageDeclaration)[0].n}

    accounts = told(db, "capital-accounts")
    accounts[:3] = sorted(accounts[:3], key=lambda row: [*ids.values()].index(row["member"]))
    assert [cents(row, *ROLL) for row in accounts] == [
        [250_000, 0, 289_000, 0, 0, 539_000],
        [180_000, 0, 227_897, 0, 0, 407_897],
        [50_000, 0, 43_102, 0, 0, 93_102],
        [900_000, 0, 300_000, 0, 0, 1_200_000],
        [0, 0, 0, 0, 0, 0],
        [1_380_000, 0, 859_999, 0, 0, 2_239_999],
        [1_380_000, 0, 0, 0, 0, 2_239_999],
    ]
    assert [row["name"] for row in accounts[3:]] == [
        "Collective account",
        "Surplus not declared yet",
        "Total",
        "Net book value",
    ]
    assert {row["check"] for row in accounts} == {"0.00"}

    register = sorted(told(db, "patronage"), key=lambda row: [*ids.values()].index(row["member"]))
    assert [row["cents"] for row in register] == [361_250, 284_872, 53_878]
    assert sum(row["cents"] for row in register) == 700_000
    assert [row["cash"] for row in register] == ["722.50", "569.75", "107.76"]
    assert [(row["weight"], row["credited_minutes"]) for row in register] == [(w, w) for w in (61_250, 48_300, 9_135)]
    assert {row["notice_no"] for row in register} == {f"{entry}-{place}" for place in range(3)}
    for row in register:
        exact = Fraction(int(row["exact_numerator"]), int(row["exact_denominator"]))
        assert exact == Fraction(700_000 * row["weight"], 118_685)
    assert register[0]["period"] == "2025-07-01/2025-07-31"

    forms = {row["member_id"]: row for row in told(db, "1099-patr")}
    assert (forms[ids["T001"]]["box1_patronage_dividends"], forms[ids["T001"]]["cash"]) == ("722.50", "722.50")
    assert (forms[ids["T001"]]["notices_nonqualified"], forms[ids["T001"]]["notices_qualified"]) == ("2890.00", "0.00")
    assert (forms[ids["T002"]]["box1_patronage_dividends"], forms[ids["T002"]]["cash"]) == ("2848.72", "569.75")
    assert sum(part.cash for part in parts) == sum(cents(row, "cash")[0] for row in forms.values()) == 140_001

    # as known before the declaration there is none of it
    assert told(db, "patronage", known_at=before) == told(db, "1099-patr", known_at=before) == []
    assert cents(told(db, "capital-accounts", known_at=before)[-1], "closing") == [2_380_000]
    assert told(db, "1099-patr", date(2024, 12, 31)) == []


def test_the_register_of_members_is_the_roll_of_its_day(db: Session) -> None:
    """Who leaves on the record date may vote; who left before or comes later may not (scenario 58)."""
    make.company(db)
    day = date(2025, 9, 1)
    stays, leaves, left = (make.member(db, on=date(2025, 1, 1)) for _ in range(3))
    members.end_membership(db, make.act(), left, on=date(2025, 8, 31), reason="moved")
    members.end_membership(db, make.act(), leaves, on=day, reason="moved")
    make.member(db, on=date(2025, 9, 2))
    rows = told(db, "members", day)
    assert [(row["member_no"], row["member_id"], row["status"]) for row in rows] == [
        (1, stays, "member"),
        (2, leaves, "member"),
        (3, left, "left"),
    ]
    eligible = [row["member_id"] for row in rows if row["eligible_on_record_date"] == "yes"]
    assert eligible == list(members.members_on(db, day, known_at=journal.size(db)))


def test_twelve_months_of_grants_stand_against_the_limits_of_rule_701(db: Session) -> None:
    """Equity.md §3.3: $631,200 of 670,000 shares; limits $1,000,000, $930,000 and 1,200,000 shares."""
    make.company(db)
    _, plan, holder = company(db)
    day, before = date(2025, 12, 1), journal.size(db)
    told_then = told(db, "rule-701", day)
    granted(db, plan, holder, 100_000, date(2025, 11, 1))
    later = told(db, "rule-701", day)
    assert told(db, "rule-701", day, known_at=before) == told_then
    figures = ("security", "qty", "aggregate_sales_price", "limit", "headroom", "result")
    *sales, total, million, assets, of_class, disclosure = ([row[name] for name in figures] for row in told_then)
    assert [sale[1:3] for sale in sales] == [["410000", "254200.00"], ["260000", "377000.00"]]
    assert total[:3] == ["Total", None, "631200.00"]
    assert million[2:] == ["631200.00", "1000000.00", "368800.00", "within"]
    assert assets[2:] == ["631200.00", "930000.00", "298800.00", "within"]
    assert [of_class[1], *of_class[3:]] == ["670000", "1200000", "530000", "within"]
    assert disclosure[3:] == ["10000000.00", "9368800.00", "not due"]
    assert {(row["recipient_kind"], row["exemption"]) for row in told_then[:2]} == {("C1099", "RULE_701")}
    assert {(row["window_start"], row["window_end"]) for row in later} == {(date(2024, 12, 2), day)}
    assert later[-2]["headroom"] == "430000"


@pytest.mark.parametrize(
    ("columns", "specified"),
    [
        (patronage.REGISTER, "period member credited_minutes indirect leave_credit weight"),
        (capital_columns.ACCOUNTS, "member opening buy_in allocation_retained loss redeemed closing"),
        (
            exempt_sales.SALES,
            "window_start window_end security date_of_sale qty price_or_fmv aggregate_sales_price recipient_kind "
            "exemption",
        ),
        (membership.MEMBERS, "member_no class since status eligible_on_record_date"),
    ],
)
def test_the_columns_of_a_register_come_in_their_order(columns: tuple[str, ...], specified: str) -> None:
    assert columns[: len(specified.split())] == tuple(specified.split())
