"""Undoing an entry: refused while anything later rests on it, so that what is left always makes sense.

A reversal takes an entry's records out of the count and its postings back. What was built on them has to be undone
first, newest first; then everything stands exactly as before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.entries import Entry, Role, account, unit
from ledger.equity.values import (
    Approval,
    Award,
    AwardType,
    CauseDecision,
    ClassRatio,
    ClassSplit,
    Engagement,
    EngagementEnd,
    EngagementKind,
    EventKind,
    GrantDraft,
    Issuer,
    Plan,
    Schedule,
    Security,
    SecurityEvent,
    ShareClass,
    Valuation,
)
from ledger.errors import Invalid, NotReversible
from ledger.kinds import FINAL
from ledger.members import has_members
from ledger.reading import find, selection
from ledger.records import SPECS, Record
from ledger.types import Act

BY_RESOLUTION = "proposal:"
"""How the authority of an entry begins that a passed proposal made."""

OF_MEMBERS = frozenset({"plan.adopted", "plan.adjusted", "sessions.policy_set"})
"""Kinds of entry that founders may write and undo while nobody is a member: pools, and the first credit policy."""

CHANGES = ((Schedule, "security", "security"), (SecurityEvent, "security", "security"))
"""Whatever happens to a security rests on what happened to it before."""

TIES: Mapping[type[Record], Sequence[tuple[type[Record], str, str]]] = {
    Security: ((Security, "from_security", "id"),),
    Award: CHANGES,
    Schedule: CHANGES,
    SecurityEvent: CHANGES,
    ShareClass: ((ShareClass, "converts_to", "id"),),
    ClassRatio: ((ClassRatio, "class_id", "class_id"), (ClassSplit, "class_id", "class_id")),
    ClassSplit: ((ClassRatio, "class_id", "class_id"), (Valuation, "class_id", "class_id")),
    GrantDraft: ((GrantDraft, "id", "id"), (Approval, "subject", "id"), (Award, "draft_id", "id")),
    Approval: ((Award, "draft_id", "subject"),),
    EngagementEnd: ((CauseDecision, "engagement", "engagement"),),
}
"""Record -> what rests on it later: a class of record, its field, and the field of ours that it equals. Besides, every
record rests on those that its declared references name."""


def reverse(db: Session, act: Act, n: int, *, reason: str) -> tuple[int, ...]:
    """Undo entry ``n`` (with the others of the same deed, where it took several), and return the new entries' numbers.

    They count from the day of what they undo: a report as of any day no longer shows it, and one with an older
    ``known_at`` still does.

    Raises:
        NotFound: There is no such entry.
        NotReversible: It is a reversal, is reversed already, belongs to the members' decisions or was made by one, or a
            later entry rests on it; the message names that one.
        Overdrawn: The units that it moved have moved on.
        Invalid: No reason is given.
    """
    journal.lock(db)
    if not reason.strip():
        raise Invalid("Say why it is reversed.", field="reason")
    if db.execute(select(tables.entry.c.n).where(tables.entry.c.reverses == n)).first():
        raise NotReversible(f"Entry {n} has been reversed already.")
    parts = parts_of(db, n)
    if any(part.kind in FINAL or part.authority.startswith(BY_RESOLUTION) for part in parts):
        raise NotReversible("What members decided is undone by deciding again; put forward a proposal.")
    if has_members(db) and any(part.kind in OF_MEMBERS for part in parts):
        raise NotReversible("There are members, and this belongs to them now; put forward a proposal.")
    rests = first_resting(db, parts)
    if rests is not None:
        kind = journal.entry_at(db, rests).kind
        raise NotReversible(f"Entry {rests} ({kind}) rests on entry {n}; reverse that first.")
    with db.begin_nested():  # of several parts all or none
        return tuple(journal.reverse(db, act, part.n, reason=reason) for part in reversed(parts))


def parts_of(db: Session, n: int) -> tuple[Entry, ...]:
    """Return the entries of the deed that wrote entry ``n``, in order: most deeds write one."""
    entry = journal.entry_at(db, n)
    part, parts = entry.body.get("part", 1), entry.body.get("parts", 1)
    first = n - part + 1
    return tuple(journal.entries_between(db, first, first + parts))


def first_resting(db: Session, parts: Sequence[Entry]) -> int | None:
    """Return the number of the first entry that counts and rests on a deed, or None."""
    later = parts[-1].n
    found: list[int] = []
    paths: set[str] = set()
    for name, fields in _records(parts):
        of = SPECS[name].record
        for tied, field, value in _ties(of, fields):
            found += _made(db, tied, later, tables.table(tied).c[field] == value)
        found += _special(db, of, fields, later)
        paths.update(_accounts(of, fields))
    found += _posted(db, later, tables.account.c.path.in_(paths))
    found += _across_splits(db, parts)
    return min(found, default=None)


def _across_splits(db: Session, parts: Sequence[Entry]) -> list[int]:
    """Return what keeps units from being taken back in another size than they were moved in.

    Units moved before a split are not those after it; and whatever moved units after a split rests on it.
    """
    later, splits = parts[-1].n, tables.table(ClassSplit)
    assets = {posting.asset for part in parts for posting in part.postings}
    found = _made(db, ClassSplit, later, (unit("") + splits.c.class_id).in_(assets))
    split = {unit(fields["class_id"]) for name, fields in _records(parts) if SPECS[name].record is ClassSplit}
    return found + _posted(db, later, tables.account.c.asset.in_(split))


def _records(parts: Sequence[Entry]) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in parts:
        yield from part.body.get("rows", [])


def _ties(of: type[Record], fields: Mapping[str, Any]) -> Iterator[tuple[type[Record], str, str]]:
    """Yield where what rests on a record would name it: a class of record, a field, and the value to look for."""
    for other in SPECS.values():
        for field, target in other.references.items():
            if target is of and "id" in fields:
                yield other.record, field, fields["id"]
    for tied, field, ours in TIES.get(of, ()):
        yield tied, field, fields[ours]


def _special(db: Session, of: type[Record], fields: Mapping[str, Any], later: int) -> list[int]:
    """Return what rests on a record by more than a name."""
    award, security, event = (tables.table(each) for each in (Award, Security, SecurityEvent))
    if of is Issuer:
        return _any(db, later)
    if of is EngagementEnd:
        was = find(db, Engagement, fields["engagement"])
        again = tables.table(Engagement)
        return _made(db, Engagement, later, again.c.holder == was.holder, again.c.kind == was.kind.value)
    if of is Engagement and fields["kind"] == EngagementKind.W2:
        theirs = award.c.security.in_(select(security.c.id).where(security.c.holder == fields["holder"]))
        return _made(db, Award, later, award.c.award_type == AwardType.ISO.value, theirs)
    if of is ClassRatio:
        of_class = event.c.security.in_(select(security.c.id).where(security.c.class_id == fields["class_id"]))
        return _made(db, SecurityEvent, later, event.c.kind == EventKind.CONVERTED.value, of_class)
    if of in {ShareClass, ClassSplit}:  # a warrant names its class among its terms
        class_id = fields["id"] if of is ShareClass else fields["class_id"]
        return _made(db, Security, later, security.c.terms.contains(class_id, autoescape=True))
    return []


def _accounts(of: type[Record], fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the accounts that belong to what a record is about."""
    if of is Security:
        return account(Role.AWARD, fields["id"]), account(Role.CERTIFICATE, fields["id"])
    if of in {Schedule, SecurityEvent}:
        return account(Role.AWARD, fields["security"]), account(Role.CERTIFICATE, fields["security"])
    if of is Plan:
        return (account(Role.POOL, fields["id"]),)
    if of is ShareClass:
        return tuple(account(role, fields["id"]) for role in (Role.CHARTER, Role.UNISSUED, Role.TREASURY))
    return ()


