"""``vestry people``: what an operator does for people whose names stand in the vault."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.exits import refusals_end_it

people_app = typer.Typer(help="Names in the vault.", no_args_is_help=True)


@people_app.callback()
def _group() -> None:
    """Names in the vault."""


@people_app.command()
def erase(
    holder: Annotated[str, typer.Argument(help="The holder's id, hld_….")],
    reason: Annotated[str, typer.Option(help="Why: it stands in the journal, so name nobody in it.")],
    actor: Annotated[str, typer.Option(help="Who does this: the actor of the entry.")] = "cli",
) -> None:
    """Erase who a holder was, once nothing is held and the years of retention are over; no hash and no total changes.

    vestry people erase hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 --reason "Asked for it in writing."
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.imports.sessions.saving import company_today  # noqa: PLC0415
    from app.people import vault  # noqa: PLC0415
    from app.people.erasure import erase_holder  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    now = clock.now()
    runner = open_runner()
    with refusals_end_it():
        on = runner.read(company_today, now)
        count = runner.run(erase_holder, Act(actor, "role:operator", now), holder, on=on, reason=reason)
        left = runner.read(vault.names, [holder])[holder]
    typer.echo(f"Erased {count} document{'' if count == 1 else 's'}; {holder} is now called {left}.")
