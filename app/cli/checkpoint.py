"""``vestry checkpoint``: what the service signs about its journal, for others to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from app.cli.exits import FAILURE, UNVERIFIED, end, refusals_end_it

if TYPE_CHECKING:
    from app.witnesses import Cosigned

checkpoint_app = typer.Typer(help="Signed checkpoints of the journal, for others to keep.", no_args_is_help=True)


@checkpoint_app.command()
def sign() -> None:
    """Sign the journal as it stands, and print the newest checkpoint.

    The running service does so by itself whenever the journal has grown. Refuses (exit code 6) where the journal does
    not go on from what was signed before.

    \b
    vestry checkpoint sign > kept.txt
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.publishing import publish  # noqa: PLC0415

    cosigned = cosigned_by_settings()
    with refusals_end_it():
        publish(open_runner(), cosigned)
        note, _ = cosigned.newest()
    typer.echo(note, nl=False)


@checkpoint_app.command()
def cosign() -> None:
    """Ask each witness for its cosignature of the newest checkpoint, now, and print what it says.

    The running service does so by itself. Ends with exit code 6 where fewer than the quorum have cosigned.

    \b
    export VESTRY_CHECKPOINT_WITNESSES='https://witness.example.com witness.example.com/w1+5e6f7a8b+BG…'
    vestry checkpoint cosign
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.cosigning import ask  # noqa: PLC0415

    cosigned, runner = cosigned_by_settings(), open_runner()
    if not cosigned.witnesses:
        end("No witness is set. Name some in VESTRY_CHECKPOINT_WITNESSES.", FAILURE)
    with refusals_end_it():
        for witness in cosigned.witnesses:
            standing = ask(runner, cosigned, witness)
            said = f"cosigned {standing.size:,} entries"
            if standing.trouble is not None:
                said = f"{standing.trouble.value}: {standing.told}"
            typer.echo(f"{witness.key.name}: {said}")
        _, found = cosigned.newest()
    if len(found) < cosigned.quorum:
        end(f"{len(found)} of {len(cosigned.witnesses)} witnesses cosigned; {cosigned.quorum} should.", UNVERIFIED)


def cosigned_by_settings() -> Cosigned:
    """Return what was signed last and what witnesses say of it; end the command where the settings can't be read."""
    from app.config import Settings  # noqa: PLC0415
    from app.witnesses import WitnessesUnset, cosigned_of  # noqa: PLC0415

    try:
        return cosigned_of(Settings())
    except WitnessesUnset as wrong:
        end(str(wrong), FAILURE)


@checkpoint_app.command()
def key() -> None:
    """Print the key that checkpoints are checked with, name+hash+base64.

    vestry checkpoint key
    """
    from app.checkpoints import signer_of  # noqa: PLC0415
    from app.config import Settings  # noqa: PLC0415

    with refusals_end_it():
        typer.echo(signer_of(Settings()).verifier())
