"""Proposals as everybody sees them: the list, each with where it stands, its versions, and what the board says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session

from app import voting
from app.api.door import Door
from app.api.fields import Id, Page
from app.api.lists import PagingAsked, page_among, page_of
from app.api.proposals_told import (
    BoardProposalIn,
    BoardReviewIn,
    BoardReviewOut,
    DifferencesOut,
    FieldChangeOut,
    InterestOut,
    LineOut,
    NoticeIn,
    NoticeOut,
    ProposalInFull,
    ProposalOut,
    TemplateOut,
    VersionOut,
)
from app.api.service import Now
from app.people.tokens import Scope
from governance import proposals, stances
from governance.differences import differences
from governance.errors import EffectTooEarly, MotionInvalid, NotEntitled
from governance.policies import rules_in_force
from governance.records import BoardReview, Phase, Proposal, ProposalKind, Published, Withdrawn
from governance.rules import needed_members
from governance.templates import template
from ledger.equity.register import company_day, issuer
from ledger.errors import AlreadyExists, DatesOutOfOrder, Invalid, NotAllowedNow, NotFound
from ledger.members import members_on
from ledger.reading import newest
from ledger.types import Act

door = Door("proposals")


def in_full(db: Session, made: Proposal, now: datetime) -> ProposalInFull:
    """Return a proposal with all that is known of it."""
    on = company_day(db, now)
    members = members_on(db, on)
    wanted = {one.member for one in stances.held(db, made.id, Phase.INTEREST)}
    rules = rules_in_force(db, made.kind, on)
    reviewed, announced = newest(db, BoardReview, proposal=made.id), proposals.notice(db, made.id)
    gone = newest(db, Withdrawn, proposal=made.id)
    return ProposalInFull(
        **ProposalOut.of(db, made, now).model_dump(),
        content=VersionOut.of(proposals.version(db, made.id)),
        interest=InterestOut(
            interested=len(wanted & members.keys()), needed=needed_members(rules.interest, len(members))
        ),
        review=None if reviewed is None else BoardReviewOut.of(reviewed),
        notice=None if announced is None else NoticeOut.of(announced),
        withdrawn_because=None if gone is None else gone.reason,
    )


@door.read("/proposals", Scope.PROPOSALS_READ)
def list_proposals(db: Session, now: Now, page: PagingAsked) -> Page[ProposalOut]:
    """List proposals in the order in which they were shown to all.

    Drafts are their authors' alone.
    """
    return page_of(db, Published, page, lambda item: ProposalOut.of(db, proposals.find(db, item.value.proposal), now))


@door.read("/proposals/{proposal}", Scope.PROPOSALS_READ)
def get_proposal(db: Session, now: Now, proposal: Id) -> ProposalInFull:
    """Get a proposal: what it says, where it stands, what the board says, and when the vote is."""
    return in_full(db, proposals.shown(db, proposal), now)


@door.read("/proposals/{proposal}/versions", Scope.PROPOSALS_READ)
def list_versions(db: Session, proposal: Id, page: PagingAsked) -> Page[VersionOut]:
    """List all that a proposal ever said."""
    proposals.shown(db, proposal)
    found = proposals.versions(db, proposal)
    return page_among("proposal-versions", found, page, VersionOut.of, lambda one: str(one.number))


@door.read("/proposals/{proposal}/differences", Scope.PROPOSALS_READ, long=True)
def compare_versions(
    db: Session,
    proposal: Id,
    before: Annotated[int, Query(ge=1, le=1_000_000, description="The number of a version.")],
    after: Annotated[int, Query(ge=1, le=1_000_000, description="The number of another.", examples=[2])],
) -> DifferencesOut:
    """Compare two versions: the text line by line, the motions field by field."""
    proposals.shown(db, proposal)
    by_number = {one.number: one for one in proposals.versions(db, proposal)}
    for number in (before, after):
        if number not in by_number:
            raise NotFound(f"There is no version {number} of it.", field="before" if number == before else "after")
    found = differences(by_number[before], by_number[after])
    return DifferencesOut(
        before=before,
        after=after,
        fields=[FieldChangeOut(field=one.field, before=one.before, after=one.after) for one in found.fields],
        lines=[LineOut(mark=one.mark, text=one.text) for one in found.lines],
    )


@door.read("/proposal-templates/{kind}", Scope.PROPOSALS_READ)
def get_template(db: Session, now: Now, kind: ProposalKind) -> TemplateOut:
    """Get a starting text for a kind of proposal, with its motions, and the rule in force for it."""
    start = template(kind)
    return TemplateOut(
        kind=kind,
        title=start.title,
        text=start.text,
        motions=[dict(motion) for motion in start.motions],
        seats=start.seats,
        rule=rules_in_force(db, kind, company_day(db, now)).to_json(),
    )


@door.write(
    "/board/proposals",
    Scope.BOARD_WRITE,
    refuses=[Invalid, MotionInvalid, NotEntitled, NotFound, NotAllowedNow],
)
def draft_board_proposal(db: Session, act: Act, order: BoardProposalIn) -> ProposalOut:
    """Put something forward for the board, by one of its members, and show it to all."""
    made = voting.put_forward(
        db,
        act,
        order.kind,
        order.content(),
        author=act.actor,
        board_ref=order.board_ref,
        repeals=order.repeals,
    )
    rules = voting.rules_today(db, made.id, act.now)
    proposals.publish(db, act, made.id, author=act.actor, rules=rules, on=company_day(db, act.now))
    return ProposalOut.of(db, made, act.now)


@door.write("/proposals/{proposal}/review", Scope.BOARD_WRITE, refuses=[Invalid, NotAllowedNow, AlreadyExists])
def review_proposal(db: Session, act: Act, proposal: Id, order: BoardReviewIn) -> BoardReviewOut:
    """Say what the board thinks of a proposal, with reasons, once.

    It stops nothing: if the board is silent for as long as the rule gives it, the vote can be announced. To a question
    (`ADVISORY`) it is the answer, and may come after the vote.
    """
    made = proposals.review(
        db,
        act,
        proposal,
        order.recommendation,
        order.reasons,
        rules=voting.rules_today(db, proposal, act.now),
        on=company_day(db, act.now),
    )
    return BoardReviewOut.of(made)


@door.write(
    "/proposals/{proposal}/notice",
    Scope.BOARD_WRITE,
    refuses=[Invalid, NotAllowedNow, DatesOutOfOrder, EffectTooEarly, MotionInvalid],
)
def announce_vote(db: Session, act: Act, proposal: Id, order: NoticeIn) -> NoticeOut:
    """Announce the vote on a proposal that is ready.

    From here on text, motions, rule and dates are frozen. Its author may do so, too.
    """
    return NoticeOut.of(voting.announce(db, act, proposal, order.dates(issuer(db).time_zone)))
