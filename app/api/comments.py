"""What is said about a proposal: comments and their moderation, candidates, and interests that were declared."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Flag, Id, Order, Page, Told, shown
from app.api.lists import PagingAsked, page_among
from app.api.prose import Prose
from app.people.tokens import Scope
from governance import candidacies, comments, proposals
from governance.comments import Remark
from governance.records import Candidacy, Conflict
from ledger.equity.register import company_day
from ledger.errors import Invalid, NotAllowedNow
from ledger.reading import every
from ledger.types import Act

door = Door("comments")

MEMBER = "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
COMMENT: dict[str, Any] = {
    "id": "cmt_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "version": 2,
    "parent": None,
    "author": MEMBER,
    "words": None,
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "moderation": {"is_shown": False, "is_erased": True, "reason": "It named a client."},
}


class ModerationOut(Told):
    """What a moderator did, and why; everybody sees it."""

    model_config = shown(COMMENT["moderation"])

    is_shown: bool
    is_erased: bool
    reason: str


class CommentOut(Told):
    """A comment."""

    model_config = shown(COMMENT)

    id: str
    version: int
    """What it was said about."""
    parent: str | None
    """The comment it answers."""
    author: str
    words: str | None
    """Null where a moderator hid or erased them."""
    digest: str
    """SHA-256 over a salt and the words: what the journal holds."""
    moderation: ModerationOut | None

    @classmethod
    def of(cls, remark: Remark) -> CommentOut:
        """Return a comment as the API tells it."""
        said, done = remark.comment, remark.moderation
        return cls(
            id=said.id,
            version=said.version,
            parent=said.parent,
            author=said.author,
            words=remark.words,
            digest=said.digest,
            moderation=None
            if done is None
            else ModerationOut(is_shown=done.is_shown, is_erased=done.is_erased, reason=done.reason),
        )


class ModerationIn(Order):
    """Hide a comment, show it again, or erase its words for good."""

    model_config = shown({"is_shown": False, "is_erased": True, "reason": "It named a client."})

    is_shown: Flag
    is_erased: Flag = False
    reason: Prose


class CandidateOut(Told):
    """Who stands, and what they say."""

    model_config = shown({"member": MEMBER, "statement": "I have run a practice of six for nine years."})

    member: str
    statement: str


class InterestDeclared(Told):
    """An interest of a member's own in what is proposed."""

    model_config = shown({"member": MEMBER, "statement": "I own a part of the vendor.", "is_recused": True})

    member: str
    statement: str
    is_recused: bool
    """Whether they leave the roll for it."""


@door.read("/proposals/{proposal}/comments", Scope.PROPOSALS_READ)
def list_comments(db: Session, proposal: Id, page: PagingAsked) -> Page[CommentOut]:
    """List what is said about a proposal."""
    proposals.shown(db, proposal)
    found = comments.remarks(db, proposal)
    return page_among("comments", found, page, CommentOut.of, lambda one: one.comment.id)


@door.read("/proposals/{proposal}/candidates", Scope.PROPOSALS_READ)
def list_candidates(db: Session, proposal: Id, page: PagingAsked) -> Page[CandidateOut]:
    """List who stands for election."""
    proposals.shown(db, proposal)
    found = candidacies.statements(db, proposal)

    def told(one: Candidacy) -> CandidateOut:
        return CandidateOut(member=one.member, statement=one.statement)

    return page_among("candidates", found, page, told, lambda one: one.member)


@door.read("/proposals/{proposal}/conflicts", Scope.PROPOSALS_READ)
def list_conflicts(db: Session, proposal: Id, page: PagingAsked) -> Page[InterestDeclared]:
    """List who has an interest of their own in a proposal."""
    proposals.shown(db, proposal)
    found = every(db, Conflict, proposal=proposal)

    def told(one: Conflict) -> InterestDeclared:
        return InterestDeclared(member=one.member, statement=one.statement, is_recused=one.is_recused)

    return page_among("conflicts", found, page, told, lambda one: one.member)


@door.write("/comments/{comment}/moderate", Scope.BOARD_WRITE, refuses=[Invalid, NotAllowedNow])
def moderate_comment(db: Session, act: Act, comment: Id, order: ModerationIn) -> ModerationOut:
    """Hide a comment, show it again, or erase its words for good.

    That it was done, and why, stays for all to see.
    """
    done = comments.moderate(
        db,
        act,
        comment,
        is_shown=order.is_shown,
        is_erased=order.is_erased,
        reason=order.reason,
        on=company_day(db, act.now),
    )
    return ModerationOut(is_shown=done.is_shown, is_erased=done.is_erased, reason=done.reason)
