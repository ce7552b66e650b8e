"""The register of grants: what was granted to whom, on what terms, and what has become of it by a day (R4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy.orm import Session

from ledger import tables
from ledger.equity.captable.accounts import refuse_unknown, remains
from ledger.equity.captable.holdings import newest_instalments
from ledger.equity.classes import in_force_among
from ledger.equity.pricing import adjusted, growth
from ledger.equity.values import (
    Award,
    AwardType,
    ClassSplit,
    EventKind,
    Plan,
    Security,
    SecurityEvent,
    ShareClass,
    Valuation,
)
from ledger.equity.vesting.table import read, unvested, vested
from ledger.reading import Known, every, known, of_the_record, selection
from ledger.types import Cut, Price


@dataclass(frozen=True, slots=True)
class Granted:
    """One grant, in minor units of ``decimals`` places.

    Attributes:
        on: The day it was granted.
        plan: Name of the plan it was drawn from.
        quantity: As granted; later splits are not in it, nor in the prices.
        vested: Of the newest instalments, by the end of the day; what was exercised since is among it.
        unvested: Of those, what may still vest.
        left: Neither exercised, settled nor taken back.
        fair_value: A share, on the day of the grant, by the valuation that the grant names or that was in force then.
        valuation: Id of that valuation.
        security: What was issued, with its price, its resolution and its exemption.
        award: The terms, with who drafted and who approved them.
        accepted_on: The day on which the holder accepted it.
    """

    on: date
    plan: str | None
    decimals: int
    quantity: int
    vested: int
    unvested: int
    left: int
    fair_value: Price | None
    valuation: str | None
    security: Security
    award: Award
    accepted_on: date | None

    @property
    def id(self) -> str:
        """Id of the security."""
        return self.security.id

    @property
    def label(self) -> str:
        """As printed on it."""
        return self.security.label

    @property
    def holder(self) -> str:
        """Id of the holder."""
        return self.security.holder

    @property
    def award_type(self) -> AwardType:
        """What it gives."""
        return self.award.award_type

    @property
    def resolution(self) -> str | None:
        """By which the board approved it, where that is on record."""
        return self.security.resolution_ref

    @property
    def is_accepted(self) -> bool:
        """Whether the holder has accepted it."""
        return self.accepted_on is not None

    @property
    def waits(self) -> bool:
        """Whether it is still there to be accepted."""
        return self.left > 0 and not self.is_accepted


@of_the_record
def grant_register(db: Session, cut: Cut) -> list[Granted]:
    """Return every grant, oldest first, as of a day and as known before an entry; what was retracted is left out.

    Shares granted under conditions (RSAs) are among them.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    refuse_unknown(db, cut)
    awards = {each.security: each for each in every(db, Award, cut)}
    plans = {each.id: each.name for each in every(db, Plan, cut)}
    decimals = {each.id: each.decimals for each in every(db, ShareClass, cut)}
    promised, left, values = newest_instalments(db, cut), remains(db, cut), _Values.of(db, cut)
    accepted, retracted = (_happened(db, cut, kind) for kind in (EventKind.ACCEPTED, EventKind.RETRACTED))
    register = []
    for each in known(db, Security, cut):
        one = each.value
        if one.id in retracted or one.id not in awards:
            continue
        table = read(promised[one.id]) if one.id in promised else ()
        valuation, fair = values.at_grant(each, awards[one.id])
        register.append(
            Granted(
                each.on,
                plans.get(one.plan_id or ""),
                decimals[one.class_id or ""],
                one.quantity,
                vested(table, cut.as_of),
                unvested(table, cut.as_of),
                left.get(one.id, 0),
                fair,
                valuation,
                one,
                awards[one.id],
                accepted.get(one.id),
            )
        )
    return register


@dataclass(frozen=True, slots=True)
class _Values:
    """What shares were valued at: valuations and splits, by class."""

    valuations: Mapping[str, Sequence[Known[Valuation]]]
    splits: Mapping[str, Sequence[Known[ClassSplit]]]

    @classmethod
    def of(cls, db: Session, cut: Cut) -> _Values:
        valuations = sorted(known(db, Valuation, cut), key=lambda each: each.value.class_id)
        splits = sorted(known(db, ClassSplit, cut), key=lambda each: each.value.class_id)
        return cls(
            {of: list(each) for of, each in groupby(valuations, key=lambda each: each.value.class_id)},
            {of: list(each) for of, each in groupby(splits, key=lambda each: each.value.class_id)},
        )

    def at_grant(self, granted: Known[Security], award: Award) -> tuple[str | None, Price | None]:
        """Return the valuation behind a grant, and what it comes to a share on the day of the grant."""
        of = granted.value.class_id or ""
        valued = self.valuations.get(of, ())
        begun = next((each for each in valued if each.value.id == award.valuation_id), None)
        begun = begun or in_force_among(valued, granted.on)
        if begun is None:
            return award.valuation_id, None
        grown = growth(self.splits.get(of, ()), (begun.on, begun.n), granted.on)
        return begun.value.id, adjusted(begun.value.price, grown)


def _happened(db: Session, cut: Cut, kind: EventKind) -> dict[str, date]:
    """Return when an event of a kind happened to each security that it happened to."""
    rows = tables.table(SecurityEvent)
    query = selection(SecurityEvent, cut).where(rows.c.kind == kind.value)
    return {row.security: row.on for row in db.execute(query)}
