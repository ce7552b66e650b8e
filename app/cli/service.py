"""The commands that run the service and let people and machines in."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.exits import FAILURE, USAGE, end, refusals_end_it
from app.cli.lines import print_lines

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.db import Runner
    from app.people.tokens import Token

HOST, PORT = "127.0.0.1", 8000

GRACE_SECONDS = 25
"""How long requests under way may take to end once the service is told to stop."""

token_app = typer.Typer(help="Tokens for machines and for this command line's HTTP twin.", no_args_is_help=True)


def demo(
    port: Annotated[int, typer.Option(help="Where to listen.")] = PORT,
    database: Annotated[Path, typer.Option(help="The file to build it in.")] = Path("demo.db"),
    reset: Annotated[bool, typer.Option("--reset", help="Build it anew even if the file is there.")] = False,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Start the service when it is built.")] = True,
) -> None:
    """Build a sample cooperative, its story always the same and gone on to this day, and start the service on it.

    Lanternleaf Care Cooperative: 3 founders, 2 investors, 240 providers, their grants and those who left.
    """
    from app.demo import build  # noqa: PLC0415

    os.environ["VESTRY_DATABASE_URL"] = f"sqlite:///{database}"
    if reset:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        # another record: its key must never have signed the one before
        for suffix in (".signing-key", ".signed", ".witnessed"):
            database.with_suffix(suffix).unlink(missing_ok=True)
        for said in database.parent.glob(f"{database.stem}.witness-*"):
            said.unlink()
    _name_address(HOST, port)
    if not database.exists():
        typer.echo("Building the sample cooperative; this takes some seconds …", err=True)
    with refusals_end_it():
        made = build.build(database, lives_on=True)
    typer.echo(f"{made.headline}\n")
    typer.echo("Look around, in another shell:")
    for line in made.commands(database, port, vestry=os.environ.get("VESTRY_COMMAND", "vestry")):
        typer.echo(f"  {line}")
    typer.echo("\nSign in as, each link once:")
    for who, link in made.links.items():
        typer.echo(f"  {who:<10}{link}")
    if serve_it:
        typer.echo(f"\nServing on http://{HOST}:{port}/; stop with Ctrl-C.")
        _serve(HOST, port)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = HOST,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = PORT,
    auto_migrate: Annotated[bool, typer.Option("--auto-migrate", help="Apply pending migrations first.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="How many processes serve; several need PostgreSQL.")] = 1,
) -> None:
    """Start the service on the database named by VESTRY_DATABASE_URL.

    Refuses to start on a database with pending migrations (exit code 7) unless --auto-migrate is given. Until anybody
    has signed in, it prints a link that lets the first administrator in, once.
    """
    from app.cli.database import open_engine  # noqa: PLC0415
    from app.db import Runner  # noqa: PLC0415

    _name_address(host, port)
    engine = open_engine(migrate=auto_migrate)
    if workers > 1 and engine.dialect.name == "sqlite":
        # a process that waits for another's transaction answers nobody meanwhile
        end("SQLite is served by one process; for several workers, move the record to PostgreSQL.", USAGE)
    _print_first_link(Runner(engine))
    engine.dispose()
    _serve(host, port, workers)


def _name_address(host: str, port: int) -> None:
    """Let links begin with where the service listens, unless its public address is set."""
    reached = HOST if host in {"0.0.0.0", "::"} else host
    told = f"[{reached}]" if ":" in reached else reached
    os.environ.setdefault("VESTRY_PUBLIC_URL", f"http://{told}:{port}")


def _print_first_link(runner: Runner) -> None:
    from app import clock  # noqa: PLC0415
    from app.people import administration  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    act = Act(administration.SHELL, "role:operator", clock.now())
    link = runner.run(administration.first_link, act)
    if link is not None:
        typer.echo(f"Nobody has signed in yet. To set Vestry up, open this link; it works once:\n  {link.address}")
        sys.stdout.flush()


def _serve(host: str, port: int, workers: int = 1) -> None:
    import signal  # noqa: PLC0415

    from app import patience  # noqa: PLC0415
    from app.api.service import Service  # noqa: PLC0415
    from app.config import Settings  # noqa: PLC0415
    from app.mail.sending import MailUnset  # noqa: PLC0415
    from app.webhooks.setup import WebhooksUnset  # noqa: PLC0415
    from app.witnesses import WitnessesUnset  # noqa: PLC0415

    try:
        app = serving() if workers == 1 else None
        if app is None:
            Service(Settings())
    except (MailUnset, WebhooksUnset, WitnessesUnset) as wrong:
        end(str(wrong), FAILURE)
    # uvicorn raises the signal again once it has stopped; then everything is done, and the end is a good one
    signal.signal(signal.SIGTERM, lambda *_: None)
    options: dict[str, Any] = {"log_config": None, "timeout_graceful_shutdown": GRACE_SECONDS, "workers": workers}
    if app is None:
        # each makes the service anew in a process of its own; this one only looks after them
        patience.run("app.cli.service:serving", host, port, factory=True, **options)
    else:
        patience.run(app, host, port, **options)


def serving() -> FastAPI:
    """Return the service as a process that serves has it."""
    import gc  # noqa: PLC0415

    from app.main import create_app  # noqa: PLC0415
    from app.operations import logs  # noqa: PLC0415

    app = create_app(works=True)
    gc.freeze()  # what was imported stays; nobody needs to look through it again
    logs.begin(app.state.service.settings.log_format)
    return app


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether migrations are pending (exit code 7).")
    ] = False,
    as_sql: Annotated[
        bool, typer.Option("--sql", help="Only print the statements of those that are pending, and run none.")
    ] = False,
) -> None:
    """Bring the database named by VESTRY_DATABASE_URL to the shape this version needs; make it if it is not there."""
    from app.cli.database import open_engine, print_pending  # noqa: PLC0415

    if as_sql:
        print_pending()
        return
    if check:
        open_engine().dispose()
        typer.echo("The database is up to date.")
        return
    open_engine(migrate=True).dispose()
    typer.echo("The database is at the newest migration.")


@token_app.command("create")
def create(
    actor: Annotated[str, typer.Option(help="Whom it acts for: the actor of the entries it makes, such as usr_ana.")],
    scope: Annotated[list[str], typer.Option(help="What it may do, such as captable:read. Repeatable.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    expires: Annotated[int | None, typer.Option(help="Days until it expires; never, if left out.")] = None,
) -> None:
    """Make a token and print its secret, once.

    vestry token create --actor usr_ana --scope captable:read --scope grants:write --expires 90
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people.tokens import Scope, create_token  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    unknown = [name for name in scope if name not in {one.value for one in Scope}]
    if unknown:
        end(f"There is no scope {unknown[0]!r}. Scopes: {', '.join(Scope)}", USAGE)
    if expires is not None and expires < 1:
        end("A token is good for at least one day.", USAGE)
    now = clock.now()
    act = Act("cli", "role:operator", now)
    until = now + timedelta(days=expires) if expires is not None else None
    scopes = [Scope(name) for name in scope]
    with refusals_end_it():
        _, secret = open_runner().run(create_token, act, actor=actor, label=label, scopes=scopes, expires_at=until)
    typer.echo("Keep this secret; it can't be shown again:", err=True)
    typer.echo(secret)


