"""``vestry mail``: whether letters can be sent, and if not, why; what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import FAILURE, end
from app.cli.lines import print_lines

if TYPE_CHECKING:
    from app.mail.queue import Queued
    from app.mail.sending import Post, Undelivered

mail_app = typer.Typer(help="Letters by e-mail: try the mail server, see what waits.", no_args_is_help=True)


@mail_app.command()
def test(address: Annotated[str, typer.Argument(help="Where to send a letter, such as name@example.org.")]) -> None:
    """Send a letter and say what works: settings, name, connection, encryption, sign-in, sender, addressee.

    Ends with exit code 1 at the first thing that does not, in plain words and with what to do about it.

    vestry mail test name@example.org
    """
    from app import clock  # noqa: PLC0415
    from app.mail import sending  # noqa: PLC0415
    from app.mail.queue import Waiting  # noqa: PLC0415
    from app.people.addresses import address_of  # noqa: PLC0415
    from ledger.errors import Invalid  # noqa: PLC0415

    post = _post()
    try:
        to = address_of(address)
    except Invalid as wrong:
        end(str(wrong), FAILURE)
    typer.echo(f"Mail server: {post.host}, port {post.port}. Letters come from {post.sender}.")
    now = clock.now()
    text = "This letter was sent by `vestry mail test`. If you read it, letters can be sent."
    letter = Waiting(f"test-{now:%Y%m%d%H%M%S%f}", to, "en", "A letter to try it", text, f"<p>{text}</p>", None, 1)
    connection = None
    try:
        connection = sending.connect(post)
        typer.echo(f"Connected{', encrypted' if sending.is_encrypted(connection) else ', not encrypted'}.")
        if post.user is not None:
            typer.echo("Signed in there.")
        sending.send(connection, letter, post, now)
    except sending.Undelivered as trouble:
        _explain(trouble)
    finally:
        sending.close(connection)
    typer.echo(f"The server took a letter to {to}. If it does not come, look into the folder for spam.")


def _post() -> Post:
    from app.config import Settings  # noqa: PLC0415
    from app.mail.sending import MailUnset, post_of  # noqa: PLC0415

    try:
        found = post_of(Settings())
    except MailUnset as wrong:
        end(str(wrong), FAILURE)
    if found is None:
        end(
            "No mail server is set. Set VESTRY_SMTP_URL (smtp://user:password@mail.example.org:587) and "
            "VESTRY_MAIL_FROM. Without one, sign-in links can be copied.",
            FAILURE,
        )
    return found


def _explain(trouble: Undelivered) -> None:
    from app.mail.troubles import SENTENCES  # noqa: PLC0415

    said = f" The server said: {trouble.answer}" if trouble.answer else ""
    end(f"{SENTENCES[trouble.trouble]}{said}", FAILURE)


@mail_app.command()
def queue(as_json: Annotated[bool, typer.Option("--json", help="Print it for a machine.")] = False) -> None:
    """List the letters that wait or could not be sent, the newest first; never what is written in them.

    vestry mail queue --json
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.mail import queue as letters  # noqa: PLC0415

    found = open_runner().read(letters.listed)
    if as_json:
        print_lines(_told(one) for one in found)
        return
    if not found:
        typer.echo("No letter waits.", err=True)
    for one in found:
        told = _told(one)
        state = f"given up: {told['problem']}" if one.given_up_at is not None else f"next try {told['due_at']}"
        typer.echo(f"{one.id}  {one.kind.value}  {one.account or '-'}  {state}")


def _told(one: Queued) -> dict[str, object]:
    from app.mail.troubles import SENTENCES  # noqa: PLC0415
    from ledger.types import moment_at  # noqa: PLC0415

    return {
        "id": one.id,
        "kind": one.kind.value,
        "account": one.account,
        "queued_at": moment_at(one.queued_at).isoformat(),
        "due_at": moment_at(one.due_at).isoformat(),
        "attempts": one.attempts,
        "given_up": one.given_up_at is not None,
        "problem": SENTENCES[one.trouble] if one.trouble else None,
    }
