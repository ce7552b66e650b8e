"""Backups: every row of the record in one file, from which either database, or a newer version, begins again.

A backup is a ZIP of one JSON line a row and a list of how many rows each table has and what they hash to. It says which
migration it was made at: restored, a database is made at that migration, filled, brought to the newest, and verified.
It holds the vault, so it is personal data; it holds no key file and no ballot of a secret vote that is still open.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Engine, LargeBinary, MetaData, Table, insert, inspect, select, text
from sqlalchemy.orm import Session

from app import migrate
from app.db import READ_ONLY
from app.verification import verify_all
from ledger.errors import Conflict, Invalid, Tampered
from ledger.partitions import BY_MONTH, beside, is_by_month, making_months, tell_places
from ledger.types import Json
from ledger.verify import Verdict
from ledger.wire import send

FORMAT = "vestry-backup-1"
CONTENTS = "backup.json"
VERSION_TABLE = "alembic_version"
ROWS_AT_ONCE = 1_000
NAMED = re.compile(r"vestry-\d{4}-\d{2}-\d{2}T\d{6}Z\.zip")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup says of itself.

    Attributes:
        made_at: When, ISO 8601 in UTC.
        version: Of Vestry.
        revision: The migration at which its rows stood.
        tables: Name to how many rows, and SHA-256 over their lines, hex.
    """

    made_at: str
    version: str
    revision: str
    tables: Mapping[str, tuple[int, str]]

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(count for count, _ in self.tables.values())


def write(engine: Engine, path: Path, now: datetime) -> Contents:
    """Write a backup of all that is committed, as of one moment, while others go on writing.

    Args:
        engine: The record.
        path: A file that is not there yet; it appears when it is whole, readable for its owner alone.
        now: The time that it says.

    Raises:
        Conflict: There is something at ``path``.
    """
    if path.exists():
        raise Conflict(f"There is something at {path}; name a file that is not there yet.", field="path")
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as out:
            contents = _write(engine, out, now)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return contents


def in_folder(folder: Path, now: datetime) -> Path:
    """Return the path of a backup in a folder, named by the time."""
    return folder / f"vestry-{now:%Y-%m-%dT%H%M%SZ}.zip"


def superfluous(folder: Path, keep: int) -> list[Path]:
    """Return the backups in a folder that were named by ``in_folder``, but for the newest."""
    named = sorted(path for path in folder.iterdir() if NAMED.fullmatch(path.name))
    return named[:-keep]


