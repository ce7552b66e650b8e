"""What a letter is: written once, in its reader's words, for both its plain and its HTML form. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.mail.kinds import Kind, Topic
from app.web import render
from app.web.words import Words

LONGEST_SUBJECT = 120

ATTACHED = "checkpoint.txt"
"""What the file is called that a letter carries."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a letter is for.

    Attributes:
        account: Their account's id.
        holder: Whose account it is; None for somebody who holds nothing.
        zone: IANA name of the zone in which they read times.
    """

    account: str
    holder: str | None
    name: str
    address: str
    words: Words
    zone: str

    def time(self, at: datetime | int) -> str:
        """Return a moment as they read it, with its zone."""
        return self.words.time(at, self.zone)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list in a letter, and the page on which there is more."""

    text: str
    page: str


@dataclass(frozen=True, slots=True)
class Section:
    """Several lines about one thing."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to somebody.

    Attributes:
        key: What it is about and for whom; of two letters with one key, one is sent.
        topic: By which it can be stopped; None for what can't be.
        page: The page it leads to, from ``/``; empty for none.
        label: What one does there.
        reason: Why they get it.
        exact: What is shown letter for letter, and attached as a file; empty for nothing.
        until: From when on nobody needs it, microseconds since 1970; None for never.
    """

    kind: Kind
    key: str
    topic: Topic | None
    subject: str
    paragraphs: tuple[str, ...]
    reason: str
    page: str = ""
    label: str = ""
    sections: Sequence[Section] = ()
    until: int | None = None
    can_stop: bool = True
    exact: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """Who writes: the company, and where its service is reached.

    Attributes:
        origin: What its addresses begin with, without a slash at the end.
    """

    company: str
    origin: str


def subject_line(text: str) -> str:
    """Return a subject on one line, and not too long: what members wrote may stand in it."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1].rstrip()}…"


def written(letter: Letter, to: Reader, house: House, stop: str | None) -> tuple[str, str]:
    """Return a letter as plain text and as HTML.

    Args:
        letter: What is written.
        to: Whom it is for.
        house: Who writes.
        stop: The address at which its kind can be stopped; None for what can't be.
    """
    values = {"letter": letter, "to": to, "house": house, "stop": stop, "_": to.words.say}
    text, html = (render.environment().get_template(f"mail/letter.{form}").render(values) for form in ("txt", "html"))
    return text, html
