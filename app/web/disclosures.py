"""Files with whole tax numbers: finance asks, somebody else approves, and whoever asked takes a copy within a day."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from app import disclosures, reports, tax_requests
from app.disclosures import FILES, DisclosureState
from app.mail.readers import house_of
from app.people.exports import note_export
from app.people.roles import Role
from app.people.tax_numbers import tax_numbers
from app.web.forms import day_in, line_in
from app.web.member import today_of
from app.web.site import File, Go, Here, Pages, View
from ledger import journal
from ledger.errors import Invalid, NotAllowedNow
from ledger.types import Act, Cut

pages = Pages()

PATH = "/finance/tax-numbers"

MOST_SHOWN = 100
"""How many people are named whose number is missing."""


@pages.get(PATH, (Role.FINANCE, Role.BOARD), long=True)
def asked_for(db: Session, here: Here, disclosure: str = "") -> View:
    """What waits for a second person, what may be taken, the form to ask, and what became of earlier ones."""
    del disclosure
    assert here.account is not None
    found = [(one, one.state(here.now)) for one in disclosures.disclosures(db)]
    on = today_of(db, here)
    missing = tax_requests.lacking(db, on)
    return View(
        "tax_numbers.html",
        {
            "me": here.account.actor,
            "waiting": disclosures.waiting(db, here.now),
            "mine": [
                one for one, state in found if state is DisclosureState.APPROVED and one.asked_by == here.account.actor
            ],
            "found": found,
            "called": disclosures.called(db),
            "known": len(tax_numbers(db, Cut(on, journal.size(db)))),
            "files": [f"{report}.{ending}" for report, endings in FILES.items() for ending in endings],
            "on": on,
            "lacking": missing,
            "due": sum(bool(one.forms) for one in missing),
            "most_shown": MOST_SHOWN,
        },
    )


@pages.post(PATH, Role.FINANCE, again=asked_for, authority="role:finance", long=True)
def ask(db: Session, act: Act, here: Here) -> Go:
    """Ask for a file."""
    report, _, ending = here.form.get("file", "").rpartition(".")
    if ending not in FILES.get(report, ()):
        raise Invalid(here.words.say("Choose one of the list."), field="file")
    on = day_in(here, "as_of")
    if on > today_of(db, here):
        raise Invalid(here.words.say("This day has not come yet."), field="as_of")
    cut = reports.cut_for(db, on)
    reports.source_of(db, cut)
    disclosures.ask(db, act, report, ending, cut, reason=line_in(here, "reason"))
    return Go(PATH, here.words.say("You asked. Somebody else of finance or of the board approves it."))


@pages.post(f"{PATH}/{{disclosure}}/decide", (Role.FINANCE, Role.BOARD), again=asked_for, authority="role:four-eyes")
def decide(db: Session, act: Act, here: Here, disclosure: str) -> Go:
    """Approve what somebody else asked for, or decline it; whoever asked may withdraw it."""
    is_approved = here.form.get("answer") == "approve"
    disclosures.decide(db, act, disclosure, is_approved=is_approved)
    if is_approved:
        return Go(PATH, here.words.say("Approved. Whoever asked may take the file for 24 hours."))
    return Go(PATH, here.words.say("Nothing is handed out."))


@pages.get(f"{PATH}/{{disclosure}}/file", Role.FINANCE, long=True)
def file(db: Session, here: Here, disclosure: str) -> File:
    """A copy of a file that was approved, for whoever asked; it is marked and noted."""
    assert here.account is not None
    copy = disclosures.copy_of(db, disclosure, here.account.actor, here.now)
    return File(copy.data, copy.media_type, copy.name, partial(note_export, file=copy.taken))


@pages.post(f"{PATH}/letters", Role.FINANCE, again=asked_for, authority="role:finance", long=True)
def ask_by_letter(db: Session, act: Act, here: Here) -> Go:
    """Write to everybody whose tax number is missing."""
    if not here.mails:
        raise NotAllowedNow(here.words.say("No letters go out from here."))
    asked = tax_requests.ask(db, act, house_of(db, here.origin))
    told = [here.words.several("One letter is on its way.", "{count} letters are on their way.", asked.letters)]
    if asked.lately:
        told.append(here.words.several("One person had one this week.", "{count} had one this week.", asked.lately))
    if asked.unreached:
        some = "{count} people have no account here, or no address."
        told.append(here.words.several("One person has no account here, or no address.", some, asked.unreached))
    return Go(PATH, " ".join(told))
