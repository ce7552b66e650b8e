"""What members say about proposals: comments, answers, taking back, and moderation that leaves a trace."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from app.web.decisions import decision
from app.web.forms import line_in
from app.web.site import Go, Here, Own, Pages, View
from governance import comments, proposals
from governance.comments import Remark
from ledger.equity.register import company_day
from ledger.errors import Invalid, NotFound
from ledger.members import members_on
from ledger.types import Act

pages = Pages()

HIDE, SHOW, ERASE = "hide", "show", "erase"


@pages.post("/decisions/{proposal}/comments", Own, again=decision)
def comment(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Say something about a proposal, or in answer to a comment on it."""
    on = company_day(db, act.now)
    said, parent = here.form.get("words", ""), here.form.get("parent") or None
    made = comments.say(db, act, proposal, here.me, said, members=members_on(db, on), on=on, parent=parent)
    return Go(f"/decisions/{proposal}#c-{made.id}", here.words.say("Your comment stands below."))


@dataclass(frozen=True, slots=True)
class Found:
    """A comment that something is done about."""

    remark: Remark
    title: str
    author: str


def _found(db: Session, proposal: str, comment: str) -> Found:
    proposals.shown(db, proposal)
    for one in comments.remarks(db, proposal):
        if one.comment.id == comment:
            author = one.comment.author
            return Found(one, proposals.version(db, proposal).title, vault.names(db, [author]).get(author, author))
    raise NotFound("There is no such comment.", field="comment")


def _own(db: Session, here: Here, proposal: str, comment: str) -> Found:
    found = _found(db, proposal, comment)
    if found.remark.comment.author != here.me:
        raise NotFound("There is no such comment.", field="comment")
    return found


@pages.get("/decisions/{proposal}/comments/{comment}/take-back", Own)
def ask_to_take_back(db: Session, here: Here, proposal: str, comment: str) -> View:
    """What taking a comment back means, before it is done."""
    return View("comment_take_back.html", {"of": _own(db, here, proposal, comment), "proposal": proposal})


@pages.post("/decisions/{proposal}/comments/{comment}/take-back", Own, again=ask_to_take_back)
def take_back(db: Session, act: Act, here: Here, proposal: str, comment: str) -> Go:
    """Erase the words of one's own comment; that it was there stays."""
    _own(db, here, proposal, comment)
    comments.take_back(db, act, comment, here.me, on=company_day(db, act.now))
    return Go(
        f"/decisions/{proposal}#comments", here.words.say("Your comment is taken back, and its words are erased.")
    )


@pages.get("/decisions/{proposal}/comments/{comment}/moderate", Role.BOARD)
def moderation(db: Session, here: Here, proposal: str, comment: str) -> View:
    """A comment, and what a moderator can do about it."""
    del here
    return View("comment_moderate.html", {"of": _found(db, proposal, comment), "proposal": proposal})


@pages.post("/decisions/{proposal}/comments/{comment}/moderate", Role.BOARD, again=moderation, authority="role:board")
def moderate(db: Session, act: Act, here: Here, proposal: str, comment: str) -> Go:
    """Hide a comment, show it again, or erase its words for good; everybody sees that, and why."""
    _found(db, proposal, comment)
    what = here.form.get("what")
    if what not in {HIDE, SHOW, ERASE}:
        raise Invalid(here.words.say("Choose what should happen."), field="what")
    comments.moderate(
        db,
        act,
        comment,
        is_shown=what == SHOW,
        is_erased=what == ERASE,
        reason=line_in(here, "reason"),
        on=company_day(db, act.now),
    )
    return Go(f"/decisions/{proposal}#comments", here.words.say("It is done. Everybody sees that it was, and why."))
