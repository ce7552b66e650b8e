"""Voting: the ballot looked at once more before it is cast, the receipt, and the proof that it was counted."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy.orm import Session

from app import voting
from app.web import ballot_form, deciding, decisions
from app.web.forms import still
from app.web.site import File, Go, Here, Own, Pages, View
from governance import ballots, closing
from governance.ballots import Receipt, digest_of
from governance.errors import NotEntitled, VotingClosed, VotingNotOpen
from governance.lifecycle import State
from governance.tally.ballots import read_choice
from ledger import journal
from ledger.errors import NotFound
from ledger.types import Act, Json

pages = Pages()


@pages.post("/decisions/{proposal}/ballot/review", Own, again=decisions.decision)
def review(db: Session, act: Act, here: Here, proposal: str) -> View:
    """Show what is about to be cast; nothing is recorded yet."""
    del act
    if here.form.get("go") == "change":
        shown = decisions.decision(db, here, proposal)
        assert isinstance(shown, View)
        return shown
    found = deciding.find(db, here, proposal)
    choice = _choice(db, here, found)
    values = {
        "of": found,
        "told": ballot_form.told(choice, found.options, here.words),
        "before": None
        if found.mine is None
        else ballot_form.told(orjson.loads(found.mine.choice), found.options, here.words),
        "fields": [(name, text) for name, texts in here.lists.items() if name != "form_key" for text in texts],
        "is_abstaining": choice == "abstain",
    }
    return View("ballot_review.html", values)


def _choice(db: Session, here: Here, of: deciding.Decision) -> Json:
    """Return the choice on a ballot that could be cast now.

    Raises:
        VotingNotOpen: Not yet.
        VotingClosed: Not any more.
        NotEntitled: Not by them; the message says why.
        Invalid: It can't be counted.
        Conflict: They have voted since this form was opened.
    """
    if of.state.is_before_vote or of.state is State.WITHDRAWN:
        raise VotingNotOpen(here.words.say("This vote is not open."), field="proposal")
    if of.state is not State.OPEN:
        raise VotingClosed(deciding.lead(db, of), field="proposal")
    if not deciding.may_vote(db, of):
        raise NotEntitled(deciding.why_not(db, of), field="member")
    changed = here.words.say(
        "You have voted in another window since you opened this one. Look at your vote and send it again."
    )
    still(here, str(0 if of.mine is None else of.mine.revision), changed)
    choice = ballot_form.choice_in(here, of.rules.method, of.options)
    return read_choice(of.rules.method, list(of.options), choice)


@pages.post("/decisions/{proposal}/ballot", Own, again=decisions.decision)
def vote(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Cast or change a ballot."""
    found = deciding.find(db, here, proposal)
    made = voting.cast(db, act, proposal, here.me, _choice(db, here, found))
    note = here.words.say("Your vote is recorded. You can change it until voting closes.")
    if made.revision > 1:
        note = here.words.say("Your vote is changed. The last one counts.")
    return Go(f"/decisions/{proposal}/receipt", note)


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a ballot is among those that were counted, as it was cast.

    Attributes:
        among: How many ballots were counted.
    """

    is_counted: bool
    among: int


@pages.get("/decisions/{proposal}/receipt", Own, long=True)
def receipt(db: Session, here: Here, proposal: str) -> View:
    """One's own receipt, and, once the vote is closed, whether the ballot was counted."""
    found, mine = own_receipt(db, here, proposal)
    assert mine.entry is not None
    return View(
        "receipt.html",
        {
            "of": found,
            "mine": mine,
            "told": ballot_form.told(orjson.loads(mine.choice), found.options, here.words),
            "at": journal.recorded_at(db, mine.entry),
            "proof": proof(db, mine) if found.standing.closing is not None else None,
        },
    )


def proof(db: Session, mine: Receipt) -> Proof:
    """Look a receipt up among the ballots that the closing told; the digest is made anew from salt and choice."""
    counted = closing.ballots_of(db, mine.proposal)
    fits = [
        digest_of(bytes.fromhex(one.salt), one.choice) == mine.digest and one.choice == mine.choice
        for one in counted
        if one.member == mine.member
    ]
    return Proof(fits == [True], len(counted))


@pages.get("/decisions/{proposal}/receipt/file", Own)
def receipt_file(db: Session, here: Here, proposal: str) -> File:
    """One's own receipt, to keep."""
    found, mine = own_receipt(db, here, proposal)
    kept = {
        "proposal": proposal,
        "title": found.said.title,
        "ballot": mine.revision,
        "entry": mine.entry,
        "choice": mine.choice,
        "salt": mine.salt,
        "digest": mine.digest,
    }
    return File(orjson.dumps(kept, option=orjson.OPT_INDENT_2), "application/json", f"receipt-{proposal}.json")


def own_receipt(db: Session, here: Here, proposal: str) -> tuple[deciding.Decision, Receipt]:
    """Return a decision and the receipt of whoever is signed in.

    Raises:
        NotFound: They have not voted on it.
    """
    found = deciding.find(db, here, proposal)
    mine = ballots.receipt(db, proposal, here.me)
    if mine is None:
        raise NotFound(here.words.say("You have not voted on this."), field="proposal")
    return found, mine
