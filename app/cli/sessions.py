"""``vestry import sessions``, ``import strip``, ``import undo`` and ``sessions statement``: what was delivered."""

from __future__ import annotations

import json
import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.exits import REFUSED, USAGE, end, refusals_end_it
from app.cli.progress import Bar

if TYPE_CHECKING:
    from app.imports.sessions.checked import Checked
    from app.imports.sessions.mapping import ImportMap
    from app.imports.sessions.saving import Saved
    from app.imports.sessions.sources import Source
    from ledger.sessions.months import Statement

sessions_app = typer.Typer(help="What providers delivered.", no_args_is_help=True)

MOST_LINES = 50
"""How many findings are printed; --errors lists all."""

File = Annotated[Path, typer.Argument(help="The file, as the practice system exported it.")]
From = Annotated[str, typer.Option("--source", help="simplepractice, therapynotes, or plain for our own columns.")]
Map = Annotated[Path | None, typer.Option("--map", help="Who the clinicians are and what codes mean, in TOML.")]
Actor = Annotated[str, typer.Option(help="Who does this: the actor of the entries.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@sessions_app.callback()
def _group() -> None:
    """What providers delivered."""


def import_sessions(  # noqa: PLR0913, PLR0917 - a parameter for each option
    path: File,
    source: From,
    map_file: Map = None,
    tz: Annotated[
        str | None, typer.Option(help="Where providers work who have no zone in the map; the company's, if left out.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and write nothing.")] = False,
    errors: Annotated[Path | None, typer.Option(help="A CSV file to write what is wrong to, row by row.")] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="Record nothing if any row is rejected.")] = False,
    as_json: AsJson = False,
    actor: Actor = "cli",
) -> None:
    """Import delivered sessions: every row is checked first, what holds is saved in one transaction, nothing twice.

    Columns that could tell of a client are dropped while reading, before anything is written or printed. Rows that
    can't be recorded are listed with row, column, reason and remedy, and the exit code is 4.

    vestry import sessions appointment-status-report.csv --source simplepractice --map map.toml --dry-run

    vestry import sessions sessions.ndjson --source plain --tz America/New_York --errors errors.csv
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.imports.sessions.saving import Handover, Mode, RowsRejected, save_file, try_file  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    now, bar = clock.now(), Bar()
    with refusals_end_it(as_json=as_json):
        mode = Mode.ATOMIC if atomic else Mode.BEST_EFFORT
        handover = Handover(_source(source), _map(map_file), tz, mode)
        saved: Saved | None = None
        try:
            if dry_run:
                checked = open_runner().read(try_file, now, path, handover, bar)
            else:
                saved = open_runner().run(save_file, Act(actor, "import:sessions", now), path, handover, bar)
                checked = saved.checked
        except RowsRejected as refusal:
            checked = refusal.checked
        finally:
            bar.end()
    _write_errors(checked, errors)
    if as_json:
        typer.echo(json.dumps(_told(checked, saved, dry_run=dry_run)))
    else:
        _say(checked, saved, dry_run=dry_run)
    if checked.counts.rejected:
        recorded = saved is not None and saved.made is not None
        rest = "The others were recorded." if recorded else "Nothing was written."
        end(f"{checked.counts.rejected:,} of {checked.counts.rows_read:,} rows were rejected. {rest}", REFUSED)


def _source(name: str) -> Source:
    from app.imports.sessions.sources import Source  # noqa: PLC0415

    if name not in {one.value for one in Source}:
        end(f"There is no source {name!r}. Sources: {', '.join(Source)}", USAGE)
    return Source(name)


def _map(path: Path | None) -> ImportMap:
    from app.imports.sessions.mapfile import read_map  # noqa: PLC0415
    from app.imports.sessions.mapping import ImportMap  # noqa: PLC0415

    if path is None:
        return ImportMap()
    try:
        return read_map(path.read_bytes())
    except OSError as error:
        end(f"{path} can't be read: {error.strerror}.", REFUSED)


def _write_errors(checked: Checked, path: Path | None) -> None:
    from app.imports.sessions.listing import write_errors  # noqa: PLC0415

    if path is not None:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            write_errors(checked.findings, file)


def _told(checked: Checked, saved: Saved | None, *, dry_run: bool) -> dict[str, Any]:
    from app.imports.sessions.saving import counts_of  # noqa: PLC0415

    return {
        "import_id": saved.made.id if saved and saved.made else None,
        "earlier_import_id": saved.earlier if saved else None,
        "dry_run": dry_run,
        "source": checked.system,
        "counts": counts_of(checked.counts),
        "findings": [finding.as_dict() for finding in checked.findings],
    }


def _say(checked: Checked, saved: Saved | None, *, dry_run: bool) -> None:
    from app.imports.sessions.saving import counts_of  # noqa: PLC0415

    for finding in islice(checked.findings, MOST_LINES):
        place = f"row {finding.row}" if finding.row else "file"
        column = f" {finding.column}" if finding.column else ""
        typer.echo(f"{finding.severity:8} {place}{column}: {finding.message} {finding.remedy}")
    if len(checked.findings) > MOST_LINES:
        typer.echo(f"… and {len(checked.findings) - MOST_LINES:,} more; --errors FILE lists all that is wrong.")
    for name, count in counts_of(checked.counts).items():
        typer.echo(f"{name:12} {count:>9,}")
    if saved and saved.made:
        typer.echo(f"Recorded as {saved.made.id}. To undo it: vestry import undo {saved.made.id}", err=True)
    elif saved and saved.earlier:
        typer.echo(f"This very file was imported before, as {saved.earlier}; nothing was added.", err=True)
    elif dry_run:
        typer.echo("Nothing was written.", err=True)


def strip(
    path: File,
    source: From,
    map_file: Map = None,
    output: Annotated[Path | None, typer.Option(help="A file; standard output, if left out.")] = None,
) -> None:
    """Drop every column that could tell of a client, and write what is left as rows of NDJSON, to be sent elsewhere.

    vestry import strip report.csv --source simplepractice --output rows.ndjson
    """
    from app.imports.sessions.stripping import strip_file  # noqa: PLC0415

    with refusals_end_it():
        lines = strip_file(path, _source(source), _map(map_file))
        if output is None:
            sys.stdout.buffer.writelines(lines)
            return
        with output.open("wb") as file:
            file.writelines(lines)
    typer.echo(f"Written to {output}.", err=True)


def undo(
    import_id: Annotated[str, typer.Argument(metavar="ID", help="The import, such as imp_01K….")],
    reason: Annotated[str, typer.Option(help="Why; name no client in it.")] = "Undone from the command line.",
    approve: Annotated[bool, typer.Option("--approve", help="Undo it: somebody else has asked for it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say whether it can be undone.")] = False,
    actor: Actor = "cli",
) -> None:
    """Ask for an import of sessions to be undone; a second person undoes it, by reversing every batch of it.

    The same file may be imported again then. This command believes who it is told.

    vestry import undo imp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 --reason "The wrong month." --actor acc_01K…
    vestry import undo imp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 --approve --actor hld_01K…
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner, tried  # noqa: PLC0415
    from app.imports.sessions import undoing  # noqa: PLC0415
    from ledger.sessions.deliveries import undo_import  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    act = Act(actor, "import:sessions", clock.now())
    with refusals_end_it():
        if dry_run:
            open_runner().run(tried, partial(undo_import, act=act, import_id=import_id, reason=reason), dry_run=True)
            told = "can be undone; nothing was written."
        elif approve:
            open_runner().run(undoing.approve_undo, act, import_id)
            told = "is undone."
        else:
            open_runner().run(undoing.ask_undo, act, import_id, reason=reason)
            told = f"waits. Next, by somebody else: vestry import undo {import_id} --approve --actor …"
    typer.echo(f"{import_id} {told}", err=True)


