"""``vestry user``: who may sign in, by which link, in which roles; what an administrator also does at ``/admin``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import USAGE, end, refusals_end_it
from app.cli.lines import print_lines

if TYPE_CHECKING:
    from app.people.administration import Standing
    from app.people.roles import Holding, Role
    from ledger.types import Act

user_app = typer.Typer(help="Who may sign in, and in which roles.", no_args_is_help=True)
role_app = typer.Typer(
    help="Roles: given by one person, approved by another. This command is one pair of eyes.", no_args_is_help=True
)
user_app.add_typer(role_app, name="role")

Who = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id, acc_…, or its holder's, hld_….")]


@user_app.command()
def add(
    holder: Annotated[str | None, typer.Option(help="The holder whose account it is, hld_….")] = None,
    name: Annotated[str | None, typer.Option(help="The name of somebody who holds nothing.")] = None,
    email: Annotated[str | None, typer.Option(help="Their e-mail address.")] = None,
) -> None:
    """Make an account, and print its id and a link that lets them in once within a week.

    vestry user add --holder hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8

    vestry user add --name "Ivo Brandt, outside auditor" --email ivo@example.org
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import administration  # noqa: PLC0415

    act = _act()
    runner = open_runner()
    with refusals_end_it():
        made = runner.run(administration.invite, act, holder=holder, name=name, email=email)
        link = runner.run(administration.link_for, act, made.id)
    typer.echo(made.id)
    _print(link.address, link.hours, made.name)


@user_app.command()
def link(who: Who) -> None:
    """Print a new link that lets somebody in once: within a day, or a week if they were never here.

    vestry user link hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import administration  # noqa: PLC0415

    runner = open_runner()
    with refusals_end_it():
        found = runner.read(administration.account_called, who)
        made = runner.run(administration.link_for, _act(), found.id)
    _print(made.address, made.hours, found.name)


def _print(address: str, hours: int, name: str) -> None:
    long = f"{hours // 24} days" if hours > 24 else f"{hours} hours"
    typer.echo(f"For {name}. It works once, within {long}, and can't be shown again:", err=True)
    typer.echo(address)


@user_app.command("list")
def list_users(
    as_json: Annotated[bool, typer.Option("--json", help="Print it for a machine.")] = False,
) -> None:
    """List who may sign in, A to Z, with their roles.

    vestry user list --json
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import administration  # noqa: PLC0415

    found = open_runner().read(administration.standings, clock.now())
    if as_json:
        print_lines(_told(one) for one in found)
        return
    if not found:
        typer.echo("Nobody has an account yet. Start with: vestry serve", err=True)
    for one in found:
        told = ", ".join(_role_told(held) for held in one.roles)
        parts = (one.account.id, one.account.name, "ended" if one.account.ended else "", told)
        typer.echo("  ".join(part for part in parts if part))


def _role_told(held: Holding) -> str:
    waits = "" if held.approved_by else f", waits for approval as {held.id}"
    return f"{held.role.value} (until {held.until:%Y-%m-%d}{waits})"


def _told(one: Standing) -> dict[str, object]:
    return {
        "id": one.account.id,
        "holder": one.account.holder,
        "name": one.account.name,
        "email": one.account.email,
        "ended": one.account.ended,
        "browsers": one.browsers,
        "seen_at": None if one.seen_at is None else one.seen_at.isoformat(),
        "roles": [
            {
                "id": held.id,
                "role": held.role.value,
                "until": held.until.isoformat(),
                "given_by": held.given_by,
                "approved_by": held.approved_by,
            }
            for held in one.roles
        ],
    }


@user_app.command("end")
def end_user(who: Who) -> None:
    """End an account: they are signed out everywhere, their roles end, and no link of theirs works.

    vestry user end acc_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import administration  # noqa: PLC0415

    runner = open_runner()
    with refusals_end_it():
        found = runner.read(administration.account_called, who)
        runner.run(administration.end_access, _act(), found.id)
    typer.echo(f"{found.name} can sign in no more. To let them in again: vestry user reopen {found.id}")


@user_app.command()
def reopen(who: Who) -> None:
    """Open an account that was ended, and print a link for it.

    vestry user reopen acc_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import accounts, administration  # noqa: PLC0415

    runner, act = open_runner(), _act()
    with refusals_end_it():
        found = runner.read(administration.account_called, who)
        runner.run(accounts.reopen_account, act, found.id)
        made = runner.run(administration.link_for, act, found.id)
    _print(made.address, made.hours, found.name)


@role_app.command("give")
def give_role(
    who: Who,
    role: Annotated[str, typer.Argument(help="steward, board, finance, auditor, council, teller or admin.")],
    days: Annotated[int, typer.Option(help="For how many days, 90 at most.")] = 90,
) -> None:
    """Give somebody a role; it counts once an administrator or the board has approved it on their page.

    Where nobody is an administrator, the first one's role counts at once.

    vestry user role give acc_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 finance --days 30
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import administration  # noqa: PLC0415

    wanted = _role(role)
    runner = open_runner()
    with refusals_end_it():
        found = runner.read(administration.account_called, who)
        given = runner.run(administration.give_role, _act(), found.id, wanted, days=days)
    told = "counts from now on" if given.approved_by else "waits for somebody else's approval"
    typer.echo(given.id)
    typer.echo(f"{found.name}: {wanted.value} until {given.until:%Y-%m-%d} {told}.", err=True)


@role_app.command("approve")
def approve_role(id: Annotated[str, typer.Argument(help="The role's id, rol_…, from vestry user list.")]) -> None:
    """Approve a role that an administrator gave on their page.

    vestry user role approve rol_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import roles  # noqa: PLC0415

    with refusals_end_it():
        found = open_runner().run(roles.approve, _act(), id)
    typer.echo(f"{found.role.value} counts from now on, until {found.until:%Y-%m-%d}.")


@role_app.command("take")
def take_role(id: Annotated[str, typer.Argument(help="The role's id, rol_…, from vestry user list.")]) -> None:
    """Take a role back, at once.

    vestry user role take rol_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.people import roles  # noqa: PLC0415

    with refusals_end_it():
        open_runner().run(roles.take, _act(), id)
    typer.echo("It counts no more.")


def _act() -> Act:
    from app import clock  # noqa: PLC0415
    from app.people.administration import SHELL  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    return Act(SHELL, "role:operator", clock.now())


def _role(text: str) -> Role:
    from app.people.roles import Role  # noqa: PLC0415

    if text.upper() not in set(Role):
        end(f"There is no role {text!r}. Roles: {', '.join(one.value.lower() for one in Role)}", USAGE)
    return Role(text.upper())
