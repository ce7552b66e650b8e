"""Records: the values that entries make, and the one mechanism that carries them.

A record is a frozen dataclass declared once with ``@record``. From that one declaration come its place in an entry's
body, its table (``ledger.tables``), its row, and its value read back; so a row *is* what its entry says, and the whole
database can be rebuilt from the journal and compared with it (``ledger.verify``). Nothing here knows SQL.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar

import orjson

from ledger.errors import Tampered
from ledger.types import Json, Price

R = TypeVar("R", bound="Record")


class RowLike(Protocol):
    """A row of any database: values by column name."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - of the column's type
        """Return the value of a column."""


class Record:
    """What an entry makes: subclass as a frozen, slotted dataclass and declare it with ``@record``."""

    __slots__ = ()
    __spec__: ClassVar[Spec]


class Form(StrEnum):
    """How a field is stored."""

    TEXT = "text"
    """A string, or a member of a closed vocabulary."""
    UNITS = "units"
    """A whole number."""
    FLAG = "flag"
    """True or false."""
    DAY = "day"
    """A date: ISO text in a body, a date in a row."""
    PRICE = "price"
    """Amount, scale and currency, as canonical JSON."""
    DOCUMENT = "document"
    """Lists and objects, as canonical JSON."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record: its name, its form, whether it may be absent, and its vocabulary if closed."""

    name: str
    form: Form
    optional: bool
    vocabulary: type[StrEnum] | None


@dataclass(frozen=True, slots=True)
class Spec:
    """How one class of record is stored.

    Attributes:
        name: The table, and the word in an entry's body.
        record: The class.
        fields: In the order of the class.
        unique: Sets of fields no two records may share.
        references: Field -> record class whose ``id`` it holds.
        index: Sets of fields that queries search by.
        is_bulk: Rows stand in batches: the entry's body holds their number and the root over them, not the rows.
    """

    name: str
    record: type[Record]
    fields: tuple[Field, ...]
    unique: tuple[tuple[str, ...], ...]
    references: Mapping[str, type[Record]]
    index: tuple[tuple[str, ...], ...]
    is_bulk: bool


SPECS: dict[str, Spec] = {}
"""Every class of record by its name, in the order of declaration: what is referred to comes first."""


def record(
    name: str,
    *,
    unique: Sequence[tuple[str, ...]] = (),
    references: Mapping[str, type[Record]] | None = None,
    index: Sequence[tuple[str, ...]] = (),
    is_bulk: bool = False,
) -> Callable[[type[R]], type[R]]:
    """Declare a frozen dataclass as a class of record stored in table ``name``."""

    def declare(cls: type[R]) -> type[R]:
        hints = typing.get_type_hints(cls)
        hints.pop("__spec__", None)
        fields = tuple(_field(f.name, hints[f.name]) for f in dataclasses.fields(cls))  # type: ignore[arg-type]
        spec = Spec(name, cls, fields, tuple(unique), dict(references or {}), tuple(index), is_bulk)
        cls.__spec__ = SPECS[name] = spec
        return cls

    return declare


def _field(name: str, hint: object) -> Field:
    union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    arms: tuple[Any, ...] = typing.get_args(hint) if union else (hint,)
    kinds = [arm for arm in arms if arm is not type(None)]
    optional, kind = len(kinds) < len(arms), kinds[0]
    while hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Field(name, Form.TEXT, optional, kind)
    forms = {str: Form.TEXT, bool: Form.FLAG, int: Form.UNITS, date: Form.DAY, Price: Form.PRICE}
    return Field(name, forms.get(kind, Form.DOCUMENT), optional, None)


def canonical(value: Json) -> bytes:
    """Return the canonical JSON bytes of ``value``: sorted ASCII keys, no spaces, no floats (as RFC 8785 has it)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def to_body(value: Record) -> list[Json]:
    """Return a record as an entry's body holds it: its name and its fields; absent ones are left out."""
    spec = value.__spec__
    fields: dict[str, Json] = {}
    for field in spec.fields:
        raw = getattr(value, field.name)
        if raw is None:
            continue
        if field.form is Form.DAY:
            raw = raw.isoformat()
        elif field.form is Form.PRICE:
            raw = raw.encode()
        elif field.vocabulary is not None:
            raw = raw.value
        fields[field.name] = raw
    return [spec.name, fields]


def to_row(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a record from its place in a body: the same function makes rows and checks them.

    Raises:
        Tampered: The body names no record that we know, or lacks a field, or has one too many.
    """
    spec = SPECS.get(name)
    if spec is None:
        raise Tampered(f"An entry makes a {name!r}, which this version does not know.")
    row: dict[str, Any] = {}
    for field in spec.fields:
        raw = fields.get(field.name)
        if raw is None and not field.optional:
            raise Tampered(f"An entry makes a {name} without {field.name}.")
        if raw is not None:
            if field.form is Form.DAY:
                raw = date.fromisoformat(raw)
            elif field.form in {Form.PRICE, Form.DOCUMENT}:
                raw = canonical(raw).decode()
            elif field.form is Form.FLAG:
                raw = int(raw)
        row[field.name] = raw
    if len(fields) > sum(value is not None for value in row.values()):
        raise Tampered(f"An entry makes a {name} with unknown fields: {sorted(set(fields) - set(row))}.")
    return row


def from_row(cls: type[R], row: RowLike) -> R:
    """Return the record that a row holds."""
    values: dict[str, Any] = {}
    for field in cls.__spec__.fields:
        raw = row[field.name]
        if raw is not None:
            if field.form is Form.PRICE:
                raw = Price.decode(orjson.loads(raw))
            elif field.form is Form.DOCUMENT:
                raw = orjson.loads(raw)
            elif field.form is Form.FLAG:
                raw = bool(raw)
            elif field.vocabulary is not None:
                raw = field.vocabulary(raw)
        values[field.name] = raw
    return cls(**values)
