"""``vestry webhook``: where events are sent, and what became of each; what an administrator also does on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.exits import FAILURE, end, refusals_end_it
from app.cli.lines import print_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from app.db import Runner
    from app.webhooks.delivery_log import Delivery
    from app.webhooks.endpoints import Webhook
    from app.webhooks.setup import Outgoing
    from ledger.types import Act

webhook_app = typer.Typer(help="Events sent to other programs as they happen, signed.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The webhook's id, whk_…, from vestry webhook list.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it for a machine.")]


@webhook_app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where events go, such as https://ehr.example.org/vestry.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    type: Annotated[list[str] | None, typer.Option(help="A type of event. Repeatable; all if left out.")] = None,
    after: Annotated[int | None, typer.Option(help="Begin after this entry; from now on if left out.")] = None,
) -> None:
    """Add a webhook, print its id, and then its secret, once.

    vestry webhook add https://ehr.example.org/vestry --label "The EHR" --type grant.issued --type period.closed
    """
    from app.webhooks import endpoints  # noqa: PLC0415

    runner, outgoing = _open()
    called = label or url[: endpoints.LONGEST_LABEL]
    with refusals_end_it():
        made, secret = runner.run(
            endpoints.add_webhook, _act(), outgoing, label=called, url=url, types=type or [], after=after
        )
    typer.echo(made.id)
    _print_secret(secret)


def _print_secret(secret: str) -> None:
    typer.echo("Keep this secret, which signs what is sent; it can't be shown again:", err=True)
    typer.echo(secret)


@webhook_app.command("list")
def list_webhooks(as_json: AsJson = False) -> None:
    """List webhooks, and whether they are well.

    vestry webhook list --json
    """
    from app.webhooks import delivery_log, endpoints  # noqa: PLC0415

    runner, _ = _open()
    found = [(one, runner.read(delivery_log.waiting, one.id)) for one in runner.read(endpoints.webhooks)]
    if as_json:
        print_lines(_told(one, count) for one, count in found)
        return
    if not found:
        typer.echo("There is no webhook. Add one with: vestry webhook add", err=True)
    for one, count in found:
        typer.echo(f"{one.id}  {one.url}  {_state(one)}  {count} waiting  {one.label}")


def _state(one: Webhook) -> str:
    if one.off_at is not None:
        return f"off since {one.off_at:%Y-%m-%d %H:%M} UTC ({one.off_why})"
    return "on" if one.failing_since is None else f"failing since {one.failing_since:%Y-%m-%d %H:%M} UTC"


def _told(one: Webhook, waiting: int) -> dict[str, object]:
    return {
        "id": one.id,
        "label": one.label,
        "url": one.url,
        "types": sorted(one.types),
        "is_on": one.off_at is None,
        "off_why": one.off_why,
        "failing_since": None if one.failing_since is None else one.failing_since.isoformat(),
        "next_entry": one.next_n,
        "waiting": waiting,
    }


@webhook_app.command()
def test(webhook: Id) -> None:
    """Send a webhook a test at once and say what was answered; exit code 1 if it was not taken.

    vestry webhook test whk_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.webhooks import deliveries  # noqa: PLC0415

    runner, outgoing = _open()
    with refusals_end_it():
        id = runner.run(deliveries.put_test, _act(), webhook)
    _deliver(runner, outgoing, id)


@webhook_app.command()
def resend(
    webhook: Id,
    delivery: Annotated[str, typer.Argument(help="Its id, msg_…, from vestry webhook deliveries.")],
) -> None:
    """Send a delivery again at once, under the id it had; exit code 1 if it was not taken.

    vestry webhook resend whk_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 msg_01KJQ3YTC8B2S1XQ9M3W0N5J7D
    """
    from app.webhooks import deliveries  # noqa: PLC0415

    runner, outgoing = _open()
    with refusals_end_it():
        runner.run(deliveries.send_again, _act(), webhook, delivery)
    _deliver(runner, outgoing, delivery)


def _deliver(runner: Runner, outgoing: Outgoing, id: str) -> None:
    from app.webhooks import courier, delivery_log  # noqa: PLC0415

    # the running service may have been faster; what became of it stands in the log either way
    courier.deliver(runner, outgoing, id)
    told = runner.read(delivery_log.find_delivery, id)
    if told.done_at is None:
        end(f"{id} was not taken: {_outcome(told)}", FAILURE)
    typer.echo(f"{id} was taken: {_outcome(told)}.")


