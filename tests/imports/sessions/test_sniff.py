"""A file is told by its bytes; what can't be read is refused in words, and nothing of it is repeated."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from app.imports.sessions.check import check_file
from app.imports.sessions.findings import FileRefused
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sniff import Container, Input, Sniffed, sniff
from app.imports.sessions.sources import Source
from tests.imports.sessions.files import plain, rules, simplepractice, therapynotes

ROWS = [["06/02/2025 10:00", "Ana Díaz, LCSW", "90837"]]
TEXT = simplepractice(*ROWS).decode()


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("cp1252"), "cp1252"),
        (TEXT.encode("latin-1") + b"\x81", "latin-1"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_and_line_endings_are_understood(data: bytes, encoding: str, ending: str) -> None:
    wide = encoding == "utf-16"
    unit = "utf-16-le" if data[:2] == b"\xff\xfe" else "utf-16-be"
    old, new = ("\n".encode(unit), ending.encode(unit)) if wide else (b"\n", ending.encode())
    sent = data.replace(old, new)
    assert sniff(Input(io.BytesIO(sent))).encoding == encoding
    checked = check_file(sent, Source.SIMPLEPRACTICE, rules())
    assert [one.row for one in checked] == [2]


@pytest.mark.parametrize("between", [b"", b"," * (1 << 20)])
def test_an_encoding_fits_every_byte_or_is_not_the_one(between: bytes) -> None:
    # UTF-8 up to the last byte, and Windows-1252 but for the middle of the first letter
    data = b"a " + "”".encode() + between + b"\xff"
    assert sniff(Input(io.BytesIO(data))).encoding == "latin-1"
    assert sniff(Input(io.BytesIO(data.replace(b"\x9d", b"\x9c")))).encoding == "cp1252"
    assert sniff(Input(io.BytesIO(data[:-1]))).encoding == "utf-8"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_the_columns(delimiter: str) -> None:
    header = delimiter.join(["provider", "start", "minutes", "category", "modality"])
    row = delimiter.join(["hld_ana", "2025-06-02T10:00", "50", "INDIVIDUAL", "VIDEO"])
    assert check_file(plain(header, row), Source.PLAIN, rules()).counts.accepted == 1


def test_the_digest_is_of_the_bytes_as_they_came() -> None:
    data = TEXT.encode("utf-16")
    sniffed = sniff(Input(io.BytesIO(data)))
    assert sniffed == Sniffed(Container.CSV, "utf-16", hashlib.sha256(data).hexdigest(), len(data))


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "hello")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "source", "reason"),
    [
        (b"", Source.SIMPLEPRACTICE, Reason.FILE_EMPTY),
        (b" \r\n\n\t", Source.SIMPLEPRACTICE, Reason.FILE_EMPTY),
        (b"\xef\xbb\xbf", Source.PLAIN, Reason.FILE_EMPTY),
        (b"\xff\xfe\n\0", Source.PLAIN, Reason.FILE_EMPTY),
        (therapynotes(), Source.SIMPLEPRACTICE, Reason.FILE_WRONG_TYPE),
        (therapynotes(), Source.PLAIN, Reason.FILE_WRONG_TYPE),
        (TEXT.encode(), Source.THERAPYNOTES, Reason.FILE_WRONG_TYPE),
        (b"<!doctype html><title>Sign in</title>", Source.SIMPLEPRACTICE, Reason.FILE_WRONG_TYPE),
        (b"%PDF-1.7\n%...", Source.SIMPLEPRACTICE, Reason.FILE_BINARY),
        (bytes(range(256)) * 10, Source.SIMPLEPRACTICE, Reason.FILE_BINARY),
        (b"Date\x01of\x02Service", Source.SIMPLEPRACTICE, Reason.FILE_BINARY),
        (TEXT.encode("utf-16-le"), Source.SIMPLEPRACTICE, Reason.FILE_BINARY),
        (zipped("notes.txt"), Source.THERAPYNOTES, Reason.FILE_BINARY),
        (b"PK\x03\x04 and nothing more", Source.THERAPYNOTES, Reason.FILE_BINARY),
        (zipped("xl/workbook.xml"), Source.THERAPYNOTES, Reason.WORKBOOK_BROKEN),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Source.THERAPYNOTES, Reason.FILE_PROTECTED),
        (b"Client,Clinician\nA,B\n", Source.SIMPLEPRACTICE, Reason.COLUMN_MISSING),
        (b'"', Source.SIMPLEPRACTICE, Reason.COLUMN_MISSING),
        (b"," * 2000, Source.SIMPLEPRACTICE, Reason.COLUMN_MISSING),
        (b'{"provider": "hld_ana"', Source.PLAIN, Reason.JSON_BROKEN),
        (b'[{"provider": "hld_ana"}', Source.PLAIN, Reason.JSON_BROKEN),
        (b'[{"provider": "hld_ana"} {}]', Source.PLAIN, Reason.JSON_BROKEN),
    ],
)
def test_what_can_not_be_read_is_refused(data: bytes, source: Source, reason: Reason) -> None:
    with pytest.raises(FileRefused) as refused:
        check_file(data, source, rules())
    assert refused.value.finding.reason is reason
    assert refused.value.finding.remedy in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="can't be opened"):
        check_file(tmp_path / "none.csv", Source.PLAIN, rules())
    with pytest.raises(FileRefused, match="can't be opened"):
        check_file(tmp_path, Source.PLAIN, rules())


def test_a_file_and_its_bytes_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(TEXT.encode())
    of_file = check_file(path, Source.SIMPLEPRACTICE, rules())
    of_bytes = check_file(TEXT.encode(), Source.SIMPLEPRACTICE, rules())
    assert of_file.counts == of_bytes.counts
    assert list(of_file) == list(of_bytes)
    assert of_file.sniffed == of_bytes.sniffed
