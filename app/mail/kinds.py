"""What letters are about, and how somebody may want to hear of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Topic(StrEnum):
    """What somebody may hear of, or not."""

    GRANT = "GRANT"
    """A grant waits to be accepted."""
    VESTED = "VESTED"
    """Equity became theirs: once a month, for all their grants."""
    VOTE = "VOTE"
    """A vote has opened in which they may vote."""
    CLOSING = "CLOSING"
    """It closes soon, and they have not voted; once."""
    RESULT = "RESULT"
    """How it ended, and what became of it."""
    IDEA = "IDEA"
    """Somebody put something forward."""
    IMPORT = "IMPORT"
    """An import of theirs left rows out."""
    CHECKPOINT = "CHECKPOINT"
    """What was signed of the record, to keep: once a day, if it has grown."""
    DIGEST = "DIGEST"
    """The digest, by which all else is told; how often it comes is a choice of its own."""


class Choice(StrEnum):
    """How somebody hears of it."""

    EMAIL = "EMAIL"
    """At once, in a letter of its own."""
    DIGEST = "DIGEST"
    """In the digest."""
    NONE = "NONE"
    """Not by e-mail; it stands on the pages."""


class Digest(StrEnum):
    """How often a digest comes, if there is something to tell."""

    OFF = "OFF"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"


class Kind(StrEnum):
    """What kind of letter it is."""

    INVITED = "INVITED"
    SIGN_IN = "SIGN_IN"
    ADDRESS = "ADDRESS"
    """To a new address: is it theirs?"""
    SECURITY = "SECURITY"
    GRANT = "GRANT"
    VESTED = "VESTED"
    VOTE = "VOTE"
    CLOSING = "CLOSING"
    RESULT = "RESULT"
    EFFECT = "EFFECT"
    IMPORT = "IMPORT"
    CHECKPOINT = "CHECKPOINT"
    DIGEST = "DIGEST"
    WEBHOOK = "WEBHOOK"
    """To administrators: it was turned off."""
    TAX_NUMBER = "TAX_NUMBER"
    """To whom finance asks for theirs."""


USUAL: Mapping[Topic, Choice] = {
    Topic.GRANT: Choice.EMAIL,
    Topic.VESTED: Choice.DIGEST,
    Topic.VOTE: Choice.EMAIL,
    Topic.CLOSING: Choice.EMAIL,
    Topic.RESULT: Choice.DIGEST,
    Topic.IDEA: Choice.DIGEST,
    Topic.IMPORT: Choice.EMAIL,
    Topic.CHECKPOINT: Choice.NONE,
}
"""What whoever chose nothing hears of: what waits for them at once, all else in the digest; checkpoints on asking."""

USUAL_DIGEST = Digest.WEEKLY

OFFERED: Mapping[Topic, tuple[Choice, ...]] = {
    topic: tuple(Choice) for topic in (Topic.VOTE, Topic.RESULT, Topic.GRANT, Topic.VESTED)
} | {
    Topic.CLOSING: (Choice.EMAIL, Choice.NONE),
    Topic.IDEA: (Choice.DIGEST, Choice.NONE),
    Topic.IMPORT: (Choice.EMAIL, Choice.NONE),
    Topic.CHECKPOINT: (Choice.EMAIL, Choice.NONE),
}
"""How one can hear of what: a last day told in a digest may be told too late."""

OF_MEMBERS = (Topic.VOTE, Topic.CLOSING, Topic.RESULT, Topic.IDEA, Topic.GRANT, Topic.VESTED)
"""What happens only to members and holders, in the order in which it is shown."""
