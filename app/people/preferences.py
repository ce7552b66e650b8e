"""How somebody reads and what they hear of: language, zone, letters. Whoever chose nothing has it as usual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from app.mail import queue
from app.mail.kinds import OFFERED, USUAL, USUAL_DIGEST, Choice, Digest, Topic
from app.mail.tables import mail_choice
from app.people.tables import preference
from app.web.words import LANGUAGES
from ledger.errors import Invalid

REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


# each page asks them, and building a query costs SQLAlchemy more than asking it
_CHOSEN = select(preference).where(preference.c.account == bindparam("account"))
_LETTERS = select(mail_choice).where(mail_choice.c.account == bindparam("account"))


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody chose.

    Attributes:
        language: None for what their browser asks for.
        zone: IANA name; None for the company's.
    """

    language: str | None
    zone: str | None
    digest: Digest
    choices: Mapping[Topic, Choice]


@cache
def zones() -> tuple[str, ...]:
    """Return the zones that can be chosen, A to Z: places, and UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in REGIONS))


def preferences_of(db: Session, account: str) -> Preferences:
    """Return what somebody chose, as usual where they chose nothing."""
    row = db.connection().execute(_CHOSEN, {"account": account}).mappings().first()
    rows = db.connection().execute(_LETTERS, {"account": account}).mappings()
    return _preferences(dict(row) if row else {}, {Topic(one["topic"]): Choice(one["choice"]) for one in rows})


def everybodys(db: Session) -> dict[str, Preferences]:
    """Return account to what they chose, of all who chose something."""
    rows = {row["account"]: dict(row) for row in db.execute(select(preference)).mappings()}
    chosen: dict[str, dict[Topic, Choice]] = {}
    for row in db.execute(select(mail_choice)).mappings():
        chosen.setdefault(row["account"], {})[Topic(row["topic"])] = Choice(row["choice"])
    return {one: _preferences(rows.get(one, {}), chosen.get(one, {})) for one in rows.keys() | chosen.keys()}


def _preferences(row: Mapping[str, str | None], chosen: Mapping[Topic, Choice]) -> Preferences:
    digest = row.get("digest")
    return Preferences(
        row.get("language"), row.get("zone"), Digest(digest) if digest else USUAL_DIGEST, {**USUAL, **chosen}
    )


AS_USUAL = _preferences({}, {})
"""Of whoever chose nothing."""


def choose_reading(db: Session, account: str, *, language: str | None, zone: str | None) -> None:
    """Read in another language and another zone; None for what the browser asks for, and the company's.

    Raises:
        Invalid: It is none that there is.
    """
    if language is not None and language not in LANGUAGES:
        raise Invalid("Choose a language from the list.", field="language")
    if zone is not None and zone not in zones():
        raise Invalid("Choose a time zone from the list, such as America/New_York.", field="zone")
    _keep(db, account, language=language, zone=zone)


def choose_language(db: Session, account: str, language: str) -> None:
    """Read in another language.

    Raises:
        Invalid: There is none.
    """
    choose_reading(db, account, language=language, zone=preferences_of(db, account).zone)


def choose_letters(db: Session, account: str, choices: Mapping[Topic, Choice], digest: Digest) -> None:
    """Hear of some things at once, of some in a digest, of some not at all.

    Raises:
        Invalid: One cannot hear of it so.
    """
    for topic, choice in choices.items():
        if choice not in OFFERED[topic]:
            raise Invalid("Choose one of what stands beside it.", field=f"topic-{topic.value}")
    db.execute(delete(mail_choice).where(mail_choice.c.account == account, mail_choice.c.topic.in_(choices)))
    rows = [{"account": account, "topic": topic.value, "choice": choice.value} for topic, choice in choices.items()]
    if rows:
        db.execute(insert(mail_choice), rows)
    _keep(db, account, digest=digest.value)


def stop(db: Session, account: str, topics: Iterable[Topic]) -> None:
    """Write to somebody no more about some things; what waits for them in the queue is not sent."""
    chosen = preferences_of(db, account)
    listed = list(topics)
    choices: dict[Topic, Choice] = {topic: Choice.NONE for topic in listed if topic is not Topic.DIGEST}
    choose_letters(db, account, choices, Digest.OFF if Topic.DIGEST in listed else chosen.digest)
    for topic in listed:
        queue.take_back(db, account, topic)


def zones_in_use(db: Session) -> frozenset[str]:
    """Return the zones that somebody chose."""
    return frozenset(db.execute(select(preference.c.zone).where(preference.c.zone.is_not(None)).distinct()).scalars())


def _keep(db: Session, account: str, **chosen: str | None) -> None:
    query = select(preference).where(preference.c.account == account)
    before = db.execute(query).mappings().first()
    row = {"account": account, "language": None, "zone": None, "digest": None} | dict(before or {}) | chosen
    db.execute(delete(preference).where(preference.c.account == account))
    db.execute(insert(preference), [row])


def forget(db: Session, account: str) -> None:
    """Forget what somebody chose."""
    db.execute(delete(preference).where(preference.c.account == account))
    db.execute(delete(mail_choice).where(mail_choice.c.account == account))