def _made(db: Session, of: type[Record], later: int, *where: ColumnElement[bool]) -> list[int]:
    """Return the first entry after ``later`` that makes such a record and counts, if there is one."""
    table = tables.table(of)
    query = selection(of).where(table.c.n > later, *where).with_only_columns(table.c.n)
    return list(db.execute(query.order_by(None).order_by(table.c.n).limit(1)).scalars())


def _posted(db: Session, later: int, *where: ColumnElement[bool]) -> list[int]:
    """Return the first entry after ``later`` that moves units of such accounts and counts, if there is one."""
    posting, entry = tables.posting, tables.entry
    query = (
        select(posting.c.n)
        .join(tables.account, tables.account.c.id == posting.c.account)
        .join(entry, entry.c.n == posting.c.n)
        .where(posting.c.n > later, *where, *_counts())
        .order_by(posting.c.n)
        .limit(1)
    )
    return list(db.execute(query).scalars())


def _any(db: Session, later: int) -> list[int]:
    """Return the first entry of any kind after ``later`` that counts, if there is one."""
    entry = tables.entry
    return list(
        db.execute(select(entry.c.n).where(entry.c.n > later, *_counts()).order_by(entry.c.n).limit(1)).scalars()
    )


def _counts() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which an entry counts: it neither undoes another nor is undone."""
    undoing = tables.entry.alias("undoing")
    undone = select(undoing.c.reverses).where(undoing.c.reverses.is_not(None))
    return tables.entry.c.reverses.is_(None), tables.entry.c.n.not_in(undone)
