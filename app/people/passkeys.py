"""Passkeys (WebAuthn): somebody signs in by a device of theirs, which asks for their finger, face or code.

The device finds the account by itself: nobody is asked who they are first, so nobody learns who has an account. It must
have seen that it is them (user verification), its answer must fit a challenge of ours that is used once, and it is
bound to our address, so that no other site gets an answer that counts here.

The library is imported where it is used: it takes 0.4 s, and most processes never need it.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.errors import PasskeyInvalid
from app.people import accounts, round_trips, tables
from app.people.accounts import Account
from app.people.round_trips import Purpose
from ledger.errors import Conflict, Invalid, NotFound
from ledger.types import Act, moment_at

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticationCredential, RegistrationCredential

MOST = 20
"""How many one account may have."""

LONGEST_NAME = 100
MOST_CHARACTERS = 20_000
"""How long an answer of a device may be; true ones have some hundred."""

UNREADABLE = "This is not what a passkey answers. Try again."
NOT_OURS = "This passkey does not open an account here. Use another one, or ask for a sign-in link."
TOO_LATE = "This took too long, or was sent before. Try again."


@dataclass(frozen=True, slots=True)
class Party:
    """As whom we are known to devices.

    Attributes:
        id: The name of our host.
        origin: Our address, as browsers tell it.
    """

    id: str
    origin: str

    @property
    def takes_passkeys(self) -> bool:
        """Whether browsers make passkeys for this address: one with a name, encrypted unless it is this machine."""
        try:
            ipaddress.ip_address(self.id)
        except ValueError:
            return self.origin.startswith("https://") or self.id == "localhost" or self.id.endswith(".localhost")
        return False


def party_at(public_url: str) -> Party:
    """Return as whom the service is known that is reached at an address."""
    parts = urlsplit(public_url)
    return Party(parts.hostname or "", f"{parts.scheme}://{parts.netloc}".lower())


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of somebody's."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


def passkeys_of(db: Session, account: str) -> list[Passkey]:
    """Return somebody's passkeys, the oldest first."""
    columns = tables.passkey.c
    query = select(tables.passkey).where(columns.account == account).order_by(columns.created_at, columns.id)
    return [
        Passkey(
            row["id"],
            row["name"],
            moment_at(row["created_at"]),
            None if row["used_at"] is None else moment_at(row["used_at"]),
        )
        for row in db.execute(query).mappings()
    ]


def creation_options(db: Session, act: Act, account: Account, party: Party, company: str) -> str:
    """Return what a browser needs to make a passkey, as JSON."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers.structs import (  # noqa: PLC0415
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    challenge = _challenge(db, act, Purpose.ADD_PASSKEY, account.id)
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=company,
        user_id=account.id.encode(),
        user_name=account.name,
        user_display_name=account.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(one.id)) for one in passkeys_of(db, account.id)
        ],
    )
    return webauthn.options_to_json(options)


def request_options(db: Session, act: Act, party: Party) -> str:
    """Return what a browser needs to sign in by a passkey, as JSON."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=_challenge(db, act, Purpose.USE_PASSKEY, None),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def _challenge(db: Session, act: Act, purpose: Purpose, account: str | None) -> bytes:
    challenge = secrets.token_bytes(32)
    round_trips.send_out(db, act, purpose, challenge.hex(), account=account)
    return challenge


def add(db: Session, act: Act, account: Account, party: Party, *, name: str, answer: str) -> Passkey:
    """Let a device of somebody's in from now on.

    Args:
        db: The session.
        act: Who adds it.
        account: Whose it is.
        party: As whom we are known.
        name: What they call it.
        answer: What the browser made of ``creation_options``, as JSON.

    Raises:
        Invalid: It has no name, or too long a one.
        PasskeyInvalid: The answer is for another challenge, address or person, or nobody was verified.
        Conflict: The device is let in already, or they have too many.
    """
    import webauthn  # noqa: PLC0415

    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(f"A name has 1 to {LONGEST_NAME} characters.", field="name")
    credential: RegistrationCredential = _parsed(answer, "parse_registration_credential_json")
    challenge = _answered(credential)
    trip = round_trips.take_back(db, act, Purpose.ADD_PASSKEY, challenge.hex())
    if trip is None or trip.account != account.id:
        raise PasskeyInvalid(TOO_LATE)
    with _told_as(UNREADABLE):
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    id = webauthn.helpers.bytes_to_base64url(made.credential_id)
    _refuse_taken(db, account.id, id)
    row = {
        "id": id,
        "account": account.id,
        "name": name,
        "public_key": made.credential_public_key,
        "sign_count": made.sign_count,
        "created_at": act.at,
        "used_at": None,
    }
    db.execute(insert(tables.passkey), [row])
    return Passkey(id, name, act.now, None)


