"""``vestry export``: reports and packages, as of any day and as known at any entry."""

from __future__ import annotations

import sys
from datetime import date
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import REFUSED, USAGE, end, refusals_end_it

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.db import Runner
    from ledger.types import Cut

export_app = typer.Typer(help="Write reports and packages.", no_args_is_help=True)

AsOf = Annotated[str | None, typer.Option(help="The day, such as 2025-12-31; today, if left out.")]
KnownAt = Annotated[int | None, typer.Option(help="As known before this entry number; everything, if left out.")]


@export_app.command()
def captable(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    report: Annotated[
        str, typer.Option(help="summary, holders, grants, vesting-months, pool, roll-forward, expense and more.")
    ] = "summary",
    format: Annotated[str, typer.Option(help="csv, xlsx, pdf or json.")] = "csv",
    since: Annotated[
        str | None, typer.Option(help="For the roll-forwards and the expense: the day it starts from.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="A file; standard output, if left out.")] = None,
) -> None:
    """Export the cap table as of a day; that it was taken is noted, with the hash of the file.

    vestry export captable --as-of 2025-12-31 --format csv

    vestry export captable --as-of 2025-12-31 --report holders --format json
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.reports import FORMATS, REPORTS, cut_for, rendered  # noqa: PLC0415

    if report not in REPORTS or format not in FORMATS:
        end(f"Reports: {', '.join(REPORTS)}. Formats: {', '.join(FORMATS)}.", USAGE)
    with refusals_end_it():
        runner = open_runner()
        cut = runner.read(cut_for, _day(as_of), known_at)
        data = runner.read(rendered, report, format, as_of=cut.as_of, known_at=cut.known_at, since=_day(since))
        _note(runner, report, format, cut, data, since=_day(since))
    _write(data, output)


@export_app.command()
def ocf(
    path: Annotated[Path, typer.Argument(help="An .ocf.zip file, or a folder, to write.")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    version: Annotated[str, typer.Option(help="1.2.0 or main.")] = "1.2.0",
) -> None:
    """Export everything as an Open Cap Format package; that it was taken is noted, with its hash.

    Of tax numbers it has the last four digits; whole ones take two people: `vestry disclosure ask ocf`. The hash
    of a folder is that of what `sha256sum` prints of its files, by name.

    vestry export ocf acme.ocf.zip --as-of 2025-12-31
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.reports.ocf import VERSIONS, export_package, write_folder, write_zip  # noqa: PLC0415

    if version not in VERSIONS:
        end(f"Versions: {', '.join(VERSIONS)}.", USAGE)

    with refusals_end_it():
        runner = open_runner()
        cut = runner.read(cut_asked, as_of, known_at)
        files = runner.read(export_package, cut, version=version)
        if path.suffix == ".zip":
            write_zip(path, files)
            _note(runner, "ocf", "zip", cut, path.read_bytes())
        else:
            write_folder(path, files)
            sums = [f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())]
            _note(runner, "ocf", "folder", cut, "".join(sums).encode())
    typer.echo(f"{len(files)} files written to {path}.", err=True)


@export_app.command()
def books(
    program: Annotated[str, typer.Argument(help="hledger, beancount or quickbooks.")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    output: Annotated[Path | None, typer.Option(help="A file; standard output, if left out.")] = None,
) -> None:
    """Export every posting as books for another program, whose balances are then the record's; it is noted.

    \b
    vestry export books hledger --as-of 2025-12-31 --output books.journal
    hledger -f books.journal check --strict && hledger -f books.journal balance
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.reports.books import BOOKS, books_of  # noqa: PLC0415

    if program not in BOOKS:
        end(f"Programs: {', '.join(BOOKS)}.", USAGE)
    ending, written = BOOKS[program]
    with refusals_end_it():
        runner = open_runner()
        cut = runner.read(cut_asked, as_of, known_at)
        data = written(runner.read(books_of, cut))
        _note(runner, f"books-{program}", ending, cut, data)
    _write(data, output)


@export_app.command()
def evidence(
    folder: Annotated[Path, typer.Argument(help="A folder to write; it must be empty, or not be there.")],
    as_of: AsOf = None,
    sessions: Annotated[
        bool, typer.Option("--sessions", help="Single sessions of providers, too: for an auditor bound to keep them.")
    ] = False,
) -> None:
    """Write all that an auditor needs to verify the record without this service, and the program that does it.

    Figures are told as of a day and reckoned again from the entries. It has no names, and not how members voted.

    \b
    vestry export evidence lanternleaf-2025 --as-of 2025-12-31
    python3 lanternleaf-2025/verify_evidence.py lanternleaf-2025 --key KEY --checkpoint KEPT --witness KEY
    """
    from app.cli.checkpoint import cosigned_by_settings  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.evidence.export import Written, write_evidence  # noqa: PLC0415
    from ledger.types import Cut  # noqa: PLC0415

    cosigned = cosigned_by_settings()

    def write(db: Session) -> tuple[Written, Cut]:
        cut = cut_asked(db, as_of, None)
        signer, witnesses = cosigned.signer, cosigned.witnesses
        return write_evidence(db, signer, folder, cut, sessions=sessions, witnesses=witnesses), cut

    with refusals_end_it():
        runner = open_runner()
        made, cut = runner.read(write)
        _note(runner, "evidence", "folder", Cut(cut.as_of, made.entries), _sums(folder))
    typer.echo(f"{made.entries:,} entries, root {made.root[:16]}, written to {folder}.", err=True)
    typer.echo(f"Withheld: {', '.join(made.withheld)}. Verify: python3 {folder}/verify_evidence.py {folder}", err=True)


def _sums(folder: Path) -> bytes:
    """Return what ``sha256sum`` prints of the files in a folder, by name; they may be of any size."""
    lines = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            lines.append(f"{file_digest(file, 'sha256').hexdigest()}  {path.relative_to(folder).as_posix()}\n")
    return "".join(lines).encode()


def _note(runner: Runner, report: str, ending: str, cut: Cut, data: bytes, *, since: date | None = None) -> None:
    """Note that a file was taken, with its hash."""
    from app import clock  # noqa: PLC0415
    from app.people.exports import Taken, note_export  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    taken = Taken.of(report, ending, cut, data, since=since)
    runner.run(note_export, Act("cli", "role:operator", clock.now()), taken)


def cut_asked(db: Session, as_of: str | None, known_at: int | None) -> Cut:
    """Return the cut that options name, or end the command: no such day, or no such entry."""
    from app.reports import cut_for  # noqa: PLC0415

    return cut_for(db, _day(as_of), known_at)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        end(f"{text!r} is no date; write it like 2025-12-31.", REFUSED)


def _write(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        return
    output.write_bytes(data)
    typer.echo(f"Written to {output}.", err=True)
