"""``vestry box``: the box of secret votes as a process of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.exits import USAGE, end

HOST, PORT = "127.0.0.1", 8001

box_app = typer.Typer(help="The box of secret votes, apart from the service.", no_args_is_help=True)


@box_app.callback()
def box() -> None:
    """Run the box of secret votes apart from the service."""


@box_app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = HOST,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = PORT,
) -> None:
    """Start the box on the database named by VESTRY_BOX_DATABASE_URL; the service runs with VESTRY_BOX_ELSEWHERE=true.

    It reads what the service at VESTRY_PUBLIC_URL publishes, and nothing else of it. No request is logged.

    vestry box serve --port 8001
    """
    from app import patience  # noqa: PLC0415
    from app.config import Settings  # noqa: PLC0415
    from app.secret import box_process  # noqa: PLC0415

    try:
        opened = box_process.open_alone(Settings())
    except box_process.BoxUnset as wrong:
        end(str(wrong), USAGE)
    app = box_process.create_alone(opened)
    patience.run(app, host, port)
