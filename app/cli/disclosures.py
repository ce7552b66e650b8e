"""``vestry disclosure``: files with whole tax numbers, which two people let leave."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import refusals_end_it
from app.cli.lines import print_lines

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.disclosures import Disclosure
    from ledger.types import Act

disclosure_app = typer.Typer(
    help="Files with whole tax numbers: one person asks, another approves. This command believes who it is told.",
    no_args_is_help=True,
)

Id = Annotated[str, typer.Argument(help="What was asked for, dsc_….")]
Actor = Annotated[str, typer.Option(help="Who does this, as entries and files name them: hld_… or acc_….")]


@disclosure_app.command()
def ask(
    report: Annotated[str, typer.Argument(help="1099-patr, iso-exercises or ocf.")],
    reason: Annotated[str, typer.Option(help="What it is for; it stands on every copy.")],
    actor: Actor,
    format: Annotated[str, typer.Option(help="csv, xlsx, pdf or json; zip for ocf.")] = "csv",
    as_of: Annotated[str | None, typer.Option(help="The day, such as 2025-12-31; today, if left out.")] = None,
    known_at: Annotated[
        int | None, typer.Option(help="As known before this entry number; everything, if left out.")
    ] = None,
) -> None:
    """Ask for a file with whole tax numbers; somebody else approves it within seven days.

    vestry disclosure ask 1099-patr --as-of 2025-12-31 --reason "Filing the forms of 2025" --actor hld_01K…
    """
    from app import disclosures  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.cli.exports import cut_asked  # noqa: PLC0415

    def deed(db: Session, act: Act) -> Disclosure:
        ending = "zip" if report == disclosures.OCF else format
        return disclosures.ask(db, act, report, ending, cut_asked(db, as_of, known_at), reason=reason)

    with refusals_end_it():
        made = open_runner().run(deed, _act(actor))
    typer.echo(made.id)
    numbers = f"{made.numbers:,} tax number{'' if made.numbers == 1 else 's'}"
    typer.echo(f"{numbers}. Next, by somebody else: vestry disclosure approve {made.id} --actor …", err=True)


@disclosure_app.command()
def approve(id: Id, actor: Actor) -> None:
    """Approve what somebody else asked for: they may take it for 24 hours.

    vestry disclosure approve dsc_01K… --actor hld_01K…
    """
    _decide(id, actor, is_approved=True)


@disclosure_app.command()
def decline(id: Id, actor: Actor) -> None:
    """Decline what somebody asked for, or withdraw it.

    vestry disclosure decline dsc_01K… --actor hld_01K…
    """
    _decide(id, actor, is_approved=False)


@disclosure_app.command()
def take(
    id: Id,
    actor: Actor,
    output: Annotated[Path | None, typer.Option(help="A file; standard output, if left out.")] = None,
) -> None:
    """Take a copy, for whoever asked; it says who took it, when and what for, and is noted with its hash.

    vestry disclosure take dsc_01K… --actor hld_01K… --output forms.csv
    """
    from app import disclosures  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people.exports import note_export  # noqa: PLC0415

    act = _act(actor)
    with refusals_end_it():
        runner = open_runner()
        copy = runner.read(disclosures.copy_of, id, actor, act.now)
        runner.run(note_export, act, copy.taken)
    if output is None:
        sys.stdout.buffer.write(copy.data)
        return
    output.write_bytes(copy.data)
    typer.echo(f"Written to {output}.", err=True)


@disclosure_app.command("list")
def list_disclosures(
    as_json: Annotated[bool, typer.Option("--json", help="Print it for a machine.")] = False,
) -> None:
    """List who asked for which file, what for, and who decided; the newest first.

    vestry disclosure list --json
    """
    from app import clock, disclosures  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415

    with refusals_end_it():
        found = open_runner().read(disclosures.disclosures)
    if as_json:
        print_lines(_facts(one, clock.now()) for one in found)
        return
    for one in found:
        typer.echo(_line(one, clock.now()))
    if not found:
        typer.echo("Nobody asked for a file with tax numbers.", err=True)


def _facts(one: Disclosure, now: datetime) -> dict[str, object]:
    told: dict[str, object] = {"id": one.id, "report": one.report, "format": one.ending, "reason": one.reason}
    told |= {"as_of": one.as_of.isoformat(), "known_at": one.known_at, "state": one.state(now)}
    return told | {"asked_by": one.asked_by, "decided_by": one.decided_by}


def _line(one: Disclosure, now: datetime) -> str:
    by = f", decided by {one.decided_by}" if one.decided_by else ""
    file = f"{one.report}.{one.ending} as of {one.as_of}, entry {one.known_at:,}"
    return f"{one.id}  {one.state(now)}  {file}: {one.reason}  asked by {one.asked_by}{by}"


def _decide(id: str, actor: str, *, is_approved: bool) -> None:
    from app import disclosures  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415

    with refusals_end_it():
        made = open_runner().run(disclosures.decide, _act(actor), id, is_approved=is_approved)
    until = f" until {disclosures.moment_of(made):%Y-%m-%d %H:%M} UTC" if is_approved else ""
    typer.echo(f"{'Approved' if is_approved else 'Declined'}{until}.")


def _act(actor: str) -> Act:
    from app import clock  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    return Act(actor, "role:operator", clock.now())
