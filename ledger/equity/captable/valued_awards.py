"""Awards with what they are worth: the facts behind equity-compensation expense, as a cut sees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy.orm import Session

from ledger import tables
from ledger.equity.captable.accounts import few
from ledger.equity.captable.holdings import newest_instalments
from ledger.equity.captable.iso_exercises import value_in_force
from ledger.equity.expense import A_DAY, NOTHING, Pause, Service, Valued
from ledger.equity.fair_values import FairValue
from ledger.equity.pricing import growth
from ledger.equity.values import (
    Award,
    AwardType,
    ClassSplit,
    EventKind,
    Issuer,
    Schedule,
    ScheduleCause,
    Security,
    SecurityEvent,
    ShareClass,
    Valuation,
)
from ledger.equity.vesting.table import Instalment, Table, decode, read, total
from ledger.reading import Known, every, known, of_the_record, selection
from ledger.records import from_row
from ledger.types import Cut, Price

SHARES = frozenset({AwardType.RSU, AwardType.RSA})
"""Awards that are worth what a share is."""

LEAVING = frozenset({ScheduleCause.CANCELLED, ScheduleCause.TRANSFERRED})
"""Why units leave a table."""

USING = frozenset({EventKind.EXERCISED, EventKind.SETTLED, EventKind.EXPIRED})
"""The events that use up what has vested."""

TELLING = (
    *sorted(USING),
    EventKind.FORFEITED,
    EventKind.PAUSED,
    EventKind.RESUMED,
    EventKind.SUSPENDED,
    EventKind.REINSTATED,
    EventKind.RETRACTED,
    EventKind.REPRICED,
)
"""The events that change what an award costs, or when, beside its table."""

Events = Sequence[Known[SecurityEvent]]


@dataclass(frozen=True, slots=True)
class Costed:
    """An award that has a value.

    Attributes:
        granted_on: The day it was made; where it came out of another grant, that one's.
        decimals: Of its class.
        at: How its value changed with the units: minor units' value, and how it is spread.
        repriced_on: The last day on which it got another exercise price.
        is_liability: Whether it is paid in cash, so that its value has to be recorded anew at each closing.
    """

    security: Security
    award_type: AwardType
    granted_on: date
    decimals: int
    valued: Valued
    repriced_on: date | None
    is_liability: bool


@dataclass(frozen=True, slots=True)
class Unvalued:
    """An award whose cost can't be told: nothing on record says what it is worth."""

    security: Security
    award_type: AwardType
    granted_on: date

    @property
    def told(self) -> str:
        """What is missing, in a sentence."""
        if self.award_type in SHARES:
            return f"No valuation was in force when {self.security.label} was granted on {self.granted_on}."
        return f"No fair value of {self.security.label}, granted on {self.granted_on}, is on record."


@dataclass(frozen=True, slots=True)
class Facts:
    """What a cut sees of everything that a value rests on.

    Attributes:
        left: Of securities of which something was cancelled or moved: their tables one after the other.
    """

    cut: Cut
    currency: str | None
    issued: Mapping[str, Known[Security]]
    awards: Mapping[str, Award]
    decimals: Mapping[str, int]
    promised: Mapping[str, str]
    left: Mapping[str, Sequence[Known[Schedule]]]
    events: Mapping[str, Events]
    values: Mapping[str, Known[FairValue]]
    valuations: Sequence[Known[Valuation]]
    splits: Mapping[str, Sequence[Known[ClassSplit]]]

    def root(self, id: str) -> str:
        """Return the grant that a security came out of, itself if out of none: what it is worth was measured then."""
        parent = self.issued[id].value.from_security
        while parent in self.awards:
            assert parent is not None
            id, parent = parent, self.issued[parent].value.from_security
        return id


@of_the_record
def costed(db: Session, cut: Cut) -> tuple[list[Costed], list[Unvalued]]:
    """Return every award that has a value, and those that have none; in the order in which they were made."""
    facts = _facts(db, cut)
    found: list[Costed] = []
    errors: list[Unvalued] = []
    for id, award in facts.awards.items():
        root = facts.issued[facts.root(id)]
        value = _value(facts, id)
        security = facts.issued[id].value
        if value is not None:
            found.append(_costed(facts, security, award, root, value))
        elif not any(one.value.kind is EventKind.RETRACTED for one in facts.events.get(id, ())):
            errors.append(Unvalued(security, award.award_type, root.on))
    return found, errors


def _costed(facts: Facts, security: Security, award: Award, root: Known[Security], value: Fraction) -> Costed:
    class_id, events = security.class_id or "", facts.events.get(security.id, ())
    grown = growth(facts.splits[class_id], (root.on, root.n), facts.cut.as_of)
    repriced = [one.on for one in events if one.value.kind is EventKind.REPRICED]
    retracted = any(one.value.kind is EventKind.RETRACTED for one in events)
    service = Service(max(root.on, award.vesting_start or root.on), _pauses(events))
    used, lost_at = _used(facts, events, root) if grown != 1 else ((), None)
    gone = _gone(facts, security, root)
    valued = Valued(value, service, _table(facts, security), grown, used, lost_at, gone, retracted)
    return Costed(
        security,
        award.award_type,
        root.on,
        facts.decimals[class_id],
        valued,
        repriced[-1] if repriced else None,
        award.award_type is AwardType.CSAR,
    )


