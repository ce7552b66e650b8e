"""What the service answers to a refusal: its own refusals, and the one table from refusal to HTTP status.

::

    ServiceRefusal
    ├── TokenInvalid            no way in: no token, not ours, revoked or expired
    ├── ScopeMissing            let in, but not for this
    ├── NotYours                let in, but this is only for the person it is about
    ├── LinkInvalid             a sign-in link that does not work (any more)
    ├── PasskeyInvalid          a device's answer that lets nobody in
    ├── ElsewhereRefused        what another service said of somebody does not let them in
    ├── ElsewhereDown           the other service can't be reached
    ├── CursorInvalid           not a cursor that a list gave out
    ├── KeyMissing              a write that came without an idempotency key
    ├── KeyReused               an idempotency key that came with another request
    └── PreconditionFailed      what an order is about is not as If-Match says

    NotFound
    └── SomebodyElses           what is private to somebody else: told as if it were not there, and noted

    Invalid
    ├── RowsRefused             rows among those that were sent
    └── PackageRefused          a package with errors in it

    NotAllowedNow
    └── ChecksFail              a month closed while the record does not add up

The command line has its own table, from the same refusals to exit codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.remedies import remedy_of
from governance import errors as deciding
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


class NotYours(ServiceRefusal):
    """Only the person it is about may see or do this; the attempt has been noted."""

    code = "not_yours"


class LinkInvalid(ServiceRefusal):
    """This sign-in link does not work (any more)."""

    code = "link_invalid"


class PasskeyInvalid(ServiceRefusal):
    """This passkey lets nobody in here."""

    code = "passkey_invalid"


class ElsewhereRefused(ServiceRefusal):
    """What the other service says of somebody does not let them in here."""

    code = "elsewhere_refused"


class ElsewhereDown(ServiceRefusal):
    """The other service can't be reached, or answers what can't be read."""

    code = "elsewhere_down"


class CursorInvalid(ServiceRefusal):
    """Not a cursor that this list gave out."""

    code = "cursor_invalid"


class KeyMissing(ServiceRefusal):
    """A write needs an Idempotency-Key."""

    code = "idempotency_key_missing"


class KeyReused(ServiceRefusal):
    """This idempotency key came with another request before."""

    code = "idempotency_key_reused"


class PreconditionFailed(ServiceRefusal):
    """What this is about has changed since it was read."""

    code = "precondition_failed"


class SomebodyElses(errors.NotFound):
    """Nothing with this id is on record here."""

    def __init__(self, message: str, *, subject: str, field: str | None = None) -> None:
        """Keep whose it is: a holder's id, for the access log alone."""
        super().__init__(message, field=field)
        self.subject = subject


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row.

    Attributes:
        row: Its number, as whoever sent it counts.
        column: The column concerned; empty where it is none in particular.
        detail: What is wrong and what to do about it.
    """

    row: int
    column: str
    detail: str


class RowsRefused(errors.Invalid):
    """Rows can't be recorded, and none of the others was."""

    code = "rows_refused"

    def __init__(self, message: str, rows: Sequence[RowFault]) -> None:
        """Keep the first of the rows."""
        super().__init__(message)
        self.rows = tuple(rows)


class ChecksFail(errors.NotAllowedNow):
    """A month is closed only while every check of the record holds."""

    code = "checks_fail"


class PackageRefused(errors.Invalid):
    """A package of another system has errors in it, so none of it was imported."""

    code = "package_refused"


STATUS: dict[type[Refusal], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.NotApproved: 409,
    errors.FourEyes: 403,
    errors.Tampered: 500,
    deciding.NotEntitled: 403,
    deciding.TallyHidden: 403,
    deciding.ResolutionMissing: 403,
    TokenInvalid: 401,
    ScopeMissing: 403,
    NotYours: 403,
    LinkInvalid: 403,
    PasskeyInvalid: 403,
    ElsewhereRefused: 403,
    ElsewhereDown: 503,
    CursorInvalid: 400,
    KeyMissing: 400,
    KeyReused: 422,
    PreconditionFailed: 412,
}
"""Refusal -> HTTP status; one that is not named here has its nearest ancestor's."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: what RFC 9457 calls its type, with the status it always has.

    Attributes:
        code: The stable word that programs compare.
        title: What it means, in one sentence, the same each time.
        kin: The codes of what it is a kind of, the nearest first.
    """

    code: str
    status: int
    title: str
    kin: tuple[str, ...] = ()

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return remedy_of((self.code, *self.kin))

    @property
    def url(self) -> str:
        """Where it is explained, relative to the service."""
        return f"/problems/{self.code.replace('_', '-')}"


MALFORMED = ProblemType("malformed", 400, "The request can't be read.")
NO_SUCH_ADDRESS = ProblemType("no_such_address", 404, "Nothing is at this address.")
METHOD_NOT_ALLOWED = ProblemType("method_not_allowed", 405, "This can't be done at this address.")
BODY_TOO_LARGE = ProblemType("body_too_large", 413, "The body of the request is too large.")
MEDIA_TYPE_UNSUPPORTED = ProblemType("media_type_unsupported", 415, "The body must be JSON, and say so.")
TOO_MANY_REQUESTS = ProblemType("too_many_requests", 429, "More requests than one may send in this time.")
INTERNAL = ProblemType("internal", 500, "Something is wrong on our side.")
UNAVAILABLE = ProblemType("unavailable", 503, "The record can't be reached just now.")

OF_THE_DOOR = (
    MALFORMED,
    NO_SUCH_ADDRESS,
    METHOD_NOT_ALLOWED,
    BODY_TOO_LARGE,
    MEDIA_TYPE_UNSUPPORTED,
    TOO_MANY_REQUESTS,
    INTERNAL,
    UNAVAILABLE,
)
"""Problems that come up before or beside any deed."""


def problem_type(refusal: type[Refusal]) -> ProblemType:
    """Return the kind of problem that a class of refusal is; its title is the first line of its docstring.

    Raises:
        LookupError: Neither it nor an ancestor has a status: a bug.
    """
    for ancestor in refusal.__mro__:
        if ancestor in STATUS:
            title = (refusal.__doc__ or refusal.__name__).partition("\n")[0]
            kin = dict.fromkeys(one.code for one in refusal.__mro__ if issubclass(one, Refusal))
            return ProblemType(refusal.code, STATUS[ancestor], title, tuple(kin))
    raise LookupError(f"{refusal.__name__} has no HTTP status.")


def problem_types() -> Iterator[ProblemType]:
    """Yield every kind of problem, each code once."""
    yield from OF_THE_DOOR
    seen = set()
    waiting = list(STATUS)
    while waiting:
        refusal = waiting.pop(0)
        waiting.extend(refusal.__subclasses__())
        if refusal.code not in seen:
            seen.add(refusal.code)
            yield problem_type(refusal)
