"""Petitions: a member asks others to sign, and enough signatures force a vote. Who signed is told to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import petitions
from app.people import vault
from app.people.roles import Role
from app.web.site import Go, Here, Own, Pages, View
from app.web.standing import doings
from governance import petitions as sealed
from governance import proposals
from governance.petitions import PetitionState, Signature, Standing
from governance.records import Petition, PetitionSeal
from governance.rules import needed_members
from ledger.errors import NotFound
from ledger.members import members_on
from ledger.reading import every, find
from ledger.types import Act

pages = Pages()

OVER = frozenset({PetitionState.REACHED, PetitionState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Listed:
    """A petition in the list.

    Attributes:
        mine: What whoever looks keeps, if they signed; nobody else is told.
    """

    of: Standing
    title: str
    mine: Signature | None


def _act(here: Here) -> Act:
    return Act("reader", "role:reader", here.now)


def _listed(db: Session, here: Here, id: str, member: str | None) -> Listed:
    of = petitions.standing(db, _act(here), id)
    mine = None
    if member is not None:
        try:
            mine = sealed.signature(db, id, member)
        except NotFound:
            mine = None
    return Listed(of, proposals.version(db, of.petition.proposal).title, mine)


@pages.get("/petitions", Own)
def listing(db: Session, here: Here) -> View:
    """All petitions: those that can be signed first."""
    found = [_listed(db, here, one.id, here.me) for one in reversed(every(db, Petition))]
    running = [one for one in found if one.of.state is PetitionState.RUNNING]
    return View("petitions.html", {"running": running, "over": [one for one in found if one not in running]})


@pages.get("/petitions/{petition}", Own)
def show(db: Session, here: Here, petition: str) -> View:
    """One petition: for which vote, until when, and one's own signature if there is one."""
    one = _listed(db, here, petition, here.me)
    return View(
        "petition.html",
        {
            "one": one,
            "author": _called(db, one.of.petition.author),
            "is_member": here.me in members_on(db, petitions.today(db, _act(here))),
            "seals": [each.seal for each in every(db, PetitionSeal, petition=petition)] if one.of.state in OVER else [],
        },
    )


def _called(db: Session, holder: str) -> str:
    return vault.names(db, [holder]).get(holder, holder)


@pages.post("/petitions/{petition}/sign", Own, again=show)
def sign(db: Session, act: Act, here: Here, petition: str) -> Go:
    """Sign a petition. No entry says so; if it is enough now, the vote is announced at once."""
    note = here.words.say("You signed. What you keep stands below; nobody else is told.")
    if _listed(db, here, petition, here.me).mine is None:
        petitions.sign(db, act, petition, here.me)
    return Go(f"/petitions/{petition}#mine", note)


@pages.get("/decisions/{proposal}/petition", Own)
def ask_to_open(db: Session, here: Here, proposal: str) -> View:
    """What a petition is, before it is started."""
    proposals.shown(db, proposal)
    do = doings(db, here, proposal)
    members = members_on(db, petitions.today(db, _act(here)))
    needed = needed_members(do.rules.petition_share, len(members))
    values = {"said": proposals.version(db, proposal), "do": do, "needed": needed}
    return View("petition_new.html", values)


@pages.post("/decisions/{proposal}/petition", Own, again=ask_to_open)
def open_petition(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Ask members to sign for a vote on a proposal as it reads now."""
    proposals.shown(db, proposal)
    made = petitions.open_petition(db, act, proposal, here.me)
    return Go(f"/petitions/{made.id}", here.words.say("The petition is open. Your own signature is a step of its own."))


@dataclass(frozen=True, slots=True)
class Checked:
    """A petition as a teller sees it: numbers only once it is over, and no name but its author's.

    Attributes:
        seals: How many seals the record holds; None while it runs.
        fits: Whether seals and signatures are the same, one for one; None while it runs.
    """

    of: Standing
    title: str
    author: str
    seals: int | None
    fits: bool | None


@pages.get("/teller", Role.TELLER, long=True)
def check_all(db: Session, here: Here) -> View:
    """What a teller checks: that each petition that is over was counted right."""
    made = every(db, Petition)
    called = vault.names(db, {one.author for one in made})
    found = [_checked(db, here, one.id, called) for one in reversed(made)]
    return View("teller.html", {"petitions": found})


@pages.get("/teller/petitions/{petition}", Role.TELLER)
def check(db: Session, here: Here, petition: str) -> View:
    """One petition that is over: its count, its seals, and whether they fit the signatures."""
    author = find(db, Petition, petition).author
    one = _checked(db, here, petition, vault.names(db, [author]))
    seals = [each.seal for each in every(db, PetitionSeal, petition=petition)] if one.seals is not None else []
    return View("teller_petition.html", {"one": one, "seals": seals})


def _checked(db: Session, here: Here, id: str, called: Mapping[str, str]) -> Checked:
    of = petitions.standing(db, _act(here), id)
    title, author = (
        proposals.version(db, of.petition.proposal).title,
        called.get(of.petition.author, of.petition.author),
    )
    ended = sealed.ended(db, id)
    if ended is None:
        return Checked(of, title, author, None, None)
    seals = len(every(db, PetitionSeal, petition=id))
    return Checked(of, title, author, seals, sealed.fits(db, ended))
