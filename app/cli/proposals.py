"""``vestry proposal``, ``ballot``, ``policy`` and ``close-due``: deciding together from a shell."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.exits import REFUSED, USAGE, end, refusals_end_it
from app.cli.lines import print_lines

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from governance.proposals import Content
    from governance.records import ProposalKind

proposal_app = typer.Typer(help="Proposals and votes.", no_args_is_help=True)
ballot_app = typer.Typer(help="Ballots.", no_args_is_help=True)
policy_app = typer.Typer(help="What belongs to the members.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The proposal, prp_….")]
Actor = Annotated[str, typer.Option(help="Who does this: the actor of the entry.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@ballot_app.callback()
def _ballots() -> None:
    """Ballots."""


@proposal_app.command()
def draft(
    path: Annotated[Path, typer.Argument(help="TOML or JSON: kind, title, text, motions, options, seats.")],
    author: Annotated[str, typer.Option(help="The member who proposes it, hld_….")],
    board_ref: Annotated[str | None, typer.Option(help="The board's resolution, if the board proposes it.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Show it to everybody at once.")] = False,
) -> None:
    """Put something forward, and print its id.

    vestry proposal draft ceiling.toml --author hld_01K… --publish
    """
    from app import clock, voting  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from governance import proposals  # noqa: PLC0415
    from ledger.equity.register import company_day  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    act = Act(author, "role:member", clock.now())
    kind, content = _content(path)

    def deed(db: Session) -> str:
        made = voting.put_forward(db, act, kind, content, author=author, board_ref=board_ref)
        if publish:
            rules, on = voting.rules_today(db, made.id, act.now), company_day(db, act.now)
            proposals.publish(db, act, made.id, author=author, rules=rules, on=on)
        return made.id

    with refusals_end_it():
        typer.echo(open_runner().run(deed))


def _content(path: Path) -> tuple[ProposalKind, Content]:
    from governance.proposals import Content  # noqa: PLC0415
    from governance.records import ProposalKind  # noqa: PLC0415

    try:
        data = path.read_text(encoding="utf-8")
        raw: dict[str, Any] = json.loads(data) if path.suffix == ".json" else tomllib.loads(data)
    except (OSError, ValueError) as error:
        end(f"{path} can't be read: {error}", REFUSED)
    unknown = sorted(set(raw) - {"kind", "title", "text", "motions", "options", "seats"})
    if unknown or raw.get("kind") not in {one.value for one in ProposalKind}:
        wrong = f"has no use for {unknown[0]!r}" if unknown else f"needs a kind: {', '.join(ProposalKind)}"
        end(f"{path} {wrong}.", REFUSED)
    with refusals_end_it():
        return ProposalKind(raw["kind"]), Content(
            raw.get("title", ""),
            raw.get("text", ""),
            raw.get("motions", ()),
            raw.get("options"),
            raw.get("seats", 1),
        )


@proposal_app.command("open")
def open_(
    proposal: Id,
    opens: Annotated[str, typer.Option(help="When voting opens, where the company is, such as 2026-03-16T09:00.")],
    closes: Annotated[str, typer.Option(help="When it closes.")],
    record_date: Annotated[
        str | None, typer.Option(help="Whoever is a member then may vote; today if left out.")
    ] = None,
    effective_on: Annotated[str | None, typer.Option(help="When it takes effect; as early as may be.")] = None,
    actor: Actor = "cli",
) -> None:
    """Announce the vote on a proposal that is ready: its text, rule and dates are frozen from here on.

    vestry proposal open prp_01K… --opens 2026-03-16T09:00 --closes 2026-03-23T18:00
    """
    from app import clock, voting  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from governance.notices import Dates  # noqa: PLC0415
    from ledger.equity.register import company_day, issuer  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    now = clock.now()

    def deed(db: Session) -> tuple[str, date, date | None]:
        day = _day(record_date) if record_date else company_day(db, now)
        effect = _day(effective_on) if effective_on else None
        dates = Dates(day, _time(opens), _time(closes), issuer(db).time_zone, effect)
        made = voting.announce(db, Act(actor, "role:board", now), proposal, dates)
        return made.digest, made.record_date, made.effective_on

    with refusals_end_it():
        digest, day, effect = open_runner().run(deed)
    typer.echo(f"Announced. Whoever is a member at the end of {day} may vote.")
    typer.echo(f"If it passes, it takes effect on {effect}." if effect else "It is a question: nothing takes effect.")
    typer.echo(f"frozen {digest}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        end(f"{text!r} is no day; write it like 2026-03-16.", USAGE)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        end(f"{text!r} is no time; write it like 2026-03-16T09:00.", USAGE)
    if found.tzinfo is not None:
        end("Write the time as the clock on the wall shows it where the company is, without a zone.", USAGE)
    return found


@proposal_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List proposals with where they stand."""
    from app import clock, voting  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from governance import proposals  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    act = Act("cli", "role:reader", clock.now())

    def facts(db: Session) -> list[dict[str, str]]:
        return [
            {
                "id": one.id,
                "kind": one.kind.value,
                "state": proposals.state_of(db, one.id, act.at, voting.rules_today(db, one.id, act.now)).value,
                "title": proposals.version(db, one.id).title,
            }
            for one in proposals.proposals(db)
        ]

    found = open_runner().read(facts)
    if as_json:
        print_lines(found)
        return
    for one in found:
        typer.echo(f"{one['id']}  {one['state']:10}  {one['kind']:16}  {one['title']}")
    if not found:
        typer.echo("Nothing has been put forward.", err=True)


