"""``vestry tally``: a vote counted again from its file, by anyone, without a database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.exits import REFUSED, UNVERIFIED, USAGE, end, refusals_end_it

if TYPE_CHECKING:
    from governance.tally.methods import Method


@dataclass(frozen=True, slots=True)
class Told:
    """What the command says of a file.

    Attributes:
        lines: For a person.
        data: The same for a program.
        faults: Where the file claims something else than its ballots come to.
        compared: Whether it claims anything.
        blt: Its ballots for other counting programs; None where they are no rankings.
    """

    lines: list[str]
    data: dict[str, Any]
    faults: tuple[str, ...]
    compared: bool
    blt: bytes | None = None


def tally(
    file: Annotated[Path, typer.Argument(help="An audit file of a vote, a BLT file, or a case with a known answer.")],
    method: Annotated[
        str | None,
        typer.Option(help="How to count a BLT file: stv_scottish, stv_meek, irv, schulze, ranked_pairs, borda."),
    ] = None,
    seed: Annotated[str | None, typer.Option(help="The seed of the lots of a BLT file, in hexadecimal digits.")] = None,
    as_blt: Annotated[
        bool, typer.Option("--blt", help="Print the rankings as a BLT file, for other counting programs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the count as JSON.")] = False,
) -> None:
    """Count a vote again from its file, round by round, and compare it with what the file says came out.

    Exits with 6 if that is something else. Without a method, a BLT file is counted by the Scottish rules, or by
    instant runoff where it fills one seat.

    \b
    vestry tally audit.jsonl
    vestry tally election.blt --method stv_meek --seed 9f2c…
    vestry tally audit.jsonl --blt > election.blt
    """
    data = _read(file)
    with refusals_end_it(as_json=as_json):
        told = _told(file, data, method, seed)
    if as_blt:
        if told.blt is None:
            end("A BLT file holds rankings; these ballots are none.", REFUSED)
        typer.echo(told.blt.decode(), nl=False)
    elif as_json:
        agrees = not told.faults if told.compared else None
        typer.echo(json.dumps(told.data | {"agrees": agrees, "faults": list(told.faults)}, ensure_ascii=False))
    else:
        for line in told.lines:
            typer.echo(line)
    if told.faults:
        end("Does not fit. " + " ".join(f"{fault.rstrip('.')}." for fault in told.faults), UNVERIFIED)
    if not as_json and not as_blt:
        said = "It comes to what the file says." if told.compared else "The file says nothing to compare it with."
        typer.echo(said, err=True)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        end(f"{file} can't be read: {error.strerror}.", REFUSED)


def _told(file: Path, data: bytes, method: str | None, seed: str | None) -> Told:
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"{"):
        return _blt(data, _method(method), seed)
    if method is not None or seed is not None:
        end("--method and --seed are for BLT files; this one says itself how it is counted.", USAGE)
    if start.startswith(b'{"vote"'):
        return counted_again(start)
    try:
        raw = json.loads(start)
    except (ValueError, RecursionError) as error:
        end(f"{file} is neither an audit file, nor a case, nor BLT: {error}.", REFUSED)
    return _case(raw)


def _method(name: str | None) -> Method | None:
    from governance.tally.methods import Method  # noqa: PLC0415

    if name is None:
        return None
    if name not in [one.value for one in Method]:
        end(f"There is no method {name!r}; there are {', '.join(Method)}.", USAGE)
    return Method(name)


def _blt(data: bytes, method: Method | None, seed: str | None) -> Told:
    from dataclasses import replace  # noqa: PLC0415

    from app.cli.counts import election_heading, result_lines  # noqa: PLC0415
    from governance.tally.blt import read_blt, write_blt  # noqa: PLC0415
    from governance.tally.lot import lot_order  # noqa: PLC0415

    election = read_blt(data, method)
    if seed is not None:
        election = replace(election, lot=lot_order(_seed(seed), election.options))
    result = election.count()
    lines = [*election_heading(election), *result_lines(result)]
    if election.lot is None and any(tie.is_by_lot for tie in result.ties):
        lines.append("Ties were decided by the order of the file: no --seed was given.")
    told = {"file": "blt", "title": election.title, "ballots": election.ballots, "count": result.to_json()}
    return Told(lines, told, (), compared=False, blt=write_blt(election))


def _seed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        end(f"--seed {text!r}: write it in hexadecimal digits, two for each byte.", USAGE)


def _case(raw: object) -> Told:
    from app.cli import counts  # noqa: PLC0415
    from governance.tally.blt import write_blt  # noqa: PLC0415
    from governance.tally.case_file import Capped, Consent, disagreements, read_case  # noqa: PLC0415
    from governance.tally.elections import Election  # noqa: PLC0415
    from governance.tally.methods import Form  # noqa: PLC0415

    case = read_case(raw)
    told: dict[str, Any] = {"file": "case", "title": case.name}
    what, result, blt = case.what, None, None
    if isinstance(what, Election):
        result = what.count()
        told |= {"ballots": what.ballots, "count": result.to_json()}
        lines = [*counts.election_heading(what), *counts.result_lines(result)]
        blt = write_blt(what) if what.method.form is Form.RANKING else None
    elif isinstance(what, Capped):
        told["weights"] = {name: str(weight) for name, weight in what.weights.items()}
        lines = list(counts.weight_lines(what))
    elif isinstance(what, Consent):
        told |= {"outcome": what.verdict.value, "said": dict(what.said), "roll": what.eligible}
        lines = list(counts.consent_lines(what))
    else:
        bodies: list[dict[str, Any]] = [
            {"name": one.name, "verdict": one.verdict.value, "roll": one.eligible, **counts.votes_json(one.votes)}
            for one in what
        ]
        assert case.verdict is not None
        told |= {"outcome": case.verdict.value, "chambers": bodies}
        lines = []
        for one in what:
            lines += counts.body_lines(one.name, one.verdict, one.votes, one.rule, one.eligible)
        lines += ["", f"Outcome: {counts.words_of(case.verdict)}"]
    compared, wrong = disagreements(case, result)
    return Told(lines, told, tuple(wrong), bool(compared), blt)


def counted_again(data: bytes) -> Told:
    """Return what a vote's audit file comes to when its ballots are counted again."""
    from app.cli import counts  # noqa: PLC0415
    from governance.audit_file import recount  # noqa: PLC0415
    from governance.audit_lines import read_audit  # noqa: PLC0415
    from governance.tally.blt import write_blt  # noqa: PLC0415
    from governance.tally.methods import Form  # noqa: PLC0415

    found, read = recount(data), read_audit(data)
    result, election = found.counted.result, read.election
    told: dict[str, Any] = {
        "file": "audit",
        "proposal": found.manifest["proposal"],
        "outcome": found.told["outcome"],
        "winners": found.told["winners"],
        "chambers": found.told["chambers"],
        "not_counted": list(found.hidden),
        "count": None if result is None else result.to_json(),
    }
    lines = list(counts.recount_lines(found, read.rules))
    if election is not None and result is not None:
        lines += ["", *counts.election_heading(election), *counts.result_lines(result)]
    lines += ["", f"Outcome: {counts.outcome_in_words(found.outcome)}"]
    is_ranked = election is not None and read.rules.method.form is Form.RANKING
    blt = write_blt(election) if election is not None and is_ranked else None
    return Told(lines, told, found.faults, compared=True, blt=blt)
