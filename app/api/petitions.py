"""Petitions: a member asks others to sign, and enough signatures force a vote. Who signed is told to nobody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app import petitions
from app.api.door import Door
from app.api.fields import Day, Id, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_of
from app.api.service import Now
from app.people.tokens import Scope
from governance.errors import NotEntitled
from governance.petitions import PetitionState, Signature, Standing, signature
from governance.records import Petition
from ledger.errors import AlreadyExists, NotAllowedNow
from ledger.types import Act

door = Door("petitions")

NOTHING_MORE = Order()
"""What an order says that needs no body."""

PETITION: dict[str, Any] = {
    "id": "pet_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "proposal": "prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "author": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "opened_on": "2025-09-01",
    "expires_on": "2025-11-30",
    "needed": 24,
    "state": "REACHED",
    "signatures": 24,
    "vote_by": "2025-12-14",
}
SIGNATURE = {
    "petition": PETITION["id"],
    "member": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "seal": "4c1f2d3b5a6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708",
    "salt": "9a8b7c6d5e4f30211203f4e5d6c7b8a9",
}


class PetitionIn(Order):
    """What is to come to a vote."""

    model_config = shown({"proposal": PETITION["proposal"]})

    proposal: Id


class PetitionOut(Told):
    """A petition as it stands."""

    model_config = shown(PETITION)

    id: str
    proposal: str
    author: str
    opened_on: Day
    expires_on: Day
    """The last day to sign."""
    needed: int
    """How many signatures force a vote; it stays so, whoever joins or leaves."""
    state: PetitionState
    signatures: int | None
    """How many signed; told once it is over, and to nobody before."""
    vote_by: Day | None
    """Where enough signed: the day by which the vote is open."""

    @classmethod
    def of(cls, stands: Standing) -> PetitionOut:
        """Return a petition as the API tells it."""
        return cls(
            id=stands.petition.id,
            proposal=stands.petition.proposal,
            author=stands.petition.author,
            opened_on=stands.opened_on,
            expires_on=stands.petition.expires_on,
            needed=stands.petition.needed,
            state=stands.state,
            signatures=stands.signatures,
            vote_by=stands.vote_by,
        )


class SignatureOut(Told):
    """What whoever signed keeps: the seal is on record once the petition is over, and only the salt makes it theirs."""

    model_config = shown(SIGNATURE)

    petition: str
    member: str
    seal: str
    """SHA-256 over salt, petition and member with a zero byte between them, hex."""
    salt: str
    """Hex."""

    @classmethod
    def of(cls, made: Signature) -> SignatureOut:
        """Return a signature as the API tells it, to the signer alone."""
        return cls(petition=made.petition, member=made.member, seal=made.seal, salt=made.salt)


@door.write(
    "/members/{member}/petitions",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[NotEntitled, NotAllowedNow, AlreadyExists],
)
def open_petition(db: Session, act: Act, member: Id, order: PetitionIn) -> PetitionOut:
    """Open a petition for a vote on a proposal as it reads now.

    Should it be changed, what was signed is no longer what stands there, and the petition is over.
    """
    made = petitions.open_petition(db, act, order.proposal, member)
    return PetitionOut.of(petitions.standing(db, act, made.id))


@door.write(
    "/members/{member}/signatures/{petition}",
    Scope.PROPOSALS_OWN,
    own="member",
    refuses=[NotEntitled, NotAllowedNow, AlreadyExists],
)
def sign_petition(db: Session, act: Act, member: Id, petition: Id, order: Order = NOTHING_MORE) -> SignatureOut:
    """Sign a petition.

    No entry says so. If it makes the petition enough, the vote is announced at once, for the earliest dates possible.
    """
    return SignatureOut.of(petitions.sign(db, act, petition, member))


@door.read("/members/{member}/signatures/{petition}", Scope.PROPOSALS_OWN, own="member")
def get_own_signature(db: Session, member: Id, petition: Id) -> SignatureOut:
    """Get one's own signature."""
    return SignatureOut.of(signature(db, petition, member))


@door.read("/petitions", Scope.PROPOSALS_READ)
def list_petitions(
    db: Session,
    now: Now,
    page: PagingAsked,
    proposal: Annotated[Id | SkipJsonSchema[None], Query(description="For this proposal only.")] = None,
) -> Page[PetitionOut]:
    """List petitions."""
    act = Act("system", "role:system", now)
    return page_of(
        db, Petition, page, lambda item: PetitionOut.of(petitions.standing(db, act, item.value.id)), proposal=proposal
    )


@door.read("/petitions/{petition}", Scope.PROPOSALS_READ)
def get_petition(db: Session, now: Now, petition: Id) -> PetitionOut:
    """Get a petition.

    Nobody is told how many have signed before it is over, nor ever who.
    """
    return PetitionOut.of(petitions.standing(db, Act("system", "role:system", now), petition))
