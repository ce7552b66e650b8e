"""``vestry capital``: what finance does about members' capital accounts."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import REFUSED, end, refusals_end_it
from app.cli.lines import print_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from sqlalchemy.orm import Session

    from ledger.sessions.payouts import Due
    from ledger.types import Act

    T = TypeVar("T")

capital_app = typer.Typer(help="Members' capital accounts, paid out.", no_args_is_help=True)

Actor = Annotated[str, typer.Option(help="Who does this: the actor of the entry.")]
On = Annotated[str | None, typer.Option(help="The day it counts from; today, if left out.")]
Resolution = Annotated[str | None, typer.Option(help="The resolution that allows it before its turn.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell the result and write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@capital_app.command()
def dues(
    until: Annotated[str | None, typer.Option(help="What it is the turn of by this day; today, if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what of members' capital is to be paid: instalments of exits, and notices that revolve.

    vestry capital dues --until 2030-12-31
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415

    now, by = clock.now(), _day(until)

    def facts(db: Session) -> tuple[list[Due], str]:
        from app.imports.sessions.saving import company_today  # noqa: PLC0415
        from ledger.equity.register import issuer  # noqa: PLC0415
        from ledger.sessions import payouts  # noqa: PLC0415

        return payouts.dues(db, by or company_today(db, now)), issuer(db).currency

    with refusals_end_it(as_json=as_json):
        found, currency = open_runner().read(facts)
    if as_json:
        print_lines(_told(due, currency) for due in found)
        return
    for due in found:
        told = _told(due, currency)
        of = due.schedule or f"notices of {due.fiscal_year}"
        typer.echo(f"{told['due_on']}  {due.member}  {told['amount']:>14} {currency}  {of}")
    total = _text(sum(due.instalment.cents for due in found))
    typer.echo(f"{len(found):,} payments, {total} {currency}", err=True)


@capital_app.command()
def solvency(
    assets: Annotated[str, typer.Option(help="What is owned, such as 412000.00.")],
    resolution: Annotated[str, typer.Option(help="The board's resolution.")],
    actor: Actor,
    pays_debts: Annotated[
        bool, typer.Option("--pays-debts/--cannot-pay-debts", help="Whether debts can be paid as they fall due.")
    ],
    liabilities: Annotated[str, typer.Option(help="What is owed, with what ranks before members' capital.")] = "0",
    good_until: Annotated[str | None, typer.Option(help="The last day it counts; 120 days later at most.")] = None,
    on: On = None,
    dry_run: DryRun = False,
) -> None:
    """State for the board what the cooperative can afford to pay out; every payment rests on such a statement.

    vestry capital solvency --assets 412000 --liabilities 268000 --pays-debts --resolution board:2031-03 --actor board
    """
    from ledger.sessions.solvency import SolvencyOrder, payable, state_solvency  # noqa: PLC0415

    with refusals_end_it():
        owed = _cents(liabilities) if liabilities.strip("0.") else 0
        order = SolvencyOrder(
            _cents(assets), owed, pays_debts=pays_debts, resolution_ref=resolution, good_until=_day(good_until)
        )
    stated = _done(lambda db, act, day: state_solvency(db, act, order, on=day), actor, resolution, on, dry_run=dry_run)
    typer.echo(f"{stated.id}  {_text(payable(stated, 0))} can be paid out until {stated.good_until}{_left(dry_run)}")


@capital_app.command()
def exit(
    member: Annotated[str, typer.Argument(help="The holder's id, hld_….")],
    cause: Annotated[str, typer.Option(help="LEFT, DEATH, DISABILITY or HARDSHIP.")],
    actor: Actor,
    resolution: Annotated[str | None, typer.Option(help="In hardship: the board's resolution.")] = None,
    on: On = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Promise how the account of a member who left is paid out: in five years, or within twelve months.

    vestry capital exit hld_01K… --cause LEFT --actor usr_finance
    """
    from ledger.sessions.payouts import promise_exit  # noqa: PLC0415
    from ledger.sessions.redemption import ExitCause, decode  # noqa: PLC0415

    try:
        why = ExitCause(cause.upper())
    except ValueError:
        end(f"{cause!r} is no cause; write one of {', '.join(ExitCause)}.", REFUSED)
    made = _done(
        lambda db, act, day: promise_exit(db, act, member, why, on=day, resolution=resolution),
        actor,
        resolution,
        on,
        dry_run=dry_run,
        as_json=as_json,
    )
    parts = decode(made.instalments)
    if as_json:
        told = [{"opens_on": f"{p.opens_on}", "due_on": f"{p.due_on}", "amount": _text(p.cents)} for p in parts]
        typer.echo(json.dumps({"id": made.id, "promised": told, "dry_run": dry_run}))
        return
    typer.echo(f"{made.id}{_left(dry_run)}")
    for part in parts:
        typer.echo(f"{part.opens_on} to {part.due_on}  {_text(part.cents):>14}")


