"""Letters to administrators about webhooks that were turned off because nothing could be delivered."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy.orm import Session

from app.mail.kinds import Kind
from app.mail.letters import Letter, Reader
from app.mail.readers import Readers
from app.mail.rounds import RECENT, Letters, Round
from app.people import administration
from app.webhooks.endpoints import Off, Webhook, webhooks
from ledger.types import Act, micros_of


def rounds(db: Session, act: Act) -> Iterator[Round]:
    """Yield the webhooks that were turned off of late, and not by hand."""
    for one in webhooks(db):
        if one.off_at is None or one.off_why is Off.BY_HAND or one.off_at < act.now - RECENT:
            continue
        key = f"webhook_off:{one.id}:{micros_of(one.off_at)}"
        yield Round(key, partial(_letters, act=act, one=one, key=key))


def _letters(db: Session, readers: Readers, *, act: Act, one: Webhook, key: str) -> Letters:
    found = (readers.of_actor(account.id) for account in administration.administrators(db, act.now))
    return [(to, _about(to, one, key)) for to in found if to is not None]


def _about(to: Reader, one: Webhook, key: str) -> Letter:
    return Letter(
        Kind.WEBHOOK,
        f"{key}:{to.account}",
        None,
        to.words.say("A webhook was turned off: {label}", label=one.label),
        (
            to.words.say("Nothing could be delivered to {url}, so nothing is sent there any more.", url=one.url),
            to.words.say("What happens meanwhile is not lost: once it is on again, it goes on from where it stopped."),
        ),
        to.words.say("You get this because you are an administrator; it can't be stopped."),
        f"/admin/webhooks/{one.id}",
        to.words.say("Open the webhook"),
    )
