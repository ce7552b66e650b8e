"""``vestry tax-number``: put down what somebody stated on paper, and list whose is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import refusals_end_it

if TYPE_CHECKING:
    from app.people.stated import TaxKind

tax_number_app = typer.Typer(
    help="Tax numbers that people state; files with whole ones take two people: vestry disclosure.",
    no_args_is_help=True,
)


@tax_number_app.command()
def state(
    holder: Annotated[str, typer.Argument(help="The holder's id, hld_….")],
    actor: Annotated[str, typer.Option(help="Who does this, as entries name them: hld_… or acc_….")],
    kind: Annotated[str, typer.Option(help="SSN, ITIN or EIN.")] = "SSN",
) -> None:
    """Put down a tax number that somebody stated on paper, or another one in its place.

    It is asked for, or read from standard input, so that no history of commands has it.

    vestry tax-number state hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 --kind SSN --actor acc_01K…
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import stated  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    number = typer.prompt("Tax number", hide_input=True)
    with refusals_end_it():
        act = Act(actor, "role:operator", clock.now())
        made = open_runner().run(stated.state, act, holder, _kind(kind), number)
    typer.echo(f"The {made.kind} that ends with {made.last_four} is on record.")


@tax_number_app.command()
def missing() -> None:
    """List whose tax number is missing, and about whom of them a form is filed.

    vestry tax-number missing
    """
    from app import clock, tax_requests  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.imports.sessions.saving import company_today  # noqa: PLC0415

    with refusals_end_it():
        runner = open_runner()
        found = runner.read(tax_requests.lacking, runner.read(company_today, clock.now()))
    for one in found:
        forms = ", ".join(f"{form} of {year}" for form, year in one.forms) or "a member"
        typer.echo(f"{one.holder}  {one.name}  ({forms})")
    typer.echo(f"{len(found):,} missing.", err=True)


def _kind(text: str) -> TaxKind:
    from app.people.stated import TaxKind  # noqa: PLC0415
    from ledger.errors import Invalid  # noqa: PLC0415

    try:
        return TaxKind(text.upper())
    except ValueError:
        raise Invalid(f"Tax numbers are {', '.join(TaxKind)}.", field="kind") from None
