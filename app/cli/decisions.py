"""``vestry decision``: what is put to the vote, read, closed, counted again; ``vestry grant``: what one would give."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.exits import UNVERIFIED, end, refusals_end_it
from app.cli.proposals import AsJson, Id, close, list_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

decision_app = typer.Typer(help="Decisions: read them, close a vote, count it again.", no_args_is_help=True)
decision_app.command("list")(list_)
decision_app.command("close")(close)

grant_app = typer.Typer(help="What a grant would give; nothing is recorded.", no_args_is_help=True)


@decision_app.command()
def show(proposal: Id, as_json: AsJson = False) -> None:
    """Print what is proposed, where it stands, and when its vote opens and closes.

    vestry decision show prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8

    vestry decision show prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 --json
    """
    from app.cli.database import open_runner  # noqa: PLC0415

    with refusals_end_it(as_json=as_json):
        told = open_runner().read(_facts, proposal)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(f"{told['id']}  {told['kind']}  {told['state']}")
    typer.echo(f"{told['title']} (version {told['version']}, by {told['author']})")
    if told["opens_at"] is not None:
        typer.echo(
            f"Vote from {told['opens_at']} until {told['closes_at']}; in effect on {told['effective_on'] or '-'}"
        )
    for motion in told["motions"]:
        typer.echo(f"Motion: {json.dumps(motion, ensure_ascii=False)}")
    for option in told["options"]:
        typer.echo(f"Choice: {option['title']} ({option['key']})")
    typer.echo(f"\n{told['text']}")


def _facts(db: Session, id: str) -> dict[str, Any]:
    from app import clock, voting  # noqa: PLC0415
    from governance import proposals  # noqa: PLC0415
    from ledger.types import micros_of, moment_at  # noqa: PLC0415

    one, now = proposals.shown(db, id), clock.now()
    said, notice = proposals.version(db, id), proposals.notice(db, id)
    state = proposals.state_of(db, id, micros_of(now), voting.rules_today(db, id, now))
    told: dict[str, Any] = {"id": one.id, "kind": one.kind.value, "state": state.value, "author": one.author}
    told |= {name: getattr(said, name) for name in ("title", "text", "motions", "options", "seats")}
    dates = dict.fromkeys(("opens_at", "closes_at", "effective_on"))
    if notice is not None:
        dates = {name: moment_at(getattr(notice, name)).isoformat() for name in ("opens_at", "closes_at")}
        dates["effective_on"] = None if notice.effective_on is None else notice.effective_on.isoformat()
    return told | {"version": said.number} | dates


@decision_app.command()
def tally(proposal: Id, as_json: AsJson = False) -> None:
    """Count a closed vote again from its ballots, and compare it with what was announced; exits with 6 if they differ.

    vestry decision tally prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8

    vestry decision tally prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 --json
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.cli.tally import counted_again  # noqa: PLC0415
    from governance import closing, proposals  # noqa: PLC0415
    from ledger.errors import NotAllowedNow  # noqa: PLC0415

    def file(db: Session) -> bytes:
        proposals.shown(db, proposal)
        if closing.closing(db, proposal) is None:
            raise NotAllowedNow("This vote is not closed, and nobody is told before how it goes.")
        return closing.audit_file(db, proposal)

    with refusals_end_it(as_json=as_json):
        told = counted_again(open_runner().read(file))
    if as_json:
        said = told.data | {"agrees": not told.faults, "faults": list(told.faults)}
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        typer.echo("\n".join(told.lines))
    if told.faults:
        end("Does not fit. " + " ".join(f"{fault.rstrip('.')}." for fault in told.faults), UNVERIFIED)


@grant_app.command()
def preview(
    units: Annotated[str, typer.Option(help="Units granted, such as 9000.")],
    months: Annotated[int, typer.Option(help="For how many months it vests.", min=1, max=240)] = 48,
    cliff: Annotated[int, typer.Option(help="Months before anything vests.", min=0, max=240)] = 12,
    every: Annotated[int, typer.Option(help="So many months between two days of vesting.", min=1, max=240)] = 1,
    start: Annotated[str | None, typer.Option(help="The day vesting starts; today, if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print [[date, quantity], …].")] = False,
) -> None:
    """Print when a grant would vest, day by day, without a database.

    vestry grant preview --units 9000 --months 48 --cliff 12

    vestry grant preview --units 9000 --start 2026-01-15 --json
    """
    from app import clock  # noqa: PLC0415
    from app.cli.terms import print_schedule, quantity_in  # noqa: PLC0415
    from ledger.equity.promises import read_terms  # noqa: PLC0415

    raw: dict[str, Any] = {"months": months, "cliff_months": cliff, "every_months": every}
    with refusals_end_it():
        terms = read_terms(raw)
        print_schedule(terms, quantity_in(units), start=start or f"{clock.now():%Y-%m-%d}", as_json=as_json)


@grant_app.callback()
def _grants() -> None:
    """What a grant would give; nothing is recorded."""
