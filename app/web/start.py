"""From an empty record to the first grant: an administrator lets people in, a steward registers what there is."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy.orm import Session

from app import pools
from app.imports.ocf.writer import import_package
from app.imports.ocf.zipped import check_zip, refuse_errors
from app.people import accounts, administration, first_steps, preferences
from app.people.roles import Role
from app.web.forms import choice_in, day_in, file_in, line_in, units_in
from app.web.site import Go, Here, Pages, View
from ledger.equity import classes, register
from ledger.equity.classes import ClassOrder, PlanOrder
from ledger.equity.register import IssuerOrder
from ledger.equity.values import ClassKind, IssuerKind, Plan, ReturnRule, ShareClass
from ledger.errors import Conflict, Invalid
from ledger.members import has_members
from ledger.reading import every, find
from ledger.types import Act

pages = Pages(early=True)
ADMIN, STEWARD = "role:admin", "role:steward"

MOST_FINDINGS = 100
"""How many findings a page tells."""


@pages.get("/start", (Role.ADMIN, Role.STEWARD))
def start(db: Session, here: Here) -> View:
    """What is there, and what comes next."""
    assert here.account is not None
    told = first_steps.progress(db, here.now)
    has_other = first_steps.administrators_beside(db, here.now, here.account.actor)
    return View("start.html", {"told": told, "has_other_admin": has_other})


@pages.post("/start/name", Role.ADMIN, again=start, authority=ADMIN)
def say_who(db: Session, act: Act, here: Here) -> Go:
    """Say who the first administrator is."""
    assert here.account is not None
    name = line_in(here, "name")
    accounts.rename(db, act, here.account.id, name)
    return Go("/start", here.words.say("Welcome, {name}.", name=name))


@pages.post("/start/steward", Role.ADMIN, again=start, authority=ADMIN)
def be_steward(db: Session, act: Act, here: Here) -> Go:
    """Ask to be steward as well; somebody else approves it."""
    assert here.account is not None
    administration.give_role(db, act, here.account.id, Role.STEWARD)
    return Go("/start#steward", here.words.say("You will be steward once somebody else has approved it."))


@pages.get("/start/company", Role.STEWARD)
def company(db: Session, here: Here) -> View:
    """Who the company is, or a file that says so."""
    told = first_steps.progress(db, here.now)
    kinds = {
        IssuerKind.COOP: here.words.say("A cooperative"),
        IssuerKind.MSO: here.words.say("A platform or management company"),
        IssuerKind.PC: here.words.say("A professional corporation"),
    }
    return View(
        "start_company.html",
        {"told": told, "kinds": kinds.items(), "zones": [(name, name) for name in preferences.zones()]},
    )


@pages.post("/start/company", Role.STEWARD, again=company, authority=STEWARD)
def register_company(db: Session, act: Act, here: Here) -> Go:
    """Register the company, from the day it was formed on."""
    on = day_in(here, "formed_on")
    if on > here.now.date():
        raise Invalid(here.words.say("This day is still to come. Write the day it was formed on."), field="formed_on")
    order = IssuerOrder(
        legal_name=line_in(here, "legal_name"),
        kind=choice_in(here, "kind", IssuerKind),
        time_zone=line_in(here, "time_zone"),
        currency=line_in(here, "currency").upper(),
        fiscal_year_end=line_in(here, "fiscal_year_end"),
        formed_on=on,
        country="US",
    )
    made = register.register_issuer(db, act, order, on=on)
    return Go("/start", here.words.say("{name} is on record.", name=made.legal_name))


@pages.get("/start/import", Role.STEWARD)
def bring(db: Session, here: Here) -> View:
    """Bring a cap table from elsewhere: the file is checked first."""
    told = first_steps.progress(db, here.now)
    return View(
        "start_import.html", {"told": told, "checked": None, "zones": [(name, name) for name in preferences.zones()]}
    )


@pages.post("/start/check/upload", Role.STEWARD, again=bring, authority=STEWARD, long=True)
def check_package(db: Session, act: Act, here: Here) -> View:
    """Check a file and say what is in it; nothing is written."""
    del act
    content = file_in(here, "file")
    checked = check_zip(content)
    told = first_steps.progress(db, here.now)
    return View(
        "start_import.html",
        {
            "told": told,
            "checked": checked,
            "digest": sha256(content).hexdigest(),
            "items": len(checked.package.items),
            "findings": checked.findings[:MOST_FINDINGS],
            "more": len(checked.findings) - MOST_FINDINGS,
            "zones": [(name, name) for name in preferences.zones()],
        },
    )


@pages.post("/start/import/upload", Role.STEWARD, again=bring, authority="import:ocf", long=True)
def import_checked(db: Session, act: Act, here: Here) -> Go:
    """Write the file that was checked into the record: all of it or nothing."""
    content = file_in(here, "file")
    if sha256(content).hexdigest() != here.form.get("checked"):
        raise Conflict(
            here.words.say("This is another file than the one that was checked. Check it first."), field="file"
        )
    checked = check_zip(content)
    refuse_errors(checked)
    made = import_package(db, act, checked, time_zone=line_in(here, "time_zone"))
    note = here.words.say("The cap table is on record, in {count} entries.", count=here.words.number(made.entries))
    return Go("/start", note)


@pages.get("/start/class", Role.STEWARD)
def share_class(db: Session, here: Here) -> View:
    """A class of shares: what the charter authorises."""
    issuer = register.issuer(db)
    kinds = {
        ClassKind.COMMON: here.words.say("Common shares"),
        ClassKind.PREFERRED: here.words.say("Preferred shares"),
        ClassKind.MEMBER_SHARE: here.words.say("Membership shares: one a member"),
        ClassKind.UNITS: here.words.say("Units"),
    }
    there = [one.name for one in every(db, ShareClass)]
    return View("start_class.html", {"kinds": kinds.items(), "there": there, "issuer": issuer})


@pages.post("/start/class", Role.STEWARD, again=share_class, authority=STEWARD)
def authorise(db: Session, act: Act, here: Here) -> Go:
    """Put a class of shares on record."""
    order = ClassOrder(
        name=line_in(here, "name"),
        kind=choice_in(here, "kind", ClassKind),
        prefix=line_in(here, "prefix"),
        authorised=units_in(here, "authorised", 0) if here.form.get("authorised", "").strip() else None,
    )
    made = classes.authorise_class(db, act, order, on=day_in(here, "on"))
    return Go("/start", here.words.say("{name} is on record.", name=made.name))


@pages.get("/start/plan", Role.STEWARD)
def plan(db: Session, here: Here) -> View:
    """A plan, and the pool that grants take their units from."""
    issuer = register.issuer(db)
    options = [(one.id, one.name) for one in every(db, ShareClass) if one.kind is not ClassKind.MEMBER_SHARE]
    there = [one.name for one in every(db, Plan)]
    values = {"options": options, "there": there, "issuer": issuer, "has_members": has_members(db)}
    return View("start_plan.html", values)


@pages.post("/start/plan", Role.STEWARD, again=plan, authority=STEWARD)
def adopt(db: Session, act: Act, here: Here) -> Go:
    """Put a plan on record with its pool."""
    of = find(db, ShareClass, line_in(here, "class"))
    order = PlanOrder(
        name=line_in(here, "name"),
        class_id=of.id,
        reserved=units_in(here, "reserved", of.decimals) if here.form.get("reserved", "").strip(" 0") else 0,
        return_rule=ReturnRule.RETURN_TO_POOL,
        resolution_ref=here.form.get("resolution_ref", "").strip() or None,
    )
    made = pools.adopt(db, act, order, on=day_in(here, "on"))
    return Go("/start", here.words.say("{name} is on record.", name=made.name))
