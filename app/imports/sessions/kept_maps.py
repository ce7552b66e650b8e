"""How the files of each source are read, as finance last said it: kept, so that the next file is read the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.imports.sessions.mapping import Defaults, ImportMap, Provider, Service, person
from app.imports.sessions.sources import Source
from app.imports.tables import clinician_name, import_map
from ledger.equity.values import Holder
from ledger.errors import Invalid
from ledger.reading import find
from ledger.sessions.values import Attendance, Category, Modality
from ledger.types import Act

MOST_NAME = 200
"""Letters of a clinician's name."""


def map_of(db: Session, source: Source) -> ImportMap:
    """Return how the files of a source are read; nothing is told of one that nobody has described."""
    query = select(import_map.c.document).where(import_map.c.source == source.value)
    document = db.execute(query).scalar()
    found = ImportMap() if document is None else _decoded(orjson.loads(document))
    return replace(found, providers={name: Provider(holder) for name, holder in clinicians(db, source).items()})


def clinicians(db: Session, source: Source) -> dict[str, str]:
    """Return what a source calls the providers whom it calls otherwise than the register: name to holder id."""
    columns = clinician_name.c
    query = select(columns.name, columns.holder).where(columns.source == source.value).order_by(columns.name)
    return {row.name: row.holder for row in db.execute(query)}


def keep_map(db: Session, act: Act, source: Source, mapping: ImportMap) -> None:
    """Keep how the files of a source are read; clinicians are kept by ``name_clinicians``."""
    kept = {name: value for name, value in mapping.as_json().items() if name != "providers"}
    db.execute(delete(import_map).where(import_map.c.source == source.value))
    row = {"source": source.value, "document": orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()}
    db.execute(insert(import_map), [row | {"saved_by": act.actor, "saved_at": act.at}])


def name_clinicians(db: Session, act: Act, source: Source, named: Mapping[str, str]) -> None:
    """Keep whom a source means by a name; an empty holder forgets the name.

    Raises:
        Invalid: A name is too long.
        NotFound: There is no such holder.
    """
    for name, holder in named.items():
        plain = " ".join(name.split())
        if not plain or len(plain) > MOST_NAME:
            raise Invalid(f"A clinician's name has 1 to {MOST_NAME} letters.", field="clinicians")
        for known in clinicians(db, source):
            if person(known) == person(plain):
                columns = clinician_name.c
                db.execute(delete(clinician_name).where(columns.source == source.value, columns.name == known))
        if holder:
            find(db, Holder, holder)
            row = {"source": source.value, "name": plain, "holder": holder}
            db.execute(insert(clinician_name), [row | {"saved_by": act.actor, "saved_at": act.at}])


def forget_clinician(db: Session, holder: str) -> None:
    """Forget what sources call somebody: who they are is erased."""
    db.execute(delete(clinician_name).where(clinician_name.c.holder == holder))


def _decoded(kept: Mapping[str, Any]) -> ImportMap:
    defaults = kept["defaults"]
    return ImportMap(
        codes={code: _service(told) for code, told in kept["codes"].items()},
        statuses={word: Attendance(told) if told else None for word, told in kept["statuses"].items()},
        columns=kept["columns"],
        defaults=Defaults(
            Provider(defaults["provider"]) if defaults["provider"] else None,
            Category(defaults["category"]) if defaults["category"] else None,
            Modality(defaults["modality"]) if defaults["modality"] else None,
            Attendance(defaults["attendance"]) if defaults["attendance"] else None,
        ),
        system=kept["system"],
        month_first=kept["month_first"],
    )


def _service(told: Mapping[str, Any]) -> Service:
    return Service(
        Category(told["category"]) if told["category"] else None,
        told["minutes"],
        Attendance(told["attendance"]) if told["attendance"] else None,
        Modality(told["modality"]) if told["modality"] else None,
    )
