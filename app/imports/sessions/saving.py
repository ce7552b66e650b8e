"""Check first, then save: what holds of a file becomes entries, all in one transaction, and nothing twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session

from app.errors import RowFault, RowsRefused
from app.imports.sessions.check import check_file, check_rows
from app.imports.sessions.checked import Checked, Counts
from app.imports.sessions.findings import Finding
from app.imports.sessions.keys import key_for_trial, org_key
from app.imports.sessions.mapping import ImportMap, MapInvalid, Provider, person
from app.imports.sessions.reading import Rules
from app.imports.sessions.reasons import Reason, Severity
from app.imports.sessions.sources import Source
from app.imports.sessions.stripping import strip_file
from app.people import vault
from ledger import journal, tables
from ledger.equity.values import Holder, Issuer
from ledger.reading import every, selection
from ledger.records import canonical
from ledger.sessions.deliveries import ImportOrder, keep_import
from ledger.sessions.recorded import minutes_on_record, recorded
from ledger.sessions.records import SessionImport
from ledger.sessions.values import Delivery
from ledger.sessions.weeks import today
from ledger.types import Act, Json

MOST_TOLD = 100
"""How many rejected rows a refusal tells of."""

MOST_KEPT_BYTES = 32 * 1024
"""An entry keeps a map of clinicians up to this size; of a larger one, its digest."""

TOLD_EACH = 10_000


class Tick(Protocol):
    """Told now and then how far it has come."""

    def __call__(self, stage: str, done: int, of: int | None = None, /) -> object:
        """Hear what is being done, to how many rows it has been, and of how many if that is known."""


READING, RECORDING = "Reading", "Recording"


class Mode(StrEnum):
    """What becomes of the other rows where some are rejected."""

    ATOMIC = "atomic"
    """Nothing is recorded."""
    BEST_EFFORT = "best_effort"
    """What holds is recorded."""


@dataclass(frozen=True, slots=True)
class Handover:
    """How sessions are handed in.

    Attributes:
        mapping: What a person wrote; clinicians whom it does not name are known by their names in the vault.
        tz: Where providers work who have no zone of their own in the map; the company's where none is given.
    """

    source: Source
    mapping: ImportMap
    tz: str | None = None
    mode: Mode = Mode.BEST_EFFORT


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of it.

    Attributes:
        made: The import on record; None where there was nothing to add.
        earlier: The import of the very same file, where there is one.
    """

    checked: Checked
    made: SessionImport | None
    earlier: str | None


class RowsRejected(RowsRefused):
    """Rows can't be recorded, and none of the others was."""

    def __init__(self, checked: Checked) -> None:
        """Keep what was found; tell the first rows, without a name."""
        counts = checked.counts
        found = (each for each in checked.findings if each.severity in {Severity.REJECTED, Severity.HELD})
        rows = [RowFault(each.row, each.column, f"{each.message} {each.remedy}") for each in nameless(found, MOST_TOLD)]
        super().__init__(f"{counts.rejected:,} of {counts.rows_read:,} rows can't be recorded, so none was.", rows)
        self.checked = checked


def nameless(findings: Iterable[Finding], most: int) -> Iterator[Finding]:
    """Yield findings, at most so many, without the names of clinicians whom nobody knows.

    An answer is kept for repeated requests, and what stands in that column may be something else. The number of the row
    is enough for whoever has the file.
    """
    for finding in islice(findings, most):
        yield replace(finding, name="") if finding.reason is Reason.PROVIDER_UNKNOWN else finding


def save_file(
    db: Session,
    act: Act,
    data: Path | bytes,
    handover: Handover,
    tick: Tick | None = None,
    *,
    digest: str | None = None,
) -> Saved:
    """Record the delivered sessions of a file; what is on record already is not added again.

    Args:
        db: The session.
        act: Who hands it in.
        data: The file or its bytes.
        handover: How it is to be read.
        tick: Told how far it has come.
        digest: SHA-256 of the file that was handed in, where ``data`` is what was stripped of it.

    Raises:
        FileRefused: It is not a file of this source, or its columns are shifted.
        MapInvalid: The map names somebody who is not on record.
        RowsRejected: Atomic, and rows are rejected.
        UnknownZone: There is no such time zone.
    """
    checked, tz = checked_file(db, act, data, handover, tick)
    if digest is not None and checked.sniffed is not None:
        checked = replace(checked, sniffed=replace(checked.sniffed, sha256=digest))
    return _save(db, act, checked, handover, tz, tick)


def checked_file(
    db: Session, act: Act, data: Path | bytes, handover: Handover, tick: Tick | None = None
) -> tuple[Checked, str]:
    """Return what ``save_file`` finds, and the time zone that it is read in; no session is recorded."""
    journal.lock(db)
    rules = _rules(db, handover, act.now, org_key(db, act), _everybody(db, handover.mapping))
    progress = partial(tick, READING) if tick is not None else None
    minutes_on = partial(minutes_on_record, db)
    return check_file(data, handover.source, rules, partial(recorded, db), progress, minutes_on), rules.tz


def save_rows(db: Session, act: Act, rows: Sequence[Mapping[str, object]], handover: Handover) -> Saved:
    """Record delivered sessions that came as JSON objects; see ``save_file``. Providers are told by their ids."""
    journal.lock(db)
    rules = _rules(db, handover, act.now, org_key(db, act), _named_in(db, rows))
    checked = check_rows(rows, rules, handover.source, partial(recorded, db), partial(minutes_on_record, db))
    return _save(db, act, checked, handover, rules.tz, None)