def _write(engine: Engine, out: Any, now: datetime) -> Contents:  # noqa: ANN401 - any file open for bytes
    with (
        engine.execution_options(**READ_ONLY[engine.dialect.name]).connect() as connection,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        revision = migrate.revision_of(connection)
        tables = {table.name: _put(archive, connection, table) for table in _tables(connection)}
        contents = Contents(f"{now:%Y-%m-%dT%H:%M:%SZ}", version("vestry"), str(revision), tables)
        said = {
            "format": FORMAT,
            "made_at": contents.made_at,
            "version": contents.version,
            "revision": contents.revision,
            "tables": {name: {"rows": rows, "sha256": digest} for name, (rows, digest) in tables.items()},
        }
        archive.writestr(CONTENTS, json.dumps(said, indent=1))
    return contents


def _put(archive: zipfile.ZipFile, connection: Connection, table: Table) -> tuple[int, str]:
    """Write a table into the archive; returns its rows and what they hash to."""
    count, digest = 0, hashlib.sha256()
    with archive.open(_file_of(table.name), "w", force_zip64=True) as out:
        for row in connection.execute(select(table).order_by(*_order(table)), execution_options={"yield_per": 1_000}):
            line = json.dumps([_said(value) for value in row], ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            out.write(line)
            count += 1
    return count, digest.hexdigest()


def _order(table: Table) -> Iterable[Any]:
    """Return by what rows stand in a fixed order: as they were written where an entry made them, else by their key."""
    number = [table.c.n] if "n" in table.c else []
    return [*number, *(column for column in table.primary_key.columns if column not in number)] or [*table.c]


def _said(value: object) -> Json:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value  # type: ignore[return-value]


def _file_of(table: str) -> str:
    return f"rows/{table}.jsonl"


def _tables(connection: Connection) -> list[Table]:
    """Return every table but Alembic's own, each after those that it refers to."""
    metadata, without = MetaData(), beside(connection)
    metadata.reflect(connection, only=lambda name, _: name not in without)
    return [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]


def read(path: Path) -> Contents:
    """Return what a backup says of itself.

    Raises:
        Invalid: It is none, or it can't be read.
    """
    with _opened(path) as archive:
        return _contents(archive)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}.", field="path") from None
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise Invalid(f"{path} is no backup, or it was altered or cut off: {error}.", field="path") from None


def _contents(archive: zipfile.ZipFile) -> Contents:
    try:
        said = json.loads(archive.read(CONTENTS))
        if said["format"] != FORMAT:
            raise Invalid(
                f"It is a backup in the form {said['format']!r}, which this version can't read.", field="path"
            )
        tables = {str(name): (int(one["rows"]), str(one["sha256"])) for name, one in said["tables"].items()}
        return Contents(str(said["made_at"]), str(said["version"]), str(said["revision"]), tables)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Invalid(f"The file is no backup of Vestry: its {CONTENTS} is missing or odd.", field="path") from None


def restore(engine: Engine, path: Path) -> tuple[Contents, Verdict]:
    """Fill an empty database from a backup, bring it to the newest migration, and verify it; all of it or nothing.

    Args:
        engine: A database without tables: on SQLite a new file, on PostgreSQL a new schema.
        path: The backup; from either database.

    Raises:
        Invalid: It is none, it was altered, or a newer version of Vestry made it.
        Conflict: There are tables already.
        Tampered: What was restored does not verify, so it is not kept.
    """
    with _opened(path) as archive:
        contents = _contents(archive)
        _refuse_newer(contents)
        with engine.begin() as connection:
            if inspect(connection).get_table_names():
                raise Conflict("This database is not empty. Restore into a new one.", field="database")
            migrate.upgrade_on(connection, contents.revision)
            _fill(connection, archive, contents)
            migrate.upgrade_on(connection)
            verdict = verify_all(Session(connection))
            if verdict.fault is not None:
                raise Tampered(f"What was restored does not verify, so it is not kept: {verdict.fault.message}.")
    return contents, verdict


def _refuse_newer(contents: Contents) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - a large package that few commands want
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        known = ScriptDirectory(str(migrate.MIGRATIONS)).get_revision(contents.revision)
    except CommandError:
        known = None
    if known is None:
        told = f"The backup was made by Vestry {contents.version}, which is newer than this one. Install that or later."
        raise Invalid(told, field="path")


def _fill(connection: Connection, archive: zipfile.ZipFile, contents: Contents) -> None:
    tables = {table.name: table for table in _tables(connection)}
    odd = tables.keys() ^ contents.tables.keys()
    if odd:
        raise Invalid(f"The backup does not have the tables of its version: {', '.join(sorted(odd))}.", field="path")
    with _unguarded(connection, tables):
        for name, table in tables.items():
            # what a migration writes by itself stands in the backup, too
            connection.execute(table.delete())
            _take(connection, archive, table, *contents.tables[name])
    if any(is_by_month(connection, name) for name in BY_MONTH):
        tell_places(connection)


def _take(connection: Connection, archive: zipfile.ZipFile, table: Table, rows: int, digest: str) -> None:
    """Insert the rows of a table.

    Raises:
        Invalid: They are not those that the backup was written with.
    """
    found, hashed, by_month = 0, hashlib.sha256(), is_by_month(connection, table.name)
    try:
        with archive.open(_file_of(table.name)) as lines:
            while some := [*islice(lines, ROWS_AT_ONCE)]:
                for line in some:
                    hashed.update(line)
                read = [_row(table, json.loads(line)) for line in some]
                if by_month:
                    send(connection, [making_months(table.name, (row[BY_MONTH[table.name]] for row in read))])
                connection.execute(insert(table), read)
                found += len(some)
    except (KeyError, ValueError) as error:
        raise Invalid(f"The rows of {table.name} can't be read: {error}.", field="path") from None
    if (found, hashed.hexdigest()) != (rows, digest):
        raise Invalid(f"The rows of {table.name} are not those that the backup was written with.", field="path")


def _row(table: Table, values: list[Any]) -> dict[str, Any]:
    return {column.name: _meant(column.type, value) for column, value in zip(table.columns, values, strict=True)}


def _meant(type: object, value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if value is None:
        return None
    if isinstance(type, LargeBinary):
        return base64.b64decode(value)
    if isinstance(type, Date):
        return date.fromisoformat(value)
    return bool(value) if isinstance(type, Boolean) else value


@contextmanager
def _unguarded(connection: Connection, tables: Mapping[str, Table]) -> Iterator[None]:
    """Let rows be written as they were, without the guards that only new ones have to pass."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        guards = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in guards:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _, sql in guards:
            connection.exec_driver_sql(sql)
        return
    connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    for name in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
    yield
    # what is checked at the end of the transaction is checked now: a table with such checks waiting can't be altered
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for name in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
