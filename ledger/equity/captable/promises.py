"""The facts behind the vesting schedule: the newest instalments of every security that vests, and their conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.equity.captable.accounts import SECURITY, refuse_unknown
from ledger.equity.captable.holdings import newest_instalments
from ledger.equity.captable.tranches import Promise, Tranche, conditions_by_day, tranches_of
from ledger.equity.milestones import START
from ledger.equity.promises import read_terms
from ledger.equity.values import Award, EventKind, SecurityEvent, ShareClass
from ledger.equity.vesting.errors import VestingError
from ledger.equity.vesting.table import decode
from ledger.equity.vesting.terms import VestingTerms
from ledger.reading import selection
from ledger.types import Cut

PAGE = 1000
"""Rows fetched at a time."""


def vesting_schedule(db: Session, cut: Cut) -> Iterator[Tranche]:
    """Yield every instalment promised, as of a day and as known before an entry, security by security as issued.

    What was retracted was never promised.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    refuse_unknown(db, cut)
    for promise in _promises(db, cut):
        yield from tranches_of(promise, cut.as_of)


def _promises(db: Session, cut: Cut) -> Iterator[Promise]:
    award, of = tables.table(Award), tables.table(ShareClass)
    instalments, milestones, retracted = newest_instalments(db, cut), _milestones(db, cut), _retracted(db, cut)
    query = (
        select(SECURITY.c.id, SECURITY.c.label, SECURITY.c.holder, of.c.decimals)
        .add_columns(award.c.vesting, award.c.vesting_start, award.c.events)
        .join(of, of.c.id == SECURITY.c.class_id)
        .outerjoin(award, award.c.security == SECURITY.c.id)
        .order_by(SECURITY.c.n, SECURITY.c.i)
        .execution_options(yield_per=PAGE)
    )
    with db.execute(query) as rows:
        for row in rows:
            if row.id in instalments and row.id not in retracted:
                table = decode(orjson.loads(instalments[row.id]))
                conditions = _conditions(row, milestones.get(row.id, {}))
                yield Promise(row.label, row.holder, row.decimals, table, conditions)


def _conditions(row: Any, milestones: Mapping[str, date]) -> dict[date, str]:  # noqa: ANN401 - a row of the query above
    """Return which conditions of a grant's terms vest on which day, as far as its terms say so."""
    terms = read_terms(orjson.loads(row.vesting)) if row.vesting is not None else None
    if not isinstance(terms, VestingTerms):
        return {}
    known = {name: date.fromisoformat(day) for name, day in orjson.loads(row.events or "{}").items()}
    start = milestones.get(START, row.vesting_start)
    events = known | {name: day for name, day in milestones.items() if name != START}
    try:
        return conditions_by_day(terms, start, events)
    except VestingError:  # instalments that came written out win over terms, which then need not be sound
        return {}


def _milestones(db: Session, cut: Cut) -> dict[str, dict[str, date]]:
    """Return the days that became known after grants were made: by security, and by condition."""
    found: dict[str, dict[str, date]] = {}
    for security, text in db.execute(_events(cut, EventKind.MILESTONE)):
        detail = orjson.loads(text or "{}")
        condition, day = detail.get("condition", START), date.fromisoformat(detail["happened_on"])
        found.setdefault(security, {})[condition] = day
    return found


def _retracted(db: Session, cut: Cut) -> set[str]:
    return {security for security, _ in db.execute(_events(cut, EventKind.RETRACTED))}


def _events(cut: Cut, kind: EventKind) -> Any:  # noqa: ANN401 - a query
    rows = tables.table(SecurityEvent)
    query = selection(SecurityEvent, cut).where(rows.c.kind == kind.value)
    return query.with_only_columns(rows.c.security, rows.c.detail)
