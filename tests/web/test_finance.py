"""Finance's pages on the sample cooperative: any day and any entry, lists by name, files, and who may not see them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from html import unescape
from io import StringIO
from pathlib import Path

import pytest

from app import reports
from app.people.roles import Role
from app.reports.catalogue import CATALOGUE
from app.ties import CHECKS
from ledger import journal
from ledger.equity.captable.grant_register import grant_register
from ledger.equity.captable.holdings import holder_table
from ledger.equity.captable.summary import cap_table
from ledger.equity.register import company_day
from ledger.members import members_on
from ledger.types import Cut
from tests.web.acting import acting, sample_site
from tests.web.browser import Browser, Site, title_of, words_of

YEAR_END = date(2025, 12, 31)
PATHS = (
    "/finance",
    "/finance/cap-table?as_of=2025-12-31&compare=2025-06-30",
    "/finance/checks?as_of=2025-12-31",
    "/finance/holders",
    "/finance/grants",
    "/finance/vesting?as_of=2025-12-31",
    "/finance/changes?as_of=2025-12-31&compare=2025-06-30",
    "/finance/expense?as_of=2025-12-31&compare=2025-06-30",
    "/finance/expense/values",
    "/finance/reports?as_of=2025-12-31&compare=2025-06-30",
    "/finance/files",
    "/finance/valuations",
    "/periods",
    "/periods/2025-03",
)


@pytest.fixture(scope="module")
def coop(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield the sample cooperative, one copy for this whole module: nothing here changes the record."""
    with sample_site(sample_file, tmp_path_factory.mktemp("finance")) as site:
        yield site


@pytest.fixture(scope="module")
def ruth(coop: Site) -> Browser:
    """Somebody from finance."""
    return acting(coop, Role.FINANCE)


@pytest.fixture(scope="module")
def cut(coop: Site) -> Cut:
    """The end of the year, with all that is known."""
    return Cut(YEAR_END, coop.runner.read(journal.size))


def test_the_first_page_begins_with_what_a_months_end_asks_for(coop: Site, ruth: Browser) -> None:
    today = coop.runner.read(company_day, coop.moments[0])
    end = today.replace(day=1) - timedelta(days=1)
    told = f"{end.day} {end:%b %Y}"
    seen = ruth.see("/finance")
    assert seen.index(f"The cap table of {told} ties out") < seen.index("Outstanding")
    assert f"No file of {told} has been taken yet" in seen
    ruth.get(f"/finance/reports/summary.csv?as_of={end}")
    assert f"One file of {told} was taken" in ruth.see("/finance")
    assert "Since the last close, 30 Jun 2025" in seen


def test_valuations_are_those_of_the_record_with_what_rule_701_leaves(ruth: Browser) -> None:
    seen = ruth.see("/finance/valuations")
    assert "Common 0.31 USD 15 Mar 2024 28 Feb 2025 15 Mar 2024 not in force" in seen
    assert "Rule 701: Common" in seen
    assert "within the rule" in seen


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_there_with_a_title_and_under_100_kb(ruth: Browser, path: str) -> None:
    page = ruth.get(path)
    assert page.status_code == 200
    assert title_of(page).endswith("Lanternleaf Care Cooperative")
    assert page.text.count("<h1>") == 1
    assert len(page.content) < 100_000
    assert "style=" not in page.text


def test_the_four_totals_are_those_of_the_record_and_everything_ties_out(coop: Site, ruth: Browser) -> None:
    size = coop.runner.read(journal.size)
    table = coop.runner.read(cap_table, Cut(coop.runner.read(company_day, coop.moments[0]), size))
    seen = ruth.see("/finance")
    for units in (table.total.outstanding, table.total.fully_diluted, 17_000_000):
        assert f"{units:,}" in seen
    assert "Holders add up to classes" in seen
    assert "Wrong:" not in seen


def test_every_check_stands_with_its_figures_for_finance_the_board_and_the_auditor(coop: Site) -> None:
    for role in (Role.FINANCE, Role.BOARD, Role.AUDITOR):
        seen = acting(coop, role).see("/finance/checks?as_of=2025-12-31")
        assert f"All {len(CHECKS)} checks hold" in seen
        assert "2 Holds What left each pool adds up to what it has left" in seen
        assert "Reserved 2,000,000; available, outstanding, issued and retired 2,000,000" in seen
    assert acting(coop, Role.STEWARD).get("/finance/checks").status_code == 404


def test_the_cap_table_of_a_day_is_the_report_of_that_day(coop: Site, ruth: Browser, cut: Cut) -> None:
    table = coop.runner.read(cap_table, cut)
    seen = ruth.see("/finance/cap-table?as_of=2025-12-31")
    assert "As of the end of 31 Dec 2025" in seen
    for row in table.rows:
        assert f"{row.name} " in seen
        assert f"{row.fully_diluted:,}" in seen


