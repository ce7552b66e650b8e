"""Papers: what is printed and kept, as a value that typesets to the same bytes for ever.

Everything on a paper is data: it reaches the typesetter as JSON and never as its markup, whatever a name holds. The
fingerprint stands for all that is said, and for the journal it was said from; whoever has a paper can have it checked.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

import orjson

from app.reports.printable import printable
from app.reports.report import Source
from app.web.words import words as words_of

TEMPLATE = Path(__file__).parent / "templates" / "paper.typ"
STANDARD: Literal["ua-1"] = "ua-1"
"""Tagged for screen readers (PDF/UA-1)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, and whether numbers stand in it."""

    title: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a paper: words, then facts, then a table; any of them may be missing.

    Attributes:
        facts: Label and value.
        total: The last row of the table, set apart.
    """

    title: str
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    total: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse rows that do not fit their columns: a bug."""
        widths = {len(row) for row in (*self.rows, *([self.total] if self.total else []))}
        if widths - {len(self.columns)}:
            raise ValueError(f"The rows of {self.title!r} do not fit its columns.")


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper.

    Attributes:
        kind: Which it is (``papers.KINDS``).
        about: What it is about: the id of a security, a holder, a proposal; empty for the whole company.
        sentence: What it says, in one sentence.
        source: Whose it is, as of which day, known up to which entry.
        language: In which it is written.
    """

    kind: str
    about: str
    title: str
    sentence: str
    sections: tuple[Section, ...]
    source: Source
    language: str = "en"

    @property
    def content(self) -> bytes:
        """All that is said and where it comes from: what the fingerprint is taken over."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all that is said and the root of the journal, hex."""
        return sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.kind}_asof-{self.source.as_of}_entry-{self.source.known_at}_{self.fingerprint[:8]}.pdf"


def spaced(fingerprint: str) -> str:
    """Return a fingerprint in groups that a person can compare by eye."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def typeset(paper: Paper, *, address: str) -> bytes:
    """Return a paper as PDF: the same bytes for the same paper.

    Args:
        paper: What to print.
        address: Where it can be checked.
    """
    import typst  # noqa: PLC0415 - 40 MB that only whoever prints needs

    words = words_of(paper.language)
    source = paper.source
    data = {
        "paper": printable(orjson.loads(paper.content)),
        "foot": {
            "as_of": words.say("As of {day}", day=words.day(source.as_of)),
            "entry": words.say(
                "From entry {count} of the record, written {time}",
                count=words.number(source.known_at),
                time=words.time(source.recorded_at, source.time_zone),
            ),
            "fingerprint": words.say("Fingerprint {digits}", digits=spaced(paper.fingerprint)),
            "check": words.say("To check this paper, enter its fingerprint at {address}.", address=address),
            "page": words.say("Page"),
            "of": words.say("of"),
        },
    }
    made = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"data": orjson.dumps(data).decode()},
        pdf_standards=STANDARD,
        # what is installed elsewhere must not change a byte
        ignore_system_fonts=True,
        timestamp=int(source.recorded_at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()