def _refuse_taken(db: Session, account: str, id: str) -> None:
    columns = tables.passkey.c
    if db.execute(select(columns.id).where(columns.id == id)).first():
        raise Conflict("This device is let in already.", field="name")
    if db.execute(select(func.count()).where(columns.account == account)).scalar_one() >= MOST:
        raise Conflict(f"You have {MOST} passkeys. Remove one first.", field="name")


def sign_in(db: Session, act: Act, party: Party, answer: str) -> tuple[Account, str]:
    """Sign somebody in by their device, and return them with the secret for their browser's cookie.

    Args:
        db: The session.
        act: Of a visitor.
        party: As whom we are known.
        answer: What the browser made of ``request_options``, as JSON.

    Raises:
        PasskeyInvalid: The answer is for another challenge or address, was sent before, is no device's that is let in,
            or its owner's account has ended.
    """
    import webauthn  # noqa: PLC0415

    credential: AuthenticationCredential = _parsed(answer, "parse_authentication_credential_json")
    challenge = _answered(credential)
    if round_trips.take_back(db, act, Purpose.USE_PASSKEY, challenge.hex()) is None:
        raise PasskeyInvalid(TOO_LATE)
    id = webauthn.helpers.bytes_to_base64url(credential.raw_id)
    row = db.execute(select(tables.passkey).where(tables.passkey.c.id == id)).mappings().first()
    if row is None or credential.response.user_handle not in {None, row["account"].encode()}:
        raise PasskeyInvalid(NOT_OURS)
    with _told_as(NOT_OURS):
        seen = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=row["public_key"],
            credential_current_sign_count=row["sign_count"],
            require_user_verification=True,
        )
    account = accounts.find_account(db, row["account"])
    if account.ended:
        raise PasskeyInvalid(NOT_OURS)
    used = update(tables.passkey).where(tables.passkey.c.id == id)
    db.execute(used.values(sign_count=seen.new_sign_count, used_at=act.at))
    return account, accounts.start_session(db, act, account.id)


@contextmanager
def _told_as(message: str) -> Iterator[None]:
    """Refuse what the library can't make sense of: it looks into bytes that anybody may have sent."""
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        yield
    except (WebAuthnException, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise PasskeyInvalid(message) from None


def _parsed(answer: str, parser: str) -> Any:  # noqa: ANN401 - one of the library's two kinds of answers
    from webauthn import helpers  # noqa: PLC0415

    if len(answer) > MOST_CHARACTERS:
        raise PasskeyInvalid(UNREADABLE)
    with _told_as(UNREADABLE):
        return getattr(helpers, parser)(answer)


def _answered(credential: RegistrationCredential | AuthenticationCredential) -> bytes:
    """Return the challenge that a device says it answers."""
    from webauthn.helpers import parse_client_data_json  # noqa: PLC0415

    with _told_as(UNREADABLE):
        return parse_client_data_json(credential.response.client_data_json).challenge


def forget(db: Session, account: str) -> None:
    """Remove all of somebody's passkeys: whoever they were is erased."""
    db.execute(delete(tables.passkey).where(tables.passkey.c.account == account))


def remove(db: Session, act: Act, account: str, id: str) -> None:
    """Let a device in no more.

    Raises:
        NotFound: It is none of theirs.
    """
    del act
    columns = tables.passkey.c
    if db.execute(delete(tables.passkey).where(columns.id == id, columns.account == account)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("You have no such passkey.")
