"""Checks of what grants promise: instalments, what has vested, what was used (reconciliations 5 and 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy.orm import Session

from app.ties.finding import Finding, found, shares
from ledger import tables
from ledger.equity.captable.accounts import remains
from ledger.equity.values import Award, EventKind, Schedule, Security, SecurityEvent, SecurityKind, ShareClass
from ledger.equity.vesting.table import forfeited, read, total, vested
from ledger.reading import every, known, of_the_record, selection
from ledger.types import Cut

Happened = dict[tuple[str, EventKind], int]
"""Security and kind of event to the units that it was about; of what was forfeited, those exercised before."""

USED = (EventKind.EXERCISED, EventKind.SETTLED)


@dataclass(frozen=True, slots=True)
class Promise:
    """A grant, or shares that vest, in minor units of ``decimals`` places.

    Attributes:
        quantity: As granted; later splits are not in it.
        first: What the first instalments add up to.
        newest: What the newest ones add up to; None where nothing is left to compare them with.
        accounted: Left, used and forfeited: what the newest ones should add up to.
        vested: By the end of the day.
        used: Exercised or settled.
        is_early: Whether it may be exercised before it vests.
    """

    label: str
    decimals: int
    quantity: int
    first: int
    newest: int | None
    accounted: int
    vested: int
    used: int
    is_early: bool = False


def instalments(db: Session, cut: Cut) -> Finding:
    """Return whether the instalments of each grant add up to it, at first and now (5)."""
    return judged_instalments(promises(db, cut))


def judged_instalments(promises: Sequence[Promise]) -> Finding:
    """Judge instalments against what was granted, and against what has become of it."""
    off = [one.label for one in promises if one.first != one.quantity or one.newest not in {None, one.accounted}]
    return found(
        5,
        "instalments",
        off,
        promised=shares((one.first, one.decimals) for one in promises),
        granted=shares((one.quantity, one.decimals) for one in promises),
    )


def vesting(db: Session, cut: Cut) -> Finding:
    """Return whether no grant has vested beyond its units, or was used beyond what has vested (6)."""
    return judged_vesting(promises(db, cut))


def judged_vesting(promises: Sequence[Promise]) -> Finding:
    """Judge what has vested and what was used; what may be exercised early may be used before it vests."""
    off = [
        one.label
        for one in promises
        if one.vested > (one.first if one.newest is None else one.newest)
        or (one.used > one.vested and not one.is_early)
    ]
    return found(
        6,
        "vested",
        off,
        vested=shares((one.vested, one.decimals) for one in promises),
        granted=shares((one.quantity, one.decimals) for one in promises),
        used=shares((one.used, one.decimals) for one in promises),
    )


@of_the_record
def promises(db: Session, cut: Cut) -> tuple[Promise, ...]:
    """Return every grant that vests, oldest first; what was retracted is left out."""
    decimals = {one.id: one.decimals for one in every(db, ShareClass, cut)}
    awards = {one.security: one for one in every(db, Award, cut)}
    first, newest = _schedules(db, cut)
    events, left = _events(db, cut), remains(db, cut)
    found = []
    for one in (each.value for each in known(db, Security, cut)):
        if one.id not in newest or one.id not in awards or (one.id, EventKind.RETRACTED) in events:
            continue
        table, units = read(newest[one.id]), left.get(one.id, 0)
        used = sum(events.get((one.id, kind), 0) for kind in USED)
        gone = used + events.get((one.id, EventKind.EXPIRED), 0)
        # of a certificate that ended, what came out of it has instalments of its own
        has_ended = one.kind is SecurityKind.STOCK and not units
        lost = forfeited(table) - events.get((one.id, EventKind.FORFEITED), 0)
        found.append(
            Promise(
                one.label,
                decimals[one.class_id or ""],
                one.quantity,
                total(read(first[one.id])),
                None if has_ended else total(table),
                units + gone + lost,
                vested(table, cut.as_of),
                used,
                awards[one.id].early_exercisable,
            )
        )
    return tuple(found)


def _schedules(db: Session, cut: Cut) -> tuple[dict[str, str], dict[str, str]]:
    """Return the first and the newest instalments of each security, as the record holds them."""
    rows = tables.table(Schedule)
    # columns, not records: there is one for every grant, and most are only looked at for a moment
    query = selection(Schedule, cut).with_only_columns(rows.c.security, rows.c.instalments)
    first: dict[str, str] = {}
    newest: dict[str, str] = {}
    for security, written in db.execute(query):
        first.setdefault(security, written)
        newest[security] = written
    return first, newest


def _events(db: Session, cut: Cut) -> Happened:
    rows = tables.table(SecurityEvent)
    kinds = [*USED, EventKind.EXPIRED, EventKind.RETRACTED, EventKind.FORFEITED]
    query = selection(SecurityEvent, cut).where(rows.c.kind.in_([kind.value for kind in kinds]))
    events: Happened = {}
    for row in db.execute(query):
        kind, units = EventKind(row.kind), int(row.quantity)
        if kind is EventKind.FORFEITED:
            # what was exercised early and never vested is in the holder's hands: the company may buy it back
            units = int(orjson.loads(row.detail or "{}").get("repurchasable", 0))
        events[row.security, kind] = events.get((row.security, kind), 0) + units
    return events
