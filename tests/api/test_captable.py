"""The cap table over HTTP: as of a day, known at an entry, the same bytes for ever, names only for who may see them."""

from __future__ import annotations

import csv
from datetime import date
from hashlib import sha256
from io import StringIO

import pytest

from app.api.captable import OF_PAYMENTS, ReportName
from app.people.exports import exports
from app.people.tokens import Scope
from app.reports import FORMATS, MEDIA, OF_PERIODS, REPORTS, build, file_name
from ledger.types import Cut
from tests.api.client import Company, Office, problem


@pytest.fixture
def grown(company: Company) -> Company:
    """Return the company with shares and a grant."""
    company.shares()
    company.granted()
    return company


def test_every_report_is_offered() -> None:
    assert set(ReportName) == set(REPORTS)


def test_the_cap_table_by_class_adds_up(grown: Company) -> None:
    told = grown.steward.told("/captable", as_of="2025-12-31")
    assert (told["report"], told["as_of"], told["issuer"]["id"]) == ("summary", "2025-12-31", grown.issuer["id"])
    rows = {row["class_name"]: row for row in told["rows"]}
    assert rows["Common"]["outstanding"] == "1000"
    assert rows["Provider plan"]["outstanding_awards"] == "4800"
    assert rows["Provider plan"]["available_for_issuance"] == "1495200"
    head = grown.steward.told("/head")
    assert (told["known_at"], told["journal_root"]) == (head["size"], head["root"])


def test_before_the_grant_there_is_none_of_it(grown: Company) -> None:
    rows = grown.steward.told("/captable", as_of="2025-03-09")["rows"]
    plan = next(row for row in rows if row["class_name"] == "Provider plan")
    assert (plan["outstanding_awards"], plan["available_for_issuance"]) == ("0", "1500000")


def test_what_is_recorded_later_changes_no_report_known_before(grown: Company) -> None:
    asked = {"as_of": "2025-12-31", "known_at": grown.steward.told("/head")["size"]}
    first = grown.steward.get("/captable", **asked)
    grown.shares(quantity="77", on="2025-04-01")
    again = grown.steward.get("/captable", **asked)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert grown.steward.get("/captable", as_of="2025-12-31").content != first.content
    headers = grown.steward.headers | {"If-None-Match": first.headers["etag"]}
    unchanged = grown.office.http.get("/v1/captable", params=asked, headers=headers)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["cache-control"] == "private, no-cache"


def test_the_same_as_a_file_for_a_spreadsheet(grown: Company) -> None:
    response = grown.steward.get("/captable", format="csv", as_of="2025-12-31")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert "lanternleaf-care-cooperative_summary_asof-2025-12-31" in response.headers["content-disposition"]
    rows = list(csv.DictReader(StringIO(response.text)))
    told = grown.steward.told("/captable", as_of="2025-12-31")
    assert [row["outstanding"] for row in rows] == [row["outstanding"] or "" for row in told["rows"]]


def test_a_file_that_is_taken_is_noted_once_with_its_hash(grown: Company) -> None:
    file, _ = (grown.steward.get("/captable", format="csv", as_of="2025-12-31") for _ in range(2))
    package = grown.steward.get("/ocf", as_of="2025-12-31")
    noted = grown.office.runner.read(exports)
    assert sorted((one.file.report, one.file.ending, one.file.sha256) for one in noted) == [
        ("ocf", "zip", sha256(package.content).hexdigest()),
        ("summary", "csv", sha256(file.content).hexdigest()),
    ]
    assert {one.authority for one in noted} == {"role:captable:read"}


def test_holders_appear_by_name_only_to_who_may_see_names(office: Office, grown: Company) -> None:
    finance = office.person("usr_finance", Scope.CAPTABLE_READ)
    for report in ("holders", "vesting", "grants", "holder-roll-forward", "securities"):
        since = {"since": "2025-01-01"} if "roll-forward" in report else {}
        assert "Okonkwo" in grown.steward.get("/captable", report=report, **since).text
        unnamed = finance.get("/captable", report=report, **since)
        assert unnamed.status_code == 200
        assert "Okonkwo" not in unnamed.text
        assert grown.ava["id"] in unnamed.text


