"""The registrar: whoever is on the roll gets one pass, signed blindly, and nobody a second one.

A pass is reserved before it is signed, and signed anew from the same request as often as an answer was lost; so neither
a crash nor a lost connection costs anybody their vote. What is kept fits every ballot: it tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from governance.clock import moment
from governance.errors import NotEntitled, VotingClosed, VotingNotOpen
from governance.lifecycle import issues_until, local_time
from governance.proposals import notice
from governance.secret import blind
from governance.secret.errors import PassTaken, PollUnsound
from governance.secret.manifest import Manifest
from governance.secret.polls import manifest_of, number_of, poll_of, settled
from governance.secret.tables import issuance, poll_key
from ledger import journal
from ledger.types import Act


@dataclass(frozen=True, slots=True)
class Reservation:
    """A pass that somebody has asked for.

    Attributes:
        number: Under which they stand on the roll.
        blinded: What is to be signed, one value a registrar.
        signed: The signatures; None until they are made.
        keys: What they have to verify under, one a registrar.
    """

    proposal: str
    number: int
    blinded: tuple[bytes, ...]
    signed: tuple[bytes, ...] | None
    keys: tuple[RSAPublicKey, ...]


def reserve(db: Session, act: Act, proposal: str, member: str, blinded: Sequence[bytes]) -> Reservation:
    """Reserve the pass of a member; the same request again gets the same answer, also when the time is over.

    Args:
        db: The session.
        act: Who, when.
        proposal: What is voted on.
        member: Holder id of the voter.
        blinded: What their browser wants signed, one value a registrar.

    Raises:
        VotingNotOpen: No passes are given out yet.
        VotingClosed: No more are.
        NotEntitled: They are not on the roll.
        PollUnsound: A value that no honest program sends.
        PassTaken: They have a pass, on another device.
    """
    journal.lock(db)
    poll = poll_of(db, proposal)
    if poll is None:
        raise VotingNotOpen("No passes are given out for this vote yet.", field="proposal")
    number = number_of(db, proposal, member)
    if number is None:
        raise NotEntitled("You are not on the roll of this vote.", field="member")
    # before anything is reserved: junk would cost the voter their only pass
    check_blinded(manifest_of(poll), blinded)
    known = reservation(db, proposal, number)
    if known is not None:
        if known.blinded != tuple(blinded):
            raise PassTaken("Your pass is on the device you fetched it with. Move it from there.", field="blinded")
        return known
    _refuse_late(db, act, proposal)
    row = {"proposal": proposal, "number": number, "blinded": b"".join(blinded), "signed": None}
    db.execute(insert(issuance), [row])
    return Reservation(proposal, number, tuple(blinded), None, manifest_of(poll).registrar_keys)


def _refuse_late(db: Session, act: Act, proposal: str) -> None:
    announced = notice(db, proposal)
    assert announced is not None
    until = issues_until(announced)
    if moment(db, act) >= until or settled(db, proposal) is not None:
        ended = local_time(until, announced.zone)
        text = f"Passes were given out until {ended:%Y-%m-%d %H:%M} ({announced.zone})."
        raise VotingClosed(text, field="proposal")


def check_blinded(manifest: Manifest, blinded: Sequence[bytes]) -> None:
    """Refuse values that can't be signed.

    Raises:
        PollUnsound: Too many or too few.
        BlindedValueInvalid: One is of another length, or out of range.
    """
    if len(blinded) != len(manifest.registrars):
        raise PollUnsound(f"This vote has {len(manifest.registrars)} registrars.", field="blinded")
    for key, value in zip(manifest.registrar_keys, blinded, strict=True):
        blind.check_blinded(key, value)


def reservation(db: Session, proposal: str, number: int) -> Reservation | None:
    """Return the pass that was reserved under a number, or None."""
    where = (issuance.c.proposal == proposal, issuance.c.number == number)
    row = db.execute(select(issuance).where(*where)).first()
    if row is None:
        return None
    poll = poll_of(db, proposal)
    assert poll is not None
    keys = manifest_of(poll).registrar_keys
    signed = None if row.signed is None else _apart(row.signed, row.blinded, len(keys))
    return Reservation(proposal, number, _apart(row.blinded, row.blinded, len(keys)), signed, keys)


def _apart(joined: bytes, like: bytes, count: int) -> tuple[bytes, ...]:
    length = len(like) // count
    return tuple(joined[place : place + length] for place in range(0, len(joined), length))


def keep(db: Session, proposal: str, number: int, signed: Sequence[bytes]) -> tuple[bytes, ...]:
    """Keep the signatures of a pass, unless they are there already; returns those that are kept."""
    journal.lock(db)
    where = (issuance.c.proposal == proposal, issuance.c.number == number)
    # a late signer must not overwrite a good signature with another
    db.execute(update(issuance).where(*where, issuance.c.signed.is_(None)).values(signed=b"".join(signed)))
    found = reservation(db, proposal, number)
    assert found is not None
    assert found.signed is not None
    return found.signed


def lapse(db: Session, proposal: str, number: int) -> None:
    """Let a reservation go that a witness will not sign any more: no pass was made from it, and none can be."""
    journal.lock(db)
    where = (issuance.c.proposal == proposal, issuance.c.number == number)
    db.execute(delete(issuance).where(*where, issuance.c.signed.is_(None)))


def sealed_key(db: Session, proposal: str) -> bytes | None:
    """Return the signing key of a vote, encrypted; None once its passes are settled."""
    return db.execute(select(poll_key.c.sealed).where(poll_key.c.proposal == proposal)).scalar()
