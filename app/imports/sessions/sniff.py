"""What a file is, by its bytes and not by its name: container and encoding, with a clear refusal of anything else."""

from __future__ import annotations

import codecs
import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.reasons import Reason

MOST_BYTES = 4 << 30
"""No export of sessions has more: ten million rows of SimplePractice have 1.5 GB."""

_BLOCK = 1 << 20
_HEAD = 1 << 12

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK"
_CONTROLS = frozenset(map(chr, range(32))) - frozenset("\t\n\v\f\r")


class Container(StrEnum):
    """How rows are packed into a file."""

    CSV = "csv"
    """Cells between commas, semicolons, tabs or bars."""
    XLSX = "xlsx"
    """A workbook of Excel."""
    NDJSON = "ndjson"
    """One JSON object a line."""
    JSON = "json"
    """A JSON list of objects."""

    @property
    def words(self) -> str:
        """What a refusal calls it."""
        return {"csv": "a CSV file", "xlsx": "an Excel workbook"}.get(self.value, "a JSON file")


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a file is.

    Attributes:
        encoding: As Python names it; ``binary`` for a workbook.
        sha256: Of its bytes as they came, 64 hex digits.
    """

    container: Container
    encoding: str
    sha256: str
    size: int


class Input:
    """A file under reading: its bytes, and the texts that are made of them."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read from a stream that somebody else closes."""
        self.stream = stream
        self._texts: list[io.TextIOWrapper] = []

    def text(self, encoding: str) -> io.TextIOWrapper:
        """Return the bytes as text, line breaks as they are."""
        self._texts.append(io.TextIOWrapper(self.stream, encoding=encoding, newline=""))
        return self._texts[-1]

    def release(self) -> None:
        """Let go of the stream: a text that is dropped closes its bytes, and warns when nobody did it before."""
        for text in self._texts:
            text.detach()


@contextmanager
def opened(data: Path | bytes) -> Iterator[Input]:
    """Yield a file for reading.

    Raises:
        FileRefused: There is no such file, or it may not be read.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else _stream(data)
    if stream is None:
        raise FileRefused(Finding(Reason.FILE_UNREADABLE))
    with stream:
        read = Input(stream)
        try:
            yield read
        finally:
            read.release()


def _stream(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except OSError:
        return None


def sniff(read: Input) -> Sniffed:
    """Return what a file is, reading it once from beginning to end.

    UTF-8 and UTF-16 are told by their marks, UTF-8 also without one if every byte fits; what does not fit is taken for
    Windows-1252, or for Latin-1 where it holds one of the five bytes that the former lacks.

    Raises:
        FileRefused: Empty, neither text nor a workbook, a page of HTML, or too large.
    """
    stream = read.stream
    head = stream.read(_HEAD)
    stream.seek(0)
    if head.startswith(_OLD_EXCEL):
        raise FileRefused(Finding(Reason.FILE_PROTECTED))
    if head.startswith(_ZIP):
        _require_workbook(stream)
        digest, size = _digest(stream)
        return Sniffed(Container.XLSX, "binary", digest, size)
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    encoding, digest, size = _survey(stream, marked)
    return Sniffed(_container(head, encoding), encoding, digest, size)


def _require_workbook(stream: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            is_workbook = "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
        is_workbook = False
    stream.seek(0)
    if not is_workbook:
        raise FileRefused(Finding(Reason.FILE_BINARY))


def _digest(stream: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for block in _blocks(stream):
        digest.update(block)
        size += len(block)
    stream.seek(0)
    return digest.hexdigest(), size


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    size = 0
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > MOST_BYTES:
            raise FileRefused(Finding(Reason.FILE_TOO_LARGE, detail=f"{MOST_BYTES >> 30} GB"))
        yield block


def _survey(stream: BinaryIO, marked: str | None) -> tuple[str, str, int]:
    """Return encoding, digest and size of a text."""
    candidates = {name: codecs.getincrementaldecoder(name)() for name in _candidates(marked)}
    digest, size, has_nul, is_written = hashlib.sha256(), 0, False, False
    for block in _blocks(stream):
        digest.update(block)
        size += len(block)
        has_nul = has_nul or b"\0" in block
        text = _decoded(candidates, block)
        is_written = is_written or bool(text.strip("\ufeff \t\r\n"))
    _decoded(candidates, b"", final=True)
    stream.seek(0)
    if not candidates or (has_nul and marked != "utf-16"):
        raise FileRefused(Finding(Reason.FILE_BINARY))
    if not is_written:
        raise FileRefused(Finding(Reason.FILE_EMPTY))
    return next(iter(candidates)), digest.hexdigest(), size


def _candidates(marked: str | None) -> tuple[str, ...]:
    return (marked,) if marked else ("utf-8", "cp1252", "latin-1")


def _decoded(candidates: dict[str, codecs.IncrementalDecoder], block: bytes, *, final: bool = False) -> str:
    """Return a block as the likeliest of the encodings has it that fit; those that do not are struck out."""
    texts: list[str] = []
    for name in list(candidates):
        # the less likely ones have something to say to letters beyond ASCII only, but then from the first one on
        if not texts or not block.isascii():
            try:
                texts.append(candidates[name].decode(block, final))
            except UnicodeDecodeError:
                del candidates[name]
    return texts[0] if texts else ""


def _container(head: bytes, encoding: str) -> Container:
    text = head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n")
    if text.startswith("%PDF") or not _CONTROLS.isdisjoint(text):
        raise FileRefused(Finding(Reason.FILE_BINARY))
    if text.startswith("<"):
        raise FileRefused(Finding(Reason.FILE_WRONG_TYPE, detail="a page of HTML, such as a login page"))
    if text.startswith("["):
        return Container.JSON
    return Container.NDJSON if text.startswith("{") else Container.CSV
