"""Maps are explicit: every word in them is checked, none points at a client, and they are kept without names."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.sessions import mapfile
from app.imports.sessions.codes import CPT
from app.imports.sessions.mapfile import read_map
from app.imports.sessions.mapping import STANDARD, ImportMap, MapInvalid, Provider, Service
from app.imports.sessions.words import speaks_of_clients
from ledger.sessions.values import Attendance, Category, Modality

EXAMPLE = (mapfile.__doc__ or "").partition("::\n")[2]


def test_the_example_in_the_manual_is_a_map() -> None:
    told = read_map(EXAMPLE)
    assert (told.system, told.month_first) == ("my-best-practice", True)
    assert told.provider(" ana  díaz, lcsw ") == Provider("hld_01J…")
    assert told.provider("Ben Ode") == Provider("hld_01K…", "America/New_York")
    assert told.provider("") == Provider("hld_01J…")
    assert told.provider("Cy") is None
    assert told.service("90837") == Service(Category.INDIVIDUAL, 55)
    assert told.service("90853") == Service(Category.GROUP, 60)
    assert told.service("noshow") == Service(Category.INDIVIDUAL, 50, Attendance.NO_SHOW)
    assert told.service("copay") == Service(None)
    assert told.statuses == {"CHECKED_IN": Attendance.DELIVERED, "RESCHEDULED": None}
    assert told.columns == {"provider": "Therapist", "date": "DOS"}
    assert told.defaults.modality is Modality.VIDEO


@pytest.mark.parametrize(
    ("code", "category", "minutes"),
    [
        ("90832", Category.INDIVIDUAL, 16),
        ("90834", Category.INDIVIDUAL, 38),
        ("90837", Category.INDIVIDUAL, 53),
        ("90846", Category.FAMILY_COUPLES, 26),
        ("90847", Category.FAMILY_COUPLES, 26),
        ("90791", Category.INTAKE, None),
        ("90853", Category.GROUP, None),
    ],
)
def test_a_code_stands_for_its_fewest_minutes(code: str, category: Category, minutes: int | None) -> None:
    for written in (code, f" {code}-95", f"{code}, 90785"):
        assert ImportMap().service(written) == Service(category, minutes)
    assert STANDARD[code].minutes == (CPT[code].least or None)


def test_minutes_in_a_map_that_do_not_fit_their_code_are_told() -> None:
    assert read_map("codes = { 90834 = { minutes = 60 }, 90837 = { minutes = 60 } }").misfits() == ["90834"]


@pytest.mark.parametrize(
    "text",
    [
        "= 1",
        "\ufffe" * 3,
        "colums = {}",
        "providers = 3",
        "providers.Ana = 3",
        "providers.Ana = { id = 'hld_a', zone = 'UTC' }",
        "providers.Ana = { id = 'hld_a', tz = 'Mars/Olympus' }",
        "providers.Ana = { tz = 'UTC' }",
        "providers = { Ana = { id = 'hld_a', tz = 'UTC' }, A = 'hld_a' }",
        "codes.90837 = 53",
        "codes.90837.minutes = '53'",
        "codes.90837.minutes = true",
        "codes.90837.minutes = 0",
        "codes.90837.minutes = 481",
        "codes.90837.price = 100",
        "codes.WELLNESS.minutes = 50",
        "codes.90837.category = 'SOLO'",
        "statuses.Show = 'MAYBE'",
        "defaults.minutes = 50",
        "defaults.modality = 'TELEPATHY'",
        "dates = 'day-first'",
        "system = 'My Practice'",
        "columns.client = 'Client'",
        "columns.code = 'Client Name'",
        "columns.external_id = 'Member ID'",
        "columns.attendance = 'Client Payment Status'",
    ],
)
def test_a_map_that_can_not_be_followed_is_refused(text: str) -> None:
    with pytest.raises(MapInvalid):
        read_map(text)


def test_a_map_in_another_encoding_or_too_long_is_refused() -> None:
    assert read_map("\ufeffsystem = 'a'".encode()).system == "a"
    with pytest.raises(MapInvalid, match="not TOML"):
        read_map(b"\xff")
    with pytest.raises(MapInvalid, match="at most 8 MB"):
        read_map(b"#" * (9 << 20))


@pytest.mark.parametrize(
    ("header", "is_of_clients"),
    [
        ("Client", True),
        ("client_name", True),
        ("Patient Amount Due", True),
        ("Primary Diagnosis", True),
        ("Progress Note Status", True),
        ("Name", True),
        ("Clinician's client", True),
        ("Clinician Name", False),
        ("Therapist", False),
        ("DOS", False),
        ("Service Code", False),
    ],
)
def test_headers_that_speak_of_clients(header: str, is_of_clients: bool) -> None:
    assert speaks_of_clients(header) is is_of_clients


def test_a_map_is_kept_without_names_and_one_map_has_one_text() -> None:
    told = read_map(EXAMPLE)
    kept = told.canonical()
    assert b"hld_01K" in kept
    for name in ("Ana", "Ben Ode", "LCSW"):
        assert name.encode() not in kept
    assert "Ana" not in repr(told)
    forth, back = "codes.90837.minutes = 55", "codes.90853.minutes = 60"
    assert read_map(f"{forth}\n{back}").canonical() == read_map(f"{back}\n{forth}").canonical()


def test_the_registers_clinicians_come_after_the_maps_own() -> None:
    more = read_map("providers.Ana = 'hld_a'").with_providers({"ANA": Provider("hld_x"), "Cy": Provider("hld_c")})
    assert (more.provider("ana"), more.provider("Cy")) == (Provider("hld_a"), Provider("hld_c"))


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_a_map_or_refused(text: str | bytes) -> None:
    with suppress(MapInvalid):
        assert isinstance(read_map(text), ImportMap)


def test_the_manual_is_one_that_a_file_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "MAP.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert read_map(path.read_bytes()) == read_map(EXAMPLE)
