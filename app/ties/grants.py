"""Checks of what each grant rests on: resolution, value, register, exemption, approver (7, 8, 9, 13, 14 and 22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.ties.finding import Finding, found
from ledger.equity.pricing import adjusted, growth
from ledger.equity.values import (
    Award,
    AwardType,
    ClassSplit,
    Engagement,
    EngagementEnd,
    EngagementKind,
    EventKind,
    Security,
    SecurityEvent,
    Valuation,
)
from ledger.equity.vesting.months import add_months
from ledger.reading import Known, every, known, of_the_record
from ledger.types import Cut, Price

VALUED_MONTHS = 12
"""How old a valuation may be on the day of a grant (IRC §409A)."""


@dataclass(frozen=True, slots=True)
class Made:
    """A grant that was approved and issued here, with what it rests on.

    Attributes:
        on: The day of the grant.
        engaged: As what the register has its holder engaged on that day.
        fair: What a share was worth on that day, as was known when it was issued; None where no value was in force.
    """

    security: Security
    award: Award
    on: date
    engaged: frozenset[EngagementKind] = frozenset()
    fair: Price | None = None

    @property
    def label(self) -> str:
        """As printed on it."""
        return self.security.label

    @property
    def is_patronage(self) -> bool:
        """Whether it is a part of a declaration, which two people made, and no grant that was drafted."""
        return self.award.draft_id is None


def resolutions(db: Session, cut: Cut) -> Finding:
    """Return whether the board had resolved on each grant by its day (7)."""
    return judged_resolutions(made(db, cut))


def judged_resolutions(grants: Sequence[Made]) -> Finding:
    """Judge resolutions and their days; a part of a declaration rests on the declaration, of the same day."""
    off = [one.label for one in grants if not _is_resolved(one)]
    return found(7, "resolutions", off, resolved=len(grants) - len(off), grants=len(grants))


def _is_resolved(one: Made) -> bool:
    approved_on = one.on if one.is_patronage else one.security.board_approved_on
    return bool(one.security.resolution_ref) and approved_on is not None and approved_on <= one.on


def fair_values(db: Session, cut: Cut) -> Finding:
    """Return whether the price of each grant was at or above the valuation in force (8)."""
    return judged_fair_values(made(db, cut))


def judged_fair_values(grants: Sequence[Made]) -> Finding:
    """Judge the prices of grants that have one."""
    priced = [one for one in grants if one.award.award_type.needs_price]
    off = [one.label for one in priced if not _is_at_value(one)]
    return found(8, "fair-value", off, priced=len(priced) - len(off), grants=len(priced))


def _is_at_value(one: Made) -> bool:
    price, fair = one.security.price, one.fair
    return price is not None and fair is not None and price.currency == fair.currency and price.at_least(fair)


def incentive_options(db: Session, cut: Cut) -> Finding:
    """Return whether incentive options went to employees only (9)."""
    return judged_incentive_options(made(db, cut))


def judged_incentive_options(grants: Sequence[Made]) -> Finding:
    """Judge who was engaged as what on the day of a grant."""
    options = [one for one in grants if one.award.award_type is AwardType.ISO]
    off = [one.label for one in options if EngagementKind.W2 not in one.engaged]
    return found(9, "incentive-options", off, employed=len(options) - len(off), grants=len(options))


def relationships(db: Session, cut: Cut) -> Finding:
    """Return whether the relationship that each grant names is one that the register has on its day (13)."""
    return judged_relationships(made(db, cut))


def judged_relationships(grants: Sequence[Made]) -> Finding:
    """Judge the relationships that grants name."""
    naming = [one for one in grants if one.award.engagement is not None]
    off = [one.label for one in naming if one.award.engagement not in one.engaged]
    return found(13, "relationships", off, named=len(naming) - len(off), grants=len(naming))


def exemptions(db: Session, cut: Cut) -> Finding:
    """Return whether each grant names the exemption it is made under (14)."""
    return judged_exemptions(made(db, cut))


def judged_exemptions(grants: Sequence[Made]) -> Finding:
    """Judge exemptions; what members are given as patronage is no sale."""
    sold = [one for one in grants if not one.is_patronage]
    off = [one.label for one in sold if not one.security.exemption]
    return found(14, "exemptions", off, exempt=len(sold) - len(off), grants=len(sold))


def own_grants(db: Session, cut: Cut) -> Finding:
    """Return whether somebody else than drafter and holder approved each grant (22)."""
    return judged_own_grants(made(db, cut))


def judged_own_grants(grants: Sequence[Made]) -> Finding:
    """Judge who approved; of a declaration every member has a part, so there it is who previewed it that counts."""
    off = [one.label for one in grants if not _is_approved_by_another(one)]
    return found(22, "own-grants", off, others=len(grants) - len(off), grants=len(grants))


def _is_approved_by_another(one: Made) -> bool:
    involved = {one.award.drafter} if one.is_patronage else {one.award.drafter, one.security.holder}
    return one.award.approver is not None and one.award.approver not in involved


@of_the_record
def made(db: Session, cut: Cut) -> tuple[Made, ...]:
    """Return every grant that was approved and issued here, oldest first.

    Imported ones name no drafter, what came out of a transfer was granted before, and what was retracted never was.
    """
    awards = {one.value.security: one for one in known(db, Award, cut) if one.value.drafter is not None}
    retracted = {one.security for one in every(db, SecurityEvent, cut, kind=EventKind.RETRACTED.value)}
    register, values = _engagements(db, cut), _Values.of(db, cut)
    return tuple(
        Made(
            one.value,
            awards[one.value.id].value,
            one.on,
            frozenset(kind for kind, first, last in register.get(one.value.holder, ()) if first <= one.on <= last),
            values.fair(one.value.class_id, one.on, one.n),
        )
        for one in known(db, Security, cut)
        if one.value.id in awards and one.value.from_security is None and one.value.id not in retracted
    )


def _engagements(db: Session, cut: Cut) -> Mapping[str, list[tuple[EngagementKind, date, date]]]:
    """Return how each holder is and was engaged: as what, from when, until when."""
    ended = {one.engagement: one.ended_on for one in every(db, EngagementEnd, cut)}
    register: dict[str, list[tuple[EngagementKind, date, date]]] = {}
    for one in every(db, Engagement, cut):
        register.setdefault(one.holder, []).append((one.kind, one.starts_on, ended.get(one.id, date.max)))
    return register


@dataclass(frozen=True, slots=True)
class _Values:
    """Valuations and splits, as they are known by the cut."""

    valuations: Sequence[Known[Valuation]]
    splits: Sequence[Known[ClassSplit]]

    @classmethod
    def of(cls, db: Session, cut: Cut) -> _Values:
        return cls(known(db, Valuation, cut), known(db, ClassSplit, cut))

    def fair(self, class_id: str | None, on: date, n: int) -> Price | None:
        """Return what a share was worth on a day by what was known before an entry, in shares of that day."""
        begun = [one for one in self.valuations if one.value.class_id == class_id and one.on <= on and one.n < n]
        if not begun:
            return None
        newest = begun[-1]
        if on > min(newest.value.expires_on, add_months(newest.on, VALUED_MONTHS)):
            return None
        splits = [one for one in self.splits if one.value.class_id == class_id and one.n < n]
        return adjusted(newest.value.price, growth(splits, (newest.on, newest.n), on))
