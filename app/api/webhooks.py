"""Webhooks: where events are sent, how the deliveries went, and secrets, each shown once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app.api import describe
from app.api.door import Door
from app.api.events import EventName
from app.api.fields import EntryNumber, Id, Line, Order, Page, ShownOnce, Told, shown
from app.api.lists import PagingAsked, cursor_at, page_among, place_of
from app.api.service import at_once, service_of
from app.api.webhooks_told import WEBHOOKS
from app.events.types import MEANINGS
from app.people.tokens import Scope
from app.webhooks import deliveries, delivery_log, endpoints
from app.webhooks.delivery_log import Delivery
from app.webhooks.endpoints import Off, Webhook
from app.webhooks.sending import Trouble
from app.webhooks.setup import Outgoing
from app.webhooks.targets import LONGEST_URL
from ledger.errors import NotAllowedNow
from ledger.types import MOST_UNITS, Act

door = Door("webhooks")
describe.WEBHOOKS.update(WEBHOOKS)

NOTHING_MORE = Order()

ID = "whk_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
DELIVERY = {
    "id": "msg_01KJQ3YTC8B2S1XQ9M3W0N5J7D",
    "type": "grant.issued",
    "entry": 4811,
    "state": "waiting",
    "queued_at": "2026-03-02T15:30:02Z",
    "attempts": 1,
    "tried_at": "2026-03-02T15:30:03Z",
    "took_ms": 214,
    "next_try_at": "2026-03-02T15:30:09Z",
    "trouble": "STATUS",
    "status": 503,
}
EXAMPLE = {
    "id": ID,
    "label": "The EHR",
    "url": "https://ehr.example.org/vestry",
    "types": ["grant.issued", "period.closed"],
    "made_at": "2026-03-02T15:30:00Z",
    "made_by": "usr_admin",
    "is_on": True,
    "off_at": None,
    "off_why": None,
    "failing_since": None,
    "next_entry": 4812,
    "earlier_secret_until": None,
}
SECRET = "whsec_…"


def _outgoing(request: Request) -> Outgoing:
    return service_of(request).outgoing


OutgoingAtHand = Annotated[Outgoing, Depends(at_once(_outgoing))]

Url = Annotated[str, Strict(), Field(min_length=1, max_length=LONGEST_URL, examples=["https://ehr.example.org/vestry"])]
Types = Annotated[list[EventName], Field(max_length=len(MEANINGS), examples=[["grant.issued"]])]


class WebhookIn(Order):
    """Where events are to be sent."""

    model_config = shown(
        {"label": "The EHR", "url": "https://ehr.example.org/vestry", "types": ["grant.issued", "period.closed"]}
    )

    label: Line
    """What it is for."""
    url: Url
    """Over https, to the public internet."""
    types: Types = Field(default_factory=list)
    """Of events; all of them where none is named."""


class NewWebhookIn(WebhookIn):
    """Where events are to be sent, and from where on."""

    after: EntryNumber | None = None
    """Begin with what follows on this entry; with what happens from now on where it is left out."""


class WebhookOut(Told):
    """Where events are sent."""

    model_config = shown(EXAMPLE)

    id: str
    label: str
    url: str
    types: list[str]
    """Of events; all where it is empty."""
    made_at: datetime
    made_by: str
    is_on: bool
    off_at: datetime | None
    off_why: Off | None
    """By hand; because nothing could be delivered for three days; because it answered 410; because its secret can't be
    read any more."""
    failing_since: datetime | None
    """When the first of the tries was that failed in a row; none where the last one did not."""
    next_entry: int
    """Everything before this entry is put in for it."""
    earlier_secret_until: datetime | None
    """Until when the secret before signs, too."""

    @classmethod
    def of(cls, one: Webhook) -> WebhookOut:
        """Return a webhook as the API tells it."""
        return cls(
            id=one.id,
            label=one.label,
            url=one.url,
            types=sorted(one.types),
            made_at=one.made_at,
            made_by=one.made_by,
            is_on=one.off_at is None,
            off_at=one.off_at,
            off_why=one.off_why,
            failing_since=one.failing_since,
            next_entry=one.next_n,
            earlier_secret_until=one.earlier_until,
        )


class WebhookSecret(ShownOnce):
    """A webhook with the secret that signs what it sends, shown this once."""

    model_config = shown({"webhook": EXAMPLE, "secret": SECRET})

    webhook: WebhookOut
    secret: str | None
    """`whsec_` and the secret in base64. None where the request was repeated: rotate it to have one."""

    def without(self) -> WebhookSecret:
        """Return it without the secret."""
        return WebhookSecret(webhook=self.webhook, secret=None)


class WebhookDeliveryOut(Told):
    """What became of an event that was to be told."""

    model_config = shown(DELIVERY)

    id: str
    """The `webhook-id`: the same at every try."""
    type: str
    entry: int | None
    """None where the webhook was only tried."""
    state: str
    """waiting, delivered, or given_up."""
    queued_at: datetime
    attempts: int
    tried_at: datetime | None
    took_ms: int | None
    next_try_at: datetime | None
    trouble: Trouble | None
    status: int | None
    """The HTTP status of the last answer."""

    @classmethod
    def of(cls, one: Delivery) -> WebhookDeliveryOut:
        """Return a delivery as the API tells it; what was answered is for administrators alone."""
        return cls(
            id=one.id,
            type=one.type,
            entry=one.n,
            state=one.state,
            queued_at=one.queued_at,
            attempts=one.attempts,
            tried_at=one.tried_at,
            took_ms=one.took_ms,
            next_try_at=one.due_at if one.state == "waiting" else None,
            trouble=one.trouble,
            status=one.status,
        )


@door.read("/webhooks", Scope.WEBHOOKS_WRITE)
def list_webhooks(db: Session, page: PagingAsked) -> Page[WebhookOut]:
    """List webhooks."""
    return page_among("webhooks", endpoints.webhooks(db), page, WebhookOut.of, lambda one: one.id)


@door.write("/webhooks", Scope.WEBHOOKS_WRITE, refuses=[NotAllowedNow])
def add_webhook(db: Session, act: Act, outgoing: OutgoingAtHand, order: NewWebhookIn) -> WebhookSecret:
    """Add a webhook.

    The answer shows its secret, once. Each event is sent as `POST` with the headers of the Standard Webhooks
    (`webhook-id`, `webhook-timestamp`, `webhook-signature`); answer with a status from 200 to 299 within 15 seconds.
    Anything else is tried again: after 5 seconds, 5 and 30 minutes, then after hours, for three days. Events may come
    twice, or out of their order: `webhook-id` tells the one, `data.entry` the other.
    """
    made, secret = endpoints.add_webhook(
        db, act, outgoing, label=order.label, url=order.url, types=order.types, after=order.after
    )
    return WebhookSecret(webhook=WebhookOut.of(made), secret=secret)


@door.read("/webhooks/{webhook}", Scope.WEBHOOKS_WRITE)
def get_webhook(db: Session, webhook: Id) -> WebhookOut:
    """Get a webhook."""
    return WebhookOut.of(endpoints.find_webhook(db, webhook))


@door.write("/webhooks/{webhook}/change", Scope.WEBHOOKS_WRITE)
def change_webhook(db: Session, act: Act, outgoing: OutgoingAtHand, webhook: Id, order: WebhookIn) -> WebhookOut:
    """Change where a webhook goes, and of what it tells.

    Its secret stays.
    """
    changed = endpoints.change_webhook(db, act, outgoing, webhook, label=order.label, url=order.url, types=order.types)
    return WebhookOut.of(changed)


@door.write("/webhooks/{webhook}/rotate", Scope.WEBHOOKS_WRITE)
def rotate_webhook_secret(
    db: Session, act: Act, outgoing: OutgoingAtHand, webhook: Id, order: Order = NOTHING_MORE
) -> WebhookSecret:
    """Give a webhook a new secret.

    For 24 hours everything is signed by the one before as well.
    """
    made, secret = endpoints.rotate_secret(db, act, outgoing, webhook)
    return WebhookSecret(webhook=WebhookOut.of(made), secret=secret)


@door.write("/webhooks/{webhook}/turn-on", Scope.WEBHOOKS_WRITE, refuses=[NotAllowedNow])
def turn_webhook_on(db: Session, act: Act, webhook: Id, order: Order = NOTHING_MORE) -> WebhookOut:
    """Turn a webhook on.

    It goes on from where it stopped; nothing that happened meanwhile is left out.
    """
    return WebhookOut.of(endpoints.turn_on(db, act, webhook))


@door.write("/webhooks/{webhook}/turn-off", Scope.WEBHOOKS_WRITE)
def turn_webhook_off(db: Session, act: Act, webhook: Id, order: Order = NOTHING_MORE) -> WebhookOut:
    """Turn a webhook off."""
    return WebhookOut.of(endpoints.turn_off(db, act, webhook))


@door.write("/webhooks/{webhook}/remove", Scope.WEBHOOKS_WRITE)
def remove_webhook(db: Session, act: Act, webhook: Id, order: Order = NOTHING_MORE) -> WebhookOut:
    """Remove a webhook with the log of its deliveries."""
    return WebhookOut.of(endpoints.remove_webhook(db, act, webhook))


@door.write("/webhooks/{webhook}/test", Scope.WEBHOOKS_WRITE, refuses=[NotAllowedNow])
def try_webhook(db: Session, act: Act, webhook: Id, order: Order = NOTHING_MORE) -> WebhookDeliveryOut:
    """Try a webhook.

    Sends it an event of the type `webhook.test` within seconds; its deliveries tell what became of it.
    """
    return WebhookDeliveryOut.of(delivery_log.find_delivery(db, deliveries.put_test(db, act, webhook)))


@door.read("/webhooks/{webhook}/deliveries", Scope.WEBHOOKS_WRITE)
def list_webhook_deliveries(db: Session, webhook: Id, page: PagingAsked) -> Page[WebhookDeliveryOut]:
    """List deliveries to a webhook of the last 30 days.

    First those that only tried it, then events, the newest first.
    """
    endpoints.find_webhook(db, webhook)
    before = None if page.cursor is None else place_of("webhook-deliveries", page.cursor, 1)[0]
    found = delivery_log.deliveries(db, webhook, limit=page.limit + 1, before=before)
    following = None
    if len(found) > page.limit:
        last = found[page.limit - 1].n
        following = cursor_at("webhook-deliveries", MOST_UNITS if last is None else last)
    listed = [WebhookDeliveryOut.of(one) for one in found[: page.limit]]
    return Page(data=listed, next=following, has_more=following is not None)


@door.write("/webhooks/{webhook}/deliveries/{delivery}/send-again", Scope.WEBHOOKS_WRITE, refuses=[NotAllowedNow])
def send_webhook_delivery_again(
    db: Session, act: Act, webhook: Id, delivery: Id, order: Order = NOTHING_MORE
) -> WebhookDeliveryOut:
    """Send a delivery again.

    Now, whatever became of it, under the `webhook-id` that it had.
    """
    return WebhookDeliveryOut.of(deliveries.send_again(db, act, webhook, delivery))
