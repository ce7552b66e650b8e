"""Comments: proved by a digest, moderated with a trace, erased when they must be."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.verification import check_comments
from governance import comments
from governance.comments import say
from governance.errors import NotEntitled
from governance.records import Comment
from governance.tables import comment_text
from ledger import journal
from ledger.errors import Invalid, NotAllowedNow, NotFound
from ledger.members import members_on
from ledger.reading import every
from tests import make
from tests.governance.hall import TODAY
from tests.governance.test_proposals import Author, author

WORDS = "ZZCANARY came to me in May"


def said(ana: Author, words: str = WORDS, parent: str | None = None) -> Comment:
    """What the author says about their own proposal."""
    members = members_on(ana.db, TODAY)
    return say(ana.db, make.act(ana.member), ana.id, ana.member, words, members=members, on=TODAY, parent=parent)


def moderated(
    ana: Author, comment: str, *, is_shown: bool = False, is_erased: bool = False, reason: str = "A name"
) -> None:
    """A moderator's word."""
    comments.moderate(ana.db, make.act(), comment, is_shown=is_shown, is_erased=is_erased, reason=reason, on=TODAY)


def test_words_stand_beside_the_journal_which_proves_them(db: Session) -> None:
    ana = author(db).ready()
    first = said(ana)
    second = said(ana, "Who?", parent=first.id)
    assert [one.words for one in comments.remarks(db, ana.id)] == [WORDS, "Who?"]
    assert (second.parent, second.version) == (first.id, 1)
    row = db.execute(select(comment_text).where(comment_text.c.comment == first.id)).one()
    assert comments.digest_of(row.salt, WORDS) == first.digest
    told = str([entry.body for entry in journal.entries_between(db, 0, journal.size(db))])
    assert first.digest in told
    assert "ZZCANARY" not in told


def test_members_comment_on_what_is_shown_to_all(db: Session) -> None:
    ana = author(db).draft()
    with pytest.raises(NotFound):
        said(ana)
    ana.publish()
    for words in (" ", "x" * 5_001):
        with pytest.raises(Invalid):
            said(ana, words)
    stranger = make.holder(db).id
    with pytest.raises(NotEntitled):
        say(db, make.act(stranger), ana.id, stranger, "Me too", members=members_on(db, TODAY), on=TODAY)
    other = Author(db, ana.member, ana.of).ready()
    with pytest.raises(Invalid):
        said(other, parent=said(ana).id)


def test_what_is_hidden_can_be_shown_again_and_both_leave_a_trace(db: Session) -> None:
    ana = author(db).ready()
    comment = said(ana).id
    moderated(ana, comment, reason="Rude")
    [remark] = comments.remarks(db, ana.id)
    assert remark.words is None
    assert remark.moderation is not None
    assert remark.moderation.reason == "Rude"
    moderated(ana, comment, is_shown=True, reason="Only firm")
    [remark] = comments.remarks(db, ana.id)
    assert remark.words == WORDS


def test_erased_words_are_gone_for_good_and_that_they_were_stays(db: Session) -> None:
    ana = author(db).ready()
    comment = said(ana).id
    moderated(ana, comment, is_erased=True)
    [remark] = comments.remarks(db, ana.id)
    assert (remark.comment.id, remark.words) == (comment, None)
    assert remark.moderation is not None
    assert remark.moderation.is_erased
    assert db.execute(select(comment_text)).all() == []
    with pytest.raises(NotAllowedNow):
        moderated(ana, comment, is_shown=True)


def test_moderation_needs_a_reason_and_says_one_thing(db: Session) -> None:
    ana = author(db).ready()
    comment = said(ana).id
    with pytest.raises(Invalid):
        moderated(ana, comment, reason=" ")
    with pytest.raises(Invalid):
        moderated(ana, comment, is_shown=True, is_erased=True)
    with pytest.raises(NotFound):
        moderated(ana, "cmt_none")


def test_words_that_were_changed_or_vanished_do_not_fit(db: Session) -> None:
    ana = author(db).ready()
    first, second = said(ana), said(ana)
    moderated(ana, first.id, is_erased=True)
    assert comments.misfit(db) is None
    db.execute(update(comment_text).where(comment_text.c.comment == second.id).values(words="Nothing happened"))
    assert comments.misfit(db) == second.id
    assert len(every(db, Comment)) == 2


def test_the_verifier_finds_words_that_were_changed(db: Session) -> None:
    ana = author(db).ready()
    comment = said(ana).id
    assert check_comments(db) is None
    db.execute(update(comment_text).values(words="Nothing happened"))
    fault = check_comments(db)
    assert fault is not None
    assert comment in fault.message
