"""The tree of commands."""

from __future__ import annotations

import typer

from app.cli import exports, imports, service, terms, verification

app = typer.Typer(
    name="vestry",
    help="The equity record of a cooperative whose therapists own part of it: who holds what, since when, on whose "
    "authority. \n\nStart with: vestry demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(service.demo)
app.command()(service.serve)
app.command()(service.migrate)
app.command()(verification.verify)
app.command("vesting")(terms.vesting)
app.add_typer(imports.app, name="import")
app.add_typer(exports.app, name="export")
app.add_typer(service.token_app, name="token")
