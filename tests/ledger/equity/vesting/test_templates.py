from __future__ import annotations

from datetime import date

import pytest

from ledger.equity.vesting.errors import UnknownTemplate
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.templates import DEFAULT, TEMPLATES, template


@pytest.mark.parametrize(
    ("name", "rows", "first", "last"),
    [
        ("4y/1y/monthly", 37, ("2026-01-31", 1_200), "2029-01-31"),
        ("4y/0/monthly", 48, ("2025-02-28", 100), "2029-01-31"),
        ("2y/6m/monthly", 19, ("2025-07-31", 1_200), "2027-01-31"),
        ("2y/0/monthly", 24, ("2025-02-28", 200), "2027-01-31"),
        ("1y quarterly", 4, ("2025-04-30", 1_200), "2026-01-31"),
    ],
)
def test_each_template_begins_and_ends_as_its_name_says(
    name: str, rows: int, first: tuple[str, int], last: str
) -> None:
    table = instalments(template(name), 4_800, start=date(2025, 1, 31))
    assert len(table) == rows
    assert (table[0].date.isoformat(), table[0].quantity) == first
    assert table[-1].date.isoformat() == last


def test_the_default_is_one_of_them() -> None:
    assert DEFAULT in TEMPLATES


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownTemplate, match="2y/6m/monthly"):
        template("3y/1y/weekly")
