"""The letter that asks somebody for their tax number: it says where to state it, and none ever stands in it."""

from __future__ import annotations

from app.mail.kinds import Kind
from app.mail.letters import House, Letter, Reader

OWN_PAGE = "/settings/tax-number"
"""Where somebody states theirs."""


def request(to: Reader, house: House, key: str) -> Letter:
    """Return the letter to somebody whose number is missing."""
    return Letter(
        Kind.TAX_NUMBER,
        key,
        None,
        to.words.say("Your tax number is missing"),
        (
            to.words.say("{company} has to name your tax number on forms it files about you.", company=house.company),
            to.words.say("Sign in and state it there. Do not answer with it: letters are no place for one."),
        ),
        to.words.say("You get this because finance asked for it; it can't be stopped."),
        OWN_PAGE,
        to.words.say("State my tax number"),
    )
