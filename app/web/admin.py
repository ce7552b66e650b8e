"""The administrator's pages: who may sign in, by which link, in which roles. Nothing here touches the record."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.mail import ways_in
from app.mail.readers import house_of
from app.people import accounts, administration, roles, vault
from app.people.administration import SHELL, Standing
from app.people.roles import MOST_DAYS, Holding, Role
from app.web.site import Go, Here, Pages, View
from ledger.equity.values import Holder
from ledger.errors import Invalid
from ledger.reading import every
from ledger.types import Act

pages = Pages(early=True)
AUTHORITY = "role:admin"


@pages.get("/admin", Role.ADMIN)
def people(db: Session, here: Here) -> View:
    """Roles that wait for a second pair of eyes, then everybody with an account."""
    found = administration.standings(db, here.now)
    by_id = {one.account.id: one for one in found}
    waiting = [(held, by_id[held.account], _may_approve(here, held, by_id)) for held in roles.waiting(db, here.now)]
    return View("admin.html", {"people": found, "waiting": waiting, "called": _called(here, found)})


def _may_approve(here: Here, held: Holding, by_id: dict[str, Standing]) -> bool:
    """Return whether whoever is here neither gave a role nor would have it; the deed refuses them too."""
    return here.account is not None and here.account.actor not in {held.given_by, by_id[held.account].account.actor}


def _called(here: Here, found: list[Standing]) -> dict[str, str]:
    """Return actor to name, of all who may have given a role."""
    return {one.account.actor: one.account.name for one in found} | {SHELL: here.words.say("the command line")}


@pages.post("/admin/approve", Role.ADMIN, again=people, authority=AUTHORITY)
def approve(db: Session, act: Act, here: Here) -> Go:
    """Approve a role that somebody else gave."""
    held = roles.approve(db, act, here.form.get("role", ""))
    name = accounts.find_account(db, held.account).name
    note = here.words.say("{name} now has the role {role}.", name=name, role=_role_words(here, held.role))
    return Go("/admin", note)


def _role_words(here: Here, role: Role) -> str:
    return here.words.say(role.value.title())


@pages.get("/admin/invite", Role.ADMIN)
def invite(db: Session, here: Here) -> View:
    """Whom to let in."""
    del here
    taken = {one.holder for one in accounts.accounts(db)}
    free = [one.id for one in every(db, Holder) if one.id not in taken]
    called = vault.names(db, free) if free else {}
    return View("admin_invite.html", {"holders": sorted(called.items(), key=lambda one: (one[1].casefold(), one[0]))})


@pages.post("/admin/invite", Role.ADMIN, again=invite, authority=AUTHORITY)
def let_in(db: Session, act: Act, here: Here) -> Go:
    """Make an account, and send an invitation where that can be done; else the link is made on its page."""
    made = administration.invite(
        db,
        act,
        holder=here.form.get("holder") or None,
        name=here.form.get("name") or None,
        email=here.form.get("email") or None,
    )
    note = here.words.say("{name} has an account now. Make a link and send it to them.", name=made.name)
    if here.mails and made.email is not None:
        to = ways_in.send_link(db, act, house_of(db, here.origin), made.id)
        note = here.words.say(
            "{name} has an account now. An invitation is on its way to {address}.", name=made.name, address=to
        )
    return Go(f"/admin/accounts/{made.id}", note)


@pages.get("/admin/accounts/{account}", Role.ADMIN)
def person(db: Session, here: Here, account: str) -> View:
    """One account: its roles, its links, its end."""
    accounts.find_account(db, account)
    found = administration.standings(db, here.now)
    one = next(one for one in found if one.account.id == account)
    had = {held.role for held in one.roles}
    shut = {other for role in had for other in roles.EXCLUDED[role]}
    return View(
        "admin_person.html",
        {
            "one": one,
            "called": _called(here, found),
            "free": [role for role in Role if role not in had | shut],
            "shut": [role for role in Role if role in shut - had],
            "days": MOST_DAYS,
            "is_me": here.account is not None and here.account.id == account,
        },
    )


@pages.post("/admin/accounts/{account}/link", Role.ADMIN, again=person, authority=AUTHORITY)
def make_link(db: Session, act: Act, here: Here, account: str) -> View:
    """Make a link and show it, once: it stands neither in the address nor in what is kept of the form."""
    del here
    made = administration.link_for(db, act, account)
    return View("admin_link.html", {"link": made, "one": accounts.find_account(db, account)})


@pages.post("/admin/accounts/{account}/roles", Role.ADMIN, again=person, authority=AUTHORITY)
def give_role(db: Session, act: Act, here: Here, account: str) -> Go:
    """Give a role; somebody else approves it."""
    days = here.form.get("days", "").strip()
    if not days.isdecimal() or len(days) > 4:
        raise Invalid(here.words.say("Write the number of days in figures, such as 30."), field="days")
    wanted = here.form.get("role", "")
    if wanted not in set(Role):
        raise Invalid(here.words.say("Choose a role."), field="role")
    held = administration.give_role(db, act, account, Role(wanted), days=int(days))
    note = here.words.say("The role {role} waits until somebody else approves it.", role=_role_words(here, held.role))
    return Go(f"/admin/accounts/{account}", note)


@pages.post("/admin/accounts/{account}/take", Role.ADMIN, again=person, authority=AUTHORITY)
def take_role(db: Session, act: Act, here: Here, account: str) -> Go:
    """Take a role back, at once."""
    held = roles.find(db, here.form.get("role", ""))
    roles.take(db, act, held.id)
    note = here.words.say("The role {role} has ended.", role=_role_words(here, held.role))
    return Go(f"/admin/accounts/{account}", note)


@pages.post("/admin/accounts/{account}/sign-out", Role.ADMIN, again=person, authority=AUTHORITY)
def sign_out(db: Session, act: Act, here: Here, account: str) -> Go:
    """Sign somebody out everywhere: a phone was lost."""
    name = accounts.find_account(db, account).name
    accounts.end_all_sessions(db, act, account)
    return Go(f"/admin/accounts/{account}", here.words.say("{name} is signed out everywhere.", name=name))


@pages.post("/admin/accounts/{account}/end", Role.ADMIN, again=person, authority=AUTHORITY)
def end(db: Session, act: Act, here: Here, account: str) -> Go:
    """Let somebody sign in no more."""
    administration.end_access(db, act, account)
    name = accounts.find_account(db, account).name
    return Go(f"/admin/accounts/{account}", here.words.say("{name} can sign in no more.", name=name))


@pages.post("/admin/accounts/{account}/reopen", Role.ADMIN, again=person, authority=AUTHORITY)
def reopen(db: Session, act: Act, here: Here, account: str) -> Go:
    """Let somebody sign in again."""
    accounts.reopen_account(db, act, account)
    name = accounts.find_account(db, account).name
    note = here.words.say("{name} can sign in again. Make a link and send it to them.", name=name)
    return Go(f"/admin/accounts/{account}", note)
