"""What equity costs, for finance: values are recorded on a page, and make the expense, the bookings and the files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.people.roles import Role
from tests.web.acting import acting, sample_site
from tests.web.browser import Browser, Site, words_of

QUERY = "as_of=2025-12-31&compare=2024-12-31"


@pytest.fixture(scope="module")
def coop(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield the sample cooperative, one copy for this whole module."""
    with sample_site(sample_file, tmp_path_factory.mktemp("expense")) as site:
        yield site


@pytest.fixture(scope="module")
def ruth(coop: Site) -> Browser:
    """Somebody from finance."""
    return acting(coop, Role.FINANCE)


def period(browser: Browser, known_at: int | None = None) -> str:
    """The sum of a report's column for the period."""
    known = "" if known_at is None else f"&known_at={known_at}"
    told = json.loads(browser.get(f"/finance/reports/expense-straight.json?{QUERY}{known}").text)
    assert (told["from"], told["as_of"]) == ("2025-01-01", "2025-12-31")
    cents = sum(int(row["period_expense"].replace(".", "")) for row in told["rows"])
    return f"{cents // 100:,}.{cents % 100:02}"


def test_a_value_recorded_for_the_grants_of_one_day_makes_their_expense_and_no_older_report(ruth: Browser) -> None:
    page = f"/finance/expense?{QUERY}&basis=expense-straight"
    before = ruth.see(page)
    assert "Wrong: Grants lack a value" in before
    assert f"Recognised in the period {period(ruth)} USD" in before
    group = next(
        link for link in ruth.get(page).text.split('href="') if link.startswith("/finance/expense/values?which")
    )
    form = ruth.get(group.partition('"')[0]).text
    labels = form.partition('name="label"')[2].partition(">")[2].partition("<")[0]
    count = len(labels.split())
    size = int(before.partition("as known at entry ")[2].partition(" ")[0].replace(",", ""))
    sent: dict[str, str | list[str]] = {
        "label": labels,
        "price": "0.1746",
        "method": "SHARE_VALUE",
        "source": "report:2026-01",
        "on": "",
    }
    assert ruth.post("/finance/expense/values", sent).status_code == 303
    assert f"{count} grants have a value on record" in ruth.see("/finance/expense/values")
    after = ruth.see(page)
    assert f"as known at entry {size + count:,}" in after
    assert f"Recognised in the period {period(ruth)} USD" in after
    assert f"Recognised in the period {period(ruth, size)} USD" in before
    for name in ("expense-journal-straight", "expense-errors"):
        assert ruth.get(f"/finance/reports/{name}.csv?{QUERY}").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"label": "ES-0"}, "no security"),
        ({"price": "much"}, "Write a price"),
        ({"price": ""}, "Write a price"),
        ({"method": "GUESS"}, "Choose one of the list"),
        ({"source": " "}, "Write something here"),
        ({"on": "soon"}, "Write a day"),
        ({"on": "2023-01-01"}, "a value can't count from"),
        ({"label": "PS-1"}, "is no grant"),
    ],
)
def test_what_can_not_be_recorded_is_told_and_the_form_shown_again(
    ruth: Browser, wrong: dict[str, str | list[str]], told: str
) -> None:
    sent: dict[str, str | list[str]] = {"label": "RSU-2", "price": "0.31", "method": "SHARE_VALUE"}
    sent |= {"source": "report:2026-01"} | wrong
    page = ruth.post("/finance/expense/values", sent)
    assert page.status_code in {404, 422, 409}
    assert told in words_of(page)
    assert "Record the value" in words_of(page)


def test_a_period_that_stands_the_wrong_way_round_or_begins_long_ago_is_no_error(ruth: Browser) -> None:
    assert "Choose a day before" in words_of(ruth.get("/finance/expense?as_of=2025-01-01&compare=2025-06-30"))
    seen = ruth.see("/finance/expense?as_of=2025-12-31&compare=0001-01-01")
    assert "From 31 Jan 2023 to 31 Dec 2025" in seen
    assert ruth.get("/finance/reports/expense-journal.csv?as_of=2025-12-31&compare=0001-01-01").status_code == 422
    assert ruth.get("/finance/reports/expense.csv?as_of=2025-12-31").status_code == 404
