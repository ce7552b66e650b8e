"""What becomes of each row of a spreadsheet of grants: new, on record already, in conflict with it, or refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from sqlalchemy.orm import Session

from app.imports.grants.check import UNLABELLED, Judged, Person, PlanKnown, Register
from app.imports.grants.troubles import Found, Trouble
from app.people import vault
from ledger import journal
from ledger.equity import grants, rule701
from ledger.equity.classes import pool
from ledger.equity.exemptions import judged as judged_under
from ledger.equity.grants import GrantOrder
from ledger.equity.pricing import fair_value
from ledger.equity.register import engaged_as, issuer
from ledger.equity.values import Award, EventKind, GrantDraft, Holder, Plan, Security, SecurityEvent, ShareClass
from ledger.errors import Refusal
from ledger.reading import every, find
from ledger.records import canonical
from ledger.types import Json, decimal_text


class Fate(StrEnum):
    """What becomes of a row."""

    CREATED = "created"
    """A new draft."""
    AGAIN = "again"
    """A draft of a batch that the board returned, handed in again."""
    UNCHANGED = "unchanged"
    """It is on record already, with exactly these terms."""
    CONFLICT = "conflict"
    """Something like it is on record with other terms."""
    REJECTED = "rejected"
    """It has a problem."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row and what becomes of it.

    Attributes:
        draft: The id of the draft that it mends; None where it makes a new one.
    """

    row: int
    name: str
    order: GrantOrder | None
    fate: Fate
    found: tuple[Found, ...] = ()
    draft: str | None = None

    @property
    def is_kept(self) -> bool:
        """Whether it is recorded."""
        return self.fate in {Fate.CREATED, Fate.AGAIN}


def register_of(db: Session) -> Register:
    """Return what rows are read against: everybody on record, the plans that have a pool, the currency."""
    called = vault.names(db)
    people = [Person(id, name, str((vault.identity_of(db, id) or {}).get("email", ""))) for id, name in called.items()]
    plans = [
        PlanKnown(one.id, one.name, find(db, ShareClass, one.class_id).decimals)
        for one in every(db, Plan)
        if not one.implied
    ]
    return Register(tuple(people), tuple(plans), issuer(db).currency)


def lines(db: Session, judged: Iterable[Judged], *, returned: Collection[str]) -> list[Line]:
    """Return what becomes of each row, in the order of the file; nothing is recorded.

    Args:
        db: The session.
        judged: The rows, each judged by itself.
        returned: The drafts that the board returned and that rows may mend.
    """
    record = _Record(db, returned)
    return [record.line(one) for one in judged]


def digest_of(made: Sequence[Line]) -> str:
    """Return the digest of what a check has shown: it changes when anything of it would come out otherwise."""
    told: list[Json] = [[one.row, one.fate.value, one.draft, one.order.terms() if one.order else None] for one in made]
    return sha256(canonical(told)).hexdigest()


class _Record:
    """What is on record, and what the rows so far have taken of it."""

    def __init__(self, db: Session, returned: Collection[str]) -> None:
        self._db = db
        gone = {
            one.security for one in every(db, SecurityEvent) if one.kind in {EventKind.RETRACTED, EventKind.CANCELLED}
        }
        ended = {one.draft_id for one in every(db, Award) if one.security in gone}
        issued = {one.draft_id for one in every(db, Award)}
        newest: dict[str, GrantDraft] = {}
        for one in every(db, GrantDraft):
            newest[one.id] = max(one, newest.get(one.id, one), key=lambda each: each.version)
        self._mendable = {id: one for id, one in newest.items() if id in returned and id not in issued}
        self._standing = [one for id, one in newest.items() if id not in self._mendable and id not in ended]
        self._labels = {one.label for one in every(db, Security)} | {str(one.terms["label"]) for one in self._standing}
        self._seen: dict[bytes, int] = {}
        self._given: dict[str, int] = {}
        self._taken: dict[str, int] = {}
        self._number = _highest(self._labels | {str(one.terms["label"]) for one in self._mendable.values()})

    def line(self, judged: Judged) -> Line:
        order = judged.order
        if order is None:
            return Line(judged.row, judged.name, None, Fate.REJECTED, judged.found)
        twice = self._twice(judged.row, order)
        if twice:
            return _rejected(judged, Found(Trouble.TWICE, judged.row, other=twice))
        alike = next((one for one in self._standing if _like(one, order)), None)
        if alike is not None:
            if _same(GrantOrder.from_terms(alike.terms), order):
                return Line(judged.row, judged.name, order, Fate.UNCHANGED)
            label = str(alike.terms["label"])
            trouble = Trouble.LABEL_TAKEN if order.label == label else Trouble.ALIKE
            return Line(judged.row, judged.name, order, Fate.CONFLICT, (Found(trouble, judged.row, detail=label),))
        if order.label in self._labels:
            taken = Found(Trouble.LABEL_TAKEN, judged.row, detail=order.label)
            return Line(judged.row, judged.name, order, Fate.CONFLICT, (taken,))
        refused = self._refused(judged.row, order)
        if refused is not None:
            return _rejected(judged, refused)
        return self._kept(judged, order)

    def _twice(self, row: int, order: GrantOrder) -> int:
        """Return the row in which the same grant, or the same label, stands above; 0 for none."""
        if order.label != UNLABELLED:
            before = self._given.setdefault(order.label, row)
            return 0 if before == row else before
        before = self._seen.setdefault(canonical(order.terms()), row)
        return 0 if before == row else before

    def _kept(self, judged: Judged, order: GrantOrder) -> Line:
        self._taken[order.plan_id] = self._taken.get(order.plan_id, 0) + order.quantity
        mends = self._mended(order)
        if mends is not None:
            del self._mendable[mends.id]
            label = str(mends.terms["label"]) if order.label == UNLABELLED else order.label
            return Line(judged.row, judged.name, replace(order, label=label), Fate.AGAIN, draft=mends.id)
        if order.label == UNLABELLED:
            self._number += 1
            order = replace(order, label=f"ES-{self._number}")
        return Line(judged.row, judged.name, order, Fate.CREATED)

    def _mended(self, order: GrantOrder) -> GrantDraft | None:
        """Return the draft of a returned batch that a row takes the place of: the same one, else the same person's."""
        found = list(self._mendable.values())
        for fits in (_labelled, _like, _to_the_same):
            for one in found:
                if fits(one, order):
                    return one
        return None

    def _refused(self, row: int, order: GrantOrder) -> Found | None:
        """Return why a grant would be refused when it is issued."""
        db, plan = self._db, find(self._db, Plan, order.plan_id)
        of = find(db, ShareClass, plan.class_id)
        left = journal.lowest_from(db, pool(plan.id), order.grant_date) - self._taken.get(plan.id, 0)
        if left < order.quantity:
            return Found(Trouble.POOL, row, detail=decimal_text(max(left, 0), of.decimals))
        fair = fair_value(db, of.id, order.grant_date)
        engaged = engaged_as(db, order.holder, order.grant_date)
        try:
            grants.refuse_terms(order, of, find(db, Holder, order.holder), engaged, fair)
            if order.exemption == rule701.EXEMPTION:
                units = order.quantity + self._taken.get(plan.id, 0)
                judged_under(db, of, sold_on=order.grant_date, units=units, price=order.price, fair=fair)
        except Refusal as refusal:
            return Found(Trouble.TERMS, row, detail=str(refusal))
        return None


