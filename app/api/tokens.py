"""Tokens, from afar: who may come in, and who no longer. New ones are made on the machine itself (``vestry token``)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Id, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.layoffs import take_back
from app.people import tokens
from app.people.tokens import Scope
from ledger.errors import NotAllowedNow
from ledger.types import Act

door = Door("tokens")

NOTHING_MORE = Order()
"""What an order says that needs no body."""

EXAMPLE = {
    "id": "tok_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "actor": "usr_finance",
    "label": "Monthly export",
    "scopes": ["captable:read"],
    "created_at": "2026-03-02T15:30:00Z",
    "expires_at": "2026-05-31T15:30:00Z",
    "revoked_at": "2026-04-01T09:00:00Z",
    "last_used_at": "2026-03-31T17:05:00Z",
    "last_used_from": "192.0.2.17",
}


class TokenOut(Told):
    """A token, without its secret."""

    model_config = shown(EXAMPLE)

    id: str
    actor: str
    """Who acts through it."""
    label: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To within five minutes."""
    last_used_from: str | None
    """The address it came from then."""

    @classmethod
    def of(cls, token: tokens.Token) -> TokenOut:
        """Return a token as the API tells it."""
        return cls(
            id=token.id,
            actor=token.actor,
            label=token.label,
            scopes=sorted(token.scopes),
            created_at=token.created_at,
            expires_at=token.expires_at,
            revoked_at=token.revoked_at,
            last_used_at=token.last_used_at,
            last_used_from=token.last_used_from,
        )


@door.read("/tokens", Scope.ADMIN)
def list_tokens(db: Session, page: PagingAsked) -> Page[TokenOut]:
    """List every token ever made, oldest first."""
    return page_among("tokens", tokens.tokens(db), page, TokenOut.of, lambda one: one.id)


@door.write("/tokens/{token_id}/revoke", Scope.ADMIN, refuses=[NotAllowedNow])
def revoke_token(db: Session, act: Act, token_id: Id, order: Order = NOTHING_MORE) -> TokenOut:
    """Revoke a token.

    From now on it opens nothing. Revoked twice, it keeps its first end. Whoever is laid off keeps the way to their own
    record and open ballots: give them another token for it first.
    """
    return TokenOut.of(take_back(db, act, token_id))
