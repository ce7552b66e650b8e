"""What members say about a proposal, and moderation that leaves a trace.

The words stand beside the journal, which holds their digest: so they can be proved while they are there, and erased
when somebody has named a client or worse. That they were erased, by whom and why, stays.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from governance.errors import NotEntitled
from governance.proposals import shown, version
from governance.records import Comment, CommentModerated
from governance.tables import comment_text
from ledger import journal, reading, tables
from ledger.entries import Draft
from ledger.errors import Invalid, NotAllowedNow
from ledger.kinds import declare_final
from ledger.reading import every, selection
from ledger.records import from_row
from ledger.types import Act

SALT_BYTES = 16
MOST_WORDS = 5_000
TAKEN_BACK = "Its author took it back."


@declare_final
class CommentEntry(StrEnum):
    """The kinds of entry about what is said."""

    SAID = "comment.said"
    """A member says something about a proposal."""
    MODERATED = "comment.moderated"
    """A comment is hidden, shown again, or erased."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment as it is shown.

    Attributes:
        words: None where they are hidden or erased.
        moderation: The last word of a moderator, if there is one.
    """

    comment: Comment
    words: str | None
    moderation: CommentModerated | None


def digest_of(salt: bytes, words: str) -> str:
    """Return what the journal holds in place of words, hex."""
    return sha256(salt + words.encode()).hexdigest()


def say(
    db: Session,
    act: Act,
    proposal: str,
    author: str,
    words: str,
    *,
    members: Collection[str],
    on: date,
    parent: str | None = None,
) -> Comment:
    """Record what a member says about a proposal, or in answer to a comment on it.

    Raises:
        NotEntitled: They are no member.
        Invalid: No words, or too many.
        NotFound: No such proposal that is shown to all, or no such comment.
    """
    journal.lock(db)
    shown(db, proposal)
    if author not in members:
        raise NotEntitled("Only members comment.", field="author")
    if not 0 < len(words.strip()) <= MOST_WORDS:
        raise Invalid(f"A comment has 1 to {MOST_WORDS:,} characters.", field="words")
    if parent is not None and reading.find(db, Comment, parent).proposal != proposal:
        raise Invalid("That comment is on another proposal.", field="parent")
    salt = act.entropy(SALT_BYTES)
    digest = digest_of(salt, words)
    made = Comment(act.new_id("cmt"), proposal, version(db, proposal).number, parent, author, digest)
    db.execute(insert(comment_text), [{"comment": made.id, "salt": salt, "words": words}])
    journal.append(db, act, Draft(CommentEntry.SAID, on, (made,)))
    return made


def moderate(
    db: Session, act: Act, comment: str, *, is_shown: bool, is_erased: bool, reason: str, on: date
) -> CommentModerated:
    """Hide a comment, show it again, or erase its words for good; everybody sees that, and why.

    Raises:
        NotFound: No such comment.
        NotAllowedNow: Its words are erased.
        Invalid: No reason, or shown and erased at once.
    """
    journal.lock(db)
    found = reading.find(db, Comment, comment)
    if not reason.strip() or (is_shown and is_erased):
        raise Invalid("Say why; what is erased can't be shown.", field="reason")
    if any(one.is_erased for one in every(db, CommentModerated, comment=comment)):
        raise NotAllowedNow("Its words are gone.", field="comment")
    made = CommentModerated(found.id, is_shown=is_shown, is_erased=is_erased, reason=reason)
    if is_erased:
        db.execute(delete(comment_text).where(comment_text.c.comment == comment))
    journal.append(db, act, Draft(CommentEntry.MODERATED, on, (made,)))
    return made


def take_back(db: Session, act: Act, comment: str, author: str, *, on: date) -> CommentModerated:
    """Erase the words of one's own comment for good; everybody sees that it was taken back.

    Raises:
        NotFound: No such comment.
        NotEntitled: Somebody else's.
        NotAllowedNow: Its words are erased.
    """
    journal.lock(db)
    if reading.find(db, Comment, comment).author != author:
        raise NotEntitled("Only its author takes a comment back.", field="comment")
    return moderate(db, act, comment, is_shown=False, is_erased=True, reason=TAKEN_BACK, on=on)


def remarks(db: Session, proposal: str) -> list[Remark]:
    """Return the comments on a proposal, oldest first."""
    said = every(db, Comment, proposal=proposal)
    among = comment_text.c.comment.in_([one.id for one in said])
    rows = db.execute(select(comment_text.c.comment, comment_text.c.words).where(among))
    words = {row.comment: row.words for row in rows}
    found = []
    last = _last_words(db, proposal)
    for one in said:
        done = last.get(one.id)
        is_shown = done is None or done.is_shown
        found.append(Remark(one, words.get(one.id) if is_shown else None, done))
    return found


def _last_words(db: Session, proposal: str) -> dict[str, CommentModerated]:
    """Return what moderators last did to comments on a proposal, by comment."""
    comments, moderated = tables.table(Comment).c, tables.table(CommentModerated).c
    among = select(comments.id).where(comments.proposal == proposal)
    rows = db.execute(selection(CommentModerated).where(moderated.comment.in_(among))).mappings()
    return {row["comment"]: from_row(CommentModerated, dict(row)) for row in rows}


def misfit(db: Session) -> str | None:
    """Return the first comment whose words are not those that were said, or are gone without a word of a moderator."""
    rows = {row.comment: row for row in db.execute(select(comment_text))}
    erased = {one.comment for one in every(db, CommentModerated) if one.is_erased}
    for one in every(db, Comment):
        row = rows.get(one.id)
        if (row is None) is not (one.id in erased) or (
            row is not None and digest_of(row.salt, row.words) != one.digest
        ):
            return one.id
    return None
