"""``vestry vesting``: what terms come to, without a database."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.exits import REFUSED, USAGE, end, refusals_end_it

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.equity.vesting.schedule import Terms


def vesting(
    quantity: Annotated[str, typer.Option(help="Units granted, such as 4800.")],
    terms: Annotated[
        Path | None, typer.Option(help="A JSON file: OCF vesting terms, statements, or plain terms.")
    ] = None,
    template: Annotated[str | None, typer.Option(help="A named schedule, such as 4y/1y/monthly.")] = None,
    start: Annotated[str | None, typer.Option(help="The day vesting starts, such as 2025-01-31.")] = None,
    grant_date: Annotated[str | None, typer.Option(help="What would vest before this day vests on it.")] = None,
    event: Annotated[
        list[str] | None, typer.Option(help="A condition or event and its day: ID=DATE. Repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print [[date, quantity], …].")] = False,
) -> None:
    """Print when a grant vests.

    \b
    vestry vesting --template 4y/1y/monthly --quantity 4800 --start 2025-01-31
    vestry vesting --terms terms.json --quantity 1000 --start 2024-02-29 --event sale=2026-03-01 --json
    """
    from ledger.equity.promises import read_terms  # noqa: PLC0415
    from ledger.equity.vesting.templates import template as named  # noqa: PLC0415

    if (terms is None) == (template is None):
        end("Give either --terms FILE or --template NAME.", USAGE)
    granted = quantity_in(quantity)
    with refusals_end_it():
        read = named(template) if template else read_terms(_terms_in(terms))
        print_schedule(read, granted, start=start, event=event, grant_date=grant_date, as_json=as_json)


def print_schedule(
    terms: Terms,
    granted: Fraction,
    *,
    start: str | None,
    event: Sequence[str] | None = None,
    grant_date: str | None = None,
    as_json: bool,
) -> None:
    """Print when terms vest; what the options hold is read here."""
    from ledger.equity.vesting.schedule import exact_instalments  # noqa: PLC0415

    found = exact_instalments(
        terms,
        granted,
        start=_day(start, "--start") if start else None,
        events=dict(_event(text) for text in event or []),
        grant_date=_day(grant_date, "--grant-date") if grant_date else None,
        hold_to_grant_date=grant_date is not None,
    )
    rows = [[day.isoformat(), str(units)] for day, units in found]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for day, units in rows:
        typer.echo(f"{day}  {units:>12}")
    typer.echo(f"{'total':10}  {sum((units for _, units in found), Fraction(0))!s:>12}", err=True)


def quantity_in(text: str) -> Fraction:
    """Return a quantity as it was typed, or end the command."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        end(f"{text!r} is not a quantity; write a number such as 4800.", REFUSED)
    if not 0 < value < 2**53 or "e" in text.lower():
        end("A quantity is above zero and below 2^53.", REFUSED)
    return value


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        end(f"{option}: {text!r} is no date; write it like 2025-01-31.", REFUSED)


def _event(text: str) -> tuple[str, date]:
    name, equals, day = text.rpartition("=")
    if not equals or not name:
        end(f"--event {text!r}: write it like ID=2026-03-01.", USAGE)
    return name, _day(day, f"--event {name}")


def _terms_in(path: Path | None) -> Any:  # noqa: ANN401 - any JSON
    assert path is not None
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        end(f"{path} can't be read: {error.strerror}.", REFUSED)
    except ValueError as error:
        end(f"{path} is not JSON: {error}.", REFUSED)
    items = data.get("items") if isinstance(data, dict) else None
    if isinstance(items, list):
        if len(items) != 1:
            end(f"{path} holds {len(items)} vesting terms; keep the one you mean.", REFUSED)
        return items[0]
    return data
