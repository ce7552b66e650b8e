"""The administrator's pages of webhooks: where events are sent, what became of each, and secrets, each shown once."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.events.types import MEANINGS
from app.people.roles import Role
from app.web.admin import AUTHORITY
from app.web.site import Go, Here, Pages, View
from app.webhooks import deliveries, delivery_log, endpoints
from app.webhooks.delivery_log import Delivery
from app.webhooks.endpoints import Off, Webhook
from app.webhooks.sending import Trouble
from app.webhooks.setup import Outgoing
from ledger.types import Act

pages = Pages(early=True)
PATH = "/admin/webhooks"
MOST = 50
"""How many deliveries the page lists."""

TROUBLES: Mapping[Trouble, str] = {
    Trouble.REFUSED: "The address is a private one. Whoever runs the service can allow its network.",
    Trouble.NAME: "The name in the address leads nowhere.",
    Trouble.CONNECTION: "Nobody answers there.",
    Trouble.TLS: "Their certificate is not valid for the name in the address.",
    Trouble.TIMEOUT: "They took too long to answer.",
    Trouble.STATUS: "They did not take it.",
    Trouble.SECRET: "Its secret can't be read any more, because the key file is another. Give it a new one.",
}
"""Why an event could not be delivered, in words."""

OFF: Mapping[Off, str] = {
    Off.BY_HAND: "Somebody turned it off.",
    Off.FAILING: "For three days nothing could be delivered.",
    Off.GONE: "It answered that it wants no more (410).",
    Off.SECRET: "Its secret can't be read any more, because the key file is another. Give it a new one.",
}
"""Why nothing is sent, in words."""


@pages.get(PATH, Role.ADMIN)
def webhooks(db: Session, here: Here) -> View:
    """Every webhook, and a form for another."""
    found = [_told(db, here, one) for one in endpoints.webhooks(db)]
    return View("webhooks.html", {"webhooks": found, "types": list(MEANINGS)})


def _told(db: Session, here: Here, one: Webhook) -> dict[str, object]:
    off = "" if one.off_why is None else here.words.say(OFF[one.off_why])
    return {"one": one, "off": off, "waiting": delivery_log.waiting(db, one.id)}


def _outgoing(here: Here) -> Outgoing:
    assert here.outgoing is not None
    return here.outgoing


def _types(here: Here) -> list[str]:
    return here.form.get("types", "").replace(",", " ").split()


@pages.post(PATH, Role.ADMIN, again=webhooks, authority=AUTHORITY)
def add(db: Session, act: Act, here: Here) -> View:
    """Add a webhook and show its secret, once: it stands neither in the address nor in what is kept of the form."""
    made, secret = endpoints.add_webhook(
        db, act, _outgoing(here), label=here.form.get("label", ""), url=here.form.get("url", ""), types=_types(here)
    )
    return View("webhook_secret.html", {"one": made, "secret": secret})


@pages.get(f"{PATH}/{{webhook}}", Role.ADMIN)
def webhook(db: Session, here: Here, webhook: str) -> View:
    """One webhook: how it is, what was sent of late."""
    one = endpoints.find_webhook(db, webhook)
    found = delivery_log.deliveries(db, webhook, limit=MOST)
    log = [(each, _outcome(here, each)) for each in found]
    return View("webhook.html", _told(db, here, one) | {"log": log, "types": list(MEANINGS), "most": MOST})


def _outcome(here: Here, one: Delivery) -> str:
    return "" if one.trouble is None or one.done_at is not None else here.words.say(TROUBLES[one.trouble])


@pages.post(f"{PATH}/{{webhook}}/change", Role.ADMIN, again=webhook, authority=AUTHORITY)
def change(db: Session, act: Act, here: Here, webhook: str) -> Go:
    """Change where a webhook goes, and of what it tells."""
    endpoints.change_webhook(
        db,
        act,
        _outgoing(here),
        webhook,
        label=here.form.get("label", ""),
        url=here.form.get("url", ""),
        types=_types(here),
    )
    return Go(f"{PATH}/{webhook}", here.words.say("Changed. What waits goes to the new address."))


@pages.post(f"{PATH}/{{webhook}}/rotate", Role.ADMIN, again=webhook, authority=AUTHORITY)
def rotate(db: Session, act: Act, here: Here, webhook: str) -> View:
    """Give a webhook a new secret, and show it once."""
    made, secret = endpoints.rotate_secret(db, act, _outgoing(here), webhook)
    return View("webhook_secret.html", {"one": made, "secret": secret})


@pages.post(f"{PATH}/{{webhook}}/test", Role.ADMIN, again=webhook, authority=AUTHORITY)
def test(db: Session, act: Act, here: Here, webhook: str) -> Go:
    """Try a webhook."""
    deliveries.put_test(db, act, webhook)
    return Go(f"{PATH}/{webhook}", here.words.say("It is sent within seconds. Load this page again to see the answer."))


@pages.post(f"{PATH}/{{webhook}}/again", Role.ADMIN, again=webhook, authority=AUTHORITY)
def send_again(db: Session, act: Act, here: Here, webhook: str) -> Go:
    """Send a delivery again."""
    deliveries.send_again(db, act, webhook, here.form.get("delivery", ""))
    return Go(f"{PATH}/{webhook}", here.words.say("It is sent within seconds. Load this page again to see the answer."))


@pages.post(f"{PATH}/{{webhook}}/on", Role.ADMIN, again=webhook, authority=AUTHORITY)
def turn_on(db: Session, act: Act, here: Here, webhook: str) -> Go:
    """Turn a webhook on."""
    endpoints.turn_on(db, act, webhook)
    return Go(f"{PATH}/{webhook}", here.words.say("It is on, and goes on from where it stopped."))


@pages.post(f"{PATH}/{{webhook}}/off", Role.ADMIN, again=webhook, authority=AUTHORITY)
def turn_off(db: Session, act: Act, here: Here, webhook: str) -> Go:
    """Turn a webhook off."""
    endpoints.turn_off(db, act, webhook)
    return Go(f"{PATH}/{webhook}", here.words.say("It is off. What happens meanwhile is sent once it is on again."))


@pages.post(f"{PATH}/{{webhook}}/remove", Role.ADMIN, again=webhook, authority=AUTHORITY)
def remove(db: Session, act: Act, here: Here, webhook: str) -> Go:
    """Remove a webhook, with its log."""
    gone = endpoints.remove_webhook(db, act, webhook)
    return Go(PATH, here.words.say("Nothing is sent to {url} any more.", url=gone.url))
