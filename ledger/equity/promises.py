"""What a grant promises: its terms read from the record, and the instalments they come to on the day of the grant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

import orjson

from ledger.equity.vesting.errors import VestingTermsInvalid
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.schedule import Terms, promised_instalments
from ledger.equity.vesting.statements import StatementTerms
from ledger.equity.vesting.table import Table, completed
from ledger.equity.vesting.terms import VestingTerms
from ledger.records import canonical
from ledger.types import Json


def read_terms(data: Json) -> Terms:
    """Return vesting terms as a record, an order or a file holds them.

    Plain terms have ``months``, ``cliff_months`` and ``every_months``; conditions of the Open Cap Format have
    ``vesting_conditions``; ordered statements are ``statements`` or a list of them.

    Raises:
        VestingTermsInvalid: None of these, or one that contradicts itself.
    """
    return _read(canonical(data))


@lru_cache(maxsize=512)
def _read(data: bytes) -> Terms:
    terms = orjson.loads(data)
    if isinstance(terms, list) or (isinstance(terms, dict) and "statements" in terms):
        return StatementTerms.parse(terms)
    if isinstance(terms, dict) and "vesting_conditions" in terms:
        return VestingTerms.parse(terms, ignore_unknown=True)
    if isinstance(terms, dict) and "months" in terms:
        return PlainTerms.parse(terms)
    text = "Vesting terms have months (plain), vesting_conditions (Open Cap Format) or statements; these have none."
    raise VestingTermsInvalid(text, field="vesting")


def promised(
    terms: Json,
    quantity: int,
    grant_date: date,
    *,
    start: date | None = None,
    events: Mapping[str, date] | None = None,
    vestings: Sequence[tuple[date, int]] = (),
    held_to_grant_date: bool = False,
) -> Table:
    """Return the table that goes into a grant's entry: it adds up to ``quantity``, what waits for an event included.

    Without terms, all of it vests on the grant date. ``vestings`` written out win over terms.

    Raises:
        VestingError: The terms can't be read or come to more than was granted.
    """
    table = promised_instalments(
        None if terms is None else read_terms(terms),
        quantity,
        vestings=vestings,
        start=start,
        events=events or {},
        grant_date=grant_date,
        hold_to_grant_date=held_to_grant_date,
    )
    return completed(table, quantity)
