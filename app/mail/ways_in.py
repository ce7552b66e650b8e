"""Letters with a link that lets somebody in: an invitation, or a link asked for on the sign-in page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy.orm import Session

from app.mail import queue
from app.mail.kinds import Kind
from app.mail.letters import House, Letter, Reader
from app.mail.readers import reader_of
from app.people import accounts, administration
from app.people.accounts import LINK_HOURS, Account
from app.people.addresses import address_of
from ledger.errors import NotAllowedNow
from ledger.types import Act, micros_of

MOST_AN_HOUR = 3
"""How many links one person may have sent to them in an hour."""

MOST_ALL_AN_HOUR = 300
"""How many all together: nobody floods other people's mailboxes through us."""


def send_link(db: Session, act: Act, house: House, account: str) -> str:
    """Send somebody a link that lets them in, and return the address it goes to.

    Raises:
        NotFound: There is no such account, or it has ended.
        NotAllowedNow: It has no e-mail address.
    """
    found = accounts.find_account(db, account)
    reader = reader_of(db, found)
    made = administration.link_for(db, act, account)
    if reader is None:
        raise NotAllowedNow("This account has no e-mail address.", field="email")
    _queue(db, act, house, reader, made.secret, made.hours, is_asked_for=False)
    return reader.address


def ask_for_link(db: Session, act: Act, house: House, address: str, *, language: str, next_page: str = "") -> None:
    """Send a link to whoever has this address; nobody is told whether anybody does.

    Raises:
        Invalid: It is no address.
    """
    for one in accounts.with_address(db, address_of(address)):
        # also what hides who has an address: after three tries, one that is known takes no longer than one that is not
        if _may_have_one(db, act, one):
            reader = reader_of(db, one, language=language)
            assert reader is not None
            secret = accounts.make_link(db, replace(act, actor=one.actor), one.id)
            _queue(db, act, house, reader, secret, LINK_HOURS, is_asked_for=True, next_page=next_page)


def _may_have_one(db: Session, act: Act, account: Account) -> bool:
    hour = timedelta(hours=1)
    mine = queue.queued_since(db, act.now, hour, kind=Kind.SIGN_IN, account=account.id)
    return mine < MOST_AN_HOUR and queue.queued_since(db, act.now, hour, kind=Kind.SIGN_IN) < MOST_ALL_AN_HOUR


def _queue(
    db: Session,
    act: Act,
    house: House,
    to: Reader,
    secret: str,
    hours: int,
    *,
    is_asked_for: bool,
    next_page: str = "",
) -> None:
    until = act.now + timedelta(hours=hours)
    page = f"/enter/{secret}" + (f"?next={quote(next_page)}" if next_page else "")
    make = _asked_for if is_asked_for else _invitation
    key = link_key(accounts.digest_of(secret))
    queue.put(db, act, house, [(to, make(to, house, key, page, micros_of(until)))])


def link_key(digest: str) -> str:
    """Return the key of the letter about a link: the link itself, or the notice that somebody else made one."""
    return f"link:{digest[:32]}"


def _asked_for(to: Reader, house: House, key: str, page: str, until: int) -> Letter:
    return Letter(
        Kind.SIGN_IN,
        key,
        None,
        to.words.say("Your sign-in link for {company}", company=house.company),
        (
            to.words.say("This link signs you in. It works once, until {when}.", when=to.time(until)),
            to.words.say("If you did not ask for it, do nothing: without the link nobody comes in."),
        ),
        to.words.say("You get this because somebody asked for a sign-in link for this address."),
        page,
        to.words.say("Sign in"),
        until=until,
    )


def _invitation(to: Reader, house: House, key: str, page: str, until: int) -> Letter:
    return Letter(
        Kind.INVITED,
        key,
        None,
        to.words.say("You can sign in at {company}", company=house.company),
        (
            to.words.say("Here you see what is yours, and decide together with the others. You need no password."),
            to.words.say("This link signs you in. It works once, until {when}.", when=to.time(until)),
            to.words.say("Whoever opens it first is signed in as you: do not pass it on."),
        ),
        to.words.say("You get this because an administrator of {company} sent you a link.", company=house.company),
        page,
        to.words.say("Sign in"),
        until=until,
    )