def test_a_day_can_be_compared_with_an_earlier_one(coop: Site, ruth: Browser, cut: Cut) -> None:
    now, before = (coop.runner.read(cap_table, Cut(day, cut.known_at)) for day in (YEAR_END, date(2025, 6, 30)))
    change = now.total.outstanding - before.total.outstanding
    seen = ruth.see("/finance/cap-table?as_of=2025-12-31&compare=2025-06-30")
    assert change > 0
    assert f"+{change:,}" in seen
    rolled = ruth.see("/finance/changes?as_of=2025-12-31&compare=2025-06-30")
    assert "From the end of 30 Jun 2025 to the end of 31 Dec 2025" in rolled
    assert "Holders add up to classes on both days" in rolled
    assert "Wrong:" not in rolled


def test_the_changes_of_holders_are_those_of_their_classes(coop: Site, ruth: Browser) -> None:
    query = "as_of=2025-12-31&compare=2025-06-30"
    by_class, by_holder = (
        json.loads(ruth.get(f"/finance/reports/{name}.json?{query}").text)["rows"]
        for name in ("roll-forward", "holder-roll-forward")
    )
    for column in ("opening", "issued", "exercised_settled", "forfeited", "closing"):
        for measure in ("outstanding awards", "outstanding shares"):
            sums = [
                sum(int(row[column]) for row in rows if row["measure"] == measure) for rows in (by_class, by_holder)
            ]
            assert sums[0] == sums[1], (column, measure)


def test_every_report_stands_on_one_page_with_its_files_of_the_day_and_the_period(coop: Site, ruth: Browser) -> None:
    """Each once, in each form; and what the links lead to is there."""
    listed = [name for _, group in CATALOGUE for one in group for name in (one.name, *one.also)]
    assert sorted(listed) == sorted(reports.REPORTS)
    path = "/finance/reports?as_of=2025-12-31&compare=2025-06-30&known_at="
    files = {f"/finance/reports/{name}.{form}" for name in listed for form in reports.FORMATS}
    [query] = {
        unescape(query)
        for browser in (ruth, acting(coop, Role.AUDITOR))
        for query in asked_of_all(browser.get(path).text, files)
    }
    for name in ("patronage", "capital-accounts", "members", "rule-701", "1099-patr"):
        told = json.loads(ruth.get(f"/finance/reports/{name}.json?{query}").text)
        assert (told["report"], told["as_of"]) == (name, "2025-12-31")
        assert (told.get("from") == "2025-07-01") is (name in reports.OF_PERIODS)
    members = [row for row in told_rows(ruth, "members", "as_of=2025-12-31") if row["eligible_on_record_date"] == "yes"]
    assert len(members) == len(coop.runner.read(members_on, YEAR_END))


def asked_of_all(page: str, files: set[str]) -> set[str]:
    """What a page asks of the files that it links, which are exactly these."""
    links = re.findall(r'href="(/finance/reports/[^"?]*)\?([^"]*)"', page)
    assert {to for to, _ in links} == files
    return {query for _, query in links}


def told_rows(browser: Browser, name: str, query: str) -> list[dict[str, str]]:
    """The rows of a report."""
    found: list[dict[str, str]] = json.loads(browser.get(f"/finance/reports/{name}.json?{query}").text)["rows"]
    return found


def test_who_takes_a_file_is_noted_with_its_hash_for_finance_and_for_the_auditor(coop: Site, ruth: Browser) -> None:
    page = ruth.get("/finance/reports/summary.xlsx?as_of=2024-12-31&known_at=4000")
    digest = sha256(page.content).hexdigest()
    for browser, path in ((ruth, "/finance/files"), (acting(coop, Role.AUDITOR), "/finance/files/taken")):
        seen = browser.see(path)
        assert digest[:16] in seen
        assert "Somebody from finance Cap table by class (xlsx) 31 Dec 2024 4,000" in seen
    assert acting(coop, Role.STEWARD).get("/finance/files/taken").status_code == 404


def test_a_file_is_asked_for_by_a_form_that_keeps_what_is_wrong(ruth: Browser) -> None:
    to = ruth.get("/finance/files/get?report=holders&ending=csv&as_of=2025-12-31&compare=&known_at=")
    assert to.headers["location"].startswith("/finance/reports/holders.csv?as_of=2025-12-31&known_at=")
    for query, told in (
        ("report=holders&ending=docx", "Choose one of the list."),
        ("report=roll-forward&ending=csv&as_of=2025-12-31", "choose the day it is compared with"),
        ("report=summary&ending=csv&as_of=2999-01-01", "Choose today or an earlier day"),
        (
            "report=roll-forward&ending=csv&as_of=2025-06-30&compare=2025-12-31",
            "Choose a day before the day of the table.",
        ),
    ):
        page = ruth.get(f"/finance/files/get?{query}")
        assert (page.status_code, title_of(page).startswith("Error:")) == (422, True)
        assert told in words_of(page)


