"""``vestry webhook listen``: what whoever builds a receiver tries theirs against."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import FAILURE, REFUSED, UNVERIFIED, end

if TYPE_CHECKING:
    from app.webhooks.listening import Heard


def listen(
    port: Annotated[
        int, typer.Option(help="Where to listen, on this machine alone; 0 for any.", min=0, max=65_535)
    ] = 8001,
    secret_file: Annotated[
        Path | None, typer.Option(help="A file with the webhook's secret; standard input, if left out.")
    ] = None,
    count: Annotated[int | None, typer.Option(help="Stop after so many; at Ctrl-C, if left out.", min=1)] = None,
) -> None:
    """Receive webhooks on this machine, check each signature, and print each event as a line of JSON.

    What is not signed by the secret is answered with 401 and told on stderr; with --count, it exits with 6 then. The
    service sends to this machine where VESTRY_WEBHOOK_NETWORKS has 127.0.0.0/8 and VESTRY_WEBHOOK_HTTP is true.

    vestry webhook listen --port 8001 --secret-file whsec.txt

    vestry webhook listen --count 1 < whsec.txt
    """
    from app.webhooks.listening import Listener, is_secret  # noqa: PLC0415

    secret = _read(secret_file).strip()
    if not is_secret(secret):
        end("This is no webhook's secret; they begin with whsec_. Make a new one with: vestry webhook rotate", REFUSED)
    bad = 0

    def tell(message: Heard) -> None:
        nonlocal bad
        if message.wrong:
            bad += 1
            typer.echo(f"Refused {message.id or 'a request'}: {message.wrong}.", err=True)
        else:
            typer.echo(json.dumps({"id": message.id, "event": message.event}))

    try:
        listener = Listener(secret, port, tell, time.time)
    except OSError as error:
        end(f"Port {port} can't be listened on: {error.strerror}. Try another: vestry webhook listen --port 0", FAILURE)
    typer.echo(f"Listening on {listener.address}; stop with Ctrl-C.", err=True)
    listener.listen(count)
    if bad:
        raise typer.Exit(UNVERIFIED)


def _read(secret_file: Path | None) -> str:
    try:
        return sys.stdin.readline(200) if secret_file is None else secret_file.read_text()[:200]
    except (OSError, UnicodeDecodeError) as error:
        end(f"{secret_file} can't be read: {getattr(error, 'strerror', None) or 'it is no text'}.", REFUSED)
