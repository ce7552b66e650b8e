"""The people of the cooperative as a steward sees them: how they are engaged, whether they are members, what they hold.

What somebody delivers does not stand here, nor how they vote: a steward sees neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.people import holders, vault
from app.people.roles import Role
from app.web.forms import cents_in, choice_in, day_in, line_in
from app.web.member import holdings, today_of
from app.web.sheets import sheet_of
from app.web.site import Go, Here, Pages, View
from ledger import members
from ledger.equity import register
from ledger.equity.values import Engagement, EngagementEnd, EngagementKind, Group, Holder, HolderKind
from ledger.members import MemberClass, Membership, MembershipEnd
from ledger.reading import every, find
from ledger.types import Act, Json

pages = Pages()


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in the list: how they are engaged today, and their membership if they have one."""

    id: str
    name: str
    engaged: tuple[Engagement, ...]
    member: Membership | None


@pages.get("/steward/people", Role.STEWARD, long=True)
def people(db: Session, here: Here) -> View:
    """Everybody on record, A to Z."""
    wanted = here.query.get("q", "").strip()
    found = [one for one in _everybody(db, here) if wanted.casefold() in one.name.casefold()]
    return View("people.html", {"sheet": sheet_of(found, here, q=wanted[:200]), "wanted": wanted[:200]})


def _everybody(db: Session, here: Here) -> list[Listed]:
    on = today_of(db, here)
    ended = {one.engagement for one in every(db, EngagementEnd) if one.ended_on < on}
    over = {one.membership for one in every(db, MembershipEnd) if one.ended_on < on}
    engaged: dict[str, list[Engagement]] = {}
    for one in every(db, Engagement):
        if one.starts_on <= on and one.id not in ended:
            engaged.setdefault(one.holder, []).append(one)
    member = {one.member: one for one in every(db, Membership) if one.starts_on <= on and one.id not in over}
    called = sorted(vault.names(db).items(), key=lambda item: (item[1].casefold(), item[0]))
    return [Listed(id, name, tuple(engaged.get(id, ())), member.get(id)) for id, name in called]


@pages.get("/steward/people/new", Role.STEWARD)
def new_person(db: Session, here: Here) -> View:
    """A form for somebody who is not on record yet."""
    return View("person_new.html", {"kinds": list(EngagementKind), "groups": list(Group), "today": today_of(db, here)})


@pages.post("/steward/people", Role.STEWARD, again=new_person, authority="role:steward")
def add(db: Session, act: Act, here: Here) -> Go:
    """Put somebody on record, with how they are engaged."""
    document: dict[str, Json] = {"name": line_in(here, "name")}
    if here.form.get("email", "").strip():
        document["email"] = here.form["email"].strip()
    kind, shown_as = choice_in(here, "kind", EngagementKind), choice_in(here, "shown_as", Group)
    on, holder_kind = day_in(here, "on"), choice_in(here, "holder_kind", HolderKind)
    licensed = here.form.get("licensed") == "yes"
    made = holders.add_named_holder(db, act, document, kind=holder_kind, on=on, licensed=licensed)
    register.engage(db, act, made.id, kind=kind, shown_as=shown_as, on=on)
    return Go(f"/steward/people/{made.id}", here.words.say("{name} is on record.", name=document["name"]))


@pages.get("/steward/people/{holder}", Role.STEWARD)
def person(db: Session, here: Here, holder: str) -> View:
    """One person: engagements, membership, grants."""
    found, on = find(db, Holder, holder), today_of(db, here)
    history = members.memberships(db, holder)
    return View(
        "person.html",
        {
            "one": found,
            "name": vault.names(db, [holder])[holder],
            "email": (vault.identity_of(db, holder) or {}).get("email"),
            "engagements": register.engagements(db, holder),
            "memberships": history,
            "is_member": any(end is None or end.ended_on >= on for _, end in history),
            "holdings": holdings(db, holder, on),
            "classes": list(MemberClass),
            "today": on,
            "currency": register.issuer(db).currency,
        },
    )


@pages.post("/steward/people/{holder}/membership", Role.STEWARD, again=person, authority="role:steward")
def admit(db: Session, act: Act, here: Here, holder: str) -> Go:
    """Admit somebody as a member: one membership, one vote."""
    made = members.admit(
        db,
        act,
        holder,
        choice_in(here, "member_class", MemberClass),
        on=day_in(here, "on"),
        buy_in_due=cents_in(here, "buy_in"),
    )
    note = here.words.say("Admitted as member number {number}: one member, one vote.", number=made.number)
    return Go(f"/steward/people/{holder}", note)
