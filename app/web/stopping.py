"""Stopping letters by one click (RFC 8058): without signing in, by what stands in each of them.

Mail programs send the form themselves, from wherever they are: what lets it in is the token in the address, and all it
can do is stop a kind of letter. Looking at the page changes nothing, since programs look at links too.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.mail import queue
from app.mail.kinds import OFFERED, Topic
from app.people import accounts, preferences
from app.web.preferences import called
from app.web.site import Anybody, Here, Pages, View
from ledger.errors import NotFound
from ledger.types import Act

pages = Pages(early=True)


def _whose(db: Session, token: str) -> tuple[str, Topic]:
    found = queue.whose(db, token)
    if found is None:
        raise NotFound("This link stops nothing: it is not one of ours.")
    return found


def _named(db: Session, here: Here, account: str, topic: Topic) -> dict[str, object]:
    # the address is not told: whoever has a forwarded letter has the link too
    return {"about": called(here, topic), "name": accounts.find_account(db, account).name}


@pages.get("/mail/stop/{token}", Anybody)
def ask(db: Session, here: Here, token: str) -> View:
    """Whether one kind of letter, or all, should stop."""
    account, topic = _whose(db, token)
    return View("mail_stop.html", {**_named(db, here, account, topic), "token": token, "done": ""})


@pages.post("/mail/stop/{token}", Anybody, from_anywhere=True)
def stop(db: Session, act: Act, here: Here, token: str) -> View:
    """Stop one kind of letter, or all that can be stopped."""
    del act
    account, topic = _whose(db, token)
    is_all = bool(here.form.get("all"))
    preferences.stop(db, account, (*OFFERED, Topic.DIGEST) if is_all else (topic,))
    done = "all" if is_all else "one"
    return View("mail_stop.html", {**_named(db, here, account, topic), "token": token, "done": done})
