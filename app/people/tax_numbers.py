"""Tax numbers: people state them or an imported package has them; they are shown by their last digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.people import stated
from app.people.tables import vault
from app.people.vault import VaultKind
from ledger.equity.values import SourceItem
from ledger.reading import every
from ledger.types import Cut

HOME = "US"
"""The country whose forms are filed; its number comes before any other that somebody has."""

COVER = "*"
SHOWN = 4
LEAST = 2 * SHOWN
"""Of letters and digits in a number whose last four may be shown: of a shorter one they would be most of it."""

PAGE = 500


def last_four(number: str) -> str | None:
    """Return the last four letters or digits of a tax number; None if that would be most of it."""
    digits = "".join(filter(str.isalnum, number))
    return digits[-SHOWN:] if len(digits) >= LEAST else None


def masked(number: str) -> str:
    """Return a tax number with all but its last four covered, such as ``*******1234``; masked, it stays as it is."""
    if number.startswith(COVER):
        return number
    end = last_four(number)
    return COVER * len(number) if end is None else COVER * max(len(number) - SHOWN, 1) + end


def mask_stakeholder(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an Open Cap Format stakeholder with covered tax numbers."""
    given = item.get("tax_ids")
    if not isinstance(given, list):
        return dict(item)
    return {**item, "tax_ids": [{**each, "tax_id": masked(each["tax_id"])} for each in given]}


def tax_numbers(db: Session, cut: Cut) -> dict[str, str]:
    """Return the tax number of each holder of whom one is on record, whole; whoever was erased since has none.

    What somebody stated themselves comes before what a package said of them.
    """
    return _imported(db, cut) | stated.numbers(db, cut)


def number_of(db: Session, holder: str) -> str | None:
    """Return the tax number of one holder, whole; None where none is on record."""
    own = stated.stated(db, holder)
    if own is not None:
        return own.number
    columns = vault.c
    query = select(columns.document).where(columns.subject == holder, columns.kind == VaultKind.SOURCE.value)
    found = (next(_numbers(orjson.loads(document)), None) for document in db.execute(query).scalars())
    return next((number for number in found if number is not None), None)


def _imported(db: Session, cut: Cut) -> dict[str, str]:
    subjects = {
        one.digest: one.subject or one.object_id for one in every(db, SourceItem, cut, object_type="STAKEHOLDER")
    }
    found: dict[str, str] = {}
    digests = list(subjects)
    for start in range(0, len(digests), PAGE):
        some = digests[start : start + PAGE]
        query = select(vault.c.digest, vault.c.document).where(vault.c.digest.in_(some))
        for row in db.execute(query):
            number = next(_numbers(orjson.loads(row.document)), None)
            if number is not None:
                found[subjects[row.digest]] = number
    return found


def _numbers(item: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the tax numbers of a stakeholder, those of the home country first."""
    given = item.get("tax_ids") if isinstance(item, dict) else None
    ids = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    for each in sorted(ids, key=lambda each: each.get("country") != HOME):
        if isinstance(each.get("tax_id"), str) and each["tax_id"].strip() and not each["tax_id"].startswith(COVER):
            yield each["tax_id"].strip()
