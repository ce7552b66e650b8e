"""How a count went, as a page shows it: rounds with their pictures, and the tables of every number."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class RoundTold:
    """One round.

    Attributes:
        heading: Its name.
        under: What it is, in two or three words; may be empty.
        sentences: What happened in it.
    """

    heading: str
    under: str
    sentences: tuple[str, ...]
    picture: Markup


@dataclass(frozen=True, slots=True)
class Line:
    """An option's line of the table of every number.

    Attributes:
        tone: Its colour in the pictures.
        cells: Round by round: the number, the change since the round before, and a word for what became of it.
    """

    name: str
    tone: str
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """How the count went.

    Attributes:
        rounds: The final one first.
        columns: The headings of the table.
        whole: The last line of the table; empty where there is none.
        pairs: Each option against each: the name of its line, then how many prefer it to each one, and whether that is
            more than the other way round; None on the diagonal.
        steps: Sentences of a count that has no rounds of votes.
    """

    rounds: tuple[RoundTold, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    whole: tuple[str, ...]
    flow: Markup
    pairs: tuple[tuple[str, tuple[tuple[str, bool] | None, ...]], ...]
    steps: tuple[str, ...]
    ties: tuple[str, ...]
