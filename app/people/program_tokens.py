"""Tokens that an administrator makes on their page: for programs, and for no more than a program needs.

Whoever keeps accounts is not to change the record by it. So such a token acts for a program and for no person, ends
within a year, and is good for little; what approves, changes equity, tells names or is somebody's own takes one made
on the machine itself (``vestry token create``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy.orm import Session

from app.people import tokens
from app.people.tokens import Scope, Token
from ledger import journal
from ledger.errors import Invalid
from ledger.types import Act

SCOPES = (
    Scope.SESSIONS_WRITE,
    Scope.SESSIONS_TOTALS,
    Scope.EVENTS_READ,
    Scope.WEBHOOKS_WRITE,
    Scope.PROPOSALS_READ,
    Scope.POLICIES_READ,
    Scope.PATRONAGE_READ,
    Scope.CAPTABLE_READ,
)
"""What such a token may be good for."""

DAYS = (30, 90, 365)
"""For how long it may be."""

NAME = re.compile("[a-z0-9][a-z0-9-]{0,39}")
LONGEST_LABEL = 100


def create_program_token(
    db: Session, act: Act, *, program: str, label: str, scopes: Collection[str], days: int
) -> tuple[Token, str]:
    """Make a token by which a program, ``ehr`` say, acts as ``usr_ehr``; return it with its secret.

    Raises:
        Invalid: The name is none, or is that of tokens that are good for more; there is no label; it would be good for
            nothing or for too much, or for another number of days than are offered.
    """
    journal.lock(db)
    name, text = program.strip(), label.strip()
    if not text or len(text) > LONGEST_LABEL:
        raise Invalid(f"Say what it is for, in {LONGEST_LABEL} characters at most.", field="label")
    if not NAME.fullmatch(name):
        raise Invalid("Write small letters a to z, digits and hyphens, 40 at most.", field="program")
    if not scopes:
        raise Invalid("Choose at least one thing that it may do.", field="scopes")
    if not set(scopes) <= set(SCOPES):
        raise Invalid("A token for this can be made on the machine itself only.", field="scopes")
    if days not in DAYS:
        raise Invalid("Choose one of the times that are offered.", field="days")
    actor = f"usr_{name}"
    if any(one.actor == actor and not one.scopes <= set(SCOPES) for one in tokens.tokens(db)):
        raise Invalid("There are tokens of this name that are good for more. Take another name.", field="program")
    wanted = [Scope(one) for one in scopes]
    until = act.now + timedelta(days=days)
    return tokens.create_token(db, act, actor=actor, label=text, scopes=wanted, expires_at=until)
