"""``vestry import``: a cap table as it is today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import REFUSED, end, refusals_end_it

if TYPE_CHECKING:
    from app.imports.ocf.findings import Finding

import_app = typer.Typer(help="Bring in what is kept elsewhere.", no_args_is_help=True)


@import_app.callback()
def _group() -> None:
    """Bring in what is kept elsewhere."""


@import_app.command()
def ocf(
    path: Annotated[Path, typer.Argument(help="A folder or an .ocf.zip file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts and findings as JSON.")] = False,
    actor: Annotated[str, typer.Option(help="Who is importing: the actor of the entries.")] = "cli",
) -> None:
    """Import an Open Cap Format package, version 1.2.0 or main: all of it or nothing.

    Every item is checked against its own schema, then references and arithmetic. Errors refuse the package (exit
    code 4); warnings are kept and shown. Makes the database named by VESTRY_DATABASE_URL if it is not there.

    vestry import ocf ./acme --dry-run

    vestry import ocf acme.ocf.zip
    """
    from app import clock  # noqa: PLC0415
    from app.imports.ocf import check  # noqa: PLC0415
    from app.imports.ocf.writer import import_package  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    checked = check(path)
    errors = [finding for finding in checked.findings if finding.severity == "error"]
    entries = 0
    if not errors and not dry_run:
        from app.cli.database import open_runner  # noqa: PLC0415

        act = Act(actor, "import:ocf", clock.now())
        with refusals_end_it(as_json=as_json):
            entries = open_runner(migrate=True).run(import_package, act, checked).entries
    if as_json:
        found = [finding.as_dict() for finding in checked.findings]
        typer.echo(json.dumps({"imported": entries > 0, "dry_run": dry_run, "entries": entries, "findings": found}))
    else:
        _say(checked.findings)
    if errors:
        end(f"{path} was not imported: {len(errors)} error{'s' * (len(errors) > 1)}. Nothing was written.", REFUSED)
    if not as_json:
        done = "would be imported; nothing was written." if dry_run else f"imported in {entries:,} entries."
        typer.echo(f"{path} {done}", err=True)


def _say(findings: tuple[Finding, ...] | list[Finding]) -> None:
    for finding in findings:
        where = f" {finding.object_id}" if finding.object_id else ""
        typer.echo(f"{finding.severity:7} {finding.code}{where}: {finding.message}")
