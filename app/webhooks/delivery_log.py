"""The log of deliveries: what became of each event that was to be told to a webhook, for some weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.webhooks.sending import Trouble
from app.webhooks.tables import webhook_delivery
from ledger.errors import NotFound
from ledger.types import micros_of, moment_at

KEPT = timedelta(days=30)
"""How long it is kept what became of a delivery."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an event that was to be told to a webhook.

    Attributes:
        n: The entry's number; None where the webhook was only tried.
        due_at: When it is tried next, if it is not over.
        answer: The first of what was said with the status, for administrators alone.
    """

    id: str
    webhook: str
    n: int | None
    type: str
    queued_at: datetime
    due_at: datetime
    attempts: int
    tried_at: datetime | None
    took_ms: int | None
    done_at: datetime | None
    given_up_at: datetime | None
    trouble: Trouble | None
    status: int | None
    answer: str

    @property
    def state(self) -> str:
        """waiting, delivered, or given_up."""
        if self.done_at is not None:
            return "delivered"
        return "waiting" if self.given_up_at is None else "given_up"


def is_open() -> Any:  # noqa: ANN401 - a clause
    """Return the clause that holds for deliveries that are neither done nor given up."""
    return webhook_delivery.c.done_at.is_(None) & webhook_delivery.c.given_up_at.is_(None)


def find_delivery(db: Session, id: str) -> Delivery:
    """Return a delivery.

    Raises:
        NotFound: There is none with this id, or not any more.
    """
    row = db.execute(select(webhook_delivery).where(webhook_delivery.c.id == id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no delivery {id!r}, or not any more.", field="delivery")
    return _delivery(row)


def deliveries(db: Session, id: str, *, limit: int, before: int | None = None) -> list[Delivery]:
    """Return the newest deliveries to a webhook: messages that tried it, then events, the last entry first.

    Args:
        db: The session.
        id: The webhook's.
        limit: How many at most.
        before: Only those of entries before this number.
    """
    columns = webhook_delivery.c
    query = select(webhook_delivery).where(columns.webhook == id)
    if before is not None:
        query = query.where(columns.n < before)
    order = (columns.n.is_not(None), columns.n.desc(), columns.id.desc())
    return [_delivery(row) for row in db.execute(query.order_by(*order).limit(limit)).mappings()]


def waiting(db: Session, id: str) -> int:
    """Return how many deliveries wait for a webhook."""
    query = select(func.count()).where(webhook_delivery.c.webhook == id, is_open())
    return int(db.execute(query).scalar_one())


def has_old(db: Session, now: datetime) -> bool:
    """Return whether there is something to trim."""
    return db.execute(select(webhook_delivery.c.id).where(_is_old(now)).limit(1)).first() is not None


def trim(db: Session, now: datetime) -> int:
    """Forget what became of deliveries that were over weeks ago, and return how many that was."""
    return int(db.execute(delete(webhook_delivery).where(_is_old(now))).rowcount)  # type: ignore[attr-defined]


def _is_old(now: datetime) -> Any:  # noqa: ANN401 - a clause
    columns, before = webhook_delivery.c, micros_of(now - KEPT)
    return ~is_open() & (columns.queued_at < before) & (columns.tried_at < before)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else moment_at(micros)


def _delivery(row: Any) -> Delivery:  # noqa: ANN401 - a row
    same = {name: row[name] for name in ("id", "webhook", "n", "type", "attempts", "took_ms", "status")}
    return Delivery(
        queued_at=moment_at(row["queued_at"]),
        due_at=moment_at(row["due_at"]),
        trouble=None if row["trouble"] is None else Trouble(row["trouble"]),
        answer=row["answer"] or "",
        tried_at=_moment(row["tried_at"]),
        done_at=_moment(row["done_at"]),
        given_up_at=_moment(row["given_up_at"]),
        **same,
    )
