"""Whatever comes, it is read or refused: nothing else is raised, each row is accounted for, no canary gets through."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.imports.sessions.check import check_file, check_rows
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.sources import Source
from app.imports.sessions.stripping import strip_file
from tests.imports.sessions.files import SIMPLEPRACTICE, THERAPYNOTES, rules, workbook
from tests.imports.sessions.looking import CANARY, holds_canary

HEADERS = {
    Source.SIMPLEPRACTICE: SIMPLEPRACTICE[:6],
    Source.PLAIN: ["provider", "date", "start", "minutes", "code", "category", "modality", "count", "client"],
    Source.THERAPYNOTES: [*THERAPYNOTES[:4], "Clinician Name"],
}
ALLOWED = {"Date of Service", "Clinician", "Billing Code", "Type", "Date", "Service Code", "Clinician Name"}

USUAL = """|hld_ana|Ana Díaz, LCSW|06/02/2025 10:00|2025-06-02|2025-06-02T10:00Z|45809|50|90837|90853|GROUP|VIDEO|9:00|
3|0|Appointment|0001-01-01T00:00+14:00|9999-12-31T23:59-14:00|NO_SHOW""".replace("\n", "")

usual = st.sampled_from(USUAL.split("|"))
unusual = st.text(max_size=8) | st.sampled_from(['"', "=1", "\n", "9" * 30, "é", "\u2028", "-1", "1e9"])
allowed_cell = usual | unusual
forbidden_cell = st.just(CANARY) | unusual.map(lambda text: CANARY + text)


def survives(data: bytes, source: Source) -> None:
    """Check and strip; what is not a refusal is a bug."""
    refusals: list[FileRefused] = []
    try:
        checked = check_file(data, source, rules())
        assert not holds_canary(checked, *checked, *checked.findings, checked.span(), *checked.present())
        assert len(checked.fates()) == checked.counts.rows_read
    except FileRefused as refusal:
        refusals.append(refusal)
    try:
        assert CANARY.encode() not in b"".join(strip_file(data, source, rules().mapping))
    except FileRefused as refusal:
        refusals.append(refusal)
    assert not any(holds_canary(one.finding, one.args, one.__context__) for one in refusals)


@st.composite
def tables(draw: st.DrawFn, source: Source) -> list[list[str]]:
    """Return a header and rows: canaries in the columns that must not be read, anything in the others."""
    header = HEADERS[source]
    columns = [
        allowed_cell if name in ALLOWED or (source is Source.PLAIN and name != "client") else forbidden_cell
        for name in header
    ]
    return [header, *draw(st.lists(st.tuples(*columns).map(list), max_size=8))]


@given(
    st.binary(max_size=300),
    st.sampled_from(Source),
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04", b"{", b"["]),
)
def test_any_bytes(data: bytes, source: Source, mark: bytes) -> None:
    survives(mark + data, source)


@given(
    st.sampled_from([Source.SIMPLEPRACTICE, Source.PLAIN]).flatmap(lambda one: st.tuples(st.just(one), tables(one))),
    st.sampled_from(",;\t|"),
)
def test_any_cells_of_a_text(case: tuple[Source, list[list[str]]], delimiter: str) -> None:
    source, rows = case
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    survives(text.getvalue().encode("utf-8", "replace"), source)


@given(tables(Source.THERAPYNOTES), st.booleans())
@settings(max_examples=50)
def test_any_cells_of_a_workbook(rows: list[list[str]], from_1904: bool) -> None:
    # letters that XML can't hold never get into a workbook
    clean = [["".join(sign for sign in cell if sign.isprintable()) for cell in row] for row in rows]
    numbers = [[float(cell) if cell.isdecimal() and len(cell) < 9 else cell for cell in row] for row in clean]
    survives(workbook({"Billing Transactions": numbers}, from_1904=from_1904), Source.THERAPYNOTES)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(HEADERS[Source.PLAIN][:-1]),
            allowed_cell | st.integers() | st.none() | st.floats(allow_nan=False) | st.booleans(),
        ).map(lambda row: {**row, "client": CANARY}),
        max_size=6,
    )
)
@example(
    [
        {"start": "0001-01-01T00:00+14:00", "provider": "hld_ana"},
        {"start": "9999-12-31T23:59-14:00", "provider": "hld_ana"},
    ]
)
def test_any_objects(rows: list[dict[str, object]]) -> None:
    survives(json.dumps(rows).encode(), Source.PLAIN)
    survives("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode("utf-8", "replace"), Source.PLAIN)
    assert not holds_canary(check_rows(rows, rules()))


@given(st.lists(st.sampled_from(['"', ",", "\n", "\r", "a", '""', "\r\n", ";"]), max_size=60))
def test_any_quotation(signs: list[str]) -> None:
    survives((",".join(SIMPLEPRACTICE) + "\n" + "".join(signs)).encode(), Source.SIMPLEPRACTICE)
    survives("".join(signs).encode(), Source.PLAIN)
