"""Deliveries: an event is put in once for each webhook, claimed by one courier, sent, tried again, or given up.

Sending happens outside any transaction: a courier claims a delivery, sends it, and notes what became of it. One that
dies in between has its claim run out; the event is sent again then, under the same ``webhook-id``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.events.feed import Event, event_of, events_after
from app.events.types import TEST
from app.webhooks.delivery_log import Delivery, find_delivery, is_open, waiting
from app.webhooks.endpoints import Off, find_webhook
from app.webhooks.sending import Answer, Trouble
from app.webhooks.tables import webhook, webhook_delivery
from ledger import journal
from ledger.errors import NotAllowedNow, NotFound
from ledger.types import Act, micros_of, moment_at

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""How long a delivery waits after each failure, and up to a fifth more; after the last (three days) it is given up."""

LONGEST_QUIET = timedelta(minutes=30)
"""How long nothing at all is sent after a failure: then another one that is due finds out whether it is up again."""

OFF_AFTER = timedelta(days=3)
"""How long nothing may be delivered before a webhook is turned off."""

LONGEST_WAIT = timedelta(days=1)
"""How long we wait at most because we are asked to (``Retry-After``)."""

CLAIM = timedelta(minutes=2)
"""How long a courier may take before another one may."""

MOST_WAITING = 1_000
"""How many may wait for one webhook; what happens beyond is put in when these are gone."""

AT_ONCE = 500
"""How many are put in with one transaction."""


@dataclass(frozen=True, slots=True)
class Message:
    """A delivery on its way.

    Attributes:
        secrets: Encrypted; the newest first.
    """

    id: str
    webhook: str
    url: str
    body: bytes
    secrets: tuple[bytes, ...]


def body_of(event: Event) -> bytes:
    """Return what is sent of an event: what the feed tells of it, byte for byte the same at every try."""
    data = {"id": event.id, "entry": event.n, "reverses": event.reverses}
    return orjson.dumps({"type": event.type, "timestamp": _written(event.at), "data": data})


def _test_body(id: str, at: int) -> bytes:
    data = {"id": id, "entry": None, "reverses": None}
    return orjson.dumps({"type": TEST, "timestamp": _written(moment_at(at)), "data": data})


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def lagging(db: Session) -> list[str]:
    """Return the webhooks that have not looked at the newest entries."""
    columns = webhook.c
    query = select(columns.id).where(columns.off_at.is_(None), columns.next_n < journal.size(db))
    return list(db.execute(query.order_by(columns.id)).scalars())


def put_in(db: Session, act: Act, id: str) -> bool:
    """Put what happened since into the queue of a webhook, some at a time, and return whether there is more.

    Of two couriers that do so at once, one does.
    """
    columns = webhook.c
    row = db.execute(select(columns.next_n, columns.types).where(columns.id == id, columns.off_at.is_(None))).first()
    if row is None:
        return False
    room = MOST_WAITING - waiting(db, id)
    if room <= 0:
        return False
    found = events_after(db, row.next_n - 1, limit=min(room, AT_ONCE), types=frozenset(row.types.split()))
    if found.last is None or found.last < row.next_n:
        return False
    mine = update(webhook).where(columns.id == id, columns.next_n == row.next_n).values(next_n=found.last + 1)
    if db.execute(mine).rowcount == 1 and found.events:  # type: ignore[attr-defined]
        db.execute(insert(webhook_delivery), [_row(act, id, one.type, one.n) for one in found.events])
    return found.has_more


def _row(act: Act, webhook: str, type: str, n: int | None) -> dict[str, Any]:
    at = act.at
    named = {"id": act.new_id("msg"), "webhook": webhook, "n": n, "type": type}
    return named | {"queued_at": at, "due_at": at, "attempts": 0}


def put_test(db: Session, act: Act, id: str) -> str:
    """Put a message in that only tries a webhook, and return its id.

    Raises:
        NotFound: There is no such webhook.
        NotAllowedNow: It is off.
    """
    _refuse_off(db, id)
    row = _row(act, id, TEST, None)
    db.execute(insert(webhook_delivery), [row])
    _hurry(db, id)
    return str(row["id"])


