"""The witness: a second registrar, on a database of its own, that signs one value for each number of a roll.

It knows no member and no ballot. Nobody makes a pass without it, and what it has signed it tells: so passes that were
made up stand in two lists, of which one is not the operator's. Its keys go when the time for passes is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from governance.errors import NotEntitled, VotingClosed, VotingNotOpen
from governance.secret import blind, canonical
from governance.secret.canonical import to_base64
from governance.secret.errors import PassTaken, PollUnsound
from governance.secret.manifest import Manifest, rsa_key
from governance.secret.tables import witness_poll, witness_signed
from ledger.errors import NotFound
from ledger.types import Json

LATE_SECONDS = 3600
"""How long after the last request a registrar may still bring what was asked for in time; then the key goes."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A vote as the witness knows it.

    Attributes:
        spki: The public key (SubjectPublicKeyInfo, DER).
        sealed: The signing key, encrypted; None once it is destroyed.
        manifest: What was announced; None until it was.
    """

    proposal: str
    spki: bytes
    sealed: bytes | None
    manifest: Manifest | None


def votes(db: Session) -> list[Witnessed]:
    """Return all votes that a key was made for."""
    return [_witnessed(row) for row in db.execute(select(witness_poll).order_by(witness_poll.c.proposal))]


def find_vote(db: Session, proposal: str) -> Witnessed:
    """Return a vote.

    Raises:
        NotFound: No key was made for it.
    """
    row = db.execute(select(witness_poll).where(witness_poll.c.proposal == proposal)).first()
    if row is None:
        raise NotFound("This witness has made no key for this vote.", field="proposal")
    return _witnessed(row)


def _witnessed(row: object) -> Witnessed:
    manifest: bytes | None = row.manifest  # type: ignore[attr-defined]
    told = None if manifest is None else Manifest.from_bytes(manifest)
    return Witnessed(row.proposal, row.spki, row.sealed, told)  # type: ignore[attr-defined]


def keep_key(db: Session, proposal: str, spki: bytes, sealed: bytes) -> bytes:
    """Keep a new key, unless there is one for this vote already; returns the public key that is kept."""
    _lock(db)
    known = db.execute(select(witness_poll.c.spki).where(witness_poll.c.proposal == proposal)).scalar()
    if known is not None:
        return bytes(known)
    db.execute(insert(witness_poll), [{"proposal": proposal, "spki": spki, "sealed": sealed}])
    return spki


def _lock(db: Session) -> None:
    """Wait until this transaction is the only one that writes; SQLite has seen to it already."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("LOCK TABLE witness_poll IN EXCLUSIVE MODE"))


def bind(db: Session, manifest: bytes) -> None:
    """Note what was announced of a vote: this key signs for it, and for nothing else.

    Raises:
        NotFound: No key was made for it.
        PollUnsound: It names another key, or something else was announced before.
    """
    _lock(db)
    told = Manifest.from_bytes(manifest)
    known = find_vote(db, told.poll)
    if to_base64(known.spki) not in [one.spki for one in told.registrars]:
        raise PollUnsound("This vote was announced with another key than the witness has made for it.", field="poll")
    if known.manifest is None:
        values = {"poll": told.poll_hash.hex(), "manifest": manifest}
        db.execute(update(witness_poll).where(witness_poll.c.proposal == told.poll).values(**values))
    elif known.manifest.poll_hash != told.poll_hash:
        raise PollUnsound("This vote was announced otherwise before.", field="poll")


def reserve(db: Session, proposal: str, number: int, blinded: bytes, *, at: int) -> tuple[Witnessed, bytes | None]:
    """Reserve the one signature of a number; returns the vote, and the signature if it was made before.

    Args:
        db: The session, on the witness's database.
        proposal: What is voted on.
        number: On the roll.
        blinded: What is to be signed.
        at: Now, in UTC seconds, here and below.

    Raises:
        NotFound: No key was made for this vote.
        VotingNotOpen: It is not announced yet.
        NotEntitled: There is no such number on its roll.
        BlindedValueInvalid: Nothing that could be signed.
        PassTaken: Another value was signed for this number.
        VotingClosed: The time for passes is over.
    """
    _lock(db)
    of = find_vote(db, proposal)
    if of.manifest is None:
        raise VotingNotOpen("This vote is not announced yet.", field="proposal")
    if not 1 <= number <= of.manifest.roll_size:
        raise NotEntitled(f"The roll of this vote has the numbers 1 to {of.manifest.roll_size}.", field="number")
    blind.check_blinded(rsa_key(to_base64(of.spki)), blinded)
    where = (witness_signed.c.proposal == proposal, witness_signed.c.number == number)
    known = db.execute(select(witness_signed).where(*where)).first()
    if known is not None:
        if known.blinded != blinded:
            raise PassTaken("The witness has signed another pass for this number.", field="blinded")
        return of, known.signed
    if of.sealed is None or at >= of.manifest.issue_to + LATE_SECONDS:
        raise VotingClosed("The time for passes is over, and the witness's key is gone.", field="proposal")
    db.execute(insert(witness_signed), [{"proposal": proposal, "number": number, "blinded": blinded}])
    return of, None


def keep(db: Session, proposal: str, number: int, signed: bytes) -> bytes:
    """Keep a signature, unless it is there already; returns the one that is kept."""
    where = (witness_signed.c.proposal == proposal, witness_signed.c.number == number)
    db.execute(update(witness_signed).where(*where, witness_signed.c.signed.is_(None)).values(signed=signed))
    return bytes(db.execute(select(witness_signed.c.signed).where(*where)).scalar_one())


def unsigned(db: Session, proposal: str) -> list[tuple[int, bytes]]:
    """Return the numbers whose signatures are reserved and not made, with what is to be signed."""
    where = (witness_signed.c.proposal == proposal, witness_signed.c.signed.is_(None))
    return [(row.number, row.blinded) for row in db.execute(select(witness_signed).where(*where))]


def forget(db: Session, proposal: str, *, at: int) -> bool:
    """Destroy the key of a vote whose time for passes is over; returns whether it is gone.

    It stays while something that was reserved is not signed.
    """
    _lock(db)
    of = find_vote(db, proposal)
    if of.manifest is None or at < of.manifest.issue_to or unsigned(db, proposal):
        return False
    db.execute(update(witness_poll).where(witness_poll.c.proposal == proposal).values(sealed=None))
    return True


def is_late(of: Witnessed, *, at: int) -> bool:
    """Return whether the key has to go, although no registrar has said that it has everything."""
    return of.sealed is not None and of.manifest is not None and at >= of.manifest.issue_to + LATE_SECONDS


def numbers_signed(db: Session, proposal: str) -> Sequence[int]:
    """Return the numbers that were signed for, in order."""
    where = (witness_signed.c.proposal == proposal, witness_signed.c.signed.is_not(None))
    return list(db.execute(select(witness_signed.c.number).where(*where).order_by(witness_signed.c.number)).scalars())


def signed_list(db: Session, poll: str) -> bytes | None:
    """Return ``cosigned.json``: the numbers that were signed for, once the key is gone; None before."""
    row = db.execute(select(witness_poll).where(witness_poll.c.poll == poll)).first()
    if row is None or row.sealed is not None:
        return None
    numbers: list[Json] = [*numbers_signed(db, row.proposal)]
    return canonical.write({"cosigned": numbers, "poll": poll})
