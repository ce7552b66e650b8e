"""JSON objects with our own fields, one a line or in a list.

What is not one of our fields is passed over by the parser itself and never becomes a Python value. Rows that the
command line stripped bring the number that they had in the spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Annotated, TypeAlias

import msgspec

from app.imports.sessions.columns import Heading, Layout, normal
from app.imports.sessions.lines import FIELDS, Defect, Line, Lines
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sniff import Input

MOST_ROW = 2**32 - 1

_BLOCK = 1 << 18
_MOST_PIECE = 1 << 24
_MOST_NESTED = 20

_Text: TypeAlias = str | int | None
_Row: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=MOST_ROW)] | None


class SentRow(msgspec.Struct, gc=False):
    """A session or a day's tally as JSON tells it; see ``FIELDS``. Numbers may stand as numbers or as text."""

    row: _Row = None
    external_id: _Text = None
    provider: str | None = None
    date: str | None = None
    start: str | None = None
    minutes: _Text = None
    code: _Text = None
    category: str | None = None
    modality: str | None = None
    attendance: str | None = None
    count: _Text = None


_ROW = msgspec.json.Decoder(SentRow)
_ROWS = msgspec.json.Decoder(list[SentRow])
_PIECES = msgspec.json.Decoder(list[msgspec.Raw])
_NAMES = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NO_JSON = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def read_ndjson(read: Input, encoding: str, heading: Heading) -> tuple[Layout, Lines]:
    """Return the layout and the lines of a text of one object a line."""
    blocks = _utf8(read, encoding)
    first = next(blocks, b"")
    return _layout(first.partition(b"\n")[0], heading), _line_by_line(_chained(first, blocks))


def read_json(read: Input, encoding: str, heading: Heading) -> tuple[Layout, Lines]:
    """Return the layout and the lines of a JSON list of objects; it is decoded piece by piece."""
    blocks = _utf8(read, encoding)
    first = next(blocks, b"")
    return _layout(_first_object(first), heading), _listed(_chained(first, blocks))


def sent_lines(rows: Iterable[object]) -> Lines:
    """Yield the lines of objects that are parsed already; their numbers begin at 1."""
    for number, row in enumerate(rows, 1):
        line: Line | Defect = Defect(number, Reason.ROW_MALFORMED)
        with suppress(*_NO_JSON):
            line = (number, *_line(number, msgspec.convert(row, SentRow))[1:])
        yield line


def _line(number: int, sent: SentRow) -> Line:
    return (
        sent.row or number,
        sent.external_id,
        sent.provider,
        sent.date,
        sent.start,
        sent.minutes,
        sent.code,
        sent.category,
        sent.modality,
        sent.attendance,
        sent.count,
    )


def _utf8(read: Input, encoding: str) -> Iterator[bytes]:
    if encoding == "utf-8":
        return iter(lambda: read.stream.read(_BLOCK), b"")
    text = read.text(encoding)
    return (block.encode("utf-8", "replace") for block in iter(lambda: text.read(_BLOCK), ""))


def _chained(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from blocks


def _first_object(text: bytes) -> bytes:
    """Return the first object of a list, if it ends soon; it may hold others."""
    begin = text.find(b"[") + 1
    end = begin
    for _ in range(_MOST_NESTED):
        end = text.find(b"}", end) + 1
        with suppress(*_NO_JSON):
            _NAMES.decode(text[begin:end])
            return text[begin:end]
    return b""


def _layout(sample: bytes, heading: Heading) -> Layout:
    """Return a layout that names what else the first object has, as far as the names are known."""
    names: list[str] = []
    with suppress(*_NO_JSON):
        names = list(_NAMES.decode(sample))
    ours = {normal(name): name for name in heading.dropped}
    extra = [name for name in names if name not in FIELDS and name != "row"]
    dropped = tuple(ours.get(normal(name), f"field {names.index(name) + 1}") for name in extra)
    return Layout(0, {}, {field: field for field in FIELDS}, dropped)


def _line_by_line(blocks: Iterator[bytes]) -> Lines:
    number, rest = 0, b""
    for block in blocks:
        whole, newline, rest_of_block = block.rpartition(b"\n")
        if not newline:
            rest += block
            if len(rest) > _MOST_PIECE:
                break
            continue
        piece, rest = rest + whole, rest_of_block
        count = piece.count(b"\n") + 1
        yield from _objects(piece, number, count)
        number += count
    else:
        if rest.strip():
            yield from _objects(rest, number, 1)
        return
    yield Defect(number + 1, Reason.JSON_BROKEN)


def _objects(piece: bytes, number: int, count: int) -> Lines:
    sent: list[SentRow] = []
    with suppress(*_NO_JSON):
        sent = _ROW.decode_lines(piece)
    # blank lines make no object, and a line with two would shift the numbers
    if len(sent) != count or b"}{" in piece:
        yield from _one_by_one(piece, number)
        return
    for row in sent:
        number += 1
        yield _line(number, row)


def _one_by_one(piece: bytes, number: int) -> Lines:
    for text in piece.split(b"\n"):
        number += 1
        if text.strip():
            yield _single(text, number)


def _single(text: bytes | msgspec.Raw, number: int) -> Line | Defect:
    with suppress(*_NO_JSON):
        return _line(number, _ROW.decode(text))
    return Defect(number, Reason.ROW_MALFORMED)


def _listed(blocks: Iterator[bytes]) -> Lines:
    """Yield the lines of a list, cut after an object wherever a block ends.

    A cut may fall inside a text that holds ``},``; then the piece is no JSON, and one more block is read.
    """
    number = 0
    rest = next(blocks, b"").lstrip(b"\xef\xbb\xbf \t\r\n").removeprefix(b"[")
    for block in blocks:
        rest += block
        comma = _last_comma(rest)
        rows = _pieces(rest[:comma]) if comma else None
        if rows is None and len(rest) > _MOST_PIECE:
            yield Defect(number + 1, Reason.JSON_BROKEN)
            return
        if rows is not None:
            yield from _numbered(rows, number)
            number += len(rows)
            rest = rest[comma + 1 :]
    text = rest.rstrip()
    last = _pieces(text[:-1]) if text.endswith(b"]") else None
    yield from [Defect(number + 1, Reason.JSON_BROKEN)] if last is None else _numbered(last, number)


def _last_comma(text: bytes) -> int:
    """Return where the last comma after a closing brace stands; 0 if there is none."""
    brace = text.rfind(b"}")
    while brace > 0:
        comma = brace + 1
        while text[comma : comma + 1].isspace():
            comma += 1
        if text[comma : comma + 1] == b",":
            return comma
        brace = text.rfind(b"}", 0, brace)
    return 0


def _numbered(rows: list[SentRow] | list[msgspec.Raw], number: int) -> Lines:
    for row in rows:
        number += 1
        yield _single(row, number) if isinstance(row, msgspec.Raw) else _line(number, row)


def _pieces(text: bytes) -> list[SentRow] | list[msgspec.Raw] | None:
    """Return the objects between commas; raw if not all of them are rows; nothing if the text is no JSON."""
    listed = b"[" + text + b"]"
    try:
        return _ROWS.decode(listed)
    except msgspec.ValidationError:
        pass
    except _NO_JSON:
        return None
    try:
        return _PIECES.decode(listed)
    except _NO_JSON:
        return None
