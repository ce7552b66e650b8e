"""The register of grants: what was granted to whom, and what has become of it by a day (reports.md R4, in short)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.entries import Role
from ledger.equity.captable.accounts import ACCOUNT, balances, is_of, refuse_unknown
from ledger.equity.captable.holdings import newest_instalments
from ledger.equity.values import Award, AwardType, EventKind, Security, SecurityEvent, SecurityKind, ShareClass
from ledger.equity.vesting.table import read, unvested, vested
from ledger.reading import every, known, of_the_record, selection
from ledger.types import Cut


@dataclass(frozen=True, slots=True)
class Granted:
    """One grant, in minor units of ``decimals`` places.

    Attributes:
        on: The day it was granted.
        quantity: As granted; later splits are not in it.
        vested: Of the newest instalments, by the end of the day; what was exercised since is among it.
        unvested: Of those, what may still vest.
        left: Neither exercised, settled nor taken back.
        resolution: By which the board approved it, where that is on record.
        is_accepted: Whether the holder has accepted it.
    """

    id: str
    label: str
    holder: str
    award_type: AwardType
    on: date
    decimals: int
    quantity: int
    vested: int
    unvested: int
    left: int
    resolution: str | None
    is_accepted: bool

    @property
    def waits(self) -> bool:
        """Whether it is still there to be accepted."""
        return self.left > 0 and not self.is_accepted


@of_the_record
def grant_register(db: Session, cut: Cut) -> list[Granted]:
    """Return every grant, oldest first, as of a day and as known before an entry; what was retracted is left out.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    refuse_unknown(db, cut)
    types = {each.security: each.award_type for each in every(db, Award, cut)}
    decimals = {each.id: each.decimals for each in every(db, ShareClass, cut)}
    promised, left = newest_instalments(db, cut), _left(db, cut)
    accepted, retracted = (_happened(db, cut, kind) for kind in (EventKind.ACCEPTED, EventKind.RETRACTED))
    register = []
    for each in known(db, Security, cut, kind=SecurityKind.AWARD.value):
        one = each.value
        if one.id in retracted:
            continue
        table = read(promised[one.id]) if one.id in promised else ()
        register.append(
            Granted(
                one.id,
                one.label,
                one.holder,
                types[one.id],
                each.on,
                decimals[one.class_id or ""],
                one.quantity,
                vested(table, cut.as_of),
                unvested(table, cut.as_of),
                left.get(one.id, 0),
                one.resolution_ref,
                one.id in accepted,
            )
        )
    return register


def _left(db: Session, cut: Cut) -> dict[str, int]:
    """Return what is left of each grant, by its id."""
    each = balances(cut).subquery()
    query = select(ACCOUNT.c.path, each.c.units).join(each, each.c.account == ACCOUNT.c.id).where(is_of(Role.AWARD))
    return {path.partition(":")[2]: int(units) for path, units in db.execute(query)}


def _happened(db: Session, cut: Cut, kind: EventKind) -> set[str]:
    rows = tables.table(SecurityEvent)
    query = selection(SecurityEvent, cut).where(rows.c.kind == kind.value)
    return {row.security for row in db.execute(query)}