def try_file(db: Session, now: datetime, data: Path | bytes, handover: Handover, tick: Tick | None = None) -> Checked:
    """Return what ``save_file`` would find; nothing is written."""
    rules = _rules(db, handover, now, key_for_trial(db), _everybody(db, handover.mapping))
    progress = partial(tick, READING) if tick is not None else None
    minutes_on = partial(minutes_on_record, db)
    return check_file(data, handover.source, rules, partial(recorded, db), progress, minutes_on)


def stripped(db: Session, data: Path | bytes, handover: Handover) -> Iterator[bytes]:
    """Return the rows of a file as lines of NDJSON of which ``save_file`` makes what it would make of the file.

    Unlike what a person strips to send it here, they keep every external id: by these, sessions are known again.

    Raises:
        FileRefused: It is not a file of this source, or its columns are shifted.
        MapInvalid: The map names somebody who is not on record.
    """
    known = handover.mapping.with_providers(_everybody(db, handover.mapping))
    return strip_file(data, handover.source, known, keeps_ids=True)


def company_today(db: Session, now: datetime) -> date:
    """Return which day it is where the company is."""
    return today(now, company_zone(db))


def company_zone(db: Session) -> str:
    """Return the time zone where the company is; UTC while there is no company."""
    issuers = every(db, Issuer)
    return issuers[0].time_zone if issuers else "UTC"


def _rules(db: Session, handover: Handover, now: datetime, key: bytes, known: Mapping[str, Provider]) -> Rules:
    zone = handover.tz or company_zone(db)
    return Rules(handover.mapping.with_providers(known), zone, today(now, zone), key, now=now)


def _everybody(db: Session, mapping: ImportMap) -> dict[str, Provider]:
    """Return all holders by id, and by name where only one of them has it.

    Raises:
        MapInvalid: The map names somebody who is none of them.
    """
    names = vault.names(db)
    zones = {named.id: named.tz for named in mapping.providers.values()}
    for named in (*mapping.providers.values(), *filter(None, [mapping.defaults.provider])):
        if named.id not in names:
            raise MapInvalid(f"[providers] There is no holder {named.id!r} on record.", field="map")
    by_name: dict[str, list[str]] = {}
    for holder, name in names.items():
        by_name.setdefault(person(name), []).append(holder)
    alone = {name: holders[0] for name, holders in by_name.items() if len(holders) == 1}
    known = alone | {holder: holder for holder in names}
    return {name: Provider(holder, zones.get(holder)) for name, holder in known.items()}


def _named_in(db: Session, rows: Collection[Mapping[str, object]]) -> dict[str, Provider]:
    """Return those holders whose ids rows give."""
    # what can't be an id may be nothing that a database takes for text
    given = {id for row in rows if isinstance(id := row.get("provider"), str) and id.isprintable()}
    query = selection(Holder).where(tables.table(Holder).c.id.in_(given))
    return {row.id: Provider(row.id) for row in db.execute(query)}


def _save(db: Session, act: Act, checked: Checked, handover: Handover, tz: str, tick: Tick | None) -> Saved:
    if checked.counts.rejected and handover.mode is Mode.ATOMIC:
        raise RowsRejected(checked)
    earlier = earlier_import(db, checked)
    if not checked.counts.accepted:
        return Saved(checked, None, earlier)
    order = order_of(db, checked, handover, tz)
    made = keep_import(db, act, order, _told(checked, tick), on=company_today(db, act.now))
    return Saved(checked, made, earlier)


def earlier_import(db: Session, checked: Checked) -> str | None:
    """Return the import in which the very same file was handed in before, if there is one."""
    before = every(db, SessionImport, file_digest=_digest(checked))
    return before[-1].id if before else None


def order_of(db: Session, checked: Checked, handover: Handover, tz: str) -> ImportOrder:
    """Return what a checked file is kept as."""
    return ImportOrder(
        checked.system,
        _digest(checked),
        kept_map(handover, tz),
        counts_of(checked.counts),
        checked.counts.accepted,
        is_again=earlier_import(db, checked) is not None,
    )


def _digest(checked: Checked) -> str:
    """Return the digest of the file; of rows that came without one, that of their fingerprints."""
    if checked.sniffed is not None:
        return checked.sniffed.sha256
    return sha256("".join(checked.present()).encode()).hexdigest()


def _told(checked: Checked, tick: Tick | None) -> Iterator[Delivery]:
    for number, accepted in enumerate(checked):
        if tick is not None and not number % TOLD_EACH:
            tick(RECORDING, number, checked.counts.accepted)
        yield accepted.delivery


def kept_map(handover: Handover, tz: str) -> dict[str, Json]:
    """Return what an import's entry keeps of its map: all but names, and of very many clinicians a digest."""
    kept = handover.mapping.as_json()
    providers = canonical(kept["providers"])
    if len(providers) > MOST_KEPT_BYTES:
        kept["providers"] = {"count": len(handover.mapping.providers), "sha256": sha256(providers).hexdigest()}
    return kept | {"source": handover.source.value, "tz": tz}


def counts_of(counts: Counts) -> dict[str, int]:
    """Return counts by name; those from ``accepted`` to ``non_session`` add up to ``rows_read`` (I13.1)."""
    return {
        "rows_read": counts.rows_read,
        "accepted": counts.accepted,
        "collapsed": counts.collapsed,
        "duplicate": counts.duplicate,
        "rejected": counts.rejected,
        "non_session": counts.non_session,
        "held": counts.held,
        "late": counts.late,
    }
