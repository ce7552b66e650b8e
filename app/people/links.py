"""Who made sign-in links for somebody: so that nobody comes in as somebody else unseen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.people import accounts, tables, vault
from app.people.administration import SHELL
from ledger.errors import NotFound
from ledger.types import moment_at

RECENT = 10


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link that was made for somebody.

    Attributes:
        made_by: The name of whoever made it; None for the command line.
        used_at: When somebody came in by it; None for never.
    """

    made_by: str | None
    created_at: datetime
    used_at: datetime | None


def links_for(db: Session, account: str) -> list[MadeLink]:
    """Return the last links that were made for an account, the newest first."""
    columns = tables.sign_in_link.c
    query = select(tables.sign_in_link).where(columns.account == account).order_by(columns.created_at.desc())
    rows = db.execute(query.limit(RECENT)).mappings().all()
    return [
        MadeLink(
            called(db, row["made_by"]),
            moment_at(row["created_at"]),
            None if row["used_at"] is None else moment_at(row["used_at"]),
        )
        for row in rows
    ]


def called(db: Session, actor: str) -> str | None:
    """Return the name of whoever acts under an id: a holder's, or an account's; None for the command line."""
    if actor == SHELL:
        return None
    try:
        return accounts.find_account(db, actor).name
    except NotFound:
        return vault.names(db, [actor]).get(actor, actor)
