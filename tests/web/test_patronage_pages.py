"""Patronage and capital by page, on the sample cooperative: two people declare, sums add up, one's own is one's own."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.people import vault
from app.people.exports import taken_as
from app.people.roles import Role
from app.web.choosing import labels
from ledger import journal
from ledger.equity.register import company_day
from ledger.reading import every
from ledger.sessions import capital
from ledger.sessions.payouts import day_left
from ledger.sessions.records import Allocation, PatronageDraft
from tests import make
from tests.web.acting import acting, sample_site
from tests.web.browser import Browser, Site, title_of, words_of

PROVIDER, OTHER = "hld_provider_012", "hld_provider_013"
YEAR = {
    "fiscal_year": "2027",
    "net": "840,000.00",
    "member_minutes": "2886000",
    "all_minutes": "3120000",
    "statutory": "30",
    "resolution": "members:2026-11",
    "on": "2026-11-20",
}
"""cooperative-finance.md §2.2: 543,900.00 may be declared."""


@pytest.fixture(scope="module")
def coop(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield the sample cooperative, one copy for this whole module."""
    with sample_site(sample_file, tmp_path_factory.mktemp("patronage")) as site:
        yield site


@pytest.fixture(scope="module")
def ruth(coop: Site) -> Browser:
    """Somebody from finance."""
    return acting(coop, Role.FINANCE)


@pytest.fixture(scope="module")
def board(coop: Site) -> Browser:
    """Somebody of the board."""
    return acting(coop, Role.BOARD)


@pytest.fixture(scope="module")
def draft(ruth: Browser) -> str:
    """Where the preview of a declaration stands, after a year has been divided."""
    seen = words_of(ruth.post("/finance/patronage/surplus/check", {**YEAR}))
    assert "Statutory reserve 233,100.00" in seen
    assert "May be declared as patronage 543,900.00" in seen
    ruth.send("/finance/patronage/surplus", **YEAR, form_key="s")
    form = {"first_day": "2025-01-01", "last_day": "2025-06-30", "pool": "543900.00", "form_key": "p"}
    to = ruth.send("/finance/patronage/drafts", **form)
    assert ruth.send("/finance/patronage/drafts", **form) == to
    return to


@pytest.fixture(scope="module")
def declared(coop: Site, board: Browser, draft: str) -> str:
    """The same, declared by the board."""
    form = re.findall(r'name="terms_hash" value="([0-9a-f]{64})"', board.get(draft).text)
    board.send(f"{draft}/declare", terms_hash=form[0], resolution="members:2026-12", form_key="d")
    return draft


def test_a_preview_is_split_to_the_cent_and_names_nobody(ruth: Browser, board: Browser, draft: str) -> None:
    page = ruth.get(draft)
    seen = words_of(page)
    assert "All parts and what is held back add up to the pool, to the cent" in seen
    assert "Wrong:" not in seen
    assert "Exact, in cents" in seen
    assert "hld_provider" not in page.text
    assert draft in board.get("/board").text or "Declare it" not in board.see(draft)
    assert "Exact, in cents" not in board.see(draft)


def test_what_was_previewed_is_declared_by_somebody_else_and_the_books_add_up(
    coop: Site, ruth: Browser, board: Browser, declared: str
) -> None:
    parts = coop.runner.read(every, Allocation, declaration=declared.rpartition("/")[2])
    assert sum(part.amount for part in parts) == 54_390_000
    assert ruth.post(f"{declared}/declare", {"form_key": "x"}).status_code == 404
    again = board.post(f"{declared}/declare", {"terms_hash": "0" * 64, "resolution": "x", "form_key": "y"})
    assert (again.status_code, "This is declared already." in words_of(again)) == (409, True)
    assert "the three add up to it" in ruth.see("/finance/patronage")
    coop.runner.read(capital.check_books)


def test_payments_and_tax_figures_are_files_with_names_and_are_noted(
    coop: Site, ruth: Browser, board: Browser, declared: str
) -> None:
    told = json.loads(ruth.get(f"{declared}/payments/payments.json").text)
    parts = coop.runner.read(every, Allocation, declaration=declared.rpartition("/")[2])
    assert sum(round(float(row["cash"]) * 100) for row in told["rows"]) == sum(part.cash for part in parts)
    assert all(row["name"] != row["member_id"] for row in told["rows"])
    year = coop.moments[0].year
    forms = json.loads(ruth.get(f"/finance/patronage/forms/{year}/1099-patr.json").text)["rows"]
    assert all(float(row["box1_patronage_dividends"]) >= 10 for row in forms)
    log = ruth.see("/finance/files")
    assert "Payments of patronage (json)" in log
    assert "Figures for Form 1099-PATR (json)" in log
    for browser in (board, coop.browser(PROVIDER)):
        assert browser.get(f"{declared}/payments/payments.json").status_code == 404


