"""How the files of a source are read: its columns, codes, statuses and clinicians, said once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

from sqlalchemy.orm import Session

from app.imports.sessions import kept_maps
from app.imports.sessions.lines import FIELDS
from app.imports.sessions.mapping import Defaults, ImportMap, MapInvalid, Service, person
from app.imports.sessions.sources import FORMS, Source
from app.imports.sessions.words import word
from app.people.roles import Role
from app.web.choosing import providers
from app.web.forms import still
from app.web.site import Go, Here, Pages, View
from ledger.errors import Invalid, NotFound
from ledger.sessions.values import MOST_MINUTES, Attendance, Category, Modality
from ledger.types import Act

pages = Pages()

E = TypeVar("E", bound=StrEnum)

SKIP = "SKIP"
"""What a form says for rows that are no sessions."""

BLANKS = 3
"""Empty lines in a list that can be longer."""

MOST_WORD = 80
"""Letters of a header, a code or a status."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a source is read, as its form shows it: texts in pairs and triples."""

    columns: Mapping[str, str]
    codes: list[tuple[str, str, str]]
    statuses: list[tuple[str, str]]
    clinicians: list[tuple[str, str]]
    modality: str
    attendance: str
    month_first: bool
    system: str


@pages.get("/finance/imports/map/{source}", Role.FINANCE)
def import_map(db: Session, here: Here, source: str) -> View:
    """How the files of a source are read."""
    found = _source(source)
    mapping = kept_maps.map_of(db, found)
    said = _sent(here) if here.form else _said(mapping, _called(db, found))
    return View(
        "import_map.html",
        {
            "source": found,
            "fields": FIELDS,
            "names_clinicians": FORMS[found].names_clinicians,
            "said": said,
            "seen": _digest(db, found, mapping),
            "people": sorted(providers(db), key=str.casefold),
            "categories": list(Category),
            "modalities": list(Modality),
            "attendances": list(Attendance),
        },
    )


@pages.post("/finance/imports/map/{source}", Role.FINANCE, again=import_map, authority="role:finance")
def keep(db: Session, act: Act, here: Here, source: str) -> Go:
    """Keep how the files of a source are read from now on."""
    found = _source(source)
    before = kept_maps.map_of(db, found)
    changed = here.words.say("Somebody else changed how this source is read since you opened this page. Open it anew.")
    still(here, _digest(db, found, before), changed)
    said = _sent(here)
    try:
        mapping = ImportMap(
            codes=dict(_service(here, each) for each in said.codes if each[0]),
            statuses=dict(_status(here, each) for each in said.statuses if each[0]),
            columns={field: header for field, header in said.columns.items() if header},
            defaults=Defaults(None, None, _one_of(Modality, said.modality), _one_of(Attendance, said.attendance)),
            system=said.system if found is Source.PLAIN else "",
            month_first=said.month_first,
        )
    except MapInvalid as refusal:
        raise Invalid(str(refusal), field="columns") from None
    kept_maps.keep_map(db, act, found, mapping)
    gone = dict.fromkeys(kept_maps.clinicians(db, found), "")
    kept_maps.name_clinicians(db, act, found, gone | holders_in(db, here, dict(said.clinicians)))
    return Go("/finance/imports", here.words.say("This source is read that way from now on."))


def holders_in(db: Session, here: Here, written: Mapping[str, str]) -> dict[str, str]:
    """Return the holders of what was written for clinicians: a name on record, or nothing.

    Raises:
        Invalid: Nobody on record is called so.
    """
    known = {person(label): holder for label, holder in providers(db).items()}
    for name, label in written.items():
        if name and label and person(label) not in known:
            raise Invalid(here.words.say("Nobody on record is called “{label}”.", label=label), field="clinicians")
    return {name: known[person(label)] for name, label in written.items() if name and label}


def _called(db: Session, source: Source) -> dict[str, str]:
    """Return what a source calls clinicians, and by what each is chosen."""
    chosen_by = {holder: label for label, holder in providers(db).items()}
    return {name: chosen_by.get(holder, "") for name, holder in kept_maps.clinicians(db, source).items()}


def _source(text: str) -> Source:
    if text not in {one.value for one in Source}:
        raise NotFound("There is no such source.", field="source")
    return Source(text)


def _digest(db: Session, source: Source, mapping: ImportMap) -> str:
    known = repr(sorted(kept_maps.clinicians(db, source).items())).encode()
    return sha256(mapping.canonical() + known).hexdigest()


def _said(mapping: ImportMap, clinicians: Mapping[str, str]) -> Said:
    """Return a map as its form shows it, with empty lines to go on."""
    codes = [
        (code, of.category.value if of.category else SKIP, "" if of.minutes is None else str(of.minutes))
        for code, of in sorted(mapping.codes.items())
    ]
    statuses = [(name, told.value if told else SKIP) for name, told in sorted(mapping.statuses.items())]
    defaults = mapping.defaults
    return Said(
        mapping.columns,
        codes + [("", "", "")] * BLANKS,
        statuses + [("", "")] * BLANKS,
        sorted(clinicians.items()) + [("", "")] * BLANKS,
        defaults.modality.value if defaults.modality else "",
        defaults.attendance.value if defaults.attendance else "",
        mapping.month_first,
        mapping.system,
    )


def _sent(here: Here) -> Said:
    """Return what a form has sent, as it was written."""

    def several(*names: str) -> list[tuple[str, ...]]:
        lists = [[text.strip()[:MOST_WORD] for text in here.lists.get(name, ())] for name in names]
        return list(zip(*lists, strict=False))

    return Said(
        {field: here.form.get(f"column_{field}", "").strip()[:MOST_WORD] for field in FIELDS},
        [(code, kind, minutes) for code, kind, minutes in several("code", "code_category", "code_minutes")],
        [(name, told) for name, told in several("status", "status_attendance")],
        [(name, holder) for name, holder in several("clinician", "clinician_holder")],
        here.form.get("modality", ""),
        here.form.get("attendance", ""),
        here.form.get("month_first") == "yes",
        here.form.get("system", "").strip(),
    )


def _one_of(of: type[E], text: str) -> E | None:
    return of(text) if text in {one.value for one in of} else None


def _service(here: Here, each: tuple[str, str, str]) -> tuple[str, Service]:
    """Return what a line says that a code means."""
    code, kind, minutes = each
    if kind == SKIP:
        return code.upper(), Service(None)
    category = _one_of(Category, kind)
    if category is None:
        raise Invalid(here.words.say("Choose what this code stands for: {code}.", code=code), field="codes")
    if minutes and not (minutes.isdecimal() and minutes.isascii() and 1 <= int(minutes) <= MOST_MINUTES):
        raise Invalid(here.words.say("A session lasts 1 to 480 minutes."), field="codes")
    return code.upper(), Service(category, int(minutes) if minutes else None)


def _status(here: Here, each: tuple[str, str]) -> tuple[str, Attendance | None]:
    """Return what a line says that a status means."""
    name, told = each
    attendance = _one_of(Attendance, told)
    if attendance is None and told != SKIP:
        raise Invalid(here.words.say("Choose what this status means: {status}.", status=name), field="statuses")
    return word(name), attendance
