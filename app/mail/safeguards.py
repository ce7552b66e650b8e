"""What happened to somebody's account of late that they should know of: links, roles, passkeys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.mail import security
from app.mail.readers import Readers
from app.mail.rounds import Letters, Round
from app.mail.ways_in import link_key
from app.people import tables
from app.people.links import called
from app.people.roles import Role
from ledger.types import Act, micros_of

RECENT = timedelta(days=2)


def rounds(db: Session, act: Act) -> Iterator[Round]:
    """Yield what has happened to accounts."""
    since = micros_of(act.now - RECENT)
    links, roles = tables.sign_in_link, tables.account_role
    for row in db.execute(select(links).where(links.c.created_at >= since)).mappings():
        yield Round(link_key(row["secret_digest"]), partial(_link, row=dict(row)))
    added = tables.passkey.c.created_at >= since
    for row in db.execute(select(tables.passkey).where(added)).mappings():
        yield Round(f"passkey:{row['id']}", partial(_passkey, row=dict(row)))
    given = (roles.c.approved_at >= since, roles.c.ended_at.is_(None))
    for row in db.execute(select(roles).where(*given)).mappings():
        yield Round(f"role:{row['id']}", partial(_role, row=dict(row)))


def _link(db: Session, readers: Readers, *, row: dict[str, Any]) -> Letters:
    to = readers.of_actor(row["account"])
    if to is None or row["made_by"] in {to.account, to.holder}:
        return []
    by = called(db, row["made_by"]) or to.words.say("the command line")
    return [(to, security.link_made(to, link_key(row["secret_digest"]), by, row["created_at"]))]


def _passkey(db: Session, readers: Readers, *, row: dict[str, Any]) -> Letters:
    del db
    to = readers.of_actor(row["account"])
    return [] if to is None else [(to, security.passkey_added(to, f"passkey:{row['id']}", row["created_at"]))]


def _role(db: Session, readers: Readers, *, row: dict[str, Any]) -> Letters:
    del db
    to = readers.of_actor(row["account"])
    if to is None:
        return []
    role = Role(row["role"])
    called_so = to.words.say(role.value.title())
    return [(to, security.role_given(to, f"role:{row['id']}", called_so, row["until"]))]