@proposal_app.command()
def close(proposal: Id, actor: Actor = "cli") -> None:
    """Close and count a vote whose time is over; closed before, it changes nothing."""
    from app import clock, voting  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from governance import closing  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    act = Act(actor, "role:operator", clock.now())

    def deed(db: Session) -> str:
        voting.bring_up_to_date(db, act, proposal)
        return closing.close(db, act, proposal).outcome.value

    with refusals_end_it():
        typer.echo(open_runner().run(deed))


@proposal_app.command()
def result(
    proposal: Id,
    audit: Annotated[Path | None, typer.Option(help="Where to write the audit file, for anybody to recount.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print how a vote ended, chamber by chamber; with --audit, write the file that ``vestry tally`` counts again.

    vestry proposal result prp_01K… --audit vote.jsonl && vestry tally vote.jsonl
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from governance import closing, effects  # noqa: PLC0415
    from ledger.errors import NotFound  # noqa: PLC0415

    def facts(db: Session) -> tuple[dict[str, Any], str | None, bytes]:
        done, enacted = closing.closing(db, proposal), effects.enactment(db, proposal)
        if done is None:
            raise NotFound("This vote is not closed, and nobody is told before how it goes.")
        told = None if enacted is None else f"{enacted.outcome.value}{f': {enacted.reason}' if enacted.reason else ''}"
        return done.result | {"turnout": done.turnout}, told, closing.audit_file(db, proposal)

    with refusals_end_it(as_json=as_json):
        told, effect, data = open_runner().read(facts)
    if audit is not None:
        audit.write_bytes(data)
    if as_json:
        typer.echo(json.dumps(told | {"effect": effect}))
        return
    typer.echo(f"{told['outcome']}  {told['turnout']:,} voted")
    for one in told["chambers"]:
        if one.get("hidden"):
            typer.echo(f"  {one['name']:14} {one['verdict']:10} (too few to tell more)")
        else:
            votes = f"yes {one['yes']}  no {one['no']}  abstain {one['abstain']}  of {one['roll']}"
            typer.echo(f"  {one['name']:14} {one['verdict']:10} {votes}")
    for place, winner in enumerate(told["winners"], 1):
        typer.echo(f"  {place}. {winner}")
    if effect is not None:
        typer.echo(f"Effect: {effect}")


@ballot_app.command()
def cast(
    proposal: Id,
    member: Annotated[str, typer.Option(help="Who votes, hld_….")],
    choice: Annotated[str, typer.Option(help='yes, no or abstain; or JSON, such as ["hld_a", "hld_b"].')],
) -> None:
    """Cast a ballot, or change one; the last counts. Prints the receipt.

    vestry ballot cast prp_01K… --member hld_01K… --choice yes
    """
    from app import clock, voting  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from ledger.types import Act  # noqa: PLC0415

    try:
        wanted = json.loads(choice)
    except ValueError:
        wanted = choice
    act = Act(member, "role:member", clock.now())
    with refusals_end_it():
        made = open_runner().run(voting.cast, act, proposal, member, wanted)
    typer.echo(f"Ballot {made.revision} of {member} is recorded. Keep this:")
    typer.echo(f"digest {made.digest}")
    typer.echo(f"salt   {made.salt}")
    typer.echo(f"choice {made.choice}")


@policy_app.command("list")
def policies(
    on: Annotated[str | None, typer.Option(help="As in force on this day; today, if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the policies in force, each with what set it."""
    from app import clock  # noqa: PLC0415
    from app.cli.database import open_runner  # noqa: PLC0415
    from governance.policies import in_force, keys  # noqa: PLC0415
    from ledger.equity.register import company_day  # noqa: PLC0415

    def facts(db: Session) -> list[dict[str, Any]]:
        day = _day(on) if on else company_day(db, clock.now())
        found = [in_force(db, key, day) for key in keys(db)]
        return [_policy(one) for one in found if one is not None]

    with refusals_end_it(as_json=as_json):
        _tell(open_runner().read(facts), as_json=as_json)


@policy_app.command()
def history(key: Annotated[str, typer.Argument(help="Such as fees or credit.")], as_json: AsJson = False) -> None:
    """List all versions of a policy, oldest first."""
    from app.cli.database import open_runner  # noqa: PLC0415
    from governance import policies as register  # noqa: PLC0415
    from ledger.errors import NotFound  # noqa: PLC0415

    def facts(db: Session) -> list[dict[str, Any]]:
        found = register.history(db, key)
        if not found:
            raise NotFound(f"There is no policy {key!r}; there are {', '.join(register.keys(db)) or 'none'}.")
        return [_policy(one) for one in found]

    with refusals_end_it(as_json=as_json):
        _tell(open_runner().read(facts), as_json=as_json)


def _policy(one: Any) -> dict[str, Any]:  # noqa: ANN401 - imported when it is needed
    return {
        "key": one.key,
        "version": one.version,
        "effective_from": one.effective_from.isoformat(),
        "expires_on": None if one.expires_on is None else one.expires_on.isoformat(),
        "proposal": one.proposal,
        "value": one.value,
    }


def _tell(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_lines(found)
        return
    for one in found:
        until = f" until {one['expires_on']}" if one["expires_on"] else ""
        source = one["proposal"] or "founders"
        typer.echo(f"{one['key']:28} v{one['version']:<3} from {one['effective_from']}{until}  by {source}")


def close_due() -> None:
    """Close every vote whose time is over and carry out what passed; ``serve`` does it by itself."""
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.worker import catch_up  # noqa: PLC0415

    with refusals_end_it():
        done = catch_up(open_runner())
    for one in done:
        typer.echo(f"{one.proposal}  {one.step.value.lower()}")
    typer.echo(f"{len(done)} done.", err=True)
