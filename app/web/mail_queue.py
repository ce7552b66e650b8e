"""The administrator's page of letters: what waits, and what could not be sent and why.

What is written in them is not told: a sign-in link may be in it.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.mail import names, queue, troubles, ways_in
from app.mail.queue import Queued
from app.mail.readers import house_of
from app.people import accounts, address_changes
from app.people.roles import Role
from app.web.admin import AUTHORITY, person
from app.web.site import Go, Here, Pages, View
from ledger.errors import NotAllowedNow
from ledger.types import Act

pages = Pages(early=True)
PATH = "/admin/mail"
MOST = 100
"""How many letters the page lists."""


@pages.get(PATH, Role.ADMIN)
def letters(db: Session, here: Here) -> View:
    """What waits and what could not be sent."""
    found = queue.listed(db)
    called = {one.id: one.name for one in accounts.accounts(db)}
    told = [_told(here, one, called) for one in found[:MOST]]
    return View(
        "mail_queue.html",
        {
            "failed": [one for one in told if one["is_over"]],
            "waiting": [one for one in told if not one["is_over"]],
            "count": len(found),
            "most": MOST,
            "last": queue.last_sent(db),
        },
    )


def _told(here: Here, one: Queued, called: dict[str, str]) -> dict[str, object]:
    return {
        "id": one.id,
        "what": names.called(here.words, one.kind),
        "name": called.get(one.account or "", ""),
        "account": one.account,
        "queued_at": one.queued_at,
        "due_at": one.due_at,
        "attempts": one.attempts,
        "trouble": troubles.told(here.words, one.trouble) if one.trouble else "",
        "answer": one.answer,
        "is_over": one.given_up_at is not None,
    }


@pages.post(f"{PATH}/again", Role.ADMIN, again=letters, authority=AUTHORITY)
def send_again(db: Session, act: Act, here: Here) -> Go:
    """Send a letter now."""
    if not here.mails:
        raise NotAllowedNow(here.words.say("This service has no mail server, so nothing can be sent."))
    queue.try_again(db, act, here.form.get("letter", ""))
    return Go(PATH, here.words.say("It is sent within a minute."))


@pages.post(f"{PATH}/drop", Role.ADMIN, again=letters, authority=AUTHORITY)
def drop(db: Session, act: Act, here: Here) -> Go:
    """Take a letter out of the queue for good."""
    del act
    queue.drop(db, here.form.get("letter", ""))
    return Go(PATH, here.words.say("It is out of the queue and will not be sent."))


@pages.post("/admin/accounts/{account}/send-link", Role.ADMIN, again=person, authority=AUTHORITY)
def send_link(db: Session, act: Act, here: Here, account: str) -> Go:
    """Send somebody a link that lets them in."""
    if not here.mails:
        raise NotAllowedNow(here.words.say("This service has no mail server, so nothing can be sent."))
    to = ways_in.send_link(db, act, house_of(db, here.origin), account)
    return Go(f"/admin/accounts/{account}", here.words.say("A link is on its way to {address}.", address=to))


@pages.post("/admin/accounts/{account}/address", Role.ADMIN, again=person, authority=AUTHORITY)
def set_address(db: Session, act: Act, here: Here, account: str) -> Go:
    """Set where somebody's letters go."""
    made = address_changes.set_address(db, act, house_of(db, here.origin), account, here.form.get("email", ""))
    note = here.words.say("Nothing can be sent to {name} any more.", name=made.name)
    if made.email is not None:
        note = here.words.say("Letters to {name} now go to {address}.", name=made.name, address=made.email)
    return Go(f"/admin/accounts/{account}", note)
