"""No client, ever: canaries stand in every column that must not be read, and are looked for wherever one could be left.

That is: everything that can be reached from what it hands back, the file of errors, refusals with their causes and the
frames they came through, logs, and what was printed.
"""

from __future__ import annotations

import io
import json
import logging
import random
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from app.imports.sessions.check import check_file, check_rows
from app.imports.sessions.checked import Checked
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.listing import write_errors
from app.imports.sessions.sources import Source
from app.imports.sessions.stripping import strip_file
from tests.imports.sessions.files import (
    ANA,
    SIMPLEPRACTICE,
    SIMPLEPRACTICE_OLDER,
    THERAPYNOTES,
    Row,
    delimited,
    plain,
    rules,
    simplepractice,
    therapynotes,
    workbook,
)
from tests.imports.sessions.looking import CANARY, holds_canary

ANA_NAME = "Ana Díaz, LCSW"
LONG = f'{CANARY}, "who"\nsaid {CANARY};\r\nand left'
"""A canary over several lines, with quotation marks and every delimiter."""

TIMES = [f"06/{day:02}/2025 {hour}:00" for day in range(1, 11) for hour in (9, 10, 11)]
PLAIN = "provider,start,minutes,category,modality"


@pytest.fixture(autouse=True)
def _silent(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Look at logs and at what is printed once a test is done."""
    caplog.set_level(logging.DEBUG)
    yield
    printed = capfd.readouterr()
    assert CANARY not in caplog.text + printed.out + printed.err


def looked_through(data: bytes, source: Source) -> Checked | None:
    """Check and strip a file, and look for canaries in all that comes of it."""
    checked = None
    try:
        checked = check_file(data, source, rules())
        assert not holds_canary(checked, *checked, *checked.findings, *checked.fates(), *checked.records())
        errors = io.StringIO(newline="")
        write_errors(checked.findings, errors)
        assert CANARY not in errors.getvalue()
    except FileRefused as refusal:
        assert_clean(refusal)
    try:
        assert CANARY.encode() not in b"".join(strip_file(data, source, rules().mapping))
    except FileRefused as refusal:
        assert_clean(refusal)
    return checked


def assert_clean(refusal: FileRefused) -> None:
    """Look at a refusal, its causes, and the frames between the caller and it."""
    assert not holds_canary(refusal.finding, refusal.args, refusal.__cause__, refusal.__context__)
    frames, place = [], refusal.__traceback__
    while place is not None:
        frames.append(place.tb_frame.f_code.co_name)
        place = place.tb_next
    assert frames[1:] in (["check_file"], ["strip_file"], ["check_rows"])


@pytest.mark.parametrize("header", [SIMPLEPRACTICE, SIMPLEPRACTICE_OLDER, [*SIMPLEPRACTICE, f"{CANARY} Smith", ""]])
@pytest.mark.parametrize("canary", [CANARY, LONG])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_simplepractice(header: list[str], canary: str, encoding: str) -> None:
    rows = [[start, ANA_NAME, "90837"] for start in TIMES]
    bad = [["", ANA_NAME, "90837"], ["06/02/2025 14:00", "Zoë Nobody", "90837"], ["06/02/2025 15:00", ANA_NAME, "?"]]
    checked = looked_through(
        simplepractice(*rows, *bad, *rows, header=header, other=canary, encoding=encoding), Source.SIMPLEPRACTICE
    )
    assert checked is not None
    assert (checked.counts.accepted, checked.counts.rejected) == (30, 33)


def test_simplepractice_in_rows_that_are_malformed() -> None:
    good = [f"{start},x,Ben Ode,90837,{','.join('x' * 16)}" for start in TIMES]
    bad = [
        f"06/02/2025 14:00,{CANARY}, Jo,Ben Ode,90837,{','.join('x' * 16)}",
        f"06/02/2025 14:00,{CANARY}",
        f'06/02/2025 14:00,"{CANARY}" Jo,Ben Ode,90837,{",".join("x" * 16)}',
        f'{CANARY},06/02/2025 14:00,"Ben Ode",90837,{",".join("x" * 16)}',
        f"06/02/2025 14:00 {CANARY},x,Ben Ode,90837,{','.join('x' * 16)}",
        f"06/02/2025 14:00,x,Ben Ode,{CANARY},{','.join('x' * 16)}",
        f"06/02/2025 14:00,x,{CANARY} 12,90837,{','.join('x' * 16)}",
    ]
    text = "\n".join([",".join(SIMPLEPRACTICE), *good, *bad])
    checked = looked_through(text.encode(), Source.SIMPLEPRACTICE)
    assert checked is not None
    assert (checked.counts.accepted, checked.counts.rejected) == (30, len(bad))
    cut_off = looked_through(f'{text}\n"{CANARY}'.encode(), Source.SIMPLEPRACTICE)
    assert cut_off is not None
    assert cut_off.counts.rejected == len(bad) + 1
    for ending in ("", "\n", f'\n"x" {CANARY}'):
        assert looked_through(f'{text}\n"{CANARY}\n{good[0]}{ending}'.encode(), Source.SIMPLEPRACTICE) is None


@pytest.mark.parametrize("by", range(1, 20))
def test_simplepractice_shifted(by: int) -> None:
    clients = [f"{CANARY} {chr(65 + number % 26)}{chr(97 + number // 26)}" for number in range(40)]
    rows = [[start, client, ANA_NAME, "90837", *[client] * 16] for start, client in zip(TIMES, clients, strict=False)]
    assert (
        looked_through(delimited(SIMPLEPRACTICE, *(row[by:] + row[:by] for row in rows)), Source.SIMPLEPRACTICE) is None
    )


def test_simplepractice_with_clients_and_clinicians_interchanged() -> None:
    rows = [
        [start, ANA_NAME, f"{CANARY}{chr(65 + at % 26)}{chr(97 + at // 26)}", "90837", *["x"] * 16]
        for at, start in enumerate(TIMES)
    ]
    assert looked_through(delimited(SIMPLEPRACTICE, *rows), Source.SIMPLEPRACTICE) is None
    checked = looked_through(delimited(SIMPLEPRACTICE, *rows[:3]), Source.SIMPLEPRACTICE)
    assert checked is not None
    assert checked.counts.rejected == 3


@pytest.mark.parametrize(
    "first_row",
    [f"{CANARY},b,c", f'"{CANARY}', f"Date of Service,{CANARY}", f"{CANARY}\0", f"<{CANARY}>", f"%PDF{CANARY}"],
)
@pytest.mark.parametrize("source", list(Source))
def test_files_of_another_kind(first_row: str, source: Source) -> None:
    data = f"{first_row}\n06/01/2025,{CANARY},x\n".encode()
    assert looked_through(data, source) is None
    assert looked_through(b"PK" + data, source) is None
    assert looked_through(b"\xd0\xcf\x11\xe0" + data, source) is None


@pytest.mark.parametrize("header", [THERAPYNOTES, [*THERAPYNOTES, "DOB", "Patient Member ID", f"{CANARY} Smith"]])
@pytest.mark.parametrize("canary", [CANARY, LONG])
def test_therapynotes(header: list[str], canary: str) -> None:
    rows: list[Row] = [["Appointment", 45800 + day, ANA_NAME, 90837] for day in range(20)]
    rows += [["Payment", canary, canary, canary], [canary, 45801, ANA_NAME, 90837]]
    rows += [["Appointment", canary, ANA_NAME, 90837], ["Appointment", 45801, ANA_NAME, canary]]
    rows += [["Appointment", 45801, f"{CANARY} 12", 90837]]
    checked = looked_through(therapynotes(*rows, header=header, other=canary), Source.THERAPYNOTES)
    assert checked is not None
    assert (checked.counts.accepted, checked.counts.non_session, checked.counts.rejected) == (20, 2, 3)


def test_therapynotes_shifted_or_broken() -> None:
    client = [f"{CANARY} {chr(65 + number)}a" for number in range(25)]
    rows = [["Appointment", name, 45801, 90837, *[name] * 25] for name in client]
    for by in range(1, 12):
        moved = [["Appointment", *row[by:], *row[1:by]] for row in rows]
        looked_through(workbook({"Billing Transactions": [THERAPYNOTES, *moved]}), Source.THERAPYNOTES)
    good = workbook({"Billing Transactions": [THERAPYNOTES, *rows], CANARY: [[CANARY]]})
    dice = random.Random(7)
    for _ in range(60):
        broken = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        looked_through(bytes(broken), Source.THERAPYNOTES)
    for end, _ in pairwise(range(0, len(good), 97)):
        looked_through(good[:end], Source.THERAPYNOTES)


def objects() -> list[dict[str, object]]:
    row = {"provider": ANA, "start": "2025-06-02T10:00", "minutes": 50, "category": "INDIVIDUAL", "modality": "VIDEO"}
    more = {"client": CANARY, CANARY: LONG, "notes": {"deep": [CANARY, {CANARY: CANARY}]}, "diagnosis": [CANARY]}
    bad: list[dict[str, object]] = [
        {"minutes": {CANARY: 1}},
        {"minutes": CANARY},
        {"start": CANARY},
        {"date": f"2025-06-02{CANARY}", "start": ""},
        {"code": CANARY},
        {"category": CANARY},
        {"modality": CANARY},
        {"attendance": CANARY},
        {"count": CANARY},
        {"provider": f"{CANARY}-7"},
        {"external_id": CANARY * 50},
    ]
    good = [{**row, "start": f"2025-06-02T{hour:02}:00", "external_id": f"s-{hour}", **more} for hour in range(8, 20)]
    return [*good, *({**good[0], **one} for one in bad)]


FORMS: list[Callable[[list[dict[str, object]]], str]] = [
    lambda rows: "\n".join(json.dumps(row) for row in rows),
    json.dumps,
    lambda rows: json.dumps(rows, indent=1),
]


@pytest.mark.parametrize("form", FORMS)
def test_json(form: Callable[[list[dict[str, object]]], str]) -> None:
    text = form(objects())
    for source in Source:
        checked = check_file(text.encode(), source, rules())
        assert not holds_canary(checked, *checked, *checked.findings, *checked.fates())
        assert (checked.counts.accepted, checked.counts.rejected) == (12, 11)
        assert CANARY not in "".join(f"{one.message}{one.column}{one.detail}" for one in checked.findings)
    for cut in range(1, len(text), 61):
        looked_through(text[:cut].encode(), Source.PLAIN)


def test_rows_of_a_request() -> None:
    identified = [{**row, "external_id": f"{CANARY}{at}"} for at, row in enumerate(objects())]
    checked = check_rows([*identified, CANARY, [CANARY], {CANARY: CANARY, "minutes": [CANARY]}], rules())
    assert not holds_canary(checked, *checked, *checked.findings, *checked.fates())
    assert (checked.counts.accepted, checked.counts.rejected) == (12, 14)
    assert checked.counts.held == 1


def test_our_own_columns() -> None:
    header = f"{PLAIN},client,{CANARY},Diagnosis,Patient Name"
    rows = [
        f"hld_ana,2025-06-02T{hour:02}:00,50,INDIVIDUAL,VIDEO,{CANARY},{CANARY},{CANARY},{CANARY}"
        for hour in range(8, 20)
    ]
    bad = [
        rows[0].replace(cell, CANARY + cell, 1) for cell in ("hld_ana", "2025-06-02T08:00", "50", "INDIVIDUAL", "VIDEO")
    ]
    checked = looked_through(plain(header, *rows, *bad), Source.PLAIN)
    assert checked is not None
    assert (checked.counts.accepted, checked.counts.rejected) == (12, 5)
    assert checked.dropped == ("Client", "column 7", "Diagnosis", "Patient Name")


def test_looking_finds_what_it_looks_for() -> None:
    class Slotted:
        __slots__ = ("inside",)

        def __init__(self, inside: object) -> None:
            self.inside = inside

        def __repr__(self) -> str:
            return "nothing to see"

    for one in (CANARY, [CANARY.encode()], {"a": {CANARY: 1}}, Slotted([Slotted(bytearray(CANARY.encode()))])):
        assert holds_canary(one)
    assert not holds_canary([1, "x", {"a": Slotted("ZZ")}])
