"""How a refusal ends a command: one line on stderr that says what to do, and an exit code scripts can rely on."""

from __future__ import annotations

import json
import sys
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
    """Say why on stderr, and what to run next, and exit."""
    typer.echo(f"vestry: {message}", err=True)
    following = _following(code)
    if following and "vestry " not in message:
        typer.echo(following, err=True)
    raise typer.Exit(code)


def _following(code: int) -> str:
    """Return the command to run next: where something was not found, the one that lists what there is."""
    from typer.main import get_command  # noqa: PLC0415

    from app.cli.commands import tree  # noqa: PLC0415 - it imports this

    path, listed, command = ["vestry"], "", get_command(tree)
    for word in sys.argv[1:]:
        inner = getattr(command, "commands", {}).get(word)
        if inner is None:
            break
        if "list" in getattr(command, "commands", ()):
            listed = " ".join([*path, "list"])
        path, command = [*path, word], inner
    if code == NOT_FOUND and listed:
        return f"What there is: {listed}"
    return f"How it is used: {' '.join(path)} --help" if len(path) > 1 else ""