@sessions_app.command()
def statement(
    provider: Annotated[str, typer.Option(help="The provider's id, such as hld_01K….")],
    month: Annotated[str, typer.Option(help="The month, such as 2025-07.")],
    known_at: Annotated[
        int | None, typer.Option(help="From what was on record before this entry; everything, if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a provider's statement of a month: what they delivered, and what of it counts.

    vestry sessions statement --provider hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 --month 2025-07
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from ledger.sessions.months import statement as made  # noqa: PLC0415

    _require_month(month)
    with refusals_end_it(as_json=as_json):
        told = open_runner().read(made, provider, month, known_at=known_at)
    if as_json:
        typer.echo(json.dumps(_figures(told)))
        return
    typer.echo(f"{'week':10} {'sessions':>8} {'credited':>9} {'indirect':>9} {'plateau':>8}   (minutes)")
    for week, credit in sorted(told.weeks.items()):
        figures = f"{credit.credited_minutes:>9,} {credit.indirect_minutes:>9,} {credit.plateau_minutes:>8,}"
        typer.echo(f"{week} {credit.credited_sessions!s:>8} {figures}")
    typer.echo(f"Delivered {told.sessions:,} sessions, {told.minutes:,} minutes; not delivered {told.not_delivered:,}.")
    for week, minutes in sorted(told.late.items()):
        typer.echo(f"Posted in this month for the week of {week}, whose month was closed: {minutes:+,} minutes.")
    typer.echo(f"Credited {told.credited:,} minutes, as known before entry {told.known_at:,}.")


def _require_month(month: str) -> None:
    from ledger.sessions.weights import month_of  # noqa: PLC0415

    try:
        month_of(month)
    except ValueError:
        end(f"{month!r} is no month; write it like 2025-07.", REFUSED)


def _figures(told: Statement) -> dict[str, Any]:
    return {
        "provider": told.provider,
        "month": told.period,
        "known_at": told.known_at,
        "sessions": told.sessions,
        "minutes": told.minutes,
        "not_delivered": told.not_delivered,
        "credited_sessions": str(told.credited_sessions),
        "credited_minutes": told.credited,
        "late_minutes": told.late_minutes,
        "late": [{"week": week.isoformat(), "minutes": minutes} for week, minutes in sorted(told.late.items())],
        "weeks": [
            {
                "week": week.isoformat(),
                "credited_sessions": str(credit.credited_sessions),
                "credited_minutes": credit.credited_minutes,
                "indirect_minutes": credit.indirect_minutes,
                "plateau_minutes": credit.plateau_minutes,
            }
            for week, credit in sorted(told.weeks.items())
        ],
    }
