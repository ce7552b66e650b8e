"""The one table from kind of entry to type of event: what is told of each, and which id goes with it.

An id is opaque, and of the thing: a grant, a proposal, an import. Where it could only be that of a person in something
that is theirs to know (a threshold, leave, consent, a layoff case that nobody was told of), the event says neither what
it was nor whose: that something private was recorded, so that the numbers have no gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PRIVATE = "private.recorded"
"""What stands for every kind of entry that only those concerned may know of."""

TEST = "webhook.test"
"""What is sent to try a webhook; no entry stands behind it."""


@dataclass(frozen=True, slots=True)
class EventType:
    """What is told of a kind of entry.

    Attributes:
        name: The type of the event, full-stop delimited; it stays even if the kind of entry is named anew.
        id_of: Where in the entry the id stands: ``record.field``, ``facts.name`` or ``account.role``; empty for none.
        meaning: One sentence for whoever listens.
    """

    name: str
    id_of: str
    meaning: str


_PRIVATE = EventType(PRIVATE, "", "Something that only those concerned may know of; the number is all that is told.")

TYPES: Mapping[str, EventType] = {
    "journal.reversed": EventType("entry.reversed", "", "An earlier entry counts no more: the one `reverses` names."),
    "issuer.registered": EventType("issuer.registered", "issuer.id", "The company was put on record."),
    "holder.added": EventType("holder.added", "holder.id", "Somebody was put on record as a holder."),
    "holder.identified": EventType("holder.identified", "identity.holder", "A holder's name or address is another."),
    "holder.erased": EventType("holder.erased", "facts.holder", "Who a holder was is erased: forget it, too."),
    "holder.engaged": EventType("holder.engaged", "engagement.id", "An engagement began."),
    "engagement.changed": EventType("engagement.changed", "engagement.id", "An engagement became this other one."),
    "holder.left": EventType("holder.left", "engagement_end.engagement", "An engagement ended."),
    "holder.cause_confirmed": _PRIVATE,
    "holder.cause_overturned": _PRIVATE,
    "member.admitted": EventType("member.admitted", "membership.id", "A membership began."),
    "member.left": EventType("member.left", "membership_end.membership", "A membership ended."),
    "class.authorised": EventType("class.authorised", "share_class.id", "The charter authorises a class of shares."),
    "class.adjusted": EventType("class.adjusted", "account.unissued", "It authorises another number of a class."),
    "class.ratio_set": EventType("class.ratio_set", "class_ratio.class_id", "A class converts at another ratio."),
    "class.split": EventType("class.split", "class_split.class_id", "A class was split, or joined together."),
    "plan.adopted": EventType("plan.adopted", "plan.id", "A plan reserves shares for awards."),
    "plan.adjusted": EventType("plan.adjusted", "facts.plan", "A plan reserves another number of shares."),
    "valuation.recorded": EventType("valuation.recorded", "valuation.id", "What a share is worth was recorded."),
    "company.figure_stated": EventType("company.figure_stated", "", "A figure of the company was stated."),
    "grant.drafted": EventType("grant.drafted", "grant_draft.id", "A grant was drafted."),
    "grant.approved": EventType("grant.approved", "approval.subject", "The exact terms of a draft were approved."),
    "grant.issued": EventType("grant.issued", "security.id", "A grant was issued; the id is its security's."),
    "grant.repriced": EventType("grant.repriced", "security_event.security", "A grant has another price."),
    "grant.valued": EventType("grant.valued", "fair_value.security", "What a grant is worth was recorded."),
    "stock.issued": EventType("stock.issued", "security.id", "Shares were issued; the id is their certificate's."),
    "note.issued": EventType("note.issued", "security.id", "A note or SAFE was issued."),
    "note.converted": EventType("note.converted", "security_event.security", "A note became shares."),
    "warrant.issued": EventType("warrant.issued", "security.id", "A warrant was issued."),
    "warrant.exercised": EventType("warrant.exercised", "security_event.security", "A warrant became shares."),
    "security.accepted": EventType("security.accepted", "security_event.security", "A grant was accepted."),
    "security.retracted": EventType("security.retracted", "security_event.security", "A grant was taken back."),
    "security.transferred": EventType("security.transferred", "security_event.security", "It has another holder."),
    "security.converted": EventType("security.converted", "security_event.security", "It became another class."),
    "security.repurchased": EventType("security.repurchased", "security_event.security", "It was bought back."),
    "security.cancelled": EventType("security.cancelled", "security_event.security", "It was cancelled."),
    "security.reissued": EventType("security.reissued", "security_event.security", "It was issued anew."),
    "security.consolidated": EventType("security.consolidated", "security_event.security", "It became part of one."),
    "award.expired": EventType("award.expired", "security_event.security", "What was not exercised in time expired."),
    "award.exercised": EventType("award.exercised", "security_event.security", "Options became shares."),
    "award.settled": EventType("award.settled", "security_event.security", "Units became shares."),
    "vesting.accelerated": EventType("vesting.accelerated", "security_event.security", "A schedule became shorter."),
    "vesting.paused": EventType("vesting.paused", "security_event.security", "A schedule stands still."),
    "vesting.resumed": EventType("vesting.resumed", "security_event.security", "A schedule goes on."),
    "vesting.milestone": EventType("vesting.milestone", "security_event.security", "A milestone was reached."),
    "ocf.kept": EventType("import.kept", "", "What an imported package says was kept as it is."),
    "sessions.policy_set": EventType("sessions.policy_set", "credit_rule.id", "How sessions become credit was set."),
    "sessions.imported": EventType("sessions.imported", "session_import.id", "A file of sessions was taken in."),
    "sessions.delivered": EventType("sessions.delivered", "facts.import", "Delivered sessions of an import."),
    "sessions.corrected": EventType("sessions.corrected", "", "Delivered sessions were put right or taken back."),
    "sessions.threshold_set": _PRIVATE,
    "sessions.leave_taken": _PRIVATE,
    "sessions.council_served": _PRIVATE,
    "statement.answered": _PRIVATE,
    "dispute.opened": EventType("dispute.opened", "dispute.id", "A statement is disputed; the id is the case's."),
    "dispute.stepped": EventType("dispute.stepped", "dispute_step.dispute", "A disputed statement is a step further."),
    "period.close_asked": EventType("period.close_asked", "period_close_request.id", "Somebody asks to close a month."),
    "period.closed": EventType("period.closed", "period_close.period", "A month is closed; the id is `2026-03`."),
    "patronage.consented": _PRIVATE,
    "patronage.previewed": EventType("patronage.previewed", "patronage_draft.id", "A split of patronage was tried."),
    "patronage.declared": EventType("patronage.declared", "patronage_declaration.draft", "Patronage was declared."),
    "patronage.granted": EventType("patronage.granted", "security.id", "Patronage was granted in units."),
    "patronage.check_cashed": EventType("patronage.check_cashed", "check_cashed.declaration", "A check was cashed."),
    "surplus.stated": EventType("surplus.stated", "", "The surplus or loss of a fiscal year was stated."),
    "loss.shared": EventType("loss.shared", "", "A loss was taken out of members' capital."),
    "capital.paid_in": EventType("capital.paid_in", "", "A member paid in capital."),
    "capital.redeemed": EventType("capital.redeemed", "", "Capital was paid out."),
    "capital.exit_promised": EventType("capital.exit_promised", "exit_schedule.id", "An exit is paid by a schedule."),
    "solvency.stated": EventType("solvency.stated", "solvency_statement.id", "What can be afforded was stated."),
    "proposal.drafted": EventType("proposal.drafted", "proposal.id", "Something was put forward."),
    "proposal.amended": EventType("proposal.amended", "proposal_version.proposal", "Its words were changed."),
    "proposal.published": EventType("proposal.published", "proposal_published.proposal", "Everybody may see it."),
    "proposal.withdrawn": EventType("proposal.withdrawn", "proposal_withdrawn.proposal", "It was taken back."),
    "proposal.wanted": EventType("proposal.wanted", "stance.proposal", "A member wants it decided."),
    "proposal.objected": EventType("proposal.objected", "stance.proposal", "A member objects to its effect."),
    "proposal.stance_withdrawn": EventType("proposal.stance_withdrawn", "", "A member took back what they said."),
    "proposal.reviewed": EventType("proposal.reviewed", "board_review.proposal", "The board said what it thinks."),
    "proposal.announced": EventType("proposal.announced", "notice.proposal", "The vote was announced."),
    "proposal.enacted": EventType("proposal.enacted", "enactment.proposal", "It took effect, or did not."),
    "candidate.stood": EventType("candidate.stood", "candidacy.proposal", "Somebody stands for election."),
    "candidate.stood_down": EventType("candidate.stood_down", "candidacy_withdrawn.proposal", "A candidate left."),
    "roll.copied": EventType("vote.opened", "roll_copied.proposal", "A vote opened: who may vote was copied."),
    "roll.conflict_declared": EventType("conflict.declared", "conflict.proposal", "An interest was declared."),
    "ballot.cast": EventType(
        "ballot.cast", "ballot_cast.proposal", "A ballot was cast or changed; never whose or how."
    ),
    "vote.closed": EventType("vote.closed", "closing.proposal", "A vote was closed and counted."),
    "poll.announced": EventType("poll.announced", "poll.proposal", "A secret vote gives out passes."),
    "poll.settled": EventType("poll.settled", "poll_settled.proposal", "A secret vote has given out its passes."),
    "poll.batch": EventType("poll.batch", "poll_batch.proposal", "The box of a secret vote told what it has taken in."),
    "poll.taken_in": EventType("poll.taken_in", "poll_closed.proposal", "All that the box had was taken in."),
    "comment.said": EventType("comment.said", "comment.id", "A comment was made."),
    "comment.moderated": EventType("comment.moderated", "comment_moderated.comment", "A comment was moderated."),
    "petition.opened": EventType("petition.opened", "petition.id", "Signatures for a vote are collected."),
    "petition.reached": EventType("petition.reached", "petition_ended.petition", "There are enough signatures."),
    "petition.expired": EventType("petition.expired", "petition_ended.petition", "There were not enough in time."),
    "layoff.filed": _PRIVATE,
    "layoff.viewed": _PRIVATE,
    "layoff.withdrawn": _PRIVATE,
    "policy.adopted": EventType("policy.adopted", "policy.id", "A policy was set."),
    "seat.created": EventType("seat.created", "seat.id", "The board has a seat more."),
    "seat.filled": EventType("seat.filled", "seat_term.seat", "A seat was filled."),
    "seat.vacated": EventType("seat.vacated", "seat_vacated.term", "A seat is free; the id is the term's."),
}
"""Kind of entry -> what is told of it."""

MEANINGS: dict[str, str] = {one.name: one.meaning for one in sorted(TYPES.values(), key=lambda one: one.name)}
"""Type of event -> what it means, by name."""


def type_of(kind: str) -> EventType:
    """Return what is told of a kind of entry; of one that this table does not know, nothing but its number."""
    return TYPES.get(kind, _PRIVATE)


def kinds_of(names: frozenset[str]) -> list[str]:
    """Return the kinds of entry that some types of event stand for."""
    return [kind for kind, one in TYPES.items() if one.name in names]
