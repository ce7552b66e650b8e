"""The facts behind the cap table by holder: what is left of every security, and how its holder is engaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from sqlalchemy import RowMapping, Select, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.entries import Role, account
from ledger.equity.captable.accounts import ACCOUNT, ENTRY, SECURITY, balances
from ledger.equity.captable.by_holder import HolderTable, Holding, Standing, group_of, holder_table_of
from ledger.equity.captable.summary import cap_table
from ledger.equity.captable.totals import totals
from ledger.equity.expiry import last_day
from ledger.equity.securities import Position
from ledger.equity.values import (
    Award,
    AwardType,
    Engagement,
    EngagementEnd,
    EventKind,
    Group,
    Schedule,
    Security,
    SecurityEvent,
    SecurityKind,
)
from ledger.equity.vesting.table import Table, read, unvested
from ledger.reading import Known, known, of_the_record, selection
from ledger.types import Cut

PAGE = 1000
"""Rows fetched at a time."""

STANDINGS = {
    Role.CERTIFICATE: Standing.SHARE,
    Role.AWARD: Standing.AWARD,
    Role.UNDELIVERED: Standing.UNDELIVERED,
}

Events = Sequence[Known[SecurityEvent]]

DECISIVE = (EventKind.EXERCISED, EventKind.SETTLED, EventKind.EXPIRED, EventKind.LEFT, EventKind.REINSTATED)
"""The events that decide what of a grant may still be exercised."""


@of_the_record
def holder_table(db: Session, cut: Cut) -> HolderTable:
    """Return the cap table by holder, as of a day and as known before an entry.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
        Tampered: The holders do not add up to the classes.
    """
    found = totals(db, cut)
    classes = [each.value for each in found.classes]
    return holder_table_of(cap_table(db, cut), classes, holdings(db, cut), groups(db, cut))


@of_the_record
def unvested_by_plan(db: Session, cut: Cut) -> Mapping[str | None, int]:
    """Return what of the grants under each plan, or under none, is not vested yet."""
    found: dict[str | None, int] = {}
    for one in holdings(db, cut):
        if one.standing is Standing.AWARD:
            found[one.plan_id] = found.get(one.plan_id, 0) + one.unvested
    return found


def holdings(db: Session, cut: Cut) -> Iterator[Holding]:
    """Yield what is left of every security of which anything is, by role and then by number."""
    promised, events = newest_instalments(db, cut), _events(db, cut)
    for role, standing in STANDINGS.items():
        with db.execute(_query(role, cut)) as rows:
            for row in rows.mappings():
                table = read(promised[row["id"]]) if row["id"] in promised else ()
                is_award = standing is Standing.AWARD
                yield Holding(
                    row["holder"],
                    row["class_id"],
                    row["plan_id"],
                    standing,
                    int(row["units"]),
                    row["on"],
                    min(unvested(table, cut.as_of), int(row["units"])),
                    _exercisable(row, table, events.get(row["id"], ()), cut.as_of) if is_award else 0,
                )


def share_units(db: Session, cut: Cut, role: Role) -> Iterator[tuple[str, str, int]]:
    """Yield the holder, the class and the units of everything that is left in accounts of a role."""
    each = balances(cut).subquery()
    query = (
        select(SECURITY.c.holder, SECURITY.c.class_id, each.c.units)
        .join(ACCOUNT, ACCOUNT.c.path == account(role, "") + SECURITY.c.id)
        .join(each, each.c.account == ACCOUNT.c.id)
        .where(each.c.units != 0)
    )
    for row in db.execute(query):
        yield row.holder, row.class_id, int(row.units)


@of_the_record
def newest_instalments(db: Session, cut: Cut) -> dict[str, str]:
    """Return the newest instalments of each security that vests, as the record holds them."""
    rows = tables.table(Schedule)
    # columns, not records: there is one for every grant, and most are only looked at for a moment
    query = selection(Schedule, cut).with_only_columns(rows.c.security, rows.c.instalments)
    return {row.security: row.instalments for row in db.execute(query)}


def groups(db: Session, cut: Cut) -> dict[str, str]:
    """Return the group that each holder is shown under who is, or was, engaged."""
    ended = {each.value.engagement: each.value.ended_on for each in known(db, EngagementEnd, cut)}
    running: dict[str, list[Group]] = {}
    over: dict[str, list[tuple[date, Group]]] = {}
    for each in known(db, Engagement, cut):
        end = ended.get(each.value.id)
        if end is not None and end < cut.as_of:
            over.setdefault(each.value.holder, []).append((end, each.value.shown_as))
        elif each.value.starts_on <= cut.as_of:
            running.setdefault(each.value.holder, []).append(each.value.shown_as)
    return {
        holder: group_of(running.get(holder, ()), [group for _, group in sorted(over.get(holder, ()))])
        for holder in running.keys() | over.keys()
    }


def _query(role: Role, cut: Cut) -> Select[Any]:
    award, each = tables.table(Award), balances(cut).subquery()
    columns = [SECURITY.c[name] for name in ("id", "label", "holder", "quantity", "class_id", "plan_id")]
    terms = [award.c[name] for name in ("award_type", "early_exercisable", "expires_on")]
    return (
        select(*columns, *terms, each.c.units, ENTRY.c.effective_on.label("on"))
        .join(ACCOUNT, ACCOUNT.c.path == account(role, "") + SECURITY.c.id)
        .join(each, each.c.account == ACCOUNT.c.id)
        .join(ENTRY, ENTRY.c.n == SECURITY.c.n)
        .outerjoin(award, award.c.security == SECURITY.c.id)
        .where(each.c.units != 0)
        .order_by(SECURITY.c.n, SECURITY.c.i)
        .execution_options(yield_per=PAGE)
    )


def _events(db: Session, cut: Cut) -> dict[str, list[Known[SecurityEvent]]]:
    rows = tables.table(SecurityEvent)
    query = selection(SecurityEvent, cut).where(rows.c.kind.in_([kind.value for kind in DECISIVE]))
    events: dict[str, list[Known[SecurityEvent]]] = {}
    for row in db.execute(query).mappings():
        detail = orjson.loads(row["detail"]) if row["detail"] is not None else None
        event = SecurityEvent(row["security"], EventKind(row["kind"]), row["quantity"], detail=detail)
        events.setdefault(row["security"], []).append(Known(row["n"], row["on"], event))
    return events


def _exercisable(row: RowMapping, table: Table, events: Events, on: date) -> int:
    """Return what may be exercised or settled: what the deeds would allow, nothing after the grant's last day."""
    award_type = AwardType(row["award_type"]) if row["award_type"] is not None else None
    award = None
    if award_type is not None:
        early = bool(row["early_exercisable"])
        award = Award(row["id"], award_type, early_exercisable=early, expires_on=row["expires_on"])
    security = Security(
        row["id"],
        row["label"],
        SecurityKind.AWARD,
        row["holder"],
        row["quantity"],
        row["class_id"],
        row["plan_id"],
    )
    held = Position(security, row["on"], None, None, award, int(row["units"]), table, tuple(events), row["on"])
    last = last_day(held)
    return 0 if last is not None and last < on else max(held.exercisable(on), 0)
