"""Workbooks of Excel, opened without trusting them: nothing that swells, no sheet a billion cells wide, no password."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from python_calamine import CalamineWorkbook

from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.reasons import Reason

MOST_PACKED_BYTES = 128 << 20
MOST_UNPACKED_BYTES = 512 << 20
MOST_CELLS = 10_000_000
"""The reader lays a sheet out as a rectangle of 30 bytes a cell, so one cell far out costs as much as all before it."""

_BLOCK = 1 << 20
_LONGEST_TAG = 1 << 16
_LOCAL_HEADER = 30

_CELL = re.compile(rb"""<(?:\w+:)?(?:c|row)\s[^<]*?\br\s*=\s*["']([A-Za-z]*)(\d*)""")
_FROM_1904 = re.compile(rb"""<(?:\w+:)?workbookPr\s[^<]*?\bdate1904\s*=\s*["'](?:1|true)["']""")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook.

    Attributes:
        rows: Its rows from the first one on, to be read once; a row lives no longer than the step that reads it.
        counts_from_1904: Whether serial numbers count days from 1904, as workbooks made on old Macs do.
    """

    rows: Iterator[list[Any]]
    counts_from_1904: bool


def open_workbook(stream: BinaryIO) -> tuple[CalamineWorkbook, bool]:
    """Return a workbook, and whether it counts days from 1904; nothing is opened before it is known not to swell.

    Raises:
        FileRefused: It can't be opened, has a password, or is too large.
    """
    data = stream.read(MOST_PACKED_BYTES + 1)
    if len(data) > MOST_PACKED_BYTES:
        raise FileRefused(Finding(Reason.FILE_TOO_LARGE, detail=f"{MOST_PACKED_BYTES >> 20} MB"))
    survey = _quietly(lambda: _surveyed(data))
    if not isinstance(survey, bool):
        raise FileRefused(survey or Finding(Reason.WORKBOOK_BROKEN))
    workbook = _quietly(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)))
    if workbook is None:
        raise FileRefused(Finding(Reason.WORKBOOK_BROKEN))
    return workbook, survey


def open_sheet(stream: BinaryIO, name: str) -> Sheet:
    """Return a sheet.

    Raises:
        FileRefused: The workbook can't be opened, has no such sheet, has a password, or is too large.
    """
    workbook, counts_from_1904 = open_workbook(stream)
    if name not in workbook.sheet_names:
        raise FileRefused(Finding(Reason.SHEET_MISSING, detail=f"“{name}”"))
    sheet = _quietly(lambda: workbook.get_sheet_by_name(name))
    if sheet is None:
        raise FileRefused(Finding(Reason.WORKBOOK_BROKEN))
    return Sheet(iter(sheet.iter_rows()) if sheet.height else iter(()), counts_from_1904)


def _quietly(act: Callable[[], T]) -> T | None:
    """Return what an act returns, or nothing if it fails: the error may quote a cell."""
    try:
        return act()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # a panic of the reader is no Exception
        return None


def _surveyed(data: bytes) -> bool | Finding:
    """Return whether the workbook counts from 1904, or why it must not be opened."""
    from_1904, unpacked, last_row, last_column = False, 0, 0, 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    for member in members:
        if member.flag_bits & 0x1:
            return Finding(Reason.FILE_PROTECTED)
        for piece, size in _pieces(data, member):
            unpacked += size
            if unpacked > MOST_UNPACKED_BYTES:
                return Finding(Reason.FILE_TOO_LARGE, detail=f"{MOST_UNPACKED_BYTES >> 20} MB when unpacked")
            row, column = _farthest(piece)
            last_row, last_column = max(last_row, row), max(last_column, column)
            from_1904 = from_1904 or bool(_FROM_1904.search(piece))
    if last_row * last_column > MOST_CELLS:
        return Finding(Reason.FILE_TOO_LARGE, detail=f"{MOST_CELLS:,} cells")
    return from_1904


def _pieces(data: bytes, member: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """Yield a member unpacked, in pieces that hold whole tags, and how much of each is new.

    No size that it states is believed.

    Raises:
        ValueError: Packed in another way than workbooks are, in two-byte letters, or with endless tags.
    """
    rest = b""
    for block in _unpacked(data, member):
        # the survey reads bytes; a part in UTF-16 would pass it by
        if b"\0" in block and member.filename.endswith((".xml", ".rels")):
            raise ValueError("two-byte letters")
        piece = rest + block
        cut = piece.rfind(b"<")
        rest = piece[cut:] if cut >= 0 else b""
        if len(rest) > _LONGEST_TAG:
            raise ValueError("an endless tag")
        yield piece, len(block)


def _unpacked(data: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    head = data[member.header_offset : member.header_offset + _LOCAL_HEADER]
    begin = member.header_offset + _LOCAL_HEADER + int.from_bytes(head[26:28], "little")
    begin += int.from_bytes(head[28:30], "little")
    packed = memoryview(data)[begin : begin + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + _BLOCK]) for at in range(0, len(packed), _BLOCK))
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError("an unusual way of packing")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    block = inflate.decompress(packed, _BLOCK)
    while block:
        yield block
        block = inflate.decompress(inflate.unconsumed_tail, _BLOCK)


def _farthest(piece: bytes) -> tuple[int, int]:
    """Return the last row and the last column that the cells of a piece of a sheet are said to be in."""
    found = _CELL.findall(piece)
    rows = {digits for _, digits in found if digits}
    columns = {letters for letters, _ in found}
    return max(map(int, rows), default=0), max(map(_column, columns), default=0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
