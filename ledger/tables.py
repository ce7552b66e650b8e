"""The tables of the journal, and one table for each class of record.

The guards that no metadata can say (append-only, contiguous numbers, balanced entries, sealed heads) are triggers, in
``migrations/guards.py``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.types import TypeEngine

from ledger.base import Bytes, Day, Whole, Words, metadata
from ledger.records import SPECS, Field, Form, Record, Spec

STRICT: dict[str, Any] = {"sqlite_strict": True}

head = Table(
    "head",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False, comment="entries covered"),
    Column("range", Bytes, nullable=False, comment="the compact range, 32 bytes a hash"),
    Column("root", Bytes, nullable=False),
    CheckConstraint("size > 0", name="size_positive"),
    **STRICT,
)
"""One row a commit: the tree over all entries so far."""

entry = Table(
    "entry",
    metadata,
    Column("n", Whole, primary_key=True, autoincrement=False),
    Column("kind", Words, nullable=False),
    Column("effective_on", Day, nullable=False),
    Column("recorded_at", Whole, nullable=False, comment="microseconds since 1970, UTC"),
    Column("reverses", Whole, ForeignKey("entry.n"), unique=True),
    Column("payload", Bytes, nullable=False),
    Column("leaf", Bytes, nullable=False),
    Column("head", Whole, ForeignKey("head.size", deferrable=True, initially="DEFERRED"), nullable=False),
    CheckConstraint("n >= 0", name="n_from_zero"),
    CheckConstraint("head > n", name="head_covers"),
    CheckConstraint("reverses < n", name="reverses_back"),
    Index(None, "effective_on"),
    Index(None, "head"),
    Index(None, "kind"),
    Index(None, "recorded_at"),
    **STRICT,
)
"""The journal: one row, one leaf."""

tile = Table(
    "tile",
    metadata,
    Column("level", Whole, nullable=False, comment="1: over 256 entries, 2: over 256 of those"),
    Column("k", Whole, nullable=False, comment="position on its level, from 0"),
    Column("root", Bytes, nullable=False),
    PrimaryKeyConstraint("level", "k"),
    **STRICT,
)
"""Roots over full parts of the tree, so that a proof need not read all of it: a cache, rebuilt from the entries."""

account = Table(
    "account",
    metadata,
    Column("id", Whole, primary_key=True, autoincrement=False),
    Column("path", Words, nullable=False, unique=True),
    Column("asset", Words, nullable=False),
    Column("floor", Whole),
    Column("opened_n", Whole, ForeignKey("entry.n"), nullable=False),
    CheckConstraint("floor = 0", name="floor_zero"),
    **STRICT,
)
"""What postings move units between."""

posting = Table(
    "posting",
    metadata,
    Column("account", Whole, ForeignKey("account.id"), nullable=False),
    Column("version", Whole, nullable=False, comment="position in the account's chain, from 1"),
    Column("n", Whole, ForeignKey("entry.n"), nullable=False),
    Column("leg", Whole, nullable=False, comment="position in the entry, from 0"),
    Column("effective_on", Day, nullable=False),
    Column("amount", Whole, nullable=False),
    Column("after", Whole, nullable=False, comment="the account's balance once all known so far counts"),
    PrimaryKeyConstraint("account", "version"),
    UniqueConstraint("n", "leg"),
    CheckConstraint("amount <> 0", name="amount_not_zero"),
    # the amount is in it so that a balance is read from the index alone; SQLite knows no INCLUDE
    Index(None, "account", "effective_on", "n", "amount"),
    **STRICT,
)
"""Each account's postings are a chain with a running balance; there is no other balance."""


def _column_type(field: Field) -> TypeEngine[Any]:
    types: dict[Form, TypeEngine[Any]] = {Form.UNITS: Whole, Form.FLAG: Whole, Form.DAY: Day()}
    return types.get(field.form, Words)


def _checks(field: Field) -> list[CheckConstraint]:
    if field.vocabulary is not None:
        words = ", ".join(f"'{member.value}'" for member in field.vocabulary)
        return [CheckConstraint(f"{field.name} IN ({words})", name=f"{field.name}_known")]
    if field.form is Form.FLAG:
        return [CheckConstraint(f"{field.name} IN (0, 1)", name=f"{field.name}_flag")]
    return []


def _build(spec: Spec) -> Table:
    columns = []
    for field in spec.fields:
        target = spec.references.get(field.name)
        keys = [ForeignKey(f"{target.__spec__.name}.id")] if target else []
        columns.append(Column(field.name, _column_type(field), *keys, nullable=field.optional))
    # asked of each of a million rows, the key would cost as much as the row; a guard asks once a batch
    of_entry = [] if spec.is_bulk else [ForeignKey("entry.n")]
    return Table(
        spec.name,
        metadata,
        Column("n", Whole, *of_entry, nullable=False),
        Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        *columns,
        PrimaryKeyConstraint("n", "i"),
        *(UniqueConstraint(*names) for names in spec.unique),
        *(Index(None, *names) for names in spec.index),
        *(check for field in spec.fields for check in _checks(field)),
        **STRICT,
    )


RECORDS: dict[str, Table] = {}
"""The table of each class of record, by name."""


def table(of: type[Record]) -> Table:
    """Return the table that rows of a class of record stand in."""
    name = of.__spec__.name
    if name not in RECORDS:
        RECORDS[name] = _build(of.__spec__)
    return RECORDS[name]


def build_all() -> None:
    """Build the table of every record declared so far; the migrations call it when all packages are imported."""
    for spec in SPECS.values():
        table(spec.record)
