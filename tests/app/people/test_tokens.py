"""Tokens: shown once, good for what they say, for as long as they say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import TokenInvalid
from app.people import tables
from app.people.tokens import Scope, authenticate, create_token, revoke_token, tokens
from ledger.errors import DatesOutOfOrder, Invalid, NotFound
from tests import make

READING = [Scope.CAPTABLE_READ]


def test_a_secret_opens_what_its_token_says(db: Session) -> None:
    made, secret = create_token(db, make.act(), actor="usr_ava", label="finance export", scopes=READING)
    found = authenticate(db, secret, make.NOW)
    assert found == made
    assert found.actor == "usr_ava"
    assert found.may(Scope.CAPTABLE_READ)
    assert not found.may(Scope.ADMIN)


def test_the_secret_is_long_recognisable_and_not_kept(db: Session) -> None:
    _, secret = create_token(db, make.act(), actor="usr_ava", label="export", scopes=READING)
    assert secret.startswith("vestry_")
    assert len(bytes.fromhex(secret.removeprefix("vestry_"))) == 32
    assert secret.removeprefix("vestry_") not in str(db.execute(select(tables.token)).one())


def test_two_tokens_have_two_secrets(db: Session) -> None:
    secrets = {create_token(db, make.act(), actor="usr_ava", label="x", scopes=READING)[1] for _ in range(2)}
    assert len(secrets) == 2


@pytest.mark.parametrize("secret", ["", "vestry_", "vestry_" + "0" * 64, "Ünïcode"])
def test_any_other_secret_opens_nothing(db: Session, secret: str) -> None:
    create_token(db, make.act(), actor="usr_ava", label="export", scopes=READING)
    with pytest.raises(TokenInvalid, match="not one of ours"):
        authenticate(db, secret, make.NOW)


def test_it_ends_on_the_moment_it_says(db: Session) -> None:
    until = make.NOW + timedelta(days=90)
    _, secret = create_token(db, make.act(), actor="usr_ava", label="export", scopes=READING, expires_at=until)
    authenticate(db, secret, until - timedelta(microseconds=1))
    with pytest.raises(TokenInvalid, match="expired at 2026-05-31 15:30 UTC"):
        authenticate(db, secret, until)


def test_a_revoked_token_opens_nothing_and_keeps_its_first_end(db: Session) -> None:
    made, secret = create_token(db, make.act(), actor="usr_ava", label="export", scopes=READING)
    revoked = revoke_token(db, made.id, make.NOW)
    assert revoked.revoked_at == make.NOW
    assert revoke_token(db, made.id, make.NOW + timedelta(days=1)) == revoked
    assert tokens(db) == [revoked]
    with pytest.raises(TokenInvalid, match="revoked"):
        authenticate(db, secret, make.NOW)
    with pytest.raises(NotFound):
        revoke_token(db, "tok_none", make.NOW)


@pytest.mark.parametrize(
    ("actor", "label", "scopes"), [(" ", "export", READING), ("usr_ava", "", READING), ("usr_ava", "export", [])]
)
def test_a_token_for_nobody_or_nothing_is_not_made(db: Session, actor: str, label: str, scopes: list[Scope]) -> None:
    with pytest.raises(Invalid):
        create_token(db, make.act(), actor=actor, label=label, scopes=scopes)


def test_a_token_that_would_be_over_before_it_begins_is_not_made(db: Session) -> None:
    with pytest.raises(DatesOutOfOrder):
        create_token(db, make.act(), actor="usr_ava", label="x", scopes=READING, expires_at=make.NOW)
