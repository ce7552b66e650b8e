"""The whole record as an Open Cap Format package, as of any day and as known at any entry.

What was imported comes out as it came in; what was recorded here is said in the format's words, and what those can't
say goes along in comments that an import reads back. So a package that was exported, imported and exported again is
the same, byte for byte.

What decided about the equity does not belong to the format: drafts and approvals of grants stay in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.imports.ocf.kept import DERIVED, IMPORTED
from app.imports.ocf.models import Version
from app.imports.ocf.models.values import moment
from app.imports.ocf.order import FROM
from app.imports.ocf.package import FILE_TYPES, parsed
from app.imports.ocf.remarks import Object, said_of
from app.people import stated
from app.people.tax_numbers import HOME, mask_stakeholder
from app.reports.ocf import facts
from app.reports.ocf.book import Book, Happening, begin, finish
from app.reports.ocf.entry import Telling
from app.reports.ocf.imported import MANIFEST, Original, as_it_came, name_as_imported
from app.reports.ocf.items import ISSUER, STAKEHOLDERS
from app.reports.ocf.package import files_of
from app.reports.ocf.shelf import Fitted, Shelf
from app.reports.ocf.telling import Setting, items_of, moves_of
from ledger.equity.values import SecurityEvent, SourceItem
from ledger.errors import Invalid, NotFound
from ledger.types import Cut

VERSIONS: Mapping[str, Version] = {"1.2.0": Version.V1_2_0, "main": Version.MAIN}
"""The versions of the format that are written, by the names they go by."""


def export_package(
    db: Session, cut: Cut, *, version: str = "1.2.0", tax_numbers: bool = False, mark: str = ""
) -> dict[str, bytes]:
    """Return the files of a package by name: all that counts by the end of ``cut.as_of``.

    Args:
        db: The session.
        cut: The day and the entry.
        version: Of the format.
        tax_numbers: Whether people's tax numbers are whole; else their last four digits stand there.
        mark: To whom it is handed out, when and for what: a comment of the manifest; empty for none.

    Raises:
        NotFound: No company is on record by then.
        Invalid: There is no such version.
    """
    if version not in VERSIONS:
        raise Invalid(f"Open Cap Format packages are written as {' or '.join(VERSIONS)}.", field="version")
    walk: _Walk | None = None
    for page in facts.happenings(db, cut):
        if walk is None:
            cliffs = VERSIONS[version] is Version.MAIN
            setting = Setting(facts.people(db, cut), cut.as_of, page[0].on, cliffs)
            walk = _Walk(setting, tax_numbers, mark, stated.numbers(db, cut))
        sources = [record.digest for each in page for record in each.records if isinstance(record, SourceItem)]
        kept = facts.originals(db, sources)
        for each in page:
            walk.tell(each, kept)
    if walk is None or ISSUER not in walk.shelf.lists:
        raise NotFound(f"No company is on record by {cut.as_of}; there is nothing to export.", field="as_of")
    return walk.files(VERSIONS[version], cut, facts.recorded_at(db, cut.known_at - 1))


@dataclass(slots=True)
class _Walk:
    """An export under way.

    Attributes:
        stated: The tax numbers that people stated themselves, by holder.
        end: The number of the entry after those of the import.
    """

    setting: Setting
    tax_numbers: bool
    mark: str
    stated: Mapping[str, str]
    book: Book = field(default_factory=Book)
    shelf: Shelf = field(default_factory=Shelf)
    end: int = -1

    def tell(self, happening: Happening, kept: Mapping[str, bytes]) -> None:
        """Put what an entry says among the items."""
        sources = [record for record in happening.records if isinstance(record, SourceItem)]
        originals = [Original(each, parsed(kept[each.digest])) for each in sources if each.digest in kept]
        if IMPORTED in happening.facts:
            self.end = happening.n + int(happening.facts[IMPORTED])
        if sources and len(originals) == len(sources):
            self._hand_back(happening, originals)
        elif DERIVED in happening.facts:
            begin(self.book, happening)
            finish(self.book, happening)
        else:
            self._say(happening)

    def _hand_back(self, happening: Happening, originals: Sequence[Original]) -> None:
        name_as_imported(self.book, happening, originals)
        begin(self.book, happening)
        people, as_of = self.setting.people, self.setting.as_of
        for each in as_it_came(self.book, happening, originals, people, as_of):
            item = each.item
            if each.list == STAKEHOLDERS:
                item = self._identified(item, each.source.subject or each.source.object_id)
            self.shelf.put(each.list, item, each.source.place)
        self._move(Telling(self.book, happening))
        finish(self.book, happening)

    def _say(self, happening: Happening) -> None:
        begin(self.book, happening)
        telling = Telling(self.book, happening)
        touched = {record.security for record in happening.records if isinstance(record, SecurityEvent)}
        before = [(held, held.outstanding, held.used) for held in map(self.book.held.__getitem__, touched)]
        for of, item in items_of(telling, self.setting):
            self.shelf.put(of, self._identified(item, str(item.get("id"))) if of == STAKEHOLDERS else item)
        self._move(telling)
        for held, outstanding, used in before:
            held.outstanding, held.used = outstanding, used
        finish(self.book, happening)

    def _identified(self, item: Object, holder: str) -> Object:
        """Return a stakeholder with the tax number that they stated, covered where none may be whole."""
        number = self.stated.get(holder)
        if number is not None:
            others = [each for each in item.get("tax_ids", []) if each.get("country") != HOME]
            item = {**item, "tax_ids": [{"tax_id": number, "country": HOME}, *others]}
        return item if self.tax_numbers else mask_stakeholder(item)

    def _move(self, telling: Telling) -> None:
        for change in moves_of(telling):
            self.shelf.move(change)

    def files(self, version: Version, cut: Cut, recorded_at: str) -> dict[str, bytes]:
        """Return the files of the package."""
        as_imported: Object = next((item for _, item in self.shelf.in_order(MANIFEST)), {})
        if self.end != cut.known_at or moment(as_imported.get("generated_at")):
            as_imported["generated_at"] = recorded_at
        if self.mark:
            as_imported["comments"] = [self.mark, *as_imported.get("comments", [])]
        fit = Fitted(version, said_of(as_imported).get(FROM))
        for of in (*FILE_TYPES, ISSUER):
            fit.add(of, self.shelf.in_order(of))
        return files_of(fit.lists, fit.manifest({**as_imported, "as_of": cut.as_of.isoformat()}), version)