def _rejected(judged: Judged, found: Found) -> Line:
    return Line(judged.row, judged.name, judged.order, Fate.REJECTED, (found,))


def _labelled(draft: GrantDraft, order: GrantOrder) -> bool:
    return bool(draft.terms["label"] == order.label)


def _like(draft: GrantDraft, order: GrantOrder) -> bool:
    """Return whether a draft is what a row means: by its label; without one, as much to the same person from a day."""
    if order.label != UNLABELLED:
        return _labelled(draft, order)
    told, wanted = draft.terms, order.terms()
    names = ("holder", "plan_id", "award_type", "quantity", "vesting_start", "vesting")
    return all(told.get(name) == wanted.get(name) for name in names)


def _to_the_same(draft: GrantDraft, order: GrantOrder) -> bool:
    return draft.holder == order.holder and draft.plan_id == order.plan_id and order.label == UNLABELLED


def _same(one: GrantOrder, other: GrantOrder) -> bool:
    """Return whether two orders have the same terms; one without a label has whatever label."""
    label = one.label if other.label == UNLABELLED else other.label
    return one == replace(other, label=label)


def _highest(labels: Iterable[str]) -> int:
    ends = (label.rpartition("-")[2] for label in labels)
    return max((int(end) for end in ends if end.isdecimal() and end.isascii() and len(end) < 10), default=0)
