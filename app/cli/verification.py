"""``vestry verify``: the auditor's command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.exits import NOT_FOUND, UNVERIFIED, USAGE, end, refusals_end_it


def verify(
    known: Annotated[
        str | None, typer.Option(help="Size and root noted earlier, SIZE:ROOT: the record must still begin with it.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A file with a checkpoint kept earlier: the record must still begin with it.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The key that signed it, name+hash+base64; this service's by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    r"""Check the whole record: the hash tree, every balance, and every row against the entry that made it.

    Names the first thing that does not fit and exits with 6.

    \b
    vestry verify
    vestry verify --known 4812:9f2c71ab…
    vestry verify --checkpoint kept.txt --key vestry.example.org+1a2b3c4d+AY…
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.verification import verify_all  # noqa: PLC0415

    if checkpoint is not None and known:
        end("Give either --known or --checkpoint.", USAGE)
    noted = _noted(known) if known else _kept(checkpoint, key) if checkpoint is not None else None
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


def _kept(file: Path, key: str | None) -> tuple[int, str]:
    from app.checkpoints import signer_of  # noqa: PLC0415
    from app.config import Settings  # noqa: PLC0415
    from ledger.notes import VerifierKey, open_checkpoint  # noqa: PLC0415

    try:
        note = file.read_bytes().decode()
    except OSError:
        end(f"There is no file {file} that can be read.", NOT_FOUND)
    except UnicodeDecodeError:
        end(f"{file} is no checkpoint: it is not text.", UNVERIFIED)
    with refusals_end_it():
        signed = open_checkpoint(note, VerifierKey.read(key) if key else signer_of(Settings()).verifier())
    return signed.size, signed.root.hex()
