"""What members do about somebody's proposal beside voting: want it, object, declare an interest, stand for election."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import elections, voting
from app.web.decisions import decision
from app.web.forms import line_in
from app.web.site import Go, Here, Own, Pages, View
from app.web.standing import doings
from governance import candidacies, effects, proposals, rolls, stances
from governance.records import Phase
from ledger.equity.register import company_day
from ledger.errors import Invalid
from ledger.members import members_on
from ledger.types import Act

pages = Pages()


@pages.post("/decisions/{proposal}/interest", Own, again=decision)
def want(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Say that an idea should be decided."""
    proposals.shown(db, proposal)
    rules, on = voting.rules_today(db, proposal, act.now), company_day(db, act.now)
    stances.want(db, act, proposal, here.me, members=members_on(db, on), rules=rules, on=on)
    return Go(f"/decisions/{proposal}", here.words.say("You said that this should be decided."))


@pages.post("/decisions/{proposal}/interest/withdraw", Own, again=decision)
def no_longer_want(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Take back that an idea should be decided."""
    proposals.shown(db, proposal)
    stances.withdraw(db, act, proposal, here.me, Phase.INTEREST, on=company_day(db, act.now))
    return Go(f"/decisions/{proposal}", here.words.say("You no longer ask for this to be decided."))


@pages.post("/decisions/{proposal}/objection", Own, again=decision)
def object_to(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Object to the effect of what passed."""
    proposals.shown(db, proposal)
    effects.object_to(db, act, proposal, here.me, here.form.get("reason", ""))
    return Go(f"/decisions/{proposal}", here.words.say("Your objection is recorded."))


@pages.post("/decisions/{proposal}/objection/withdraw", Own, again=decision)
def withdraw_objection(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Take one's own objection back, while objections are taken."""
    proposals.shown(db, proposal)
    effects.withdraw_objection(db, act, proposal, here.me)
    return Go(f"/decisions/{proposal}", here.words.say("Your objection is taken back."))


def _view(db: Session, here: Here, proposal: str, template: str) -> View:
    proposals.shown(db, proposal)
    said = proposals.version(db, proposal)
    return View(template, {"said": said, "do": doings(db, here, proposal)})


@pages.get("/decisions/{proposal}/interests", Own)
def interests(db: Session, here: Here, proposal: str) -> View:
    """Declare an interest of one's own, and perhaps stand aside."""
    return _view(db, here, proposal, "declare_interest.html")


@pages.post("/decisions/{proposal}/interests", Own, again=interests)
def declare(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Put an interest of one's own on record, before the vote opens."""
    proposals.shown(db, proposal)
    choice = here.form.get("recused")
    if choice not in {"yes", "no"}:
        raise Invalid(here.words.say("Choose whether you vote on this."), field="recused")
    rolls.declare_conflict(
        db, act, proposal, here.me, line_in(here, "statement"), is_recused=choice == "yes", on=company_day(db, act.now)
    )
    return Go(f"/decisions/{proposal}", here.words.say("Your interest is on record; everybody can read it."))


@pages.get("/decisions/{proposal}/stand", Own)
def standing_form(db: Session, here: Here, proposal: str) -> View:
    """Stand for election: what one has to say to the voters."""
    return _view(db, here, proposal, "stand.html")


@pages.post("/decisions/{proposal}/stand", Own, again=standing_form)
def stand(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Stand for election, before the vote opens."""
    proposals.shown(db, proposal)
    elections.stand(db, act, proposal, here.me, here.form.get("statement", ""))
    return Go(
        f"/decisions/{proposal}#stand", here.words.say("You stand for election. Everybody can read what you say.")
    )


@pages.post("/decisions/{proposal}/stand-down", Own, again=decision)
def stand_down(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Stand down before the vote opens, for good."""
    proposals.shown(db, proposal)
    candidacies.stand_down(db, act, proposal, here.me, on=company_day(db, act.now))
    return Go(f"/decisions/{proposal}#stand", here.words.say("You do not stand any more."))
