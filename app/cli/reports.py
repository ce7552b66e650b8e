"""``vestry report``: whether a file is one of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.exits import NOT_FOUND, UNVERIFIED, end, refusals_end_it

report_app = typer.Typer(help="Check files that were handed out.", no_args_is_help=True)


@report_app.callback()
def report() -> None:
    """Check files that were handed out."""


@report_app.command()
def verify(path: Annotated[Path, typer.Argument(help="A report, as csv, xlsx, pdf or json.")]) -> None:
    """Tell whether a report is one of ours, unaltered, and what differs if it is not (exit code 6).

    vestry report verify lanternleaf_summary_asof-2025-12-31.csv
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.reports.checked import check  # noqa: PLC0415

    if not path.is_file():
        end(f"There is no file {path}.", NOT_FOUND)
    with refusals_end_it():
        verdict = open_runner().read(check, path.read_bytes(), path.name)
    for one in verdict.noted:
        at, file = datetime.fromtimestamp(one.recorded_at / 1_000_000, UTC), one.file
        typer.echo(
            f"Handed out: {file.report}.{file.ending} as of {file.as_of}, known at entry {file.known_at:,}, "
            f"to {one.actor} ({one.authority}) on {at:%Y-%m-%d %H:%M:%S} UTC."
        )
    if verdict.is_made_again:
        typer.echo("The record gives the same, byte for byte.")
    elif verdict.noted and verdict.told:
        typer.echo(f"The record gives another today. {verdict.told}")
    typer.echo(f"SHA-256 {verdict.sha256}")
    if not verdict.holds:
        end(f"Not one of ours, or altered. {verdict.told}", UNVERIFIED)
