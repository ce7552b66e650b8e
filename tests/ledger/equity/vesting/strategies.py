"""What the properties of vesting are drawn from: starts, plain terms, and tables that things have happened to."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from ledger.equity.vesting.later import AccelerationOrder, accelerate, forfeit, pause
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.table import Table, unvested

quantities = st.integers(0, 10**9)
starts = st.dates(date(2015, 1, 1), date(2030, 12, 31))
days = st.dates(date(2014, 1, 1), date(2040, 12, 31))
orders = st.sampled_from(AccelerationOrder)


@st.composite
def plain_terms(draw: st.DrawFn) -> PlainTerms:
    every = draw(st.sampled_from([1, 1, 2, 3, 6, 12]))
    steps = draw(st.integers(1, 60))
    return PlainTerms(every * steps, every * draw(st.integers(0, steps)), every)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    table = instalments(draw(plain_terms()), draw(st.integers(1, 10**6)), start=draw(starts))
    on = draw(days)
    if draw(st.booleans()) and unvested(table, on):
        table = accelerate(table, draw(st.integers(1, unvested(table, on))), on, AccelerationOrder.PRO_RATA)
    if draw(st.booleans()):
        table = pause(table, draw(days))
    if draw(st.booleans()):
        table = forfeit(table, draw(days)).table
    return table
