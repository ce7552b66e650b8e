"""The map of an import: who the clinicians are, what the codes mean, how long they take. Explicit, and kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.imports.sessions.codes import ADD_ONS, CPT, billing_code
from app.imports.sessions.lines import FIELDS
from app.imports.sessions.words import speaks_of_clients
from ledger.errors import Invalid
from ledger.records import canonical
from ledger.sessions.values import MOST_MINUTES, Attendance, Category, Modality
from ledger.types import Json

_SYSTEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class MapInvalid(Invalid):
    """A map of an import that can't be followed."""

    code = "import_map_invalid"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who a clinician is.

    Attributes:
        id: Holder id.
        tz: IANA zone, where it is not the import's.
    """

    id: str
    tz: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What a billing code means.

    Attributes:
        category: What kind of service; ``None`` for a code that is no session.
        minutes: How long it takes where the row does not tell; ``None``: the row must tell.
        attendance: Where the code itself tells that nobody came.
        modality: Where the code itself tells how they met.
    """

    category: Category | None
    minutes: int | None = None
    attendance: Attendance | None = None
    modality: Modality | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where neither row nor code tells."""

    provider: Provider | None = None
    category: Category | None = None
    modality: Modality | None = None
    attendance: Attendance | None = None


STANDARD: Mapping[str, Service] = {
    **{code: Service(kind.category, kind.least or None) for code, kind in CPT.items()},
    **{code: Service(None) for code in ADD_ONS},
}
"""Codes that need no map, each with the fewest minutes that it stands for (sessions.md §5.4)."""


@dataclass(frozen=True, slots=True)
class ImportMap:
    """A map, checked.

    Attributes:
        providers: Clinician as the export writes them, or holder id, to provider.
        codes: Billing code to service, on top of ``STANDARD``.
        statuses: Status, in capitals, to attendance, on top of the known ones; ``None``: no session.
        columns: Our field to another system's header.
        system: What the rows come from, part of every fingerprint; empty for the name of the source.
        month_first: Whether dates may be written ``6/1/2025``.
    """

    providers: Mapping[str, Provider] = field(default_factory=dict, repr=False)
    codes: Mapping[str, Service] = field(default_factory=dict)
    statuses: Mapping[str, Attendance | None] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    system: str = ""
    month_first: bool = False

    def __post_init__(self) -> None:
        """Refuse a column that must not be read, and minutes that can't be."""
        for name, header in self.columns.items():
            if name not in FIELDS:
                raise MapInvalid(f"[columns] knows {', '.join(FIELDS)}; {name!r} is none of them.", field="map")
            if speaks_of_clients(header):
                raise MapInvalid(
                    f"[columns] {name} points at a column that is never read: "
                    "clients, payers, diagnoses, fees and notes stay outside.",
                    field="map",
                )
        for code, service in self.codes.items():
            if service.minutes is not None and not 1 <= service.minutes <= MOST_MINUTES:
                raise MapInvalid(f"[codes] {code}: a session lasts 1 to {MOST_MINUTES} minutes.", field="map")
        if self.system and not _SYSTEM.fullmatch(self.system):
            raise MapInvalid("system is a short name in small letters, such as my-best-practice.", field="map")
        zones: dict[str, str | None] = {}
        for provider in self.providers.values():
            if zones.setdefault(provider.id, provider.tz) != provider.tz:
                raise MapInvalid(f"[providers] {provider.id} has two time zones; a provider has one.", field="map")
        object.__setattr__(self, "providers", {person(name): known for name, known in self.providers.items()})

    def provider(self, name: str) -> Provider | None:
        """Return who a clinician is; case and blanks do not matter."""
        return self.providers.get(person(name)) if name.strip() else self.defaults.provider

    def service(self, code: str) -> Service | None:
        """Return what a billing code means, the map's own word first."""
        whole = code.strip().upper()
        short = billing_code(code)
        return self.codes.get(whole) or self.codes.get(short) or STANDARD.get(short)

    def misfits(self) -> list[str]:
        """Return the CPT codes to which the map gives minutes outside their range."""
        return [
            code
            for code, service in sorted(self.codes.items())
            if code in CPT and service.minutes is not None and not CPT[code].least <= service.minutes <= CPT[code].most
        ]

    def with_providers(self, providers: Mapping[str, Provider]) -> ImportMap:
        """Return the map with more clinicians, such as the register's; its own word goes before theirs."""
        known = {person(name): provider for name, provider in providers.items()} | dict(self.providers)
        return ImportMap(known, self.codes, self.statuses, self.columns, self.defaults, self.system, self.month_first)

    def as_json(self) -> dict[str, Json]:
        """Return the map as a batch's entry keeps it: without the clinicians' names, which must stay erasable.

        Keep what a person wrote, not what ``with_providers`` made of it.
        """
        known = {provider.id: provider.tz for provider in self.providers.values()}
        return {
            "codes": {code: _service_json(service) for code, service in self.codes.items()},
            "columns": dict(self.columns),
            "defaults": {
                "attendance": self.defaults.attendance,
                "category": self.defaults.category,
                "modality": self.defaults.modality,
                "provider": self.defaults.provider.id if self.defaults.provider else None,
            },
            "month_first": self.month_first,
            "providers": dict(known),
            "statuses": dict(self.statuses),
            "system": self.system,
        }

    def canonical(self) -> bytes:
        """Return the same as canonical JSON: one map, one text."""
        return canonical(self.as_json())


def person(name: str) -> str:
    """Return a clinician's name as we compare it."""
    return " ".join(name.split()).casefold()


def _service_json(service: Service) -> dict[str, Json]:
    return {
        "attendance": service.attendance,
        "category": service.category,
        "minutes": service.minutes,
        "modality": service.modality,
    }
