"""Batches: read straight off the values they come out as one record at a time would, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - builds every table
from ledger.bulk import reader_of, row_leaf, rows_of
from ledger.merkle import leaf_hash
from ledger.records import SPECS, Record, canonical, to_body, to_row
from ledger.sessions.notices import NoticeKind
from ledger.sessions.records import Allocation, DeliveryRow, RowKind
from ledger.sessions.values import Attendance, Category, Modality
from tests import make
from tests.ledger.sessions.hands import MONDAY, delivered, handed_in

days = st.dates(date(2000, 1, 1), date(2199, 12, 31))
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
allocations = st.builds(
    Allocation,
    declaration=words,
    member=words,
    weight=st.integers(0, 2**53 - 1),
    amount=st.integers(0, 2**53 - 1),
    cash=st.integers(0, 2**53 - 1),
    retained=st.integers(0, 2**53 - 1),
    notice=st.none() | st.sampled_from(NoticeKind),
)
deliveries = st.builds(
    DeliveryRow,
    provider=words,
    local_date=days,
    category=st.sampled_from(Category),
    modality=st.sampled_from(Modality),
    attendance=st.sampled_from(Attendance),
    count=st.integers(1, 99),
    minutes=st.integers(1, 960),
    fingerprint=words,
    period=words,
    kind=st.sampled_from([RowKind.ORIGINAL, RowKind.ADJUSTMENT]),
    import_id=st.none() | words,
    undoes_n=st.none() | st.integers(0, 2**53 - 1),
)


@given(allocations | deliveries)
def test_leaf_and_row_are_those_of_a_record_by_itself(value: Record) -> None:
    name, fields = to_body(value)
    assert isinstance(name, str)
    assert isinstance(fields, dict)
    assert row_leaf(value) == leaf_hash(canonical(fields))
    expected = list(to_row(name, fields).values())
    [row] = rows_of(7, [value], days_as_text=False)
    assert list(row) == [7, 0, *expected]
    assert {type(field) for field in row} <= {int, str, date, type(None)}
    [row] = rows_of(7, [value], days_as_text=True)
    assert list(row) == [7, 0, *(each.isoformat() if isinstance(each, date) else each for each in expected)]


def test_only_bulk_classes_come_in_batches() -> None:
    bulk = {name for name, spec in SPECS.items() if spec.is_bulk}
    secret = {"poll_number", "poll_issued", "poll_record"}
    assert bulk == {"delivery", "allocation", "roll", "ballot", "petition_seal", *secret}
    with pytest.raises(ValueError, match="can't be written in batches"):
        reader_of("holder")


def _row(n: int, i: int) -> str:
    return (
        "INSERT INTO delivery (n, i, provider, local_date, category, modality, attendance, count, minutes, fingerprint,"
        f" period, kind) SELECT {n}, {i}, id, '2025-07-07', 'GROUP', 'CHAT', 'DELIVERED', 1, 50, 'f', '2025-07',"
        " 'ORIGINAL' FROM holder"
    )


@pytest.mark.parametrize(("entry", "complaint"), [(-1, "makes no more records"), (1, "needs its entry")])
def test_no_row_slips_into_a_batch_or_comes_without_one(engine: Engine, entry: int, complaint: str) -> None:
    with Session(engine) as db, db.begin():
        handed_in(db, [delivered(make.holder(db).id, MONDAY)])
    with engine.connect() as connection:
        [size] = connection.execute(text("SELECT max(size) FROM head")).one()
        with pytest.raises(DBAPIError, match=complaint):
            connection.execute(text(_row(size + entry, 5)))
