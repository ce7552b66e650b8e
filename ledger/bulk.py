"""Records that stand in batches, thousands at once: their leaves and their rows, read straight off the values.

``ledger.records`` says the same of any one record; here each class is looked at once, because a million rows are made
of it. Leaves and rows come out the same either way, and a test says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import orjson

from ledger.merkle import leaf_hash
from ledger.records import SPECS, Form, Record

Row = tuple[Any, ...]

PLAIN = frozenset({Form.TEXT, Form.UNITS, Form.FLAG, Form.DAY})
"""Forms that JSON and a row both hold without a word of ours."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How the fields of a bulk class are read off its values.

    Attributes:
        names: Of its fields, in the order of the class.
        values: Record to its fields as a row holds them; members of closed vocabularies as plain text.
        days: Positions of the fields that are days.
        words: Positions of the fields that may be a member of a vocabulary, or absent.
        sorted_names: Of its fields, in the order of a body.
        sorted_values: Record to its fields in that order.
    """

    names: tuple[str, ...]
    values: Callable[[Record], Row]
    days: tuple[int, ...]
    words: tuple[int, ...]
    sorted_names: tuple[str, ...]
    sorted_values: Callable[[Record], Row]


@cache
def reader_of(name: str) -> Reader:
    """Return how records of the bulk class of this name are read.

    Raises:
        ValueError: It is none, or has a field that takes more than a look.
    """
    spec = SPECS[name]
    if not spec.is_bulk or not {field.form for field in spec.fields} <= PLAIN or len(spec.fields) < 2:
        raise ValueError(f"Records of {spec.name} can't be written in batches.")
    names = tuple(field.name for field in spec.fields)
    # a member of a vocabulary is text of a subclass, which drivers look at twice; its value is plain text
    paths = [f"{each.name}._value_" if each.vocabulary and not each.optional else each.name for each in spec.fields]
    return Reader(
        names,
        attrgetter(*paths),
        tuple(at for at, field in enumerate(spec.fields) if field.form is Form.DAY),
        tuple(at for at, field in enumerate(spec.fields) if field.vocabulary and field.optional),
        tuple(sorted(names)),
        attrgetter(*sorted(names)),
    )


def row_bytes(value: Record) -> bytes:
    """Return the canonical bytes of one record of a batch, as a body would hold its fields."""
    reader = reader_of(value.__spec__.name)
    fields = zip(reader.sorted_names, reader.sorted_values(value), strict=True)
    return orjson.dumps({name: field for name, field in fields if field is not None})


def row_leaf(value: Record) -> bytes:
    """Return the leaf of one record of a batch: the hash of its canonical bytes."""
    return leaf_hash(row_bytes(value))


def rows_of(n: int, values: Sequence[Record], *, days_as_text: bool) -> Iterator[Row]:
    """Yield the rows of a batch of entry ``n``: number, position, then the fields in the order of the class.

    Args:
        n: The entry's number.
        values: All of one bulk class.
        days_as_text: Whether the database keeps days as ISO text.
    """
    reader = reader_of(values[0].__spec__.name)
    mended = [(at + 2, _day_text) for at in reader.days if days_as_text] + [(at + 2, _word) for at in reader.words]
    for i, fields in enumerate(map(reader.values, values)):
        if not mended:
            yield (n, i, *fields)
            continue
        row = [n, i, *fields]
        for at, mend in mended:
            row[at] = mend(row[at])
        yield tuple(row)


def _day_text(day: Any) -> str | None:  # noqa: ANN401 - a field of a row
    return None if day is None else str(day)


def _word(word: Any) -> str | None:  # noqa: ANN401 - a field of a row
    return None if word is None else str(word)