def test_the_table_as_known_earlier_is_the_one_of_then(coop: Site, ruth: Browser, cut: Cut) -> None:
    early = ruth.see("/finance/cap-table?as_of=2025-12-31&known_at=10")
    assert "as known at entry 10 of" in early
    then, now = (coop.runner.read(cap_table, Cut(YEAR_END, known_at)).total for known_at in (10, cut.known_at))
    assert f"Total – {then.outstanding:,} " in early
    assert f"{now.outstanding:,}" not in early


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("as_of=31.12.2025", "Write the day like this"),
        ("known_at=999999999", "Write a number from 1 to"),
        ("known_at=0", "Write a number from 1 to"),
        ("as_of=2999-01-01", "Choose today or an earlier day"),
        ("as_of=2025-01-01&compare=2025-01-01", "Choose a day before the day of the table"),
    ],
)
def test_what_is_wrong_in_the_form_is_told_and_kept(ruth: Browser, query: str, told: str) -> None:
    page = ruth.get(f"/finance/cap-table?{query}")
    assert page.status_code == 422
    assert title_of(page).startswith("Error:")
    assert told in words_of(page)
    assert f'value="{query.partition("&")[0].partition("=")[2]}"' in page.text


def test_a_file_is_the_report_byte_for_byte_and_says_so_in_its_name(coop: Site, ruth: Browser, cut: Cut) -> None:
    query = f"as_of=2025-12-31&known_at={cut.known_at}"
    page = ruth.get(f"/finance/reports/holders.csv?{query}")
    assert page.content == coop.runner.read(reports.rendered, "holders", "csv", as_of=YEAR_END, known_at=cut.known_at)
    assert "holders_asof-2025-12-31" in page.headers["content-disposition"]
    total = list(csv.DictReader(StringIO(page.text)))[-1]
    told = json.loads(ruth.get(f"/finance/reports/summary.json?{query}").text)
    assert total["fully_diluted"] == told["rows"][-1]["fully_diluted_shares"]


def test_a_roll_forward_begins_on_the_day_after_the_one_compared_with(ruth: Browser) -> None:
    told = json.loads(ruth.get("/finance/reports/roll-forward.json?as_of=2025-12-31&compare=2025-06-30").text)
    assert (told["from"], told["as_of"]) == ("2025-07-01", "2025-12-31")


@pytest.mark.parametrize(
    "name",
    [
        "summary.docx",
        "everything.csv",
        "summary",
        "roll-forward.csv",
        "summary.csv?as_of=soon",
        "summary.csv?known_at=0",
    ],
)
def test_there_is_no_file_of_what_there_is_not(ruth: Browser, name: str) -> None:
    assert ruth.get(f"/finance/reports/{name}").status_code == 404


def test_holders_stand_by_name_and_can_be_looked_for(coop: Site, ruth: Browser, cut: Cut) -> None:
    table = coop.runner.read(holder_table, cut)
    first = ruth.see("/finance/holders?as_of=2025-12-31")
    assert f"{len(table.rows)} holders" in first
    assert "Page 1 of" in first
    assert "Page 2 of" in ruth.see("/finance/holders?as_of=2025-12-31&page=2")
    fund = ruth.see("/finance/holders?as_of=2025-12-31&name=alder")
    assert "One holder" in fund
    assert "Alder Seed Fund" in fund
    assert "1,500,000" in fund
    assert "Nobody of that name" in ruth.see("/finance/holders?name=%3Cscript%3E")


def test_grants_can_be_narrowed_down_to_those_that_wait(coop: Site, ruth: Browser, cut: Cut) -> None:
    register = coop.runner.read(grant_register, cut)
    waiting = sum(one.waits for one in register)
    assert f"{len(register)} grants" in ruth.see("/finance/grants?as_of=2025-12-31")
    seen = ruth.see("/finance/grants?as_of=2025-12-31&show=waiting")
    assert (f"{waiting} grants" if waiting else "No grant fits that.") in seen


def test_vesting_by_month_adds_up_to_all_that_was_promised(ruth: Browser) -> None:
    seen = ruth.see("/finance/vesting?as_of=2025-12-31")
    for text in ("Dec 2025 this month", "Jan 2026", "All that was promised"):
        assert text in seen


def test_a_closed_month_tells_totals_and_nobodys_own_counts(coop: Site, ruth: Browser) -> None:
    page = ruth.get("/periods/2025-03")
    seen = words_of(page)
    assert "were held back" in seen
    assert "What was delivered, by group" in seen
    assert "hld_provider" not in page.text
    assert "Closed" in ruth.see("/periods?")


def test_the_board_sees_the_months_too_and_nobody_else_sees_any_of_it(coop: Site) -> None:
    board, steward = acting(coop, Role.BOARD), acting(coop, Role.STEWARD)
    assert board.get("/periods").status_code == 200
    provider = coop.browser("hld_provider_200")
    for path in PATHS:
        assert steward.get(path).status_code == 404
        assert provider.get(path).status_code == 404
        assert coop.browser().get(path).headers["location"].startswith("/sign-in")
    assert board.get("/finance").status_code == 404
    assert steward.get("/finance/reports/holders.csv").status_code == 404