def _table(facts: Facts, security: Security) -> Table:
    text = facts.promised.get(security.id)
    # what has no table has vested with the grant
    return read(text) if text is not None else (Instalment(facts.issued[security.id].on, security.quantity),)


def _value(facts: Facts, id: str) -> Fraction | None:
    """Return the value of a minor unit as units were on the day of the grant; None where nothing says it."""
    root = facts.issued[facts.root(id)]
    class_id = root.value.class_id or ""
    own = facts.values.get(id) or facts.values.get(root.value.id)
    minor = Fraction(10 ** facts.decimals[class_id])
    if own is not None:
        since = growth(facts.splits[class_id], (root.on, root.n), own.on) if own.on > root.on else Fraction(1)
        return _exact(own.value.price) * since / minor
    if facts.awards[root.value.id].award_type not in SHARES:
        return None
    of_class = [one for one in facts.valuations if one.value.class_id == class_id]
    worth = value_in_force(of_class, facts.splits[class_id], root.on)
    if worth is None or worth.currency != facts.currency:
        return None
    paid = root.value.price
    cost = _exact(worth) - (_exact(paid) if paid is not None and paid.currency == worth.currency else NOTHING)
    return max(cost, NOTHING) / minor


def _exact(price: Price) -> Fraction:
    return Fraction(price.amount, int(10**price.scale))


def _pauses(events: Events) -> tuple[Pause, ...]:
    """Return the days that were no service: leaves that paused vesting, and a dismissal that was not overturned."""
    pauses: list[Pause] = []
    suspended: date | None = None
    for one in events:
        kind = one.value.kind
        if kind is EventKind.PAUSED:
            pauses.append((one.on, None))
        elif kind is EventKind.RESUMED and pauses and pauses[-1][1] is None:
            pauses[-1] = (pauses[-1][0], one.on)
        elif kind is EventKind.SUSPENDED:
            suspended = one.on
        elif kind is EventKind.REINSTATED:
            suspended = None
    if suspended is not None and not (pauses and pauses[-1][1] is None):
        pauses.append((suspended + A_DAY, None))
    return tuple(pauses)


def _used(
    facts: Facts, events: Events, root: Known[Security]
) -> tuple[tuple[tuple[int, Fraction], ...], Fraction | None]:
    """Return what was used with the growth of its day, and the growth of the day on which units were forfeited."""
    splits, since = facts.splits[root.value.class_id or ""], (root.on, root.n)
    used = tuple((one.value.quantity, growth(splits, since, one.on)) for one in events if one.value.kind in USING)
    lost = [growth(splits, since, one.on) for one in events if one.value.kind is EventKind.FORFEITED]
    return used, lost[-1] if lost else None


def _gone(facts: Facts, security: Security, root: Known[Security]) -> Fraction:
    """Return the units, as they were on the day of the grant, that left a table and are carried on by nothing else."""
    gone, before = NOTHING, 0
    splits = facts.splits[security.class_id or ""]
    for one in facts.left.get(security.id, ()):
        table = decode(one.value.instalments)
        if one.value.cause in LEAVING and before > total(table):
            lost = before - total(table) - _carried(facts, security.id, one.n)
            gone += lost / growth(splits, (root.on, root.n), one.on)
        before = total(table)
    return gone


def _carried(facts: Facts, id: str, n: int) -> int:
    """Return the units that an entry put into other awards out of this one."""
    return sum(
        one.value.quantity
        for made, one in facts.issued.items()
        if one.n == n and one.value.from_security == id and made in facts.awards
    )


def _facts(db: Session, cut: Cut) -> Facts:
    company = every(db, Issuer, Cut(date.max, cut.known_at))
    values = {one.value.security: one for one in known(db, FairValue, cut)}
    events: dict[str, list[Known[SecurityEvent]]] = defaultdict(list)
    rows = tables.table(SecurityEvent)
    query = selection(SecurityEvent, cut).where(rows.c.kind.in_([kind.value for kind in TELLING]))
    for row in db.execute(query).mappings():
        events[row["security"]].append(Known(row["n"], row["on"], from_row(SecurityEvent, row)))
    splits: dict[str, list[Known[ClassSplit]]] = defaultdict(list)
    for split in few(db, ClassSplit, cut):
        splits[split.value.class_id].append(split)
    return Facts(
        cut,
        company[-1].currency if company else None,
        {one.value.id: one for one in known(db, Security, cut)},
        {one.security: one for one in every(db, Award, cut)},
        {one.id: one.decimals for one in every(db, ShareClass, cut)},
        newest_instalments(db, cut),
        dict(_left(db, cut)),
        events,
        values,
        few(db, Valuation, cut),
        splits,
    )


def _left(db: Session, cut: Cut) -> Iterator[tuple[str, list[Known[Schedule]]]]:
    rows = tables.table(Schedule)
    causes = [cause.value for cause in LEAVING]
    query = selection(Schedule, cut).where(rows.c.cause.in_(causes)).with_only_columns(rows.c.security)
    for security in sorted({row.security for row in db.execute(query)}):
        yield security, known(db, Schedule, cut, security=security)