def _outcome(one: Delivery) -> str:
    answered = "" if one.status is None else f"they answered {one.status}"
    took = "" if one.took_ms is None else f"after {one.took_ms} ms"
    said = f"saying: {one.answer}" if one.answer else ""
    trouble = "" if one.trouble is None or one.status is not None else TROUBLES[one.trouble]
    return ", ".join(part for part in (trouble, answered, took, said) if part) or "it is on its way"


TROUBLES = {
    "REFUSED": "the address is private; VESTRY_WEBHOOK_NETWORKS can allow its network",
    "NAME": "the name has no address",
    "CONNECTION": "nobody answers there",
    "TLS": "their certificate is not valid",
    "TIMEOUT": "they took too long",
    "STATUS": "it was refused",
    "SECRET": "its secret can't be read any more: the key file is another; rotate it",
}
"""What went wrong, in words for whoever runs the service."""


@webhook_app.command("deliveries")
def list_deliveries(
    webhook: Id,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=1_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest deliveries to a webhook, and what became of each.

    vestry webhook deliveries whk_01KJQ3YT5RWX6M1YFV0B1WJ6Q8 --limit 50
    """
    from app.webhooks import delivery_log, endpoints  # noqa: PLC0415

    runner, _ = _open()
    with refusals_end_it():
        runner.read(endpoints.find_webhook, webhook)
    found = runner.read(delivery_log.deliveries, webhook, limit=limit)
    if as_json:
        print_lines(_delivery_told(one) for one in found)
        return
    if not found:
        typer.echo("Nothing was sent to it of late.", err=True)
    for one in found:
        entry = "-" if one.n is None else one.n
        typer.echo(f"{one.id}  {entry}  {one.type}  {one.state}  {one.attempts} tries  {_outcome(one)}")


def _delivery_told(one: Delivery) -> dict[str, object]:
    return {
        "id": one.id,
        "type": one.type,
        "entry": one.n,
        "state": one.state,
        "attempts": one.attempts,
        "tried_at": None if one.tried_at is None else one.tried_at.isoformat(),
        "next_try_at": one.due_at.isoformat() if one.state == "waiting" else None,
        "trouble": one.trouble,
        "status": one.status,
        "answer": one.answer,
    }


@webhook_app.command()
def rotate(webhook: Id) -> None:
    """Give a webhook a new secret and print it; for a day the one before signs, too.

    vestry webhook rotate whk_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.webhooks import endpoints  # noqa: PLC0415

    runner, outgoing = _open()
    with refusals_end_it():
        _, secret = runner.run(endpoints.rotate_secret, _act(), outgoing, webhook)
    _print_secret(secret)


@webhook_app.command()
def on(webhook: Id) -> None:
    """Turn a webhook on; it goes on from where it stopped.

    vestry webhook on whk_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.webhooks import endpoints  # noqa: PLC0415

    _carry_out(endpoints.turn_on, webhook)
    typer.echo(f"{webhook} is on.")


@webhook_app.command()
def off(webhook: Id) -> None:
    """Turn a webhook off; what happens meanwhile is sent when it is on again.

    vestry webhook off whk_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.webhooks import endpoints  # noqa: PLC0415

    _carry_out(endpoints.turn_off, webhook)
    typer.echo(f"{webhook} is off.")


@webhook_app.command()
def remove(webhook: Id) -> None:
    """Remove a webhook with the log of its deliveries.

    vestry webhook remove whk_01KJQ3YT5RWX6M1YFV0B1WJ6Q8
    """
    from app.webhooks import endpoints  # noqa: PLC0415

    gone = _carry_out(endpoints.remove_webhook, webhook)
    typer.echo(f"Nothing is sent to {gone.url} any more.")


def _open() -> tuple[Runner, Outgoing]:
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.config import Settings  # noqa: PLC0415
    from app.webhooks.setup import WebhooksUnset, outgoing_of  # noqa: PLC0415

    try:
        outgoing = outgoing_of(Settings())
    except WebhooksUnset as wrong:
        end(str(wrong), FAILURE)
    return open_runner(), outgoing


def _carry_out(deed: Callable[[Session, Act, str], Webhook], webhook: str) -> Webhook:
    runner, _ = _open()
    with refusals_end_it():
        return runner.run(deed, _act(), webhook)


def _act() -> Act:
    from app import clock  # noqa: PLC0415
    from app.people.administration import SHELL  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    return Act(SHELL, "role:operator", clock.now())
