"""Files of delivered sessions: checked first, then recorded; what became of each, and the way back.

Finance sees how many rows became what, and which row of its own file has which problem; nobody's sessions are listed.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any

from sqlalchemy.orm import Session

from app.imports.sessions import kept_maps, undoing, waiting
from app.imports.sessions.checked import Checked, Counts
from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.headers import suggested
from app.imports.sessions.listing import inert
from app.imports.sessions.mapping import ImportMap
from app.imports.sessions.reasons import Reason, Severity
from app.imports.sessions.saving import Handover, checked_file, earlier_import, order_of
from app.imports.sessions.sources import Source
from app.imports.sessions.undoing import UndoAsked
from app.imports.sessions.waiting import Waiting
from app.people import accounts, vault
from app.people.roles import Role
from app.web.choosing import providers
from app.web.forms import choice_in, file_in
from app.web.import_maps import holders_in
from app.web.import_words import to_do, what
from app.web.site import File, Go, Here, Pages, View
from ledger.errors import Invalid, NotFound
from ledger.journal import recorded_at
from ledger.reading import Known, known
from ledger.sessions.records import SessionImport
from ledger.types import Act

pages = Pages()

READERS = (Role.FINANCE, Role.BOARD)

MOST_SHOWN = 100
"""How many rows with problems a check shows; the file of problems has all."""

MOST_STRANGERS = 30
"""How many unknown clinicians a check asks about."""

ACTING_ON = (Severity.REJECTED, Severity.HELD, Severity.WARNING)


@dataclass(frozen=True, slots=True)
class Problem:
    """A row with a problem, as the spreadsheet counts, in the reader's language."""

    row: int
    column: str
    what: str
    to_do: str
    is_kept_out: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """An import on record."""

    made: SessionImport
    n: int
    recorded_at: int
    asked: UndoAsked | None


@pages.get("/finance/imports", Role.FINANCE)
def imports(db: Session, here: Here) -> View:
    """Check a file; below, what has been imported, the newest first."""
    found = [_imported(db, one) for one in reversed(known(db, SessionImport))]
    undone = [one for one in undoing.asked(db) if one.is_undone]
    called = _called(db, {one.asked_by for one in undone} | {str(one.decided_by) for one in undone})
    described = {source.value for source in Source if kept_maps.map_of(db, source) != ImportMap()}
    return View(
        "imports.html",
        {"sources": list(Source), "imports": found, "undone": undone, "called": called, "described": described},
    )


@pages.post("/finance/imports/check/upload", Role.FINANCE, again=imports, authority="role:finance", long=True)
def check(db: Session, act: Act, here: Here) -> View:
    """Check a file row by row. Nothing of it is recorded; what would be waits, encrypted, for two hours."""
    source, data = choice_in(here, "source", Source), file_in(here, "file")
    try:
        mapping = kept_maps.map_of(db, source)
        if source is Source.PLAIN:
            mapping = replace(mapping, columns=suggested(data, mapping.columns))
        handover = Handover(source, mapping)
        checked, tz = checked_file(db, act, data, handover)
    except FileRefused as refusal:
        raise _refused(refusal.finding, here) from None
    order = order_of(db, checked, handover, tz)
    held = waiting.hold(db, act, checked, order, problems=_spreadsheet(checked, here))
    return View("import_check.html", _shown(db, here, checked, source, held))


