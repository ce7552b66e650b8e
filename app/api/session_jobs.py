"""Files of sessions as jobs: what waits are rows of our own columns, made at once, and never the file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from app.api.beside import Beside, Prepared
from app.api.session_rows import ImportMade, rows_of
from app.api.uploads import Upload
from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.listing import write_errors
from app.imports.sessions.mapfile import read_map
from app.imports.sessions.mapping import ImportMap
from app.imports.sessions.reasons import Reason
from app.imports.sessions.saving import Handover, Mode, save_file, stripped
from app.imports.sessions.sources import Source
from app.jobs.running import Outcome, Tick
from ledger.types import Act


def map_in(text: str | None) -> ImportMap:
    """Return the map that came with a file, if one did.

    Raises:
        MapInvalid: It is none.
    """
    return ImportMap() if text is None else read_map(text)


def _prepare(db: Session, upload: Upload, source: Source, tz: str | None, mode: Mode, rows: bool) -> Prepared:
    del rows  # a job always tells what became of each
    handover = Handover(source, map_in(upload.map), tz, mode)
    lines = list(stripped(db, upload.content, handover))
    if not lines:
        raise FileRefused(Finding(Reason.FILE_EMPTY))
    digest = sha256(upload.content).hexdigest()
    asked = {"source": source, "map": upload.map, "tz": tz, "mode": mode, "digest": digest}
    return Prepared(b"".join(lines), len(lines), asked)


def _carry_out(db: Session, act: Act, sent: bytes, asked: Mapping[str, Any], tick: Tick) -> Outcome:
    handover = Handover(Source(asked["source"]), map_in(asked["map"]), asked["tz"], Mode(asked["mode"]))
    saved = save_file(db, act, sent, handover, tick, digest=asked["digest"])
    saved.checked.findings.hide_names()
    rows = b"".join(row.model_dump_json().encode() + b"\n" for row in rows_of(saved.checked))
    errors = io.StringIO(newline="")
    write_errors(saved.checked.findings, errors)
    return Outcome(ImportMade.of(saved), rows, errors.getvalue().encode())


BESIDE = Beside(_prepare, _carry_out)
