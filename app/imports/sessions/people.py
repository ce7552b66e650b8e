"""The clinicians of a batch: each name looked up once in the map, and the clock of the place where each works."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.imports.sessions.mapping import ImportMap
from app.imports.sessions.times import Place

NOBODY = -1
"""Stands for a row that names no clinician."""

UNKNOWN = -2
"""Stands for a clinician whom the map does not know."""

MOST_UNKNOWN = 20_000
"""How many different unknown names are counted."""

MOST_NAMES = 100_000
"""How many different names are remembered; what comes beyond is looked up anew each time."""

_NAME = re.compile(r"[^\W\d_][^\d_<>=@/\\:;\"\x00-\x1f]{1,59}")


class People(dict[str, int]):
    """Names to numbers of providers; two names of one provider have one number."""

    def __init__(self, mapping: ImportMap, zone: str, place: Callable[[str], Place]) -> None:
        """Look clinicians up in a map; those without a zone of their own work in ``zone``.

        Raises:
            UnknownZone: There is no such zone.
        """
        super().__init__()
        self.ids: list[str] = []
        self.places: list[Place] = []
        self.unknown: set[str] = set()
        self._mapping = mapping
        self._new_place = place
        self.home = place(zone)
        self._zones = {zone: self.home}
        self._numbers: dict[str, int] = {}

    def __missing__(self, name: str) -> int:
        """Look up a name that was not met before."""
        number = self._look_up(name)
        if number == UNKNOWN and len(self.unknown) < MOST_UNKNOWN:
            self.unknown.add(name)
        if len(self) < MOST_NAMES:
            self[name] = number
        return number

    def _look_up(self, name: str) -> int:
        provider = self._mapping.provider(name)
        if provider is None:
            return UNKNOWN if name.strip() else NOBODY
        if provider.id not in self._numbers:
            self._numbers[provider.id] = len(self.ids)
            self.ids.append(provider.id)
            self.places.append(self._place(provider.tz or self.home.zone))
        return self._numbers[provider.id]

    def _place(self, zone: str) -> Place:
        if zone not in self._zones:
            self._zones[zone] = self._new_place(zone)
        return self._zones[zone]


def shown(name: str) -> str:
    """Return a clinician's name as a finding may show it; empty for what does not look like a name."""
    plain = " ".join(name.split())
    return plain if _NAME.fullmatch(plain) else ""
