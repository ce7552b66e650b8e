"""The order in which things happened, where an export of ours tells it.

The format has days and no times, so what happened on one day is put in order by rules (``steps``). An export of ours
writes its own transactions in their true order and says from which place on; those that stand elsewhere, because their
version has no word for them, say before which place they belong.
"""

from __future__ import annotations

from dataclasses import replace

from app.imports.ocf.package import Item, Package
from app.imports.ocf.values import ours

FROM = "ordered_from"
"""In the manifest: the place in the list of transactions from which on their order is the true one."""

AT = "at"
"""In an item that stands elsewhere: the place before which it belongs."""


def in_true_order(package: Package) -> tuple[Item, ...]:
    """Return the items of a package, those whose true order is known in it and numbered by it, after all others."""
    first = ours(package.manifest).get(FROM)
    if not isinstance(first, int):
        return package.items
    listed = {file.path for file in package.files}
    files = {file.path for file in package.files if file.listed_in == "transactions_files"}
    others: list[Item] = []
    ordered: list[tuple[int, bool, Item]] = []
    for item in package.items:
        if item.file in files:
            place: object = item.position if item.position >= first else None
        else:
            place = ours(item.data).get(AT) if item.file not in listed else None
        if isinstance(place, int):
            # what belongs before a place comes before what stands at it, in the order of the comments
            ordered.append((place, item.file in files, item))
        else:
            others.append(item)
    ordered.sort(key=lambda row: row[:2])
    return (*others, *(replace(item, order=number) for number, (_, _, item) in enumerate(ordered)))