def test_scenario_27_tax_numbers_leave_with_a_second_approval_a_watermark_and_a_line_in_the_log(
    coop: Site, ruth: Browser, board: Browser, declared: str
) -> None:
    coop.runner.run(make.tax_number, PROVIDER, "256-33-1234")
    year, page = coop.moments[0].year, "/finance/tax-numbers"
    masked = json.loads(ruth.get(f"/finance/patronage/forms/{year}/1099-patr.json").text)["rows"]
    assert [row["tin_last4"] for row in masked if row["member_id"] == PROVIDER] == ["1234"]
    form: dict[str, str | list[str]] = {"as_of": f"{year}-12-31", "reason": "Filing the forms, by hand"}
    ahead = ruth.post(page, form | {"file": "1099-patr.csv", "form_key": "a"})
    assert (ahead.status_code, "This day has not come yet." in words_of(ahead)) == (422, True)
    form["as_of"] = coop.runner.read(company_day, coop.moments[0]).isoformat()
    for n, ending in enumerate(("csv", "pdf")):
        ruth.send(page, **form, file=f"1099-patr.{ending}", form_key=f"t{n}")
    one, two = re.findall(rf'action="({page}/dsc_\w+)/decide"', ruth.get(page).text)
    assert "Somebody else approves it" in ruth.see(page)
    mine = ruth.post(f"{one}/decide", {"answer": "approve", "form_key": "m"})
    assert (mine.status_code, "whoever asked does not approve it" in words_of(mine)) == (403, True)
    assert ruth.get(f"{one}/file").status_code == 409
    assert "Filing the forms, by hand" in board.see("/board")
    second = acting(coop, Role.FINANCE)
    second.send(f"{one}/decide", answer="approve", form_key="b")
    board.send(f"{two}/decide", answer="approve", form_key="c")
    assert second.get(f"{one}/file").status_code == 404
    files = [ruth.get(f"{path}/file") for path in (one, two)]
    [row] = [row for row in csv.DictReader(StringIO(files[0].text)) if row["member_id"] == PROVIDER]
    assert row["tin"] == "256-33-1234"
    assert row["handed_out"].startswith("Handed out to Somebody from finance on ")
    for file in files:
        [noted] = coop.runner.read(taken_as, sha256(file.content).hexdigest())
        assert (noted.file.report, noted.authority) == ("1099-patr-with-tax-numbers", "role:finance")
    assert "Form 1099-PATR with tax numbers (pdf)" in ruth.see("/finance/files")
    provider = coop.browser(PROVIDER)
    assert [provider.get(path).status_code for path in (page, f"{one}/file")] == [404, 404]
    assert set(re.findall(r'href="/documents/company/\d+\.csv"', provider.get("/documents").text))


def test_a_member_reads_how_their_own_part_was_reckoned_and_nobody_elses(coop: Site, declared: str) -> None:
    id = declared.rpartition("/")[2]
    for member in (PROVIDER, OTHER):
        [part] = coop.runner.read(every, Allocation, declaration=id, member=member)
        browser = coop.browser(member)
        seen = browser.see(f"/patronage/{id}")
        assert f"Your {part.weight:,} of" in seen
        assert f"{part.amount / 100:,.2f} USD" in seen
        assert "nonqualified written notice" in seen
        assert f"{part.retained / 100:,.2f}" in browser.see("/patronage")
    assert coop.browser(PROVIDER).get("/patronage/pat_nothing").status_code == 404
    assert coop.browser().get("/patronage").headers["location"].startswith("/sign-in")


def test_the_history_of_an_account_ends_in_its_balance(coop: Site, declared: str) -> None:
    moved = coop.runner.read(capital.movements, PROVIDER)
    held = coop.runner.read(journal.balance, capital.capital(PROVIDER))
    assert sum(one.cents for one in moved) == held > 0
    assert f"In your capital account {held / 100:,.2f}" in coop.browser(PROVIDER).see("/patronage")


def test_consent_is_ones_own_and_can_be_taken_back(coop: Site, declared: str) -> None:
    browser = coop.browser(OTHER)
    assert "You have not consented" in browser.see("/patronage")
    browser.send("/patronage/consent", is_given="yes", form_key="1")
    assert "You consented" in browser.see("/patronage")
    browser.send("/patronage/consent", is_given="no", form_key="2")
    assert "You have not consented" in browser.see("/patronage")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"net": "a lot"}, "is not a quantity"),
        ({"net": ""}, "Write the net income, such as 840000.00."),
        ({"statutory": "130"}, "Write a percentage"),
        ({"statutory": "1/0"}, "Write a percentage"),
        ({"member_minutes": "3120001"}, "Members deliver from none to all of the minutes"),
        ({"resolution": ""}, "Write something here."),
        ({"on": "soon"}, "Write a day"),
    ],
)
def test_what_is_wrong_is_told_and_kept(ruth: Browser, changes: dict[str, str], told: str) -> None:
    page = ruth.post("/finance/patronage/surplus/check", {**YEAR, **changes})
    assert (page.status_code, title_of(page).startswith("Error:")) == (422, True)
    assert told in words_of(page)
    [value] = changes.values()
    assert f'value="{value}"' in page.text


