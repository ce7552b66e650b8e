"""What can be voted on in secret: asked when a vote is announced and when somebody stands, not when passes are due."""

from __future__ import annotations

from governance.rules import Ruleset
from governance.secret.manifest import FORM_OF, LEAST_ROLL, MOST_OPTIONS, BallotForm
from ledger.errors import Invalid, NotAllowedNow

_WHY = "with more, a ballot could be marked so that its voter is known by it"


def check_options(rules: Ruleset, count: int) -> None:
    """Refuse more to choose among than a secret ballot may offer.

    Raises:
        Invalid: There are too many; the message says how many there may be.
    """
    most = most_options(rules)
    if most is not None and count > most:
        text = f"A secret vote by {rules.method.value} offers {most} at most, and here are {count}: {_WHY}."
        raise Invalid(text, field="options")


def check_candidates(rules: Ruleset, count: int) -> None:
    """Refuse another candidate where a secret ballot has no place for one.

    Args:
        rules: Of the election.
        count: How many would stand.

    Raises:
        NotAllowedNow: They would be too many; the message says how many there may be.
    """
    most = most_options(rules)
    if most is not None and count > most:
        text = f"This election is secret, and {most} stand already: {_WHY}. Somebody has to stand down first."
        raise NotAllowedNow(text, field="member")


def most_options(rules: Ruleset) -> int | None:
    """Return how many can be chosen among in a secret vote; None where it does not matter."""
    form = FORM_OF.get(rules.method)
    return MOST_OPTIONS[form] if rules.secret and form not in {None, BallotForm.SINGLE} else None


def check_electorate(rules: Ruleset, count: int) -> None:
    """Refuse a secret vote among so few that its result would tell who voted how.

    Raises:
        NotAllowedNow: They are fewer than it takes.
    """
    if rules.secret and count < LEAST_ROLL:
        text = f"A secret vote takes {LEAST_ROLL} people who may vote, and there are {count}: so few can be told apart."
        raise NotAllowedNow(text, field="record_date")