@capital_app.command()
def pay(
    schedule: Annotated[str, typer.Argument(help="What was promised, such as exs_01K….")],
    actor: Actor,
    amount: Annotated[str | None, typer.Option(help="How much; all that it is the turn of, if left out.")] = None,
    resolution: Resolution = None,
    on: On = None,
    dry_run: DryRun = False,
) -> None:
    """Pay of a promised exit what it is the turn of, on the board's newest statement of solvency.

    vestry capital pay exs_01K… --actor usr_finance
    """
    from ledger.sessions.payouts import pay_exit  # noqa: PLC0415

    with refusals_end_it():
        cents = None if amount is None else _cents(amount)

    def deed(db: Session, act: Act, day: date) -> tuple[int, str]:
        from ledger.equity.register import issuer  # noqa: PLC0415

        return pay_exit(db, act, schedule, on=day, cents=cents, resolution=resolution), issuer(db).currency

    paid, currency = _done(deed, actor, resolution, on, dry_run=dry_run)
    typer.echo(f"{_text(paid)} {currency}{_left(dry_run)}")


@capital_app.command()
def redeem(
    member: Annotated[str, typer.Argument(help="The holder's id, hld_….")],
    amount: Annotated[str, typer.Option(help="How much, such as 186.21.")],
    cause: Annotated[str, typer.Option(help="Why, such as revolving.")],
    actor: Actor,
    fiscal_year: Annotated[int | None, typer.Option(help="Notices of this year only; the oldest by default.")] = None,
    resolution: Resolution = None,
    on: On = None,
    dry_run: DryRun = False,
) -> None:
    """Redeem notices of a member, the oldest first, five years after their own; the vote stays.

    vestry capital redeem hld_01K… --amount 186.21 --cause revolving --actor usr_finance
    """
    from ledger.sessions import payouts  # noqa: PLC0415

    with refusals_end_it():
        cents = _cents(amount)

    def deed(db: Session, act: Act, day: date) -> dict[int, int]:
        return payouts.redeem(
            db, act, member, cents, on=day, cause=cause, fiscal_year=fiscal_year, resolution=resolution
        )

    for year, part in _done(deed, actor, resolution, on, dry_run=dry_run).items():
        typer.echo(f"{_text(part)} of {year}{_left(dry_run)}")


def _done(
    deed: Callable[[Session, Act, date], T],
    actor: str,
    authority: str | None,
    on: str | None,
    *,
    dry_run: bool,
    as_json: bool = False,
) -> T:
    """Carry out a deed on a day, or for a dry run try it, and return what it returned."""
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner, tried  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    now, day = clock.now(), _day(on)

    def whole(db: Session) -> T:
        from app.imports.sessions.saving import company_today  # noqa: PLC0415

        return deed(db, Act(actor, authority or "role:finance", now), day or company_today(db, now))

    with refusals_end_it(as_json=as_json):
        return open_runner().run(tried, whole, dry_run=dry_run)


def _told(due: Due, currency: str) -> dict[str, str | int | None]:
    return {
        "member": due.member,
        "opens_on": f"{due.instalment.opens_on}",
        "due_on": f"{due.instalment.due_on}",
        "amount": _text(due.instalment.cents),
        "currency": currency,
        "schedule": due.schedule,
        "fiscal_year": due.fiscal_year,
    }


def _cents(text: str) -> int:
    from ledger.types import parse_units  # noqa: PLC0415

    return parse_units(text, 2, field="amount")


def _text(cents: int) -> str:
    from ledger.types import decimal_text  # noqa: PLC0415

    return decimal_text(cents, 2)


def _left(dry_run: bool) -> str:
    return "  (nothing was written)" if dry_run else ""


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        end(f"{text!r} is no date; write it like 2025-12-31.", REFUSED)