@token_app.command("list")
def list_tokens(as_json: Annotated[bool, typer.Option("--json", help="Print it for a machine.")] = False) -> None:
    """Print every token ever made, without its secret: whom it acts for, its scopes, and when and whence it was used.

    vestry token list --json
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import tokens  # noqa: PLC0415

    found = open_runner().read(tokens.tokens)
    if as_json:
        print_lines(_facts(one) for one in found)
        return
    for one in found:
        ends = "revoked" if one.revoked_at else f"until {one.expires_at:%Y-%m-%d}" if one.expires_at else "for good"
        used = f"used {one.last_used_at:%Y-%m-%d %H:%M} from {one.last_used_from}" if one.last_used_at else "never used"
        typer.echo(f"{one.id}  {one.actor}  {ends}  {used}  {one.label}: {' '.join(sorted(one.scopes))}")


@token_app.command()
def revoke(token: Annotated[str, typer.Argument(help="Its id, as `vestry token list` prints it.")]) -> None:
    """Make a token good for nothing, at once and for good.

    vestry token revoke tok_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.layoffs import take_back  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    act = Act("cli", "role:operator", clock.now())
    with refusals_end_it():
        open_runner().run(take_back, act, token)
    typer.echo(f"{token} opens nothing any more.")


def _facts(one: Token) -> dict[str, object]:
    times = {name: getattr(one, name) for name in ("created_at", "expires_at", "revoked_at", "last_used_at")}
    told: dict[str, object] = {"id": one.id, "actor": one.actor, "label": one.label, "scopes": sorted(one.scopes)}
    told |= {name: None if at is None else at.isoformat() for name, at in times.items()}
    return told | {"last_used_from": one.last_used_from}
