"""Evidence written as a folder: whole, or not at all.

Of one record and one day always the same bytes, but for what witnesses have said of its checkpoint meanwhile.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.checkpoints import Signer
from app.evidence import verify_evidence
from app.evidence.claims import claims_of
from app.witnesses import Cosigned, Witness
from governance.closing import audit_file
from governance.records import Ballot, Closing
from governance.secret.records import PollIssued, PollNumber, PollRecord
from ledger import journal, tables
from ledger.bulk import row_bytes
from ledger.errors import Conflict, Invalid
from ledger.notes import open_checkpoint
from ledger.reading import every
from ledger.records import SPECS, Record, canonical, from_row
from ledger.sessions.records import DeliveryRow
from ledger.types import Cut

SECRET: tuple[type[Record], ...] = (Ballot, PollIssued, PollNumber, PollRecord)
"""Who voted how, and what belongs to secret votes, whose record is handed out by itself: never in the evidence."""

README = """\
Evidence of the record of a cooperative, for an auditor who trusts nobody.

    python3 verify_evidence.py .  --key KEY  --checkpoint FILE ...

verifies it without the service, with Python 3.11 and its package `cryptography`. It ends with 0 if everything fits,
with 6 if anything does not (it names the first), with 4 if it can't be read. Take the program from the service's source
code rather than from this folder, and give the key (`name+hash+base64`) and the checkpoints that you kept yourself:
whoever wrote this folder wrote the key in it, too. Where outside witnesses watch the record, give the keys of those
whom you trust (`--witness KEY ... --quorum N`): the checkpoint must then be one that they saw and cosigned.

checkpoint       so many entries and the root over them, signed (C2SP tlog-checkpoint), with what witnesses said of it
key              what it is signed with
entries.ndjson   every entry of the journal, its exact bytes, a line each: the leaves of the tree (RFC 6962)
votes/ID.jsonl   every vote that was closed, without a name: the file whose hash the closing entry holds
batches/N.ndjson rows that entry N holds the number and the root of, a line each
claims.json      what the service says, as of a day; the verifier reckons it again from the entries alone
SHA256SUMS       of the files that neither root nor signature covers: sha256sum -c SHA256SUMS

It has no names: people are ids. How single members voted is not in it. Single sessions of providers are in it only if
whoever wrote it said so (`--sessions`); of what is withheld (claims.json says what) the entries hold number and root.
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: so many entries, and which batches were withheld."""

    entries: int
    root: str
    withheld: tuple[str, ...]


def write_evidence(
    db: Session,
    signer: Signer,
    folder: Path,
    cut: Cut,
    *,
    sessions: bool = False,
    witnesses: Sequence[Witness] = (),
) -> Written:
    """Write everything on record as a folder that can be verified without the service.

    Args:
        db: A session that has written nothing.
        signer: Signs the journal as it stands.
        folder: Must be empty or not there; nothing of it is seen before all is written.
        cut: The day that figures are told as of; all that is known counts.
        sessions: Whether single sessions of providers go in as well: credit can't be reckoned without.
        witnesses: Those whose cosignatures go in, as far as they have come.

    Raises:
        Invalid: The folder is not empty, there is no folder for it to be in, or nothing is on record.
        Tampered: The journal is not what was signed before.
        Conflict: The journal grew meanwhile.
    """
    _refuse_taken(folder)
    size = journal.size(db)
    if not size:
        raise Invalid("Nothing is on record yet.", field="folder")
    signer.publish(db)
    note, key = Cosigned(signer, witnesses, 1).newest()[0], signer.verifier()
    checkpoint, cut = open_checkpoint(note, key), Cut(cut.as_of, size)
    if checkpoint.size != size:
        raise Conflict("The journal grew while it was signed; write the evidence anew.")
    withheld = (*SECRET, *(() if sessions else (DeliveryRow,)))
    names = tuple(sorted(of.__spec__.name for of in withheld))
    claims = {
        "format": verify_evidence.FORMAT,
        "entries": size,
        "root": checkpoint.root.hex(),
        "as_of": cut.as_of.isoformat(),
        "withheld": [*names],
        **claims_of(db, cut, sessions=sessions),
    }
    with _whole(folder) as building:
        _write_entries(db, size, building / "entries.ndjson")
        (building / "batches").mkdir()
        (building / "votes").mkdir()
        for spec in SPECS.values():
            if spec.is_bulk and spec.record not in withheld:
                _write_batches(db, spec.record, size, building / "batches")
        small = {
            "README.txt": README.encode(),
            "checkpoint": note.encode(),
            "claims.json": canonical(claims) + b"\n",
            "key": f"{key}\n".encode(),
            "verify_evidence.py": Path(verify_evidence.__file__).read_bytes(),
        }
        small |= {f"votes/{one.proposal}.jsonl": audit_file(db, one.proposal) for one in every(db, Closing, cut)}
        sums = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(small.items()))
        for name, data in (small | {"SHA256SUMS": sums.encode()}).items():
            (building / name).write_bytes(data)
    return Written(size, checkpoint.root.hex(), names)


def _refuse_taken(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(f"{folder} is there already and not an empty folder; name another one.", field="folder")
    if not folder.absolute().parent.is_dir():
        raise Invalid(f"There is no folder {folder.absolute().parent} to write it in.", field="folder")


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """Yield a folder to write in, which takes its place when all is written, and goes when anything fails."""
    target = folder.absolute()
    building = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield building
        building.chmod(0o700)
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _write_entries(db: Session, size: int, path: Path) -> None:
    with path.open("wb") as file:
        for payloads in journal.payloads_between(db, 0, size):
            file.writelines(payload + b"\n" for payload in payloads)


def _write_batches(db: Session, of: type[Record], size: int, folder: Path) -> None:
    rows = tables.table(of)
    query = select(rows).where(rows.c.n < size).order_by(rows.c.n, rows.c.i).execution_options(yield_per=5000)
    for n, batch in groupby(db.execute(query).mappings(), itemgetter("n")):
        with (folder / f"{n}.ndjson").open("wb") as file:
            file.writelines(row_bytes(from_row(of, row)) + b"\n" for row in batch)
