"""The items of an export while it is put together: imported ones as they came in, then our own in order of entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from app.imports.ocf.models import Version
from app.imports.ocf.order import AT, FROM
from app.imports.ocf.package import parsed
from app.imports.ocf.remarks import FIELD, RECORD, Object, encoded, remark, said_of, with_remark
from app.reports.ocf.fitting import fitted
from app.reports.ocf.issuances import moved
from app.reports.ocf.items import ISSUER, TRANSACTIONS
from app.reports.ocf.package import NAMES
from app.reports.ocf.telling import Moved


class Place(NamedTuple):
    """Where an item stands: those of imported files by file and position, those of our own after them.

    Attributes:
        comes: 0 for one that stood elsewhere and comes before what stands at the position, 1 for what stands there.
        among: Its place among those that stood elsewhere.
    """

    is_ours: bool
    file: str
    position: int
    comes: int = 1
    among: int = 0

    @classmethod
    def of(cls, written: str, item: Object) -> Place:
        """Return the place of an imported item, written ``Transactions.ocf.json#12``."""
        file, _, position = written.rpartition("#")
        at = said_of(item).get(AT)
        if isinstance(at, int):
            return cls(False, NAMES[TRANSACTIONS], at, 0, int(position))
        return cls(False, file, int(position))

    @property
    def is_in_order(self) -> bool:
        """Whether its place among the others is known by the order of entries."""
        return self.is_ours or not self.comes


@dataclass(slots=True)
class Shelf:
    """Items as JSON, a fifth of their size as objects, by the list they belong to.

    Attributes:
        issuances: Where in its list the issuance of each security stands, by the id that the package has for it.
    """

    lists: dict[str, list[tuple[Place, bytes]]] = field(default_factory=dict)
    issuances: dict[str, tuple[str, int]] = field(default_factory=dict)

    def put(self, of: str, item: Object, written: str | None = None) -> None:
        """Add an item to a list; ``written`` is the place of an imported one."""
        items = self.lists.setdefault(of, [])
        place = Place(True, "", len(items)) if written is None else Place.of(written, item)
        if str(item.get("object_type")).endswith("_ISSUANCE"):
            self.issuances[str(item.get("security_id"))] = of, len(items)
        items.append((place, encoded(_without_place(item))))

    def move(self, change: Moved) -> None:
        """Let the issuance of a security carry instalments that have moved since."""
        of, number = self.issuances[change.security_id]
        place, item = self.lists[of][number]
        self.lists[of][number] = place, encoded(moved(parsed(item), change.table, change.decimals, change.promised))

    def in_order(self, of: str) -> Iterator[tuple[Place, Object]]:
        """Yield the items of a list."""
        for place, item in sorted(self.lists.get(of, ()), key=lambda row: row[0]):
            yield place, parsed(item)


def _without_place(item: Object) -> Object:
    if AT not in said_of(item):
        return item
    said = {name: value for name, value in item[FIELD].items() if name != AT}
    rest = {name: value for name, value in item.items() if name != FIELD}
    return {**rest, FIELD: said} if said else rest


@dataclass(slots=True)
class Fitted:
    """Items as a version of the format accepts them, and those that it does not, as comments of the manifest.

    Attributes:
        first: Of an imported package, the place from which on its transactions stand in their true order, if any.
        unplaced: Comments with whole items whose place among the others is not known.
        placed: Those where it is known.
        ordered_from: The same of this one.
    """

    version: Version
    first: int | None
    lists: dict[str, list[bytes]] = field(default_factory=dict)
    unplaced: list[str] = field(default_factory=list)
    placed: list[str] = field(default_factory=list)
    ordered_from: int | None = None

    def add(self, of: str, items: Iterable[tuple[Place, Object]]) -> None:
        """Add the items of a list."""
        fit: list[bytes] = []
        instead: list[bytes] = []
        others = 0
        for place, item in items:
            made = None if item.get("object_type") == RECORD else fitted(item, self.version)
            if made is not None:
                fit.append(encoded(made))
                others += not place.is_in_order and (self.first is None or place.position < self.first)
            else:
                comments = self.placed if place.is_in_order else self.unplaced
                aside = _at(item, len(fit)) if place.is_in_order else item
                comments.append(remark({"item": aside, "list": of}))
                instead += (encoded(each) for each in stand_ins(item))
            if of == TRANSACTIONS and (place.is_in_order or self.first is not None):
                self.ordered_from = others
        self.lists[of] = fit + instead

    def manifest(self, head: Object) -> Object:
        """Return the manifest, less its lists of files, with the company and all that was set aside."""
        said = {name: head[name] for name in ("as_of", "generated_at")}
        comments = head.get("comments", [])
        if not isinstance(comments, list) or not all(isinstance(each, str) for each in comments):
            comments = []
        kept = (*said, *((FIELD,) if said_of(head) else ()))
        put = {f"/{name}": value for name, value in head.items() if name not in kept and value is not comments}
        remarks = {**said_of(head), **({"put": put} if put else {})}
        if self.ordered_from is not None:
            remarks[FROM] = self.ordered_from
        lines = [*comments, *self.unplaced, *self.placed, *([remark(remarks)] if remarks else [])]
        said["issuer"] = msgspec.Raw(self.lists[ISSUER][0])
        return {**said, "comments": lines} if lines or "comments" in head else said


def _at(item: Object, place: int) -> Object:
    return {**item, FIELD: {**said_of(item), AT: place}}


def stand_ins(item: Object) -> Iterator[Object]:
    """Yield what a reader of a version without consolidations must see, so that no certificate counts twice."""
    quantities: list[Any] = said_of(item).get("quantities", [])
    if item.get("object_type") != "TX_STOCK_CONSOLIDATION":
        return
    for number, (security_id, quantity) in enumerate(zip(item["security_ids"], quantities, strict=False)):
        cancelled = {
            "object_type": "TX_STOCK_CANCELLATION",
            "id": f"{item['id']}-{number}",
            "date": item["date"],
            "security_id": security_id,
            "quantity": quantity,
            "reason_text": f"Consolidated into {item['resulting_security_id']}.",
        }
        yield with_remark(cancelled, {"stands_for": item["id"]})
