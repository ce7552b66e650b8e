"""What the service answers to a refusal: its own refusals, and the one table from refusal to HTTP status.

::

    ServiceRefusal
    ├── TokenInvalid            no way in: no token, not ours, revoked or expired
    ├── ScopeMissing            let in, but not for this
    ├── CursorInvalid           not a cursor that a list gave out
    └── KeyReused               an idempotency key that came with another request

The command line has its own table, from the same refusals to exit codes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger import errors
from ledger.errors import Refusal


class ServiceRefusal(Refusal):
    """The service will not do this, whatever the ledger thinks of it."""


class TokenInvalid(ServiceRefusal):
    """A valid token is needed here."""

    code = "token_invalid"


class ScopeMissing(ServiceRefusal):
    """The token is good, but not for this."""

    code = "scope_missing"


class CursorInvalid(ServiceRefusal):
    """Not a cursor that this list gave out."""

    code = "cursor_invalid"


class KeyReused(ServiceRefusal):
    """This idempotency key came with another request before."""

    code = "idempotency_key_reused"


STATUS: dict[type[Refusal], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.NotApproved: 409,
    errors.FourEyes: 403,
    errors.Tampered: 500,
    TokenInvalid: 401,
    ScopeMissing: 403,
    CursorInvalid: 400,
    KeyReused: 422,
}
"""Refusal -> HTTP status; one that is not named here has its nearest ancestor's."""


def status_of(refusal: type[Refusal]) -> int:
    """Return the HTTP status of a class of refusal.

    Raises:
        LookupError: Neither it nor an ancestor is in the table: a bug.
    """
    for ancestor in refusal.__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    raise LookupError(f"{refusal.__name__} has no HTTP status.")


def title_of(refusal: type[Refusal]) -> str:
    """Return what a class of refusal means, in one sentence: the first line of its docstring."""
    return (refusal.__doc__ or refusal.__name__).partition("\n")[0]


def every_refusal() -> Iterator[type[Refusal]]:
    """Yield every class of refusal that has a status, parents first."""
    waiting = list(STATUS)
    while waiting:
        refusal = waiting.pop(0)
        yield refusal
        waiting.extend(child for child in refusal.__subclasses__() if child not in STATUS)
