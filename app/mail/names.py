"""What kinds of letters are called, to whoever looks after the queue."""

from __future__ import annotations

from collections.abc import Mapping

from app.mail.kinds import Kind
from app.web.words import Words

NAMES: Mapping[Kind, str] = {
    Kind.INVITED: "Invitation",
    Kind.SIGN_IN: "Sign-in link",
    Kind.ADDRESS: "Question to a new address",
    Kind.SECURITY: "Safety of the account",
    Kind.GRANT: "Grant to accept",
    Kind.VESTED: "Equity that became theirs",
    Kind.VOTE: "Vote opened",
    Kind.CLOSING: "Vote closes soon",
    Kind.RESULT: "Result of a vote",
    Kind.EFFECT: "What became of a vote",
    Kind.IMPORT: "Import with rows left out",
    Kind.WEBHOOK: "Webhook turned off",
    Kind.TAX_NUMBER: "Tax number asked for",
    Kind.CHECKPOINT: "Checkpoint of the record",
    Kind.DIGEST: "Digest",
}


def called(words: Words, kind: Kind) -> str:
    """Return what a kind of letter is called."""
    return words.say(NAMES[kind])
