"""``vestry checkpoint``: what the service signs about its journal, for others to keep."""

from __future__ import annotations

import typer

from app.cli.exits import refusals_end_it

checkpoint_app = typer.Typer(help="Signed checkpoints of the journal, for others to keep.", no_args_is_help=True)


@checkpoint_app.command()
def sign() -> None:
    r"""Sign the journal as it stands, and print the newest checkpoint.

    The running service does so by itself whenever the journal has grown. Refuses (exit code 6) where the journal does
    not go on from what was signed before.

    \b
    vestry checkpoint sign > kept.txt
    """
    from app.checkpoints import signer_of  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.config import Settings  # noqa: PLC0415

    signer = signer_of(Settings())
    with refusals_end_it():
        note = open_runner().read(signer.publish) or signer.latest()
    typer.echo(note, nl=False)


@checkpoint_app.command()
def key() -> None:
    """Print the key that checkpoints are checked with, name+hash+base64.

    vestry checkpoint key
    """
    from app.checkpoints import signer_of  # noqa: PLC0415
    from app.config import Settings  # noqa: PLC0415

    with refusals_end_it():
        typer.echo(signer_of(Settings()).verifier())
