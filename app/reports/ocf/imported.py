"""Imported originals on their way out again: as they came in, but for instalments that they left to be worked out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.imports.ocf.remarks import Object
from app.imports.ocf.vesting import terms_of
from app.reports.ocf.book import Book, Happening, Held
from app.reports.ocf.items import CLASSES, ISSUER, PLANS, STAKEHOLDERS, TERMS, TRANSACTIONS, VALUATIONS, vestings
from app.reports.ocf.telling import People
from app.reports.ocf.terms import terms_id
from ledger.equity.values import Holder, Issuer, Plan, Security, ShareClass, SourceItem, Valuation

MANIFEST = "OCF_MANIFEST_FILE"
"""The type of the original that the manifest itself is kept as."""

LISTS = {
    "ISSUER": ISSUER,
    "STAKEHOLDER": STAKEHOLDERS,
    "STOCK_CLASS": CLASSES,
    "STOCK_LEGEND_TEMPLATE": "stock_legend_templates_files",
    "STOCK_PLAN": PLANS,
    "VESTING_TERMS": TERMS,
    "VALUATION": VALUATIONS,
    "FINANCING": "financings_files",
    "DOCUMENT": "documents_files",
    MANIFEST: MANIFEST,
}
"""The list that items of a type belong to; those of any other belong among the transactions."""

_NAMED = {
    Issuer: "ISSUER",
    Holder: "STAKEHOLDER",
    ShareClass: "STOCK_CLASS",
    Plan: "STOCK_PLAN",
    Valuation: "VALUATION",
}


@dataclass(frozen=True, slots=True)
class Original:
    """An imported item: what the record says of it, and the item itself."""

    source: SourceItem
    item: Object

    @property
    def list(self) -> str:
        """The list it belongs to."""
        return LISTS.get(self.source.object_type, TRANSACTIONS)


def name_as_imported(book: Book, happening: Happening, originals: Sequence[Original]) -> None:
    """Note what the package calls what an entry made, where that is another id than ours."""
    issued = [each.item for each in originals if each.source.object_type.endswith("_ISSUANCE")]
    made = [record for record in happening.records if isinstance(record, Security)]
    if len(issued) == len(made):
        for item, security in zip(issued, made, strict=True):
            book.named[security.id] = str(item.get("security_id"))
            if security.plan_id is not None and isinstance(item.get("stock_plan_id"), str):
                book.named[security.plan_id] = item["stock_plan_id"]
    for each in originals:
        for record in happening.records:
            if _NAMED.get(type(record)) == each.source.object_type and isinstance(each.item.get("id"), str):
                book.named[record.id] = each.item["id"]  # type: ignore[attr-defined]
        if each.source.object_type == "VESTING_TERMS":
            _note_terms(book, each.item)


def _note_terms(book: Book, item: Object) -> None:
    terms = terms_of(item)
    if terms is not None:
        book.terms.setdefault(terms_id(terms), str(item.get("id")))


def as_it_came(
    book: Book, happening: Happening, originals: Sequence[Original], people: People, as_of: date
) -> Iterator[Original]:
    """Yield an entry's originals, with instalments where a grant came without, less what is dated later."""
    promised = {book.name(id): held for id, held in _made(book, happening)}
    for each in originals:
        item = each.item
        held = promised.get(str(item.get("security_id"))) if each.source.object_type.endswith("_ISSUANCE") else None
        if held is not None and not item.get("vestings"):
            class_id = held.security.class_id
            assert class_id is not None
            item = {**item, "vestings": vestings(held.schedule(happening.on), book.classes[class_id].decimals)}
        if each.list == STAKEHOLDERS:
            item = _renamed(item, happening, people)
        if _is_in_time(item, as_of):
            yield Original(each.source, item)


def _made(book: Book, happening: Happening) -> Iterator[tuple[str, Held]]:
    for record in happening.records:
        if isinstance(record, Security) and book.held[record.id].table:
            yield record.id, book.held[record.id]


def _renamed(item: Object, happening: Happening, people: People) -> Object:
    for record in happening.records:
        if isinstance(record, Holder) and record.id in people.renamed:
            return {**item, "name": {"legal_name": people.names[record.id]}}
    return item


def _is_in_time(item: Object, as_of: date) -> bool:
    written = item.get("date")
    return not isinstance(written, str) or written <= as_of.isoformat()
