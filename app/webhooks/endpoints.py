"""Webhooks themselves: where events are sent, of which types, signed by which secret, and whether at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.events.types import MEANINGS
from app.webhooks.setup import Outgoing
from app.webhooks.signing import new_secret
from app.webhooks.tables import webhook, webhook_delivery
from app.webhooks.targets import target_of
from ledger import journal
from ledger.errors import Invalid, NotAllowedNow, NotFound
from ledger.types import Act, micros_of, moment_at

MOST_WEBHOOKS = 50
LONGEST_LABEL = 100

EARLIER_SIGNS = timedelta(hours=24)
"""How long the secret before a rotated one signs, too."""


class Off(StrEnum):
    """Why nothing is sent to a webhook."""

    BY_HAND = "BY_HAND"
    """Somebody turned it off."""
    FAILING = "FAILING"
    """For days nothing could be delivered."""
    GONE = "GONE"
    """It answered 410: it wants no more."""
    SECRET = "SECRET"
    """Its secret can't be read any more; rotate it."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events are sent.

    Attributes:
        types: Of events; all where it is empty.
        earlier_until: Until when the secret before signs, too; None where it was not rotated of late.
        next_n: The first entry that was not looked at.
        failures: Tries in a row that came to nothing.
        failing_since: When the first of them was.
        off_at: Since when nothing is sent; None where it is on.
    """

    id: str
    label: str
    url: str
    types: frozenset[str]
    made_at: datetime
    made_by: str
    earlier_until: datetime | None
    next_n: int
    failures: int
    failing_since: datetime | None
    off_at: datetime | None
    off_why: Off | None


def webhooks(db: Session) -> list[Webhook]:
    """Return every webhook, oldest first."""
    return [_webhook(row) for row in db.execute(select(webhook).order_by(webhook.c.id)).mappings()]


def find_webhook(db: Session, id: str) -> Webhook:
    """Return a webhook.

    Raises:
        NotFound: There is none with this id.
    """
    row = db.execute(select(webhook).where(webhook.c.id == id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no webhook {id!r}.", field="webhook")
    return _webhook(row)


def add_webhook(
    db: Session,
    act: Act,
    outgoing: Outgoing,
    *,
    label: str,
    url: str,
    types: Collection[str] = (),
    after: int | None = None,
) -> tuple[Webhook, str]:
    """Add a webhook, and return it with its secret, which can't be had again.

    Args:
        db: The session.
        act: Who adds it.
        outgoing: What it goes out with.
        label: What it is for.
        url: Where it goes.
        types: Of events; all where none is named.
        after: Begin with what follows on this entry; with what happens from now on where it is None.

    Raises:
        Invalid: Webhooks do not go there, there is no such type, or no label.
        NotAllowedNow: There are too many already.
    """
    journal.lock(db)
    if len(webhooks(db)) >= MOST_WEBHOOKS:
        raise NotAllowedNow(f"There are {MOST_WEBHOOKS} webhooks already; remove one first.")
    id, secret, size = act.new_id("whk"), new_secret(), journal.size(db)
    row = _said(outgoing, label, url, types) | {
        "id": id,
        "secret": outgoing.seal(id, secret),
        "made_at": act.at,
        "made_by": act.actor,
        "next_n": size if after is None else min(after + 1, size),
        "failures": 0,
    }
    db.execute(insert(webhook), [row])
    return find_webhook(db, id), secret


def change_webhook(
    db: Session, act: Act, outgoing: Outgoing, id: str, *, label: str, url: str, types: Collection[str]
) -> Webhook:
    """Change where a webhook goes and of what it tells; its secret stays, and what waits goes to the new address.

    Raises:
        NotFound: There is none with this id.
        Invalid: As for ``add_webhook``.
    """
    del act
    find_webhook(db, id)
    _set(db, id, _said(outgoing, label, url, types) | _WELL)
    return find_webhook(db, id)


def _said(outgoing: Outgoing, label: str, url: str, types: Collection[str]) -> dict[str, Any]:
    label, url = label.strip(), url.strip()
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        raise Invalid(f"Say what it is for, in at most {LONGEST_LABEL} characters.", field="label")
    target_of(url, outgoing.allowed)
    unknown = sorted(set(types) - set(MEANINGS))
    if unknown:
        raise Invalid(f"There is no type of event {unknown[0]!r}.", field="types")
    return {"label": label, "url": url, "types": " ".join(sorted(set(types)))}


def rotate_secret(db: Session, act: Act, outgoing: Outgoing, id: str) -> tuple[Webhook, str]:
    """Give a webhook a new secret and return both; for a day what it sends is signed by the one before as well.

    One that was off because its secret could not be read is on again.

    Raises:
        NotFound: There is none with this id.
    """
    found, secret = find_webhook(db, id), new_secret()
    values: dict[str, Any] = {"secret": outgoing.seal(id, secret)}
    if found.off_why is Off.SECRET:
        values |= {"earlier": None, "earlier_until": None, "off_at": None, "off_why": None}
    else:
        values |= {"earlier": webhook.c.secret, "earlier_until": micros_of(act.now + EARLIER_SIGNS)}
    _set(db, id, values)
    return find_webhook(db, id), secret


def turn_off(db: Session, act: Act, id: str, why: Off = Off.BY_HAND) -> Webhook:
    """Send nothing more to a webhook until it is turned on; what happens meanwhile is not lost.

    Raises:
        NotFound: There is none with this id.
    """
    find_webhook(db, id)
    is_on = (webhook.c.id == id, webhook.c.off_at.is_(None))
    db.execute(update(webhook).where(*is_on).values(off_at=act.at, off_why=why.value))
    return find_webhook(db, id)


def turn_on(db: Session, act: Act, id: str) -> Webhook:
    """Send to a webhook again, from where it stopped.

    Raises:
        NotFound: There is none with this id.
        NotAllowedNow: Its secret can't be read any more.
    """
    del act
    if find_webhook(db, id).off_why is Off.SECRET:
        raise NotAllowedNow("The key file is another than the one that this secret was encrypted with: rotate it.")
    _set(db, id, {"off_at": None, "off_why": None} | _WELL)
    return find_webhook(db, id)


def remove_webhook(db: Session, act: Act, id: str) -> Webhook:
    """Remove a webhook with all that is noted of its deliveries, and return what it was.

    Raises:
        NotFound: There is none with this id.
    """
    del act
    found = find_webhook(db, id)
    db.execute(delete(webhook_delivery).where(webhook_delivery.c.webhook == id))
    db.execute(delete(webhook).where(webhook.c.id == id))
    return found


_WELL: dict[str, Any] = {"failures": 0, "failing_since": None, "quiet_until": None}


def _set(db: Session, id: str, values: dict[str, Any]) -> None:
    db.execute(update(webhook).where(webhook.c.id == id).values(values))


def _webhook(row: Any) -> Webhook:  # noqa: ANN401 - a row
    earlier, failing, off = (
        None if row[name] is None else moment_at(row[name]) for name in ("earlier_until", "failing_since", "off_at")
    )
    return Webhook(
        id=row["id"],
        label=row["label"],
        url=row["url"],
        types=frozenset(row["types"].split()),
        made_at=moment_at(row["made_at"]),
        made_by=row["made_by"],
        earlier_until=earlier,
        next_n=row["next_n"],
        failures=row["failures"],
        failing_since=failing,
        off_at=off,
        off_why=None if row["off_why"] is None else Off(row["off_why"]),
    )
