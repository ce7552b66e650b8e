"""The box's own database and key: opened, brought to its shape, and swept after each sealing."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine, event, insert, select, text
from sqlalchemy.orm import Session

from app import migrate
from app.config import Settings
from app.db import Runner, make_engine
from app.secret.keys import KeyFile
from governance.secret.tables import box_key

SCHEMA = "box"


def open_database(settings: Settings) -> Engine:
    """Return an engine on the box's database, which is made and brought to its newest shape where it is not."""
    engine = make_engine(settings.box_database)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", overwrite_what_is_deleted)
    elif not settings.box_database_url:
        # the service's own role, in a schema of its own; an operator who wants two roles names the other one's address
        own = make_engine(settings.database_url)
        with own.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        own.dispose()
    migrate.upgrade(engine, of=migrate.BOX)
    return engine


def overwrite_what_is_deleted(connection: object, _record: object) -> None:
    """Let SQLite leave nothing in its file of what is deleted or replaced."""
    connection.execute("PRAGMA secure_delete = ON")  # type: ignore[attr-defined]


def key_of(runner: Runner, keys: KeyFile) -> ec.EllipticCurvePrivateKey:
    """Return the key that signs the box's receipts; it is made when it is first needed."""
    sealed = runner.read(_sealed) or runner.run(_made, keys)
    key = serialization.load_der_private_key(keys.unseal(sealed, of="box"), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _sealed(db: Session) -> bytes | None:
    return db.execute(select(box_key.c.sealed)).scalar()


def _made(db: Session, keys: KeyFile) -> bytes:
    known = _sealed(db)
    if known is not None:
        return known
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    sealed = keys.seal(der, of="box")
    db.execute(insert(box_key), [{"id": 1, "sealed": sealed}])
    return sealed


def public_key_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return what receipts are checked with (SubjectPublicKeyInfo, DER)."""
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def sweeper(engine: Engine) -> Callable[[], None]:
    """Return what leaves no trace, in the database's files, of the order in which ballots came."""

    def sweep() -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if engine.dialect.name == "sqlite":
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                connection.execute(text("VACUUM box_pending"))

    return sweep
