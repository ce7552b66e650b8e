"""``vestry check``: the reconciliations that auditors do, with their figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.exits import REFUSED, UNVERIFIED, end, refusals_end_it

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from app.ties import Finding
    from ledger.types import Cut


def check(
    as_of: Annotated[str | None, typer.Option(help="The day, such as 2025-12-31; today, if left out.")] = None,
    known_at: Annotated[
        int | None, typer.Option(help="As known before this entry number; everything, if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check that it all adds up: cap table, grants, capital, patronage, sessions, votes, and the journal itself.

    Exits with 6 where a check does not hold. Every row against its entry: vestry verify.

    \b
    vestry check
    vestry check --as-of 2025-12-31 --known-at 4012
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.reports import cut_for  # noqa: PLC0415
    from app.ties import findings  # noqa: PLC0415

    day = _day(as_of)

    def facts(db: Session) -> tuple[Cut, list[Finding]]:
        cut = cut_for(db, day, known_at)
        return cut, findings(db, cut)

    with refusals_end_it():
        cut, found = open_runner().read(facts)
    failing = [one for one in found if not one.holds]
    if as_json:
        typer.echo(json.dumps(_said(cut, found)))
    else:
        for one in found:
            typer.echo(f"{one.number:>2}  {'holds' if one.holds else 'WRONG'}  {one.name:<18} {one.told}")
            if one.offenders:
                more = f" and {one.others:,} more" if one.others else ""
                typer.echo(f"{'':11}off: {', '.join(one.offenders)}{more}")
    if failing:
        told = ", ".join(f"{one.number} {one.name}" for one in failing)
        end(f"As of {cut.as_of}, {len(failing)} of {len(found)} checks do not hold: {told}.", UNVERIFIED)
    if not as_json:
        typer.echo(f"As of {cut.as_of}, as known before entry {cut.known_at:,}, all {len(found)} hold.", err=True)


def _said(cut: Cut, found: list[Finding]) -> dict[str, Any]:
    return {
        "ok": all(one.holds for one in found),
        "as_of": cut.as_of.isoformat(),
        "known_at": cut.known_at,
        "checks": [
            {
                "number": one.number,
                "name": one.name,
                "ok": one.holds,
                "claim": one.title,
                "told": one.told,
                "figures": dict(one.figures),
                "offenders": list(one.offenders),
                "others": one.others,
            }
            for one in found
        ],
    }


def _day(text: str | None) -> date | None:
    from datetime import date  # noqa: PLC0415

    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        end(f"{text!r} is no date; write it like 2025-12-31.", REFUSED)