def test_every_report_is_made(grown: Company) -> None:
    for report in ReportName:
        since = {"since": "2025-01-01"} if report in OF_PERIODS else {}
        told = grown.steward.told("/captable", report=report, as_of="2025-12-31", **since)
        assert told["report"] == report
        assert all(set(row) == set(told["columns"]) for row in told["rows"])


def test_what_is_whose_in_money_is_told_to_those_who_pay_it(office: Office, grown: Company) -> None:
    finance = office.person("usr_finance", Scope.CAPTABLE_READ)
    payer = office.person("usr_payer", Scope.CAPTABLE_READ, Scope.PATRONAGE_PAY)
    for report in sorted(OF_PAYMENTS):
        since = {"since": "2025-01-01"} if report in OF_PERIODS else {}
        problem(finance.get("/captable", report=report, **since), 403, "scope_missing")
        assert payer.told("/captable", report=report, **since)["report"] == report


def test_questions_without_an_answer_are_refused(office: Office, grown: Company) -> None:
    finance = office.person("usr_finance", Scope.CAPTABLE_READ)
    problem(grown.steward.get("/captable", report="rich-list"), 422, "invalid")
    problem(grown.steward.get("/captable", format="xls"), 422, "invalid")
    some_class, some_plan = grown.common["id"], grown.plan["id"]
    for path in ("/captable", "/checks", f"/share-classes/{some_class}", f"/plans/{some_plan}", "/ocf"):
        told = problem(grown.steward.get(path, known_at="1000"), 404, "not_found")
        assert "it can't be known at 1,000" in told["detail"]
    problem(grown.steward.get("/captable", report="roll-forward"), 422, "dates_out_of_order")
    for person in (grown.steward, finance):
        problem(person.get("/captable", report="holders", since="2025-01-01"), 422, "invalid")


def test_without_a_company_there_is_no_cap_table(office: Office) -> None:
    problem(office.person("usr_steward").get("/captable"), 404, "not_found")


def test_every_form_of_a_report_is_the_file_that_pages_hand_out_and_is_noted(grown: Company) -> None:
    runner, steward = grown.office.runner, grown.steward
    for format in FORMATS:
        file = steward.get("/reports/holders", as_of="2025-12-31", known_at="9", format=format)
        made = runner.read(build, "holders", Cut(date(2025, 12, 31), 9), format=format)
        assert file.content == FORMATS[format](made)
        assert file.headers["content-type"] == MEDIA[format]
        assert file_name(made, file.content, format) in file.headers["content-disposition"]
    assert {(one.file.report, one.file.ending) for one in runner.read(exports)} == {("holders", one) for one in FORMATS}


def test_reports_are_listed_with_what_a_token_needs(office: Office, grown: Company) -> None:
    finance = office.person("usr_finance", Scope.CAPTABLE_READ)
    listed = {one["name"]: one for one in finance.told("/reports")["data"]}
    assert set(listed) == set(REPORTS)
    assert {name for name, one in listed.items() if one["of_period"]} == OF_PERIODS
    for name in ("summary", "patronage", "capital-accounts", "1099-patr"):
        since = {"since": "2025-01-01"} if name in OF_PERIODS else {}
        is_open = listed[name]["scopes"] == ["captable:read"]
        assert finance.get(f"/reports/{name}", format="csv", **since).status_code == (200 if is_open else 403)
    unnamed = finance.get("/reports/holders", format="csv").text
    assert grown.ava["id"] in unnamed
    assert "Okonkwo" not in unnamed
    problem(finance.get("/reports/rich-list"), 422, "invalid")
    problem(finance.get("/reports/holders", since="2025-01-01"), 422, "invalid")
