"""What happens when somebody has come in, whichever way."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.people import accounts, roles
from app.people.accounts import Account
from app.people.roles import Role
from ledger.types import Act


def first_role(db: Session, act: Act, account: Account, secret: str) -> Role | None:
    """Let a browser that was just signed in act in the only thing its owner can be, and return it.

    Whoever holds something begins with what is their own: None. So does, for want of anything better, somebody with
    several roles or none.
    """
    held = roles.roles_of(db, account.id, act.now)
    if account.holder is not None or len(held) != 1:
        return None
    accounts.act_in(db, accounts.digest_of(secret), held[0].value)
    return held[0]