def test_months_that_are_not_closed_and_days_the_wrong_way_round_are_refused(ruth: Browser, draft: str) -> None:
    for first, last in (("2026-10-01", "2026-10-31"), ("2025-06-30", "2025-01-01")):
        form: dict[str, str | list[str]] = {"first_day": first, "last_day": last, "pool": "1.00", "form_key": first}
        assert ruth.post("/finance/patronage/drafts", form).status_code in {409, 422}


def test_capital_is_paid_out_on_the_boards_word_by_somebody_else(coop: Site, ruth: Browser, board: Browser) -> None:
    def left(db: Session) -> str:
        accounts = capital.balances(db)
        return next(member for member, cents in accounts.items() if cents > 500 and day_left(db, member))

    member = coop.runner.read(left)
    path = "/finance/capital"
    leaver = {"leaver": member, "cause": "DEATH", "form_key": "e"}
    assert "Nobody on record is called" in words_of(ruth.post(f"{path}/exits", {**leaver, "leaver": "Nobody"}))
    ruth.send(f"{path}/exits", **{**leaver, "leaver": _label(coop, member)})
    schedule = re.findall(r'name="schedule" value="(exs_[^"]+)"', ruth.get(path).text)[0]
    refused = ruth.post(f"{path}/payments", {"schedule": schedule, "form_key": "f"})
    assert (refused.status_code, "No statement by the board" in words_of(refused)) == (409, True)
    stated = {"assets": "412000.00", "liabilities": "268000.00", "resolution": "board:1", "form_key": "g"}
    on = coop.runner.read(company_day, coop.moments[0]).isoformat()
    board.send(f"{path}/solvency", **stated, pays_debts="yes", on=on)
    before = coop.runner.read(journal.balance, capital.capital(member))
    ruth.send(f"{path}/payments", schedule=schedule, form_key="h")
    assert coop.runner.read(journal.balance, capital.capital(member)) < before
    assert "Somebody paid in" not in board.see(path)
    assert "State what can be afforded" not in ruth.see(path)


def _label(coop: Site, member: str) -> str:
    return next(label for label, holder in coop.runner.read(labels).items() if holder == member)


def test_every_page_of_patronage_is_small_and_only_for_whom_it_is_meant(
    coop: Site, ruth: Browser, declared: str
) -> None:
    steward = acting(coop, Role.STEWARD)
    for path in ("/finance/patronage", "/finance/patronage/surplus", "/finance/capital", declared):
        assert len(ruth.get(path).content) < 100_000
        assert steward.get(path).status_code == 404
        assert coop.browser(PROVIDER).get(path).status_code == 404
    assert coop.runner.read(every, PatronageDraft)


def test_a_member_states_their_tax_number_and_finance_sees_whose_is_missing(
    coop: Site, ruth: Browser, board: Browser, declared: str
) -> None:
    other, path = coop.browser(OTHER), "/settings/tax-number"
    assert "your tax number is missing" in other.see("/patronage")
    name = coop.runner.read(vault.names, [OTHER])[OTHER]
    told, missing = f"{name} Form 1099-PATR of", ruth.see("/finance/tax-numbers")
    assert told in missing
    assert told in board.see("/finance/tax-numbers")
    form: dict[str, str | list[str]] = {"kind": "SSN", "is_mine": "yes"}
    for n, (wrong, why) in enumerate((("666-33-1234", "No number of this kind"), ("12", "nine digits"))):
        answer = other.post(path, form | {"number": wrong, "form_key": f"w{n}"})
        assert (answer.status_code, why in words_of(answer), f'"{wrong}"' in answer.text) == (422, True, False)
    unsure = other.post(path, {"kind": "SSN", "number": "256-44-9876", "form_key": "u"})
    assert (unsure.status_code, "256-44-9876" in unsure.text) == (422, False)
    other.send(path, **form, number="256-44-9876", form_key="s")
    seen = other.see(path)
    assert "••• 9876" in seen
    assert "256-44-9876" not in other.get(path).text
    assert "your tax number is missing" not in other.see("/patronage")
    assert ruth.see("/finance/tax-numbers").count(told) == missing.count(told) - 1
    assert "256-44-9876" not in ruth.get("/finance/tax-numbers").text
    assert ruth.get(path).status_code == 404
