"""``vestry config``, ``doctor``, ``backup`` and ``restore``: for whoever runs the service."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import FAILURE, USAGE, end, refusals_end_it
from app.cli.lines import print_lines

if TYPE_CHECKING:
    from app.config import Settings
    from app.operations.backup import Contents
    from ledger.verify import Verdict

config_app = typer.Typer(help="Settings: what they are, and where they come from.", no_args_is_help=True)

ops_app = typer.Typer(help="The files to install Vestry with.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print it for a machine.")]


@config_app.command()
def show(
    every: Annotated[bool, typer.Option("--defaults", help="Show those as well that nobody has set.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the settings that the environment names, secrets masked, and what stands in for the others.

    vestry config show --defaults
    """
    from app.operations.settings_told import told  # noqa: PLC0415

    found = [one for one in told(_settings(), os.environ) if every or one.is_set or one.in_use]
    if as_json:
        print_lines(asdict(one) for one in found)
        return
    wide = max((len(one.name) for one in found), default=0)
    for one in found:
        typer.echo(f"{one.name:<{wide}}  {one.origin:<11}  {one.value or one.in_use or '-'}")


def doctor(as_json: JsonOption = False) -> None:
    """Say what is wrong with this installation, and the command or setting that mends it; change nothing.

    Ends with exit code 1 if anything is wrong.

    vestry doctor
    """
    import app.tables  # noqa: F401, PLC0415 - builds every table
    from app.operations.doctor import How, examine, worst  # noqa: PLC0415

    found = list(examine(_settings(), os.environ))
    if as_json:
        print_lines(asdict(one) for one in found)
    else:
        for one in found:
            typer.echo(f"{one.how.value:<5}  {one.what:<11}  {one.said}")
            if one.mend and one.how is not How.WELL:
                typer.echo(f"{'':<20}{one.mend}")
    if worst(found) is How.WRONG:
        raise typer.Exit(FAILURE)


@ops_app.command("show")
def show_file(
    name: Annotated[
        str, typer.Argument(help="systemd, backup-service, backup-timer, command, container, compose or proxy.")
    ],
) -> None:
    """Print a file to install Vestry with: a systemd unit, the timer of its backups, a container, a proxy.

    \b
    vestry ops show systemd > /etc/systemd/system/vestry.service
    vestry ops show compose > compose.yaml
    """
    from app.operations.deployment import text_of  # noqa: PLC0415

    with refusals_end_it():
        typer.echo(text_of(name), nl=False)


def backup(
    path: Annotated[Path, typer.Argument(help="A file to make, such as vestry-2026-11-26.zip, or a folder.")],
    keep: Annotated[
        int | None, typer.Option(min=1, help="In a folder: how many to keep; older ones are deleted.")
    ] = None,
) -> None:
    """Write all that is on record, and the vault, into one file, while the service goes on.

    In a folder it is named by the time. What is deleted then is named so, too, and never anything else.

    It can be restored into either database, also by a later version. It is personal data: keep it encrypted and apart.
    Key files and the box of secret votes are not in it; copy the signing key and what it signed by themselves.

    vestry backup vestry-2026-11-26.zip
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_engine  # noqa: PLC0415
    from app.operations.backup import in_folder, superfluous, write  # noqa: PLC0415

    folder = path if path.is_dir() else None
    if keep is not None and folder is None:
        end(f"--keep is for a folder, and {path} is none.", USAGE)
    engine = open_engine()
    with refusals_end_it():
        try:
            now = clock.now()
            path = path if folder is None else in_folder(folder, now)
            contents = write(engine, path, now)
            for old in superfluous(folder, keep) if folder is not None and keep is not None else []:
                old.unlink()
        except OSError as error:
            end(f"{path} can't be written: {error.strerror}. Nothing was left there.", FAILURE)
    typer.echo(f"{contents.rows:,} rows of {len(contents.tables)} tables are in {path}.")
    typer.echo(f"Try it: vestry restore {path} --check", err=True)


def restore(
    path: Annotated[Path, typer.Argument(help="A file that `vestry backup` wrote.")],
    check: Annotated[
        bool, typer.Option("--check", help="Restore it into a file that is thrown away, only to see that it works.")
    ] = False,
) -> None:
    """Fill the new database named by VESTRY_DATABASE_URL from a backup, bring it to this version, and verify it.

    Nothing is kept unless all of it verifies. A database with anything in it is refused (exit code 5).

    \b
    vestry restore vestry-2026-11-26.zip --check
    VESTRY_DATABASE_URL=postgresql://… vestry restore vestry-2026-11-26.zip
    """
    import tempfile  # noqa: PLC0415

    with refusals_end_it():
        if check:
            with tempfile.TemporaryDirectory() as folder:
                contents, verdict = _restored(f"sqlite:///{folder}/check.db", path)
        else:
            contents, verdict = _restored(_settings().database_url, path)
    typer.echo(f"Backup of {contents.made_at}, Vestry {contents.version}: {contents.rows:,} rows.")
    typer.echo(f"{verdict.entries:,} entries verify; root {verdict.root}")
    typer.echo("Nothing was kept: this was a check." if check else "Restored. Start with: vestry doctor", err=True)


def _restored(url: str, path: Path) -> tuple[Contents, Verdict]:
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    import app.tables  # noqa: F401, PLC0415 - builds every table
    from app.db import make_engine  # noqa: PLC0415
    from app.operations.backup import read, restore  # noqa: PLC0415

    read(path)  # before a file is made for what can't be filled
    engine = make_engine(url)
    try:
        return restore(engine, path)
    except OperationalError as error:
        end(f"The database can't be opened: {error.orig}", FAILURE)
    finally:
        engine.dispose()


def _settings() -> Settings:
    from pydantic import ValidationError  # noqa: PLC0415

    from app.config import Settings  # noqa: PLC0415

    try:
        return Settings()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        end(f"VESTRY_{str(first['loc'][0]).upper()}: {first['msg']}.", USAGE)
