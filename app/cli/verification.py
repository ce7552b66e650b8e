"""``vestry verify``: the auditor's command."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from app.cli.exits import UNVERIFIED, USAGE, end


def verify(
    known: Annotated[
        str | None, typer.Option(help="Size and root noted earlier, SIZE:ROOT: the record must still begin with it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    r"""Check the whole record: the hash tree, every balance, and every row against the entry that made it.

    Names the first thing that does not fit and exits with 6.

    \b
    vestry verify
    vestry verify --known 4812:9f2c71ab…
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.verification import verify_all  # noqa: PLC0415

    noted = _noted(known) if known else None
    verdict = open_runner().read(verify_all, known_root=noted)
    records = sum(verdict.records.values())
    said: dict[str, Any] = {
        "ok": verdict.fault is None,
        "entries": verdict.entries,
        "root": verdict.root,
        "postings": verdict.postings,
        "records": dict(verdict.records),
        "fault": None,
    }
    if verdict.fault is not None:
        said["fault"] = {"table": verdict.fault.table, "n": verdict.fault.n, "message": verdict.fault.message}
    if as_json:
        typer.echo(json.dumps(said))
    elif verdict.fault is not None:
        typer.echo(f"The first {verdict.entries:,} entries fit; root {verdict.root[:16]}")
    else:
        typer.echo(f"Journal    {verdict.entries:>9,} entries    tree ok, root {verdict.root[:16]}")
        typer.echo(f"Postings   {verdict.postings:>9,} postings   balanced, no account below its floor")
        typer.echo(f"Records    {records:>9,} rows       each as its entry says")
    if verdict.fault is not None:
        end(f"Does not fit: {verdict.fault}", UNVERIFIED)
    if not as_json:
        typer.echo(f"0 problems. To prove it later: vestry verify --known {verdict.entries}:{verdict.root}", err=True)


def _noted(text: str) -> tuple[int, str]:
    size, colon, root = text.partition(":")
    if not colon or not size.isdecimal() or len(root) != 64 or not all(digit in "0123456789abcdef" for digit in root):
        end("Write --known as SIZE:ROOT, with the root's 64 hexadecimal digits.", USAGE)
    return int(size), root
