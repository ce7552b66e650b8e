"""Layoff cases: filed where the council sees them first; from the day of notice on, as a number, where all do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from app import layoffs as letting_go
from app.people import vault
from app.people.roles import Role
from app.policy_values import Layoffs
from app.web.batches import called_by
from app.web.forms import day_in, line_in, whole_in
from app.web.member import today_of
from app.web.site import Go, Here, Own, Pages, View
from governance import layoffs, policies
from governance.layoffs import MOST_AFFECTED, CaseOrder
from ledger.equity import leaving, register
from ledger.equity.values import Engagement, EngagementEnd, Holder
from ledger.errors import Invalid
from ledger.reading import every
from ledger.types import Act

pages = Pages()

FILERS = (Role.STEWARD, Role.BOARD)

MOST_LISTED = 30
"""How many people are listed to choose from; of more, one looks for a name."""


def _policy(db: Session, here: Here) -> Layoffs | None:
    found = policies.in_force(db, letting_go.POLICY, today_of(db, here))
    return None if found is None else Layoffs.model_validate(found.value)


def _people(db: Session) -> list[tuple[str, str]]:
    """Return everybody whose engagement has no end, A to Z."""
    ended = {one.engagement for one in every(db, EngagementEnd)}
    engaged = {one.holder for one in every(db, Engagement) if one.id not in ended}
    found = vault.names(db, engaged).items() if engaged else []
    return sorted(found, key=lambda item: (item[1].casefold(), item[0]))


def _offered(db: Session, here: Here, chosen: set[str]) -> tuple[list[tuple[str, str]], bool]:
    """Return whom to choose from: those chosen already, and whoever the name that was looked for fits.

    Returns:
        The people, and whether they are so many that one has to look for a name.
    """
    people, wanted = _people(db), here.form.get("find", "").strip().casefold()
    if len(people) <= MOST_LISTED:
        return people, False
    found = [one for one in people if wanted and wanted in one[1].casefold() and one[0] not in chosen]
    return [one for one in people if one[0] in chosen] + found[:MOST_LISTED], True


def _as_here(act: Act, here: Here) -> Act:
    """Return an act in the role in which somebody is here: two roles may do this."""
    assert here.role is not None
    return replace(act, authority=f"role:{here.role.value.lower()}")


@pages.get("/steward/layoffs", FILERS)
def cases(db: Session, here: Here) -> View:
    """Every case, and a form for a new one."""
    found = layoffs.cases(db)[::-1]
    policy, on = _policy(db, here), today_of(db, here)
    notice, chosen = on + timedelta(days=1), set(here.lists.get("affected", ()))
    people, is_many = _offered(db, here, chosen)
    return View(
        "layoffs.html",
        {
            "cases": found,
            "called": vault.names(db, {id for one in found for id in one.affected}) if found else {},
            "people": people,
            "is_many": is_many,
            "policy": policy,
            "chosen": chosen,
            "notice": notice,
            "last_day": notice + timedelta(days=policy.notice_days if policy else 0),
        },
    )


@pages.post("/steward/layoffs/find", FILERS)
def look_for(db: Session, act: Act, here: Here) -> View:
    """Look for somebody by name; whoever was chosen stays so, and nothing is filed."""
    del act
    return cases(db, here)  # type: ignore[return-value] # a page that shows something shows a view


@pages.post("/steward/layoffs", FILERS, again=cases)
def file_case(db: Session, act: Act, here: Here) -> Go:
    """File a case; the council sees it at once, those concerned from the day of notice on."""
    affected = frozenset(here.lists.get("affected", ()))
    if not 0 < len(affected) <= MOST_AFFECTED:
        raise Invalid(here.words.say("Choose whom it concerns."), field="affected")
    order = CaseOrder(
        line_in(here, "reason"),
        affected,
        day_in(here, "notice_on"),
        day_in(here, "last_day"),
        whole_in(here, "handover_days", most=10_000),
    )
    letting_go.file_case(db, _as_here(act, here), order, on=today_of(db, here))
    return Go("/steward/layoffs", here.words.say("The case is filed. The council sees it now; nobody else does yet."))


@pages.post("/steward/layoffs/{case}/withdraw", FILERS, again=cases)
def withdraw(db: Session, act: Act, here: Here, case: str) -> Go:
    """Take a case back: nobody is let go under it any more."""
    layoffs.withdraw_case(db, _as_here(act, here), case, reason=line_in(here, "why"), on=today_of(db, here))
    return Go("/steward/layoffs", here.words.say("The case is taken back. Nobody is let go under it."))


@pages.get("/council/layoffs", Role.COUNCIL)
def council_cases(db: Session, here: Here) -> View:
    """Every case from the day it is filed, and the dismissals for cause that can be appealed against."""
    del here
    found = layoffs.cases(db)[::-1]
    causes = [(holder.id, end) for holder in every(db, Holder) for end in leaving.open_causes(db, holder.id)]
    people = {id for one in found for id in one.affected} | {id for id, _ in causes}
    return View("council_layoffs.html", {"cases": found, "called": called_by(db, people), "causes": causes})


@pages.post("/council/layoffs/{case}/view", Role.COUNCIL, again=council_cases, authority="role:council")
def say(db: Session, act: Act, here: Here, case: str) -> Go:
    """Say what the council thinks of a case; it goes on record and to those concerned."""
    layoffs.record_view(db, act, case, line_in(here, "text"), on=today_of(db, here))
    return Go("/council/layoffs", here.words.say("The council's word is on record."))


@pages.post("/council/dismissals/{holder}/overturn", Role.COUNCIL, again=council_cases, authority="role:council")
def overturn(db: Session, act: Act, here: Here, holder: str) -> Go:
    """Overturn a dismissal for cause: the engagement and the vesting go on without a gap."""
    leaving.overturn_cause(db, act, holder, on=today_of(db, here), reason=line_in(here, "why"))
    return Go("/council/layoffs", here.words.say("The dismissal is overturned. Vesting goes on as if it had not been."))


@pages.get("/layoffs", Own)
def told(db: Session, here: Here) -> View:
    """The cases that everybody may know of: from the day of notice on, how many people, and no name."""
    on = register.company_day(db, here.now)
    found = [one for one in layoffs.cases(db)[::-1] if one.case.notice_on <= on]
    return View("layoffs_told.html", {"cases": found, "policy": _policy(db, here)})
