"""What is wrong with an installation, and what to do about each: looked at from outside, changing nothing."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine, func, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import archive, clock, migrate
from app.checkpoints import signer_of
from app.config import Settings
from app.db import Runner, make_engine
from app.mail.sending import MailUnset, Post, Undelivered, close, connect, post_of
from app.mail.troubles import SENTENCES
from app.operations.settings_told import unknown
from app.people.administration import has_signed_in
from app.sqlite import UnsafeDatabase
from app.webhooks.endpoints import Off, webhooks
from app.webhooks.setup import WebhooksUnset, outgoing_of
from governance.secret.tables import poll_key
from ledger import journal
from ledger.errors import NotFound, Refusal
from ledger.notes import open_checkpoint
from ledger.partitions import attaching, loose_months, whole_of
from ledger.tables import entry
from ledger.types import moment_at

LEAST_FREE = 2**30
"""Bytes: with less room left, an operator is told."""

CLOCKS_DIFFER = timedelta(seconds=30)
"""How far machines' clocks may be apart that take turns."""


class How(StrEnum):
    """How something stands."""

    WELL = "ok"
    LOOK = "look"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, and the command or setting that mends it."""

    how: How
    what: str
    said: str
    mend: str = ""


def examine(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what there is to say, the database first; what can't be looked at without it is left out if it is away."""
    yield from _settings(settings, environment)
    engine = None
    try:
        engine = _engine(settings)
        yield Finding(How.WELL, "database", f"{engine.dialect.name}: opened")
        if migrate.pending(engine):
            said = "The database is not at the newest migration."
            yield Finding(How.WRONG, "migrations", said, "vestry migrate")
        else:
            yield Finding(How.WELL, "migrations", "The database is at the newest migration.")
            yield from _record(Runner(engine), settings)
            yield from _replica(Runner(engine), settings)
    except _Away as away:
        yield away.finding
    finally:
        if engine is not None:
            engine.dispose()
    yield from _files(settings)


