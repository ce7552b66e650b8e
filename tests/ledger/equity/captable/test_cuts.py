"""As of any day and as known at any entry: the same table for ever, and a clear word where there can be none."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, move, unit
from ledger.equity import classes
from ledger.equity.captable.holdings import holder_table
from ledger.equity.captable.movements import pool_balances, pool_events, roll_forwards
from ledger.equity.captable.promises import vesting_schedule
from ledger.equity.captable.summary import cap_table
from ledger.equity.securities import security_account
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import Security, SecurityKind
from ledger.errors import NotFound
from ledger.types import Cut
from tests import make
from tests.ledger.equity.captable.worked import YEAR_END, summary_of_ten_million


def everything(db: Session, cut: Cut) -> tuple[object, ...]:
    """All reports of a cut, as values."""
    return (
        cap_table(db, cut),
        holder_table(db, cut),
        pool_balances(db, cut),
        pool_events(db, cut),
        list(vesting_schedule(db, cut)),
        roll_forwards(db, date(2025, 1, 1), cut),
    )


def test_a_late_correction_changes_the_table_only_for_those_who_know_of_it(db: Session) -> None:
    """Scenario 22, as values; the bytes are in tests/app/reports."""
    found = summary_of_ten_million(db)
    cut = Cut(YEAR_END, journal.size(db))
    before = everything(db, cut)
    issue_stock(db, make.act(), StockOrder("hld_dan", found.units, 500), on=date(2025, 12, 15))
    assert everything(db, cut) == before
    assert cap_table(db, Cut(YEAR_END, journal.size(db))).total.outstanding == 8_041_750
    assert cap_table(db, Cut(date(2025, 12, 14), journal.size(db))).total.outstanding == 8_041_250


def test_before_the_first_day_there_is_nothing(db: Session) -> None:
    summary_of_ten_million(db)
    cut = Cut(date(1999, 12, 31), journal.size(db))
    table = cap_table(db, cut)
    assert (table.rows, table.total.fully_diluted, table.total.percentage) == ((), 0, None)
    assert holder_table(db, cut).rows == ()
    assert pool_balances(db, cut) == []
    assert list(vesting_schedule(db, cut)) == []


def test_before_the_first_entry_nothing_is_known(db: Session) -> None:
    summary_of_ten_million(db)
    assert cap_table(db, Cut(YEAR_END, 0)).rows == ()


def test_the_future_is_what_is_promised_so_far(db: Session) -> None:
    summary_of_ten_million(db)
    table = holder_table(db, Cut(date(2040, 1, 1), journal.size(db)))
    assert (table.total.unvested, table.total.awards, table.total.exercisable) == (0, 1_318_400, 1_318_400)


@pytest.mark.parametrize("known_at", [-1, 45, 10**9])
def test_an_entry_that_is_not_written_can_not_be_known(db: Session, known_at: int) -> None:
    summary_of_ten_million(db)
    assert journal.size(db) == 44
    for report in (cap_table, holder_table, pool_balances, pool_events):
        with pytest.raises(NotFound, match="44 entries"):
            report(db, Cut(YEAR_END, known_at))
    with pytest.raises(NotFound, match="44 entries"):
        list(vesting_schedule(db, Cut(YEAR_END, known_at)))
    with pytest.raises(NotFound, match="44 entries"):
        roll_forwards(db, date(2025, 1, 1), Cut(YEAR_END, known_at))


def test_shares_older_than_the_day_their_class_is_from_are_shown(db: Session) -> None:
    make.company(db)
    late = make.share_class(db, authorised=None)  # from 2020-01-01, as an imported record may have it
    early = Security("sec_early", "CS-0", SecurityKind.STOCK, make.holder(db).id, 70, late.id)
    postings = move(unit(late.id), 70, classes.charter(late.id), security_account(early))
    journal.append(db, make.act(), Draft("stock.issued", date(2019, 6, 1), (early,), postings))
    [row] = cap_table(db, Cut(date(2019, 12, 31), journal.size(db))).rows
    assert (row.id, row.outstanding) == (late.id, 70)
    assert cap_table(db, Cut(date(2019, 5, 31), journal.size(db))).rows == ()
