"""``vestry patronage``: a pool previewed, declared, and any split checked by anyone."""

from __future__ import annotations

import csv
import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.exits import REFUSED, USAGE, end, refusals_end_it

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ledger.sessions.declarations import PatronageOrder
    from ledger.sessions.patronage import Declaration
    from ledger.sessions.records import PatronageDraft
    from ledger.sessions.weights import Span

patronage_app = typer.Typer(help="Sharing by credited minutes.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell the result and write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
On = Annotated[str | None, typer.Option(help="The day it counts from; today, if left out.")]


@patronage_app.command()
def preview(  # noqa: PLR0913, PLR0917 - a parameter for each option
    first_day: Annotated[str, typer.Option(help="The first day of whole, closed months, such as 2025-01-01.")],
    last_day: Annotated[str, typer.Option(help="Their last day, such as 2025-06-30.")],
    actor: Annotated[str, typer.Option(help="Who previews it; someone else has to declare it.")],
    pool: Annotated[str | None, typer.Option(help="Money to split, such as 543900.00.")] = None,
    plan: Annotated[str | None, typer.Option(help="Or the plan whose units are split.")] = None,
    units: Annotated[str | None, typer.Option(help="How many units.")] = None,
    alpha: Annotated[str, typer.Option(help="The slice that is split equally, such as 1/10.")] = "0",
    vesting: Annotated[Path | None, typer.Option(help="A JSON file: how units vest; at once, if left out.")] = None,
    on: On = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Preview how a pool is split by credited minutes, for a second person to declare. Nobody's part is shown.

    vestry patronage preview --first-day 2025-01-01 --last-day 2025-06-30 --pool 543900.00 --actor usr_finance
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner, tried  # noqa: PLC0415
    from ledger.sessions.weights import Span  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    if (pool is None) == (plan is None or units is None):
        end("Give either --pool, or --plan with --units.", USAGE)
    now = clock.now()
    span, share, terms = Span(_day(first_day), _day(last_day)), _share(alpha), _terms(vesting)

    def deed(db: Session) -> tuple[PatronageDraft, Declaration, str]:
        from app.imports.sessions.saving import company_today  # noqa: PLC0415
        from ledger.sessions import declarations  # noqa: PLC0415

        act, order = Act(actor, "role:patronage", now), _order(db, span, pool or units or "", plan, share, terms)
        draft, split = declarations.preview(db, act, order, on=_day(on) if on else company_today(db, now))
        return draft, split, _amount(db, draft, split.held_back)

    with refusals_end_it(as_json=as_json):
        draft, split, held = open_runner().run(tried, deed, dry_run=dry_run)
    members = sum(share.amount > 0 for share in split.shares)
    if as_json:
        told = {"id": draft.id, "terms_hash": draft.terms_hash, "known_at": draft.known_at, "members": members}
        typer.echo(json.dumps(told | {"held_back": held, "dry_run": dry_run}))
        return
    typer.echo(f"{draft.id}  {members:,} members share; {held} held back for disputes")
    typer.echo(f"hash {draft.terms_hash}")
    said = "Nothing was written." if dry_run else f"Next: vestry patronage declare {draft.id} --hash {draft.terms_hash}"
    typer.echo(said, err=True)


def _order(
    db: Session,
    span: Span,
    amount: str,
    plan: str | None,
    alpha: Fraction,
    vesting: Any,  # noqa: ANN401 - JSON
) -> PatronageOrder:
    from ledger.equity.values import Plan, ShareClass  # noqa: PLC0415
    from ledger.reading import find  # noqa: PLC0415
    from ledger.sessions.declarations import PatronageOrder  # noqa: PLC0415
    from ledger.types import parse_units  # noqa: PLC0415

    decimals = 2 if plan is None else find(db, ShareClass, find(db, Plan, plan).class_id).decimals
    return PatronageOrder(span, parse_units(amount, decimals, field="pool"), plan, alpha, vesting)


def _amount(db: Session, draft: PatronageDraft, amount: int) -> str:
    from ledger.equity.values import Plan, ShareClass  # noqa: PLC0415
    from ledger.reading import find  # noqa: PLC0415
    from ledger.types import decimal_text  # noqa: PLC0415

    if draft.plan_id is None:
        return decimal_text(amount, 2)
    return decimal_text(amount, find(db, ShareClass, find(db, Plan, draft.plan_id).class_id).decimals)


@patronage_app.command()
def declare(
    draft: Annotated[str, typer.Argument(help="What was previewed, such as pat_01K….")],
    terms_hash: Annotated[str, typer.Option("--hash", help="The hash that the preview showed.")],
    resolution: Annotated[str, typer.Option(help="The resolution it rests on, such as members:2026-02.")],
    actor: Annotated[str, typer.Option(help="Who declares it: someone else than who previewed it.")],
    on: On = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Declare exactly what someone else previewed: money to members and their accounts, or units as grants.

    vestry patronage declare pat_01K… --hash 9f2c… --resolution members:2026-02 --actor usr_board
    """
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner, tried  # noqa: PLC0415
    from ledger.sessions.records import Allocation  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    now = clock.now()

    def deed(db: Session) -> list[Allocation]:
        from app.imports.sessions.saving import company_today  # noqa: PLC0415
        from ledger.sessions.declarations import declare_patronage  # noqa: PLC0415

        day = _day(on) if on else company_today(db, now)
        act = Act(actor, resolution, now)
        return declare_patronage(db, act, draft, terms_hash=terms_hash, resolution_ref=resolution, on=day)

    with refusals_end_it(as_json=as_json):
        parts = open_runner().run(tried, deed, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps({"id": draft, "members": len(parts), "dry_run": dry_run}))
        return
    done = "would be declared; nothing was written." if dry_run else "declared."
    typer.echo(f"{draft} {done} {len(parts):,} members have a part.", err=True)


@patronage_app.command()
def split(
    total: Annotated[int, typer.Option(help="What is split: whole cents or units.", min=0)],
    weights: Annotated[Path, typer.Option(help='A file: JSON {"id": weight, …} or CSV lines of id,weight.')],
    as_json: AsJson = False,
) -> None:
    """Split a whole number by weights: largest remainder, ties to the larger weight, then to the lower id.

    It needs no database: anyone can check a split with it.

    vestry patronage split --total 10000000 --weights weights.csv --json
    """
    from ledger.apportionment import apportion  # noqa: PLC0415

    given = _weights(weights)
    if total and not any(given.values()):
        end("Nobody has any weight to share this by.", REFUSED)
    parts = apportion(total, given)
    if as_json:
        typer.echo(json.dumps(parts))
        return
    for id, part in parts.items():
        typer.echo(f"{id},{part}")


def _weights(path: Path) -> dict[str, int]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        end(f"{path} can't be read: {error.strerror}.", REFUSED)
    except UnicodeDecodeError:
        end(f"{path} is not written in UTF-8.", REFUSED)
    pairs = _from_json(path, text) if text.lstrip()[:1] in {"{", "["} else _from_csv(text)
    weights: dict[str, int] = {}
    for place, (id, weight) in enumerate(pairs, 1):
        whole = _whole(weight)
        if not isinstance(id, str) or whole is None:
            end(f"{path}, {place}: write an id and a whole number of zero or more.", REFUSED)
        if id in weights:
            end(f"{path}, {place}: {id!r} is there twice.", REFUSED)
        weights[id] = whole
    return weights


def _from_json(path: Path, text: str) -> list[tuple[Any, Any]]:
    try:
        data = json.loads(text, object_pairs_hook=list)
    except ValueError as error:
        end(f"{path} is not JSON: {error}.", REFUSED)
    return [_pair(item) for item in data]


def _pair(item: object) -> tuple[Any, Any]:
    """Return id and weight of ``{"id": …, "weight": …}``, which came as pairs, or of a pair; else nothing of either."""
    if not isinstance(item, list | tuple) or len(item) != 2:
        return None, None
    named = dict(item) if all(isinstance(one, tuple) for one in item) else {}
    return (named.get("id"), named.get("weight")) if named else (item[0], item[1])


def _from_csv(text: str) -> list[tuple[Any, Any]]:
    rows = [row for row in csv.reader(text.splitlines()) if any(row)]
    # a header is told by having no figure in the second column
    if rows and len(rows[0]) == 2 and not any(letter.isdecimal() for letter in rows[0][1]):
        del rows[0]
    return [(row[0].strip(), row[1].strip()) if len(row) == 2 else (None, None) for row in rows]


def _whole(weight: object) -> int | None:
    if isinstance(weight, str) and weight.isascii() and weight.isdecimal():
        return int(weight)
    return weight if isinstance(weight, int) and not isinstance(weight, bool) and weight >= 0 else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        end(f"{text!r} is no date; write it like 2025-12-31.", REFUSED)


def _share(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        end(f"--alpha {text!r}: write a share such as 1/10.", REFUSED)


def _terms(path: Path | None) -> Any:  # noqa: ANN401 - any JSON
    try:
        return None if path is None else json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        end(f"{path} can't be read: {error.strerror}.", REFUSED)
    except ValueError as error:
        end(f"{path} is not JSON: {error}.", REFUSED)
