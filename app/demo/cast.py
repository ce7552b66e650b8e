"""Who is in the sample cooperative: made-up people, drawn by a seeded lot, and what they hold. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from ledger.equity.values import AwardType, EngagementKind

SEED = 20250101

FIRST = """
Amara Ana Anders Beatriz Bo Camila Chidi Clara Dana Darius Elena Emeka Farah Felix Grace Hana Hugo Imani Ines
Isaac Jamal Jia Jonas Kaito Kemi Lars Leila Liam Lina Lucia Malik Mara Mateo Mei Mila Nadia Noor Omar Paloma
Priya Quinn Rafael Rina Rosa Sami Sofia Tariq Tessa Uma Viktor Wen Ximena Yara Yusuf Zoe
""".split()  # noqa: SIM905 - fifty names in quotes read worse
LAST = """
Abara Acosta Adeyemi Alvarez Bakker Banerjee Barros Becker Benali Castillo Chen Cohen Costa Dahl Delgado
Diallo Eze Fischer Flores Garcia Haddad Hansen Herrera Ibrahim Ito Jansen Kaplan Keita Khan Kim Kovacs Larsen
Levi Lopez Mbeki Mendez Moreau Nakamura Nguyen Novak Okafor Ortiz Osei Park Patel Petrov Quispe Rahman Reyes
Rossi Sato Schmidt Silva Singh Suzuki Tanaka Torres Vargas Weber Yilmaz Zhang
""".split()  # noqa: SIM905

BOARD_DAY = 20
"""The board meets on the 20th of each month, and grants what was drafted."""

FIRST_BOARD = date(2024, 3, 20)
PERIOD_START = date(2024, 7, 1)
SPECIAL_STARTS = (date(2024, 1, 31), date(2024, 2, 29), date(2023, 8, 31), date(2023, 12, 31))
"""Starts whose months end differently: the 31st, and a leap day."""
SPECIAL_QUANTITIES = (1_000, 2_501, 7_777)
"""Quantities that 48 does not divide."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in the cooperative, with who they are kept apart from what they are."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider, when they joined, and the grant they are due."""

    person: Person
    kind: EngagementKind
    joined_on: date
    award_type: AwardType
    quantity: int
    granted_on: date

    @property
    def label(self) -> str:
        """The label of that grant: ``ES-`` for options, ``RSU-`` for units."""
        return f"{'RSU' if self.award_type is AwardType.RSU else 'ES'}-{int(self.person.id[-3:])}"


def person(random: Random, prefix: str, number: int) -> Person:
    """Return a made-up person; the address is of a domain that can't exist (RFC 2606)."""
    first, last = random.choice(FIRST), random.choice(LAST)
    return Person(f"{prefix}_{number:03}", f"{first} {last}", f"{first}.{last}.{number}@lanternleaf.example".lower())


def providers(random: Random, count: int = 240, at_start: int = 150) -> list[Provider]:
    """Return the providers in the order they joined: most before the period starts, the others over 500 days."""
    days = [date(2023, 8, 1) + timedelta(days=random.randrange(334)) for _ in range(at_start)]
    days[: len(SPECIAL_STARTS)] = SPECIAL_STARTS
    days += [PERIOD_START + timedelta(days=random.randrange(500)) for _ in range(count - at_start)]
    return [_provider(random, number, joined_on) for number, joined_on in enumerate(sorted(days), 1)]


def _provider(random: Random, number: int, joined_on: date) -> Provider:
    kind = EngagementKind.C1099 if random.random() < 0.6 else EngagementKind.W2
    quantity = random.choice(SPECIAL_QUANTITIES) if random.random() < 0.06 else random.randrange(2_400, 8_001, 100)
    return Provider(
        person(random, "hld_provider", number),
        kind,
        joined_on,
        _award_type(random, kind),
        quantity,
        board_day(joined_on),
    )


def _award_type(random: Random, kind: EngagementKind) -> AwardType:
    if random.random() < 0.15:
        return AwardType.RSU
    if kind is EngagementKind.W2 and random.random() < 0.5:
        return AwardType.ISO
    return AwardType.NSO


def board_day(after: date) -> date:
    """Return the first day on or after ``after`` on which the board meets."""
    first = max(after, FIRST_BOARD)
    if first.day <= BOARD_DAY:
        return first.replace(day=BOARD_DAY)
    following = first.replace(day=1) + timedelta(days=32)
    return following.replace(day=BOARD_DAY)
