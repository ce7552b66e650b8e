"""``vestry witness``: the council's witness to secret votes, a process that the operator does not run."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.exits import USAGE, end

HOST, PORT = "127.0.0.1", 8002

witness_app = typer.Typer(help="The council's witness to secret votes.", no_args_is_help=True)


@witness_app.callback()
def witness() -> None:
    """Run the council's witness, apart from the service."""


@witness_app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = HOST,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = PORT,
) -> None:
    """Start the witness on the database named by VESTRY_WITNESS_DATABASE_URL, with its own VESTRY_KEY_FILE.

    It signs one pass for each number on the roll of a vote that the service at VESTRY_PUBLIC_URL has announced, and
    tells at / what it has signed. The service asks it at VESTRY_WITNESS_URL; VESTRY_WITNESS_TOKEN is the same at both.

    vestry witness serve --port 8002
    """
    from app import patience  # noqa: PLC0415
    from app.config import Settings  # noqa: PLC0415
    from app.secret import witness_process  # noqa: PLC0415

    try:
        engine, opened = witness_process.open_witness(Settings())
    except witness_process.WitnessUnset as wrong:
        end(str(wrong), USAGE)
    app = witness_process.create_alone(engine, opened)
    patience.run(app, host, port)
