"""The monthly statement: issued, then attested or disputed by its provider, or neither (sessions.md §5.5).

A month's statement is issued by the 5th of the next one and answered by the 20th. Silence is not consent: sessions of a
statement nobody answered count, and are marked so.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from ledger.sessions.errors import AlreadyAttested, OnlyTheProvider, StepRefused

ISSUED_BY_DAY = 5
DUE_BY_DAY = 20


class Answer(StrEnum):
    """What a provider says of their statement."""

    ATTESTED = "ATTESTED"
    """It is right."""
    DISPUTED = "DISPUTED"
    """Something in it is not."""


class StatementState(StrEnum):
    """How a statement stands on a day."""

    ISSUED = "ISSUED"
    """It waits for an answer, and is not overdue."""
    ATTESTED = "ATTESTED"
    """The provider says it is right."""
    DISPUTED = "DISPUTED"
    """The provider says that something in it is not, and has not attested since."""
    UNATTESTED = "UNATTESTED"
    """Nobody answered in time: it counts, and is marked."""


def issued_by(month: date) -> date:
    """Return the last day on which the statement of a month, named by any of its days, is issued."""
    return _next_month(month, ISSUED_BY_DAY)


def due_by(month: date) -> date:
    """Return the last day to answer the statement of a month."""
    return _next_month(month, DUE_BY_DAY)


def statement_state(month: date, answer: Answer | None, on: date) -> StatementState:
    """Return how a statement stands at the end of a day.

    Args:
        month: Any day of the month it is for.
        answer: The newest one; None where there is none.
        on: The day where the provider is.
    """
    if answer is not None:
        return StatementState(answer.value)
    return StatementState.ISSUED if on <= due_by(month) else StatementState.UNATTESTED


def require_answerable(
    answer: Answer, *, provider: str, actor: str, earlier: Answer | None, has_open_dispute: bool, is_closed: bool
) -> None:
    """Refuse an answer that is not the provider's, or does not follow on what was said before.

    An answer after the 20th is still one, until the period is closed.

    Args:
        answer: The new one.
        provider: Holder id of the provider whose statement it is.
        actor: Holder id of who answers.
        earlier: The newest answer before.
        has_open_dispute: Whether a dispute about this statement is not decided yet.
        is_closed: Whether the period is closed.

    Raises:
        OnlyTheProvider: Somebody else answers (E18 I18.2).
        AlreadyAttested: It is attested (I18.1).
        StepRefused: The period is closed, or a dispute must be decided first.
    """
    if actor != provider:
        raise OnlyTheProvider("A statement is answered by the provider it is for, and by nobody else.")
    if is_closed:
        raise StepRefused("The period is closed; what was wrong in it is put right in the current one.")
    if earlier is Answer.ATTESTED:
        raise AlreadyAttested("This statement is attested; a statement is attested once.")
    if answer is Answer.ATTESTED and has_open_dispute:
        raise StepRefused("A dispute about this statement is open; attest when it is decided.")


def _next_month(month: date, day: int) -> date:
    year, index = divmod(month.year * 12 + month.month, 12)
    return date(year, index + 1, day)
