"""How a refusal ends a command: one line on stderr that says what to do, and an exit code scripts can rely on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from ledger.errors import Conflict, FourEyes, Invalid, NotApproved, NotFound, Refusal, Tampered

OK, FAILURE, USAGE, NOT_FOUND, REFUSED, CONFLICT, UNVERIFIED, PENDING = range(8)

CODES: tuple[tuple[type[Refusal], int], ...] = (
    (NotFound, NOT_FOUND),
    (Invalid, REFUSED),
    (NotApproved, CONFLICT),
    (FourEyes, CONFLICT),
    (Conflict, CONFLICT),
    (Tampered, UNVERIFIED),
)
"""The first class that fits gives the code; any other refusal is a failure."""


def code_of(refusal: Refusal) -> int:
    """Return the exit code of a refusal."""
    return next((code for kind, code in CODES if isinstance(refusal, kind)), FAILURE)


@contextmanager
def refusals_end_it(*, as_json: bool = False) -> Iterator[None]:
    """Turn a refusal inside the block into its message and exit code."""
    try:
        yield
    except Refusal as refusal:
        if as_json:
            typer.echo(json.dumps({"code": refusal.code, "detail": str(refusal), "field": refusal.field}))
        end(str(refusal), code_of(refusal))


def end(message: str, code: int) -> NoReturn:
    """Say why on stderr, and exit."""
    typer.echo(f"vestry: {message}", err=True)
    raise typer.Exit(code)
