"""Why a vote or a proposal is refused; the tree goes on where ``ledger.errors`` ends.

::

    Invalid
    ├── BallotInvalid           a choice that can't be counted
    ├── RuleInvalid             a rule that nobody could pass, or everybody
    ├── MotionInvalid           what is to take effect is not what that kind of proposal decides
    └── EffectTooEarly          it would take effect before its notice allows
    Conflict
    ├── VotingNotOpen           before it opens
    ├── VotingClosed            after the deadline
    ├── TextFrozen              no change once voting has begun
    ├── Overtaken               what it expects to find is not what is there
    └── LayoffCaseMissing       so many can't be let go without a case
    NotEntitled                 not on the roll, not a member, not the author
    TallyHidden                 nobody sees how a vote goes before it closes
    ResolutionMissing           this belongs to the members: it changes by what they pass, and by nothing else
"""

from __future__ import annotations

from ledger.errors import Conflict, DatesOutOfOrder, Invalid, Refusal


class BallotInvalid(Invalid):
    """A choice that can't be counted."""

    code = "ballot_invalid"


class RuleInvalid(Invalid):
    """A rule for votes that contradicts itself."""

    code = "rule_invalid"


class MotionInvalid(Invalid):
    """What is to take effect can't, or is not for this kind of proposal."""

    code = "motion_invalid"


class EffectTooEarly(DatesOutOfOrder):
    """It would take effect before its notice allows."""

    code = "effect_too_early"


class VotingNotOpen(Conflict):
    """The vote has not opened yet."""

    code = "voting_not_open"


class VotingClosed(Conflict):
    """The time to vote is over."""

    code = "voting_closed"


class TextFrozen(Conflict):
    """What is voted on can't be changed any more; put forward another proposal instead."""

    code = "text_frozen"


class Overtaken(Conflict):
    """Something else has changed what this was to change."""

    code = "overtaken"


class LayoffCaseMissing(Conflict):
    """So many people can't be let go without a layoff case that the council has seen."""

    code = "layoff_case_missing"


class NotEntitled(Refusal):
    """Only whoever is on the roll, a member, or the author may do this."""

    code = "not_entitled"


class TallyHidden(Refusal):
    """Nobody is told how a vote goes before it closes; turnout is all there is."""

    code = "tally_hidden"


class ResolutionMissing(Refusal):
    """This belongs to the members: it changes by what they pass, and by nothing else."""

    code = "resolution_missing"
