"""A map as a person writes it, in TOML.

All of it, with an example of everything::

system = "my-best-practice"         # what the rows come from; else the name of the source
dates = "month-first"               # 6/1/2025 is the first of June; else only 2025-06-01 is a date

[defaults]
modality = "VIDEO"                  # SimplePractice and TherapyNotes do not tell
attendance = "DELIVERED"
provider = "hld_01J…"               # a practice of one, whose export names nobody

[providers]
"Ana Díaz, LCSW" = "hld_01J…"
"Ben Ode" = { id = "hld_01K…", tz = "America/New_York" }

[codes]
90837 = { minutes = 55 }            # instead of 53, the fewest that the code stands for
90853 = { minutes = 60 }            # a group has no time of its own
NOSHOW = { category = "INDIVIDUAL", minutes = 50, attendance = "NO_SHOW" }
COPAY = { skip = true }

[statuses]
"Checked in" = "DELIVERED"
"Rescheduled" = "SKIP"

[columns]                           # another system's headers for our own columns
provider = "Therapist"
date = "DOS"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from app.imports.sessions.codes import CPT
from app.imports.sessions.mapping import Defaults, ImportMap, MapInvalid, Provider, Service
from app.imports.sessions.words import CATEGORIES, MODALITIES, SKIP, word
from ledger.sessions.errors import UnknownZone
from ledger.sessions.values import Attendance
from ledger.sessions.weeks import local_date

MOST_MAP_BYTES = 8 << 20

_ATTENDANCES = {attendance.value: attendance for attendance in Attendance}
_MONTH_FIRST = {"month-first": True, "iso": False}

W = TypeVar("W")


def read_map(text: str | bytes) -> ImportMap:
    """Return the map that a text writes.

    Raises:
        MapInvalid: Not TOML, an unknown section, key or word, or a column that must not be read.
    """
    data = _toml(text)
    _only(data, "the map", "system", "dates", "defaults", "providers", "codes", "statuses", "columns")
    statuses = _section(data, "statuses")
    return ImportMap(
        providers={name: _provider(told, f"[providers] {name}") for name, told in _section(data, "providers").items()},
        codes={str(code).strip().upper(): _service(str(code), told) for code, told in _section(data, "codes").items()},
        statuses={word(status): _status(told, f"[statuses] {status}") for status, told in statuses.items()},
        columns={name: _text(told, f"[columns] {name}") for name, told in _section(data, "columns").items()},
        defaults=_defaults(_section(data, "defaults")),
        system=_text(data.get("system", ""), "system"),
        month_first=_one_of(_MONTH_FIRST, data.get("dates", "iso"), "dates"),
    )


def _toml(text: str | bytes) -> dict[str, object]:
    if len(text) > MOST_MAP_BYTES:
        raise MapInvalid(f"A map has at most {MOST_MAP_BYTES >> 20} MB.", field="map")
    try:
        return tomllib.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MapInvalid(f"The map is not TOML: {error}.", field="map") from error


def _section(data: Mapping[str, object], name: str) -> dict[str, object]:
    section = data.get(name, {})
    if not isinstance(section, dict):
        raise MapInvalid(f"{name} is a section of the map: [{name}].", field="map")
    return section


def _only(data: Mapping[str, object], place: str, *known: str) -> None:
    for key in data:
        if key not in known:
            raise MapInvalid(f"{place} has no {key!r}; it has {', '.join(known)}.", field="map")


def _defaults(told: Mapping[str, object]) -> Defaults:
    _only(told, "[defaults]", "provider", "category", "modality", "attendance")
    provider = told.get("provider")
    return Defaults(
        _provider(provider, "[defaults] provider") if provider is not None else None,
        _optional(CATEGORIES, told, "category", "[defaults]"),
        _optional(MODALITIES, told, "modality", "[defaults]"),
        _optional(_ATTENDANCES, told, "attendance", "[defaults]"),
    )


def _provider(told: object, place: str) -> Provider:
    if not isinstance(told, dict):
        return Provider(_text(told, place))
    _only(told, place, "id", "tz")
    zone = _text(told["tz"], place) if "tz" in told else None
    if zone is not None:
        _require_zone(zone, place)
    return Provider(_text(told.get("id"), place), zone)


def _require_zone(zone: str, place: str) -> None:
    try:
        local_date(datetime(2000, 1, 1), zone)
    except UnknownZone as refusal:
        raise MapInvalid(f"{place}: {refusal}", field="map") from refusal


def _service(code: str, told: object) -> Service:
    place = f"[codes] {code}"
    if not isinstance(told, dict):
        raise MapInvalid(f"{place} is written like {{ minutes = 50 }}.", field="map")
    _only(told, place, "category", "minutes", "modality", "attendance", "skip")
    if told.get("skip") is True:
        return Service(None)
    standard = CPT.get(code.strip().upper())
    category = _optional(CATEGORIES, told, "category", place) or (standard.category if standard else None)
    if category is None:
        raise MapInvalid(f"{place} needs a category: {', '.join(CATEGORIES)}.", field="map")
    minutes = told.get("minutes", (standard.least or None) if standard else None)
    if minutes is not None and (not isinstance(minutes, int) or isinstance(minutes, bool)):
        raise MapInvalid(f"{place}: minutes are a whole number.", field="map")
    return Service(
        category,
        minutes,
        _optional(_ATTENDANCES, told, "attendance", place),
        _optional(MODALITIES, told, "modality", place),
    )


def _status(told: object, place: str) -> Attendance | None:
    return _one_of({**_ATTENDANCES, SKIP: None}, word(_text(told, place)), place)


def _optional(words: Mapping[str, W], told: Mapping[str, object], key: str, place: str) -> W | None:
    return _one_of(words, word(_text(told[key], f"{place} {key}")), f"{place} {key}") if key in told else None


def _one_of(words: Mapping[str, W], told: object, place: str) -> W:
    if not isinstance(told, str) or told not in words:
        raise MapInvalid(f"{place} is one of {', '.join(words)}.", field="map")
    return words[told]


def _text(told: object, place: str) -> str:
    if not isinstance(told, str):
        raise MapInvalid(f"{place} is a text in quotation marks.", field="map")
    return told.strip()
