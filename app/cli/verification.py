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
    witness: Annotated[
        list[str] | None,
        typer.Option(help="The key of a witness that must have cosigned it, name+hash+base64. Repeatable."),
    ] = None,
    quorum: Annotated[
        int | None, typer.Option(help="How many of these witnesses must have cosigned it; all, if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Check the whole record: the hash tree, every balance, and every row against the entry that made it.

    Names the first thing that does not fit and exits with 6.

    \b
    vestry verify
    vestry verify --known 4812:9f2c71ab…
    vestry verify --checkpoint kept.txt --key vestry.example.org+1a2b3c4d+AY…
    vestry verify --checkpoint kept.txt --witness witness.example.com/w1+5e6f7a8b+BG… --quorum 1
    """
    from app.cli.database import open_runner  # noqa: PLC0415
    from app.verification import verify_all  # noqa: PLC0415

    if checkpoint is not None and known:
        end("Give either --known or --checkpoint.", USAGE)
    if checkpoint is None and (witness or quorum is not None):
        end("Witnesses cosign checkpoints: give one with --checkpoint.", USAGE)
    if quorum is not None and not 1 <= quorum <= len(witness or ()):
        end("--quorum is from 1 to the number of --witness.", USAGE)
    noted = _noted(known) if known else None
    if checkpoint is not None:
        noted = _kept(checkpoint, key, witness or [], quorum)
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


def _kept(file: Path, key: str | None, witnesses: list[str], quorum: int | None) -> tuple[int, str]:
    from app.checkpoints import signer_of  # noqa: PLC0415
    from app.config import Settings  # noqa: PLC0415
    from ledger.cosignatures import WitnessKey, open_cosigned  # noqa: PLC0415
    from ledger.notes import VerifierKey  # noqa: PLC0415
    from ledger.types import moment_at  # noqa: PLC0415

    try:
        note = file.read_bytes().decode().replace("\r\n", "\n")  # as some mail programs save it
    except OSError:
        end(f"There is no file {file} that can be read.", NOT_FOUND)
    except UnicodeDecodeError:
        end(f"{file} is no checkpoint: it is not text.", UNVERIFIED)
    with refusals_end_it():
        keys = list(dict.fromkeys(WitnessKey.read(each) for each in witnesses))
        by = VerifierKey.read(key) if key else signer_of(Settings()).verifier()
        signed, found = open_cosigned(note, by, keys)
    if len(found) < (len(keys) if quorum is None else quorum):
        missing = ", ".join(each.name for each in keys if each not in {one.key for one in found})
        end(f"{len(found)} of {len(keys)} witnesses cosigned this checkpoint; not: {missing}.", UNVERIFIED)
    for one in found:
        typer.echo(f"Cosigned by {one.key.name}, {moment_at(one.at * 1_000_000):%Y-%m-%d %H:%M:%S} UTC", err=True)
    return signed.size, signed.root.hex()
