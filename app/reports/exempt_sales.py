"""Rule 701 as a report: each sale of twelve months, then what they come to, the limits, and what is left (R11).

Pure. The rows after the sales name in ``security`` what they tell. One limit that holds is enough; the limits are of
the twelve months that end on the day of the report, and every other window has to hold as well: a grant is judged for
all that it falls in when it is issued.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor

from app.reports.report import Amount, Cell, Number, Report, Source
from ledger.equity.captable.exempt_sales import ExemptSales
from ledger.equity.rule701 import DISCLOSED_FROM, EXEMPTION, MOST_SALES, PERCENT, LimitTest, Standing
from ledger.equity.values import ShareClass
from ledger.types import decimal_text

CENTS, MOST_PLACES = 2, 10

SALES = (
    "window_start",
    "window_end",
    "security",
    "date_of_sale",
    "qty",
    "price_or_fmv",
    "aggregate_sales_price",
    "recipient_kind",
    "exemption",
    "limit",
    "headroom",
    "result",
    "class",
    "holder_id",
    "security_id",
    "currency",
)
TOTAL, MILLION, ASSETS = "Total", "Limit 1: $1,000,000", f"Limit 2: {PERCENT} % of total assets"
CLASS, DISCLOSURE = f"Limit 3: {PERCENT} % of the class outstanding", "Enhanced disclosure above $10,000,000"
WITHIN, OVER, UNKNOWN, DUE, NOT_DUE = "within", "over", "no balance sheet", "due", "not due"


def tracker(found: ExemptSales, source: Source) -> Report:
    """Return the tracker (R11); without a class that grants are made of it has no rows."""
    names = {of.id: of for of, _ in found.standings}
    rows = [_sale_row(found, place, names, source) for place in range(len(found.sold))]
    rows += _total_rows(found, source)
    unvalued = [each.security.label for each in found.sold if each.each is None]
    warnings = [f"{label} counts for nothing: nobody had valued its shares." for label in unvalued]
    if found.standings and not any(stands.is_exempt for _, stands in found.standings):
        warnings.append("None of the three limits holds: the exemption does not cover these sales.")
    return Report("rule-701", source, SALES, tuple(rows), tuple(warnings))


def _row(found: ExemptSales, source: Source, told: Mapping[str, Cell]) -> tuple[Cell, ...]:
    first, last = found.window
    given: dict[str, Cell] = {"window_start": first, "window_end": last, "currency": source.currency, **told}
    return tuple(given.get(name) for name in SALES)


def _sale_row(found: ExemptSales, place: int, names: Mapping[str, ShareClass], source: Source) -> tuple[Cell, ...]:
    each = found.sold[place]
    of = names[each.sale.class_id]
    told: dict[str, Cell] = {
        "security": each.security.label,
        "date_of_sale": each.sale.sold_on,
        "qty": Amount(each.sale.units, of.decimals),
        "price_or_fmv": None if each.each is None else Number(each.each.text),
        "aggregate_sales_price": _money(each.sale.amount),
        "recipient_kind": found.recipients.get(each.security.id),
        "exemption": EXEMPTION,
        "class": of.name,
        "holder_id": each.security.holder,
        "security_id": each.security.id,
    }
    return _row(found, source, told)


def _total_rows(found: ExemptSales, source: Source) -> list[tuple[Cell, ...]]:
    """Return what all sales come to, and how they stand against each limit."""
    if not found.standings:
        return []
    stands = found.standings[0][1]
    rows: list[dict[str, Cell]] = [
        {"security": TOTAL, "aggregate_sales_price": _money(stands.sales)},
        {
            "security": MILLION,
            "aggregate_sales_price": _money(stands.sales),
            "limit": _money(Fraction(MOST_SALES)),
            "headroom": _left(Fraction(MOST_SALES), stands.sales),
            "result": _result(stands, LimitTest.MILLION),
        },
        {
            "security": ASSETS,
            "aggregate_sales_price": _money(stands.sales),
            "limit": None if stands.assets_limit is None else _money(stands.assets_limit),
            "headroom": None if stands.assets_limit is None else _left(stands.assets_limit, stands.sales),
            "result": UNKNOWN if stands.assets_limit is None else _result(stands, LimitTest.ASSETS),
        },
        *(_class_row(of, each) for of, each in found.standings),
        {
            "security": DISCLOSURE,
            "aggregate_sales_price": _money(stands.sales),
            "limit": _money(Fraction(DISCLOSED_FROM)),
            "headroom": _left(Fraction(DISCLOSED_FROM), stands.sales),
            "result": DUE if stands.needs_disclosure else NOT_DUE,
        },
    ]
    return [_row(found, source, told) for told in rows]


def _class_row(of: ShareClass, stands: Standing) -> dict[str, Cell]:
    return {
        "security": CLASS,
        "qty": Amount(stands.units, of.decimals),
        "limit": Amount(floor(stands.class_limit), of.decimals),
        "headroom": Amount(stands.headroom, of.decimals),
        "result": _result(stands, LimitTest.CLASS),
        "class": of.name,
    }


def _result(stands: Standing, test: LimitTest) -> str:
    return WITHIN if test in stands.passed else OVER


def _left(limit: Fraction, sales: Fraction) -> Number:
    """Return what may still be sold, rounded down to the cent; zero where it is over."""
    return Number(decimal_text(max(0, floor((limit - sales) * 10**CENTS)), CENTS))


def _money(amount: Fraction) -> Number:
    """Return a sum exactly where ten places say it, so that rows add up; else rounded up to the cent."""
    for places in range(CENTS, MOST_PLACES + 1):
        if (amount * 10**places).denominator == 1:
            return Number(decimal_text(int(amount * 10**places), places))
    return Number(decimal_text(ceil(amount * 10**CENTS), CENTS))
