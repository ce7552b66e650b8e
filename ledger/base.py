"""What every table is made of: one metadata, one naming convention, exact column types on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, LargeBinary, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables of all packages; migrations are checked against it."""

Whole = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of up to 64 bits; INTEGER on SQLite, whose STRICT tables know no BIGINT."""

Bytes = LargeBinary()
"""Exact bytes: BYTEA, BLOB."""

Words = Text()
"""Text without a limit."""


class Day(TypeDecorator[date]):
    """A calendar day: DATE on PostgreSQL, ISO text on SQLite (whose STRICT tables know no DATE; it sorts the same)."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of the database at hand."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date | str | None:
        """Hand a day to the database."""
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: date | str | None, dialect: Dialect) -> date | None:
        """Read a day from the database."""
        return date.fromisoformat(value) if isinstance(value, str) else value
