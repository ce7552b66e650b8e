"""Whom letters go to: accounts with an address, each with the language and the zone in which its person reads."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.mail.kinds import Choice, Digest, Topic
from app.mail.letters import House, Reader
from app.people import accounts, preferences
from app.people.accounts import Account
from app.people.preferences import AS_USUAL, Preferences
from app.web.words import words
from ledger.equity.values import Issuer
from ledger.reading import every


def house_of(db: Session, origin: str) -> House:
    """Return who writes."""
    issuers = every(db, Issuer)
    return House(issuers[0].legal_name if issuers else "Vestry", origin.rstrip("/"))


def company_zone(db: Session) -> str:
    """Return the zone of whoever chose none: the company's."""
    issuers = every(db, Issuer)
    return issuers[0].time_zone if issuers else "UTC"


def reader_of(db: Session, account: Account, *, language: str = "en", address: str | None = None) -> Reader | None:
    """Return somebody as a reader of letters; None if nothing can be sent to them.

    Args:
        db: The session.
        account: Theirs.
        language: In which they are written to if they chose none.
        address: Another than theirs.
    """
    to = address or account.email
    if to is None or account.ended:
        return None
    return _reader(account, to, preferences.preferences_of(db, account.id), company_zone(db), language)


def _reader(account: Account, address: str, chosen: Preferences, zone: str, language: str = "en") -> Reader:
    said = words(chosen.language or language)
    return Reader(account.id, account.holder, account.name, address, said, chosen.zone or zone)


class Readers:
    """Everybody who can be written to, read once for many letters."""

    def __init__(self, db: Session) -> None:
        chosen, zone = preferences.everybodys(db), company_zone(db)
        self._chosen: dict[str, Preferences] = {}
        self._all: dict[str, Reader] = {}
        for one in accounts.accounts(db):
            if one.email is not None and not one.ended:
                self._chosen[one.id] = chosen.get(one.id, AS_USUAL)
                self._all[one.id] = _reader(one, one.email, self._chosen[one.id], zone)
        self._by_holder = {one.holder: one for one in self._all.values() if one.holder is not None}

    def who_want(self, topic: Topic, choice: Choice = Choice.EMAIL) -> list[Reader]:
        """Return who wants to hear of something in this way, by account."""
        return [one for id, one in sorted(self._all.items()) if self._chosen[id].choices[topic] is choice]

    def of_actor(self, actor: str) -> Reader | None:
        """Return who acts by this word: a holder's id, or an account's; None if they can't be written to."""
        return self._by_holder.get(actor) or self._all.get(actor)

    def with_digest(self, often: Digest) -> list[tuple[Reader, Mapping[Topic, Choice]]]:
        """Return who gets a digest so often, with what they chose."""
        return [
            (one, self._chosen[id].choices) for id, one in sorted(self._all.items()) if self._chosen[id].digest is often
        ]
