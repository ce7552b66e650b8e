"""The queue: a letter is put in once, claimed by one worker at a time, sent, tried again later, or given up.

Sending happens outside any transaction: a worker claims a letter, sends it, and notes what became of it. A worker that
dies in between has its claim run out; the letter is sent again then, under the same ``Message-ID``.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.mail.kinds import Kind, Topic
from app.mail.letters import House, Letter, Reader, subject_line, written
from app.mail.tables import mail, mail_round, mail_stop
from app.mail.troubles import Trouble
from app.people import tables as people
from governance import ballots
from ledger.errors import NotFound
from ledger.types import Act, micros_of, moment_at

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""How long a letter waits after each failure; after the last it is given up, about a day after the first."""

CLAIM = timedelta(minutes=5)
"""How long a worker may take to send a letter before another one may."""

KEPT = timedelta(days=90)
"""How long it is kept that a letter was sent; its words and address go when it is."""

STOP = "/mail/stop/"
"""What the address begins with at which a kind of letter is stopped."""

OF_LINKS = (Kind.INVITED.value, Kind.SIGN_IN.value, Kind.ADDRESS.value)
"""Letters that let whoever reads them in, or prove an address: to another address than they were made for, never."""

_WORDS = {"address": None, "subject": None, "text": None, "html": None, "stop_address": None, "attached": None}
"""What is personal in a letter, gone."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter on its way.

    Attributes:
        stop_address: Where one click stops its kind; None for what can't be stopped.
        attached: What travels as a file of its own; None for nothing.
    """

    id: str
    address: str
    language: str
    subject: str
    text: str
    html: str
    stop_address: str | None
    attempts: int
    attached: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A letter as whoever looks after the service sees it: never what is written in it."""

    id: str
    kind: Kind
    account: str | None
    queued_at: int
    due_at: int
    attempts: int
    sent_at: int | None
    given_up_at: int | None
    trouble: Trouble | None
    answer: str


def put(db: Session, act: Act, house: House, letters: Iterable[tuple[Reader, Letter]]) -> int:
    """Put letters into the queue, and return how many were not there yet."""
    rows = [_row(db, act, house, to, letter) for to, letter in letters]
    return sum(_added(db, mail, row) for row in rows)


def _row(db: Session, act: Act, house: House, to: Reader, letter: Letter) -> dict[str, Any]:
    stop = None if letter.topic is None else f"{house.origin}{STOP}{_token(db, to.account, letter.topic)}"
    text, html = written(letter, to, house, stop)
    return {
        "id": act.new_id("mai"),
        "key": letter.key,
        "kind": letter.kind.value,
        "account": to.account,
        "topic": None if letter.topic is None else letter.topic.value,
        "address": to.address,
        "language": to.words.language,
        "zone": to.zone,
        "subject": subject_line(letter.subject),
        "text": text,
        "html": html,
        "stop_address": stop,
        "attached": letter.exact or None,
        "queued_at": act.at,
        "due_at": act.at,
        "until": letter.until,
        "attempts": 0,
    }


def _added(db: Session, table: Table, row: dict[str, Any]) -> bool:
    """Add a row, and return whether it was not there yet; of two that add the same at once, one does."""
    make: Any = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = make(table).values(row).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return db.execute(added).first() is not None


def _token(db: Session, account: str, topic: Topic) -> str:
    row = {"token": secrets.token_urlsafe(24), "account": account, "topic": topic.value}
    _added(db, mail_stop, row)
    columns = mail_stop.c
    query = select(columns.token).where(columns.account == account, columns.topic == topic.value)
    return str(db.execute(query).scalar_one())


def rounds_made(db: Session) -> frozenset[str]:
    """Return what everybody concerned has been told of."""
    return frozenset(db.execute(select(mail_round.c.key)).scalars())


def end_round(db: Session, act: Act, key: str) -> None:
    """Note that everybody concerned has been told of something."""
    _added(db, mail_round, {"key": key, "made_at": act.at})


def due(db: Session, now: datetime, *, limit: int = 50) -> list[str]:
    """Return the ids of letters to send now, the oldest first."""
    columns, at = mail.c, micros_of(now)
    query = select(columns.id).where(_is_waiting(), columns.due_at <= at, _is_free(at))
    return list(db.execute(query.order_by(columns.due_at, columns.id).limit(limit)).scalars())


def _is_waiting() -> Any:  # noqa: ANN401 - a clause
    return mail.c.sent_at.is_(None) & mail.c.given_up_at.is_(None)


def _is_free(at: int) -> Any:  # noqa: ANN401 - a clause
    return mail.c.claimed_until.is_(None) | (mail.c.claimed_until <= at)


def claim(db: Session, id: str, now: datetime) -> Waiting | None:
    """Take a letter to send it; None if somebody else has it, or if nobody needs it any more."""
    columns, at = mail.c, micros_of(now)
    taken = update(mail).where(columns.id == id, _is_waiting(), columns.due_at <= at, _is_free(at))
    until = micros_of(now + CLAIM)
    if db.execute(taken.values(claimed_until=until, attempts=columns.attempts + 1)).rowcount != 1:  # type: ignore[attr-defined]
        return None
    row = db.execute(select(mail).where(columns.id == id)).mappings().one()
    if row["until"] is not None and row["until"] <= at:
        _give_up(db, id, at, Trouble.TOO_LATE, "")
        return None
    if not _is_wanted(db, row):
        db.execute(delete(mail).where(columns.id == id))
        return None
    return Waiting(**{name: row[name] for name in Waiting.__dataclass_fields__})


def _is_wanted(db: Session, row: Any) -> bool:  # noqa: ANN401 - a row
    """Return whether somebody is still there to read it, and a reminder to vote has something to remind of."""
    ended = db.execute(select(people.account.c.ended_at).where(people.account.c.id == row["account"])).scalar()
    if ended is not None:
        return False
    kind, _, rest = row["key"].partition(":")
    if kind != "closing":
        return True
    proposal, _, member = rest.partition(":")
    return ballots.receipt(db, proposal, member) is None


def sent(db: Session, id: str, now: datetime) -> None:
    """Note that a letter is sent; its words and its address go."""
    db.execute(update(mail).where(mail.c.id == id).values(sent_at=micros_of(now), problem=None, **_WORDS))


def failed(db: Session, id: str, now: datetime, trouble: Trouble, answer: str, *, is_final: bool) -> None:
    """Note that a letter could not be sent: it is tried again later, or given up where that would change nothing."""
    attempts = int(db.execute(select(mail.c.attempts).where(mail.c.id == id)).scalar_one())
    if is_final or attempts > len(PAUSES):
        _give_up(db, id, micros_of(now), trouble, answer)
        return
    again = micros_of(now + PAUSES[attempts - 1])
    values = {"due_at": again, "claimed_until": None, "problem": _told(trouble, answer)}
    db.execute(update(mail).where(mail.c.id == id).values(values))


def _give_up(db: Session, id: str, at: int, trouble: Trouble, answer: str) -> None:
    values = {"given_up_at": at, "claimed_until": None, "problem": _told(trouble, answer)}
    db.execute(update(mail).where(mail.c.id == id).values(values))


def _told(trouble: Trouble, answer: str) -> str:
    return f"{trouble.value}\n{answer[:500]}"


def try_again(db: Session, act: Act, id: str) -> None:
    """Send a letter now that waits or was given up.

    Raises:
        NotFound: There is none that could be sent.
    """
    there = update(mail).where(mail.c.id == id, mail.c.sent_at.is_(None), mail.c.text.is_not(None))
    values = {"due_at": act.at, "given_up_at": None, "claimed_until": None, "attempts": 0, "until": None}
    if db.execute(there.values(values)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("This letter is sent, or not here any more.", field="mail")


def drop(db: Session, id: str) -> None:
    """Take a letter out of the queue for good; nobody is written to about the same again.

    Raises:
        NotFound: There is none that could be.
    """
    there = update(mail).where(mail.c.id == id, mail.c.sent_at.is_(None), mail.c.text.is_not(None))
    # its key stays until it is trimmed: without it, the worker would find the letter due and write it anew
    at = select(mail.c.queued_at).where(mail.c.id == id).scalar_subquery()
    if db.execute(there.values(given_up_at=at, problem=_told(Trouble.DROPPED, ""), **_WORDS)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("This letter is sent, or not here any more.", field="mail")


def has_old(db: Session, now: datetime) -> bool:
    """Return whether there is something to trim."""
    return db.execute(select(mail.c.id).where(_is_old(now)).limit(1)).first() is not None


def trim(db: Session, now: datetime) -> int:
    """Forget letters that were sent or given up long ago, and return how many that was."""
    return int(db.execute(delete(mail).where(_is_old(now))).rowcount)  # type: ignore[attr-defined]


def _is_old(now: datetime) -> Any:  # noqa: ANN401 - a clause
    return ~_is_waiting() & (mail.c.queued_at < micros_of(now - KEPT))


def listed(db: Session) -> list[Queued]:
    """Return the letters that wait or were given up and can be sent again, the newest first."""
    columns = mail.c
    query = select(mail).where(columns.sent_at.is_(None), columns.text.is_not(None))
    return [_queued(row) for row in db.execute(query.order_by(columns.id.desc())).mappings()]


def _queued(row: Any) -> Queued:  # noqa: ANN401 - a row
    trouble, _, answer = (row["problem"] or "").partition("\n")
    same = {name: row[name] for name in ("id", "account", "queued_at", "due_at", "attempts", "sent_at", "given_up_at")}
    return Queued(kind=Kind(row["kind"]), trouble=Trouble(trouble) if trouble else None, answer=answer, **same)


def queued_since(db: Session, now: datetime, span: timedelta, *, kind: Kind | None = None, account: str = "") -> int:
    """Return how many letters were put in within a span: all, of one kind, or for one account."""
    query = select(mail.c.id).where(mail.c.queued_at > micros_of(now - span))
    if kind is not None:
        query = query.where(mail.c.kind == kind.value)
    if account:
        query = query.where(mail.c.account == account)
    return len(db.execute(query).all())


def last_sent(db: Session) -> datetime | None:
    """Return when a letter was sent last; None for never."""
    at = db.execute(select(mail.c.sent_at).where(mail.c.sent_at.is_not(None)).order_by(mail.c.sent_at.desc())).scalar()
    return None if at is None else moment_at(at)


def whose(db: Session, token: str) -> tuple[str, Topic] | None:
    """Return whose letters a token stops, and about what; None for one that is none of ours."""
    row = db.execute(select(mail_stop).where(mail_stop.c.token == token)).mappings().first()
    return None if row is None else (row["account"], Topic(row["topic"]))


def readdress(db: Session, account: str, address: str | None) -> None:
    """Let what waits for somebody go to their new address; links go nowhere, and notices where they were meant to."""
    unsent = (mail.c.account == account, mail.c.sent_at.is_(None), mail.c.text.is_not(None))
    db.execute(delete(mail).where(*unsent, mail.c.kind.in_(OF_LINKS)))
    others = (*unsent, mail.c.kind != Kind.SECURITY.value)
    db.execute(delete(mail).where(*others) if address is None else update(mail).where(*others).values(address=address))


def take_back(db: Session, account: str, topic: Topic) -> None:
    """Take what waits for somebody about a topic out of the queue."""
    unsent = (mail.c.account == account, mail.c.topic == topic.value, mail.c.sent_at.is_(None))
    db.execute(delete(mail).where(*unsent))


def forget(db: Session, account: str) -> None:
    """Forget all letters to somebody."""
    for table in (mail, mail_stop):
        db.execute(delete(table).where(table.c.account == account))
