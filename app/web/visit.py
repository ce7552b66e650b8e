"""What a page is handed of its visit, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from app.people.accounts import Account
from app.people.roles import Role
from app.web.words import Words
from app.webhooks.setup import Outgoing
from app.witnesses import Cosigned
from ledger.errors import NotFound
from ledger.types import Act


@dataclass(frozen=True, slots=True)
class Own:
    """Whoever is signed in and is a holder: what is their own."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Whoever is signed in, whether or not they hold anything."""


@dataclass(frozen=True, slots=True)
class Anybody:
    """Signed in or not."""


Audience: TypeAlias = Role | type[Own] | type[Signed] | type[Anybody] | tuple[Role, ...]
"""Who may see a page: one role or one of several, whoever it is about, whoever is signed in, or anybody."""


@dataclass(frozen=True, slots=True)
class Here:
    """What a page knows of its visit.

    Attributes:
        account: Who is signed in; None for nobody.
        role: The role in which they act; None for what is their own.
        roles: All they have.
        seen_at: When this browser was last noted as used.
        is_founded: Whether the company is on record.
        zone: Where they read times: the zone they chose, else the company's.
        mails: Whether this service sends e-mail.
        origin: What addresses of this service begin with, without a slash at the end.
        box: Address of the box of secret votes, without a slash at the end.
        cosigned: What was signed of the journal, and what witnesses say of it; None where no service runs.
        outgoing: What webhooks go out with; None where no service runs.
        elsewhere: What people call the other service at which they may sign in; None where there is none.
        head: How many entries the record has, and its root, hex; None where it has none.
        note: What was just done, in one sentence.
        form: What a form sent, field to text; the last of several.
        lists: The same, with all of several.
        files: Field to the file that was chosen for it; what it was called is forgotten, it may be a client's name.
        wrong: Field to what is wrong with it; under ``""`` what is wrong with all of it.
    """

    words: Words
    now: datetime
    path: str
    query: Mapping[str, str]
    account: Account | None = None
    session: str | None = None
    seen_at: datetime | None = None
    role: Role | None = None
    roles: tuple[Role, ...] = ()
    company: str = "Vestry"
    is_founded: bool = False
    zone: str = "UTC"
    mails: bool = False
    origin: str = ""
    box: str = ""
    cosigned: Cosigned | None = None
    outgoing: Outgoing | None = None
    elsewhere: str | None = None
    head: tuple[int, str] | None = None
    note: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def me(self) -> str:
        """Holder id of whoever is signed in.

        Raises:
            NotFound: They hold nothing and are no member.
        """
        if self.account is None or self.account.holder is None:
            raise NotFound("This page is for whoever holds something here or is a member.")
        return self.account.holder

    def filled(self, name: str, otherwise: object = "") -> str:
        """Return what somebody wrote into a field, or what stands there first."""
        return self.form.get(name, str(otherwise))


@dataclass(frozen=True, slots=True)
class View:
    """A page to show: its template and what stands in it."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Go:
    """Where to go on, and what to say there.

    Attributes:
        note: One sentence about what was done.
        cookie: A session to begin, or an empty text to end one.
        trip: What this browser has to bring back from where somebody signs in elsewhere.
    """

    to: str
    note: str = ""
    cookie: str | None = None
    language: str | None = None
    trip: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """Something to save.

    Attributes:
        noted: What notes beside the record that somebody took it; it is carried out before they get it.
        cache: For whom and how long it may be kept on the way; empty for nobody.
    """

    content: bytes
    media_type: str
    name: str
    noted: Callable[[Session, Act], object] | None = None
    cache: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """What a script of ours asked for, as JSON."""

    text: str


Answer: TypeAlias = View | Go | File | Data
"""What a page may answer."""