def _spreadsheet(checked: Checked, here: Here) -> bytes:
    """Return what is wrong as CSV, in the reader's words; no cell of it runs as a formula."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    words = here.words
    writer.writerow((words.say("Row"), words.say("Column"), words.say("Problem"), words.say("What to do")))
    for one in checked.findings:
        if one.severity in ACTING_ON:
            cells = (str(one.row or ""), one.column, what(one, here.words), to_do(one, here.words))
            writer.writerow([inert(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def _refused(finding: Finding, here: Here) -> Invalid:
    place = here.words.say("Row {row}:", row=here.words.number(finding.row)) + " " if finding.row else ""
    return Invalid(f"{place}{what(finding, here.words)} {to_do(finding, here.words)}", field="file")


def _shown(db: Session, here: Here, checked: Checked, source: Source, held: Waiting) -> dict[str, Any]:
    """Return what a check shows."""
    problems, strangers, remarks = list[Problem](), dict[str, int](), list[tuple[str, str]]()
    for one in checked.findings:
        if not one.row:
            if one.reason is not Reason.COLUMNS_DROPPED:
                remarks.append((what(one, here.words), to_do(one, here.words)))
            continue
        if one.reason is Reason.PROVIDER_UNKNOWN and one.name and len(strangers) < MOST_STRANGERS:
            strangers.setdefault(one.name, one.row)
        if one.severity in ACTING_ON and len(problems) < MOST_SHOWN:
            is_kept_out = one.severity is not Severity.WARNING
            problems.append(Problem(one.row, one.column, what(one, here.words), to_do(one, here.words), is_kept_out))
    return {
        "source": source,
        "counts": checked.counts,
        "changed": checked.findings.count(Reason.CHANGED),
        "earlier": earlier_import(db, checked),
        "encoding": checked.sniffed.encoding if checked.sniffed is not None else None,
        "dropped": list(dict.fromkeys(checked.dropped)),
        "reasons": _reasons(checked, here),
        "problems": problems,
        "more": checked.findings.of(*ACTING_ON) - len(problems),
        "strangers": strangers,
        "people": sorted(providers(db), key=str.casefold) if strangers else [],
        "remarks": remarks,
        "held": held,
    }


def _reasons(checked: Checked, here: Here) -> list[tuple[int, str, str]]:
    """Return what keeps rows out, with how many: what is to be done is often one thing for many rows."""
    found = []
    for reason in Reason:
        one = Finding(reason)
        count = checked.findings.count(reason)
        if count > 1 and one.severity in ACTING_ON and reason not in {Reason.OVERLAP, Reason.TALLY_TWICE}:
            found.append((count, what(one, here.words), to_do(one, here.words)))
    return sorted(found, key=lambda each: -each[0])


@pages.post("/finance/imports/clinicians", Role.FINANCE, again=imports, authority="role:finance")
def name_clinicians(db: Session, act: Act, here: Here) -> Go:
    """Say who the clinicians are whom a source calls otherwise than the register."""
    source = choice_in(here, "source", Source)
    written = zip(here.lists.get("name", ()), here.lists.get("holder", ()), strict=False)
    chosen = holders_in(db, here, dict(written))
    kept_maps.name_clinicians(db, act, source, chosen)
    note = here.words.several(
        "One clinician is known from now on. Check the file again.",
        "{count} clinicians are known from now on. Check the file again.",
        len(chosen),
    )
    return Go("/finance/imports", note)


def _waiting_in(here: Here) -> Waiting:
    return Waiting(here.form.get("waiting", ""), here.form.get("key", ""))


@pages.post("/finance/imports/problems", Role.FINANCE, again=imports, authority="role:finance")
def problems(db: Session, act: Act, here: Here) -> File:
    """Take the problems of a check away as a spreadsheet: row, column, what is wrong, what to do."""
    return File(waiting.problems_of(db, act, _waiting_in(here)), "text/csv; charset=utf-8", "problems.csv")


@pages.post("/finance/imports/confirm", Role.FINANCE, again=imports, authority="role:finance", long=True)
def confirm(db: Session, act: Act, here: Here) -> Go:
    """Record exactly what a check has shown."""
    made = waiting.record(db, act, _waiting_in(here))
    note = here.words.several(
        "One session is recorded.", "{count} sessions are recorded.", int(made.counts["accepted"])
    )
    return Go(f"/finance/imports/{made.id}", note)


@pages.post("/finance/imports/drop", Role.FINANCE, again=imports, authority="role:finance")
def drop(db: Session, act: Act, here: Here) -> Go:
    """Leave a checked file unrecorded."""
    waiting.drop(db, act, here.form.get("waiting", ""))
    return Go("/finance/imports", here.words.say("Nothing was recorded."))


@pages.get("/finance/imports/{import_id}", READERS)
def one_import(db: Session, here: Here, import_id: str) -> View:
    """One import: what became of its rows, how it was read, and whether it is to be undone."""
    found = known(db, SessionImport, id=import_id)
    history = undoing.asked(db, import_id=import_id)
    if not found and not history:
        raise NotFound("There is no such import.", field="import_id")
    called = _called(db, {one.asked_by for one in history} | {one.decided_by for one in history if one.decided_by})
    return View(
        "import.html",
        {
            "one": _imported(db, found[0]) if found else None,
            "id": import_id,
            "counts": counts_of(found[0].value) if found else None,
            "history": history,
            "called": called,
            "is_mine": bool(history) and here.account is not None and history[0].asked_by == here.account.actor,
        },
    )


def counts_of(made: SessionImport) -> Counts:
    """Return what became of an import's rows."""
    counts: Mapping[str, int] = made.counts
    return Counts(**{name: counts.get(name, 0) for name in Counts.__dataclass_fields__})


@pages.post("/finance/imports/{import_id}/undo", Role.FINANCE, again=one_import, authority="role:finance")
def ask_undo(db: Session, act: Act, here: Here, import_id: str) -> Go:
    """Ask for an import to be undone."""
    undoing.ask_undo(db, act, import_id, reason=here.form.get("reason", ""))
    note = here.words.say("You asked for this import to be undone. A second person decides it.")
    return Go(f"/finance/imports/{import_id}", note)


@pages.post(
    "/finance/imports/{import_id}/undo/decide", READERS, again=one_import, authority="role:four-eyes", long=True
)
def decide_undo(db: Session, act: Act, here: Here, import_id: str) -> Go:
    """Undo an import that somebody else asked to undo, or leave it."""
    is_undone = here.form.get("decision") == "undo"
    undoing.decide_undo(db, act, here.form.get("request", ""), is_undone=is_undone)
    if is_undone:
        note = here.words.say(
            "The import is undone. Its rows count no longer, and the same file can be handed in again."
        )
    else:
        note = here.words.say("The import stays as it is.")
    return Go(f"/finance/imports/{import_id}", note)


def _imported(db: Session, found: Known[SessionImport]) -> Imported:
    return Imported(found.value, found.n, recorded_at(db, found.n), undoing.waiting(db, found.value.id))


def _called(db: Session, actors: set[str]) -> dict[str, str]:
    """Return the names of actors; an id where nobody is known by it."""
    by_account = {each.actor: each.name for each in accounts.accounts(db)} | vault.names(db, actors)
    return {actor: by_account.get(actor, actor) for actor in actors}
