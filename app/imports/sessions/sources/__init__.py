"""Where delivered sessions come from: each module names a source's columns and turns its files into lines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.imports.sessions.columns import Heading, Layout
from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.lines import Lines
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sniff import Container, Input, Sniffed
from app.imports.sessions.sources import plain, simplepractice, therapynotes
from app.imports.sessions.sources.delimited import read_delimited
from app.imports.sessions.sources.objects import read_json, read_ndjson


class Source(StrEnum):
    """A kind of file that delivered sessions come in."""

    SIMPLEPRACTICE = "simplepractice"
    """The appointment status report of SimplePractice."""
    THERAPYNOTES = "therapynotes"
    """The billing transactions of TherapyNotes."""
    PLAIN = "plain"
    """Our own columns."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the files of a source are like.

    Attributes:
        containers: How they are packed. Every source may also send rows that the command line stripped, as NDJSON.
        month_first: Whether dates may be written ``6/1/2025``.
        names_clinicians: Whether providers are told by names that repeat, rather than by ids.
    """

    heading: Heading
    containers: frozenset[Container]
    month_first: bool
    names_clinicians: bool


_JSON = frozenset({Container.NDJSON, Container.JSON})

FORMS = {
    Source.SIMPLEPRACTICE: Form(
        simplepractice.HEADING, _JSON | {Container.CSV}, month_first=True, names_clinicians=True
    ),
    Source.THERAPYNOTES: Form(therapynotes.HEADING, _JSON | {Container.XLSX}, month_first=True, names_clinicians=True),
    Source.PLAIN: Form(plain.HEADING, _JSON | {Container.CSV}, month_first=False, names_clinicians=False),
}


def read_lines(read: Input, sniffed: Sniffed, source: Source, heading: Heading) -> tuple[Layout, Lines]:
    """Return where the allowed columns are, and the lines below them, to be read once.

    Raises:
        FileRefused: Not a file that this source sends, or it can't be read.
    """
    if sniffed.container not in FORMS[source].containers:
        raise FileRefused(Finding(Reason.FILE_WRONG_TYPE, detail=sniffed.container.words))
    if sniffed.container is Container.XLSX:
        return therapynotes.read_therapynotes(read.stream, heading)
    readers = {Container.CSV: read_delimited, Container.NDJSON: read_ndjson, Container.JSON: read_json}
    return readers[sniffed.container](read, sniffed.encoding, heading)