def send_again(db: Session, act: Act, webhook_id: str, id: str) -> Delivery:
    """Send a delivery now, whatever became of it, under the id that it had.

    Raises:
        NotFound: There is none with this id.
        NotAllowedNow: The webhook is off.
    """
    _refuse_off(db, webhook_id)
    there = update(webhook_delivery).where(webhook_delivery.c.id == id, webhook_delivery.c.webhook == webhook_id)
    anew = {"due_at": act.at, "attempts": 0, "done_at": None, "given_up_at": None, "claimed_until": None}
    if db.execute(there.values(anew)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(f"There is no delivery {id!r} to this webhook, or not any more.", field="delivery")
    _hurry(db, webhook_id)
    return find_delivery(db, id)


def _refuse_off(db: Session, id: str) -> None:
    if find_webhook(db, id).off_at is not None:
        raise NotAllowedNow("This webhook is off: turn it on first.")


def _hurry(db: Session, id: str) -> None:
    db.execute(update(webhook).where(webhook.c.id == id).values(quiet_until=None))


def busy(db: Session, now: datetime) -> list[str]:
    """Return the webhooks to which something is to be sent now."""
    columns = webhook_delivery.c
    query = select(columns.webhook).where(_is_due(micros_of(now)), _may_be_sent_to(micros_of(now)))
    return sorted(set(db.execute(query.distinct()).scalars()))


def next_due(db: Session, id: str, now: datetime) -> str | None:
    """Return the delivery to a webhook that is to be sent now; None for none."""
    columns = webhook_delivery.c
    query = select(columns.id).where(columns.webhook == id, _is_due(micros_of(now)), _may_be_sent_to(micros_of(now)))
    return db.execute(query.order_by(columns.due_at, columns.n, columns.id).limit(1)).scalar()


def _is_due(at: int) -> Any:  # noqa: ANN401 - a clause
    columns = webhook_delivery.c
    is_free = columns.claimed_until.is_(None) | (columns.claimed_until <= at)
    return is_open() & (columns.due_at <= at) & is_free


def _may_be_sent_to(at: int) -> Any:  # noqa: ANN401 - a clause
    columns = webhook.c
    is_ready = columns.off_at.is_(None) & (columns.quiet_until.is_(None) | (columns.quiet_until <= at))
    return webhook_delivery.c.webhook.in_(select(columns.id).where(is_ready))


def claim(db: Session, id: str, now: datetime) -> Message | None:
    """Take a delivery to send it; None if somebody else has it, or if it is not to be sent any more."""
    columns, at = webhook_delivery.c, micros_of(now)
    taken = update(webhook_delivery).where(columns.id == id, _is_due(at), _may_be_sent_to(at))
    values = {"claimed_until": micros_of(now + CLAIM), "attempts": columns.attempts + 1}
    if db.execute(taken.values(values)).rowcount != 1:  # type: ignore[attr-defined]
        return None
    one = db.execute(select(webhook_delivery).where(columns.id == id)).mappings().one()
    to = db.execute(select(webhook).where(webhook.c.id == one["webhook"])).mappings().one()
    earlier = to["earlier"] if to["earlier_until"] is not None and to["earlier_until"] > at else None
    body = _test_body(id, one["queued_at"]) if one["n"] is None else body_of(event_of(db, one["n"]))
    signed_by = (to["secret"],) if earlier is None else (to["secret"], earlier)
    return Message(id, to["id"], to["url"], body, signed_by)


def note(
    db: Session,
    id: str,
    now: datetime,
    answer: Answer,
    took_ms: int,
    chance: Callable[[], float] = random.random,
) -> None:
    """Note what became of a delivery that was sent, and what follows for it and for its webhook.

    Args:
        db: The session.
        id: The delivery's.
        now: When it was over.
        answer: What came of it.
        took_ms: Milliseconds that it took.
        chance: A number from 0 to 1: not all are tried again at the same moment.
    """
    row = db.execute(select(webhook_delivery).where(webhook_delivery.c.id == id)).mappings().first()
    if row is None:
        return
    at = micros_of(now)
    values: dict[str, Any] = {"claimed_until": None, "tried_at": at, "took_ms": took_ms, "status": answer.status}
    values |= {"trouble": None if answer.trouble is None else answer.trouble.value, "answer": answer.text}
    if answer.trouble is None:
        values["done_at"] = at
    elif row["attempts"] > len(PAUSES):
        values["given_up_at"] = at
    else:
        pause = PAUSES[row["attempts"] - 1] * (1 + chance() / 5)
        values["due_at"] = micros_of(now + max(pause, _asked(answer)))
    db.execute(update(webhook_delivery).where(webhook_delivery.c.id == id).values(values))
    _note_health(db, row["webhook"], now, answer)


def _asked(answer: Answer) -> timedelta:
    return min(timedelta(seconds=answer.retry_after or 0), LONGEST_WAIT)


def _note_health(db: Session, id: str, now: datetime, answer: Answer) -> None:
    columns, there = webhook.c, update(webhook).where(webhook.c.id == id)
    if answer.trouble is None:
        well = {"failures": 0, "failing_since": None, "quiet_until": None}
        db.execute(there.where(columns.failures > 0).values(well))
        return
    found = find_webhook(db, id)
    pause = min(PAUSES[min(found.failures, len(PAUSES) - 1)], LONGEST_QUIET)
    values: dict[str, Any] = {"failures": columns.failures + 1}
    values |= {"quiet_until": micros_of(now + max(pause, _asked(answer)))}
    if found.failing_since is None:
        values["failing_since"] = micros_of(now)
    why = _off(answer, now - found.failing_since if found.failing_since else timedelta())
    if why is not None and found.off_at is None:
        values |= {"off_at": micros_of(now), "off_why": why.value}
    db.execute(there.values(values))


def _off(answer: Answer, failing: timedelta) -> Off | None:
    """Return why a webhook is to be turned off after an answer, if it is."""
    if answer.trouble is Trouble.SECRET:
        return Off.SECRET
    if answer.status == 410:
        return Off.GONE
    return Off.FAILING if failing >= OFF_AFTER else None
