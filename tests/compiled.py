"""Statements that are compiled once a process, not once a test.

Each test has engines of its own, and SQLAlchemy keeps what it compiles by engine and dialect: a third of what most
tests took was to compile again. A service does it once and runs for months.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import Compiled
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

_kept: LRUCache[Any, Compiled] = LRUCache(6_000)


def _is_alike(one: DefaultDialect, other: object) -> bool:
    """Return whether two dialects compile alike: of one class, driver and server, as ``app.db`` makes them."""
    return type(one) is type(other) and _marks(one) == _marks(other)


def _marks(of: DefaultDialect) -> tuple[object, ...]:
    return of.dbapi, of.server_version_info, of.default_schema_name, of.compiler_linting


def _keep(_: type[DefaultDialect], engine: Engine) -> None:
    engine._compiled_cache = _kept


def keep_compiled() -> None:
    """Let all engines that are made from now on share what they compile."""
    DefaultDialect.__eq__ = _is_alike  # type: ignore[method-assign, assignment]
    DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
    DefaultDialect.engine_created = classmethod(_keep)  # type: ignore[assignment]
