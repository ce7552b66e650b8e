"""A checked package into the ledger: one entry a step, every item kept whole, all of it or nothing.

The entries are compiled one after the other out of what stands in the package, so the database is asked nothing on the
way and 100,000 grants need little more memory than their text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from app.imports.ocf.agenda import Writing, agenda
from app.imports.ocf.checking import CheckedPackage
from app.imports.ocf.findings import Finding, Severity
from app.imports.ocf.kept import Keeping
from app.imports.ocf.making import Making
from app.imports.ocf.names import Names
from app.imports.ocf.vesting import terms_of
from app.people import vault
from app.people.vault import Sealed
from ledger import journal
from ledger.entries import Draft, Role
from ledger.equity.values import Holder, Issuer, ShareClass
from ledger.errors import AlreadyExists, Invalid, Overdrawn
from ledger.reading import every
from ledger.types import Act

Keep = Callable[[list[Sealed]], None]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import wrote.

    Attributes:
        entries: How many entries.
        findings: What was found when the package was checked, and what the import had to decide.
        counts: How many there are of what, for a summary.
    """

    entries: int
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]


def import_package(db: Session, act: Act, checked: CheckedPackage, *, time_zone: str = "UTC") -> ImportResult:
    """Write a package into an empty ledger, all of it or nothing.

    Args:
        db: The session.
        act: Who imports, on what authority, when.
        checked: The package, with nothing against it.
        time_zone: Of the company, where the package says none; the format knows none.

    Raises:
        AlreadyExists: A company, holders or classes are on record.
        Invalid: Something in the package forbids the import.
        Overdrawn: A security, plan or class gives more than it has.
    """
    journal.lock(db)
    if any(every(db, of) for of in (Issuer, ShareClass, Holder)):
        raise AlreadyExists("A package is imported into an empty record; use another database for it.")
    errors = [finding for finding in checked.findings if finding.severity is Severity.ERROR]
    if errors or checked.story.issuer is None:
        raise Invalid(errors[0].message if errors else "The package names no company.", field="package")
    entries = _count(act, checked, time_zone)
    making = _nothing_made(act, checked, partial(vault.keep, db))
    writings = agenda(making, time_zone=time_zone, entries=entries).writings
    try:
        journal.append_all(db, act, _drafts(making, writings), entries)
    except Overdrawn as refusal:
        raise _worded(refusal, making) from None
    story = checked.story
    counts = {
        "entries": entries,
        "items": len(checked.package.items) + 1,
        "holders": len(story.stakeholders),
        "classes": len(story.classes),
        "plans": len(story.plans),
        "securities": len(story.securities),
    }
    return ImportResult(entries, (*checked.findings, *making.findings), counts)


def _worded(refusal: Overdrawn, making: Making) -> Overdrawn:
    """Return the refusal with what is overdrawn called by its name."""
    role, _, subject = refusal.account.partition(":")
    plans = {each.plan.id: f"The pool of {each.plan.name}" for each in making.plans.values()}
    classes = {each.id: f"{each.name}" for each in making.classes.values()}
    whose = plans.get(subject) or classes.get(subject) or f"Security {subject}"
    what = f"{role} units" if role in {Role.TREASURY, Role.UNISSUED} else "units"
    text = f"{whose} has {refusal.available:,} {what} left on {refusal.day}; {refusal.needed:,} are needed."
    return Overdrawn(refusal.account, refusal.available, refusal.needed, refusal.day, text)


def _nothing_made(act: Act, checked: CheckedPackage, keep: Keep | None) -> Making:
    terms = {id: terms_of(item.data) for id, item in checked.story.vesting_terms.items()}
    return Making(checked.package, checked.story, Names(act), Keeping(act, keep), terms=terms)


def _count(act: Act, checked: CheckedPackage, time_zone: str) -> int:
    """Return how many entries there will be.

    Only a split does not tell beforehand; where there is one, everything is compiled once more, to be counted.
    """
    making = _nothing_made(act, checked, None)
    plan = agenda(making, time_zone=time_zone, entries=0)
    return len(plan.writings) if plan.is_counted else sum(1 for _ in _drafts(making, plan.writings))


def _drafts(making: Making, writings: tuple[Writing, ...]) -> Iterator[Draft]:
    for write in writings:
        for draft in write(making):
            yield making.enter(draft)
    making.keeping.flush()