class _Away(Exception):
    """The database can't be looked at."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.said)
        self.finding = finding


def _engine(settings: Settings) -> Engine:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise _Away(Finding(How.WRONG, "database", f"There is no file {url.database} yet.", "vestry migrate"))
    try:
        engine = make_engine(settings.database_url)
        with engine.connect():
            pass
    except UnsafeDatabase as unsafe:
        raise _Away(Finding(How.WRONG, "database", str(unsafe), "pip install pysqlite3-binary")) from None
    except DBAPIError as error:
        said = f"It can't be opened: {_words(error)}"
        raise _Away(Finding(How.WRONG, "database", said, "vestry config show")) from None
    return engine


def _record(runner: Runner, settings: Settings) -> Iterator[Finding]:
    if not runner.read(has_signed_in):
        yield Finding(
            How.LOOK, "people", "Nobody has signed in yet.", "vestry serve   (it prints a link for the first)"
        )
    size = runner.read(journal.size)
    signer = signer_of(settings)
    try:
        signed = open_checkpoint(signer.latest(), signer.verifier()).size
    except NotFound:
        if runner.read(archive.listed, limit=1):
            said = f"Checkpoints were signed, and {settings.signing_key_path} or what lies beside it is missing."
            mend = (
                "put both files back from a copy; where there is none, a new key begins, which others have to be told"
            )
            yield Finding(How.WRONG, "checkpoints", said, mend)
        else:
            yield Finding(How.LOOK, "checkpoints", "The journal was never signed.", "vestry checkpoint sign")
    except Refusal as refusal:
        yield Finding(How.WRONG, "checkpoints", str(refusal), f"put back {settings.signing_key_path} from a copy")
    else:
        if signed > size:
            said = f"{signed:,} entries were signed and the database has {size:,}: it is an older copy."
            yield Finding(How.WRONG, "checkpoints", said, "restore the newest backup")
        else:
            yield Finding(How.WELL, "checkpoints", f"{signed:,} of {size:,} entries are signed.")
    yield from _months(runner)
    yield from _clock(runner)
    if not settings.key_path.exists() and runner.read(_needs_key):
        said = f"{settings.key_path} is missing, which secrets in the database are encrypted by."
        mend = "put it back from a copy; without one: vestry webhook rotate ID; secret votes under way are void"
        yield Finding(How.WRONG, "keys", said, mend)
    for one in runner.read(webhooks):
        if one.off_at is not None and one.off_why not in {None, Off.BY_HAND}:
            said = f"{one.label} ({one.url}) is off since {one.off_at:%Y-%m-%d %H:%M} UTC: {one.off_why.value.lower()}."
            yield Finding(How.WRONG, "webhooks", said, f"vestry webhook on {one.id} && vestry webhook test {one.id}")


def _months(runner: Runner) -> Iterator[Finding]:
    """Yield the tables of single months that an operator took out of the record and forgot (PostgreSQL)."""
    for name in runner.read(lambda db: loose_months(db.connection())):
        said = f"The table {name} is detached from {whole_of(name)}: its rows are on record nowhere."
        yield Finding(How.WRONG, "months", said, attaching(name))


def _clock(runner: Runner) -> Iterator[Finding]:
    newest, now = runner.read(_newest), clock.now()
    if newest is not None and newest > now + CLOCKS_DIFFER:
        said = (
            f"The newest entry is of {newest:%Y-%m-%d %H:%M:%S} UTC, and the clock here says {now:%Y-%m-%d %H:%M:%S}."
        )
        yield Finding(How.WRONG, "clock", said, "timedatectl set-ntp true")


def _newest(db: Session) -> datetime | None:
    found = db.execute(select(func.max(entry.c.recorded_at))).scalar()
    return None if found is None else moment_at(found)


def _needs_key(db: Session) -> bool:
    return (
        bool(webhooks(db))
        or db.execute(select(poll_key.c.sealed).where(poll_key.c.sealed.is_not(None))).first() is not None
    )


def _replica(runner: Runner, settings: Settings) -> Iterator[Finding]:
    if not settings.replica_url:
        return
    engine = make_engine(settings.replica_url)
    try:
        behind = runner.read(journal.size) - Runner(engine).read(journal.size)
    except DBAPIError as error:
        said = f"The replica can't be read, so the primary makes all reports: {_words(error)}"
        yield Finding(How.WRONG, "replica", said, "start it, or take VESTRY_REPLICA_URL away")
    else:
        if behind > 0:
            said = f"The replica is {behind:,} entries behind."
            yield Finding(
                How.LOOK, "replica", said, "look again; while it stays so, see pg_stat_replication on the primary"
            )
        else:
            yield Finding(How.WELL, "replica", "The replica knows every entry.")
    finally:
        engine.dispose()


def _words(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


def _settings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in unknown(environment):
        yield Finding(How.WRONG, "settings", f"{name} is no setting of this version.", "vestry config show --defaults")
    address = urlsplit(settings.public_url)
    if not address.hostname or address.scheme not in {"http", "https"}:
        yield Finding(
            How.WRONG, "address", f"{settings.public_url!r} is no address.", "set VESTRY_PUBLIC_URL=https://…"
        )
    elif address.scheme == "http" and not _is_here(address.hostname):
        said = f"People reach the service at {settings.public_url}: what they send can be read on the way."
        yield Finding(How.WRONG, "address", said, "put HTTPS in front, and set VESTRY_PUBLIC_URL=https://…")
    else:
        yield Finding(How.WELL, "address", settings.public_url)
    if urlsplit(settings.box_address).hostname == address.hostname:
        said = "The box of secret votes has the service's own host name, so a browser would show it who comes."
        yield Finding(How.WRONG, "box", said, "set VESTRY_BOX_URL to another host name")
    try:
        outgoing_of(settings)
    except WebhooksUnset as wrong:
        yield Finding(How.WRONG, "webhooks", str(wrong), "vestry config show")
    try:
        post = post_of(settings)
    except MailUnset as wrong:
        yield Finding(How.WRONG, "mail", str(wrong), "vestry mail test you@example.org")
    else:
        if post is None:
            yield Finding(How.LOOK, "mail", "No mail server is set: no letters, no links by mail.", "VESTRY_SMTP_URL=…")
        else:
            yield _mail(post)


def _mail(post: Post) -> Finding:
    try:
        close(connect(post))
    except Undelivered as trouble:
        said = f"{post.host}, port {post.port}: {SENTENCES[trouble.trouble]} {trouble.answer}".strip()
        return Finding(How.WRONG, "mail", said, "vestry mail test you@example.org")
    return Finding(How.WELL, "mail", f"{post.host}, as {post.sender}", "vestry mail test you@example.org")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _files(settings: Settings) -> Iterator[Finding]:
    for path in (settings.key_path, settings.signing_key_path):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(How.WRONG, "keys", f"Others on this machine can read {path}.", f"chmod 600 {path}")
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        folder = Path(url.database).absolute().parent
        if folder.exists() and (free := shutil.disk_usage(folder).free) < LEAST_FREE:
            yield Finding(How.WRONG, "room", f"{free // 2**20:,} MiB are left at {folder}.", "make room")


def worst(findings: list[Finding]) -> How:
    """Return how the worst of them stands."""
    order: Callable[[How], int] = [How.WELL, How.LOOK, How.WRONG].index
    return max((one.how for one in findings), key=order, default=How.WELL)
