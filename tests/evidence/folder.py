"""Evidence in memory: a small record's, and what can be done to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.checkpoints import Signer
from app.db import Runner
from app.evidence import verify_evidence
from app.evidence.export import Written, write_evidence
from app.witnesses import Witness
from ledger.merkle import CompactRange, leaf_hash
from ledger.notes import Checkpoint, SignerKey, signed
from ledger.records import canonical
from ledger.types import Cut

ROOTED = ("entries.ndjson", "checkpoint", "SHA256SUMS", "batches/")


def written(
    engine: Engine, folder: Path, cut: Cut, *, sessions: bool = False, witnesses: Sequence[Witness] = ()
) -> Written:
    """Write a record's evidence; its key stands beside the folder."""

    def write(db: Session) -> Written:
        signer = Signer(folder.with_name("vestry.signing-key"), "vestry.test")
        return write_evidence(db, signer, folder, cut, sessions=sessions, witnesses=witnesses)

    return Runner(engine).read(write)


@dataclass
class Folder:
    """Files by name, and the key that the service signs with."""

    files: dict[str, bytes]
    key: SignerKey
    kept: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Folder:
        """Read what stands in a folder."""
        found = [one for one in folder.rglob("*") if one.is_file()]
        key = SignerKey.read(folder.with_name("vestry.signing-key").read_text())
        return cls({one.relative_to(folder).as_posix(): one.read_bytes() for one in found}, key)

    def copy(self) -> Folder:
        return Folder({**self.files}, self.key)

    def judged(
        self, key: str | None = None, witnesses: Sequence[str] = (), quorum: int | None = None
    ) -> tuple[int, str]:
        """Return how the verifier ends, and what it says."""
        files = cast(verify_evidence.Files, {name: partial(BytesIO, data) for name, data in self.files.items()})
        code, said = verify_evidence.judged(lambda: verify_evidence.verify(files, key, self.kept, witnesses, quorum))
        return code, "\n".join(said)

    @property
    def lines(self) -> list[bytes]:
        return self.files["entries.ndjson"].splitlines()

    def rewrite(self, lines: Sequence[bytes], key: SignerKey | None = None) -> None:
        """Put other entries in place and sign them, as an operator could who cheats."""
        self.files["entries.ndjson"] = b"".join(line + b"\n" for line in lines)
        tree = CompactRange().extended([leaf_hash(line) for line in lines])
        signer = key or self.key
        self.files["checkpoint"] = signed(Checkpoint(signer.name, tree.size, tree.root()), signer).encode()
        self.files["key"] = f"{signer.verifier}\n".encode()
        self.claim(lambda claims: claims | {"entries": tree.size, "root": tree.root().hex()})

    def change(self, n: int, change: Callable[[Any], Any]) -> None:
        """Change one entry and sign all anew."""
        lines = self.lines
        entry = json.loads(lines[n])
        change(entry)
        lines[n] = canonical(entry)
        self.rewrite(lines)

    def claim(self, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
        """Let the service say something else, and list it."""
        self.files["claims.json"] = canonical({**change(json.loads(self.files["claims.json"]))}) + b"\n"
        listed = {name: data for name, data in sorted(self.files.items()) if not name.startswith(("entr", "SHA", "ba"))}
        self.files["SHA256SUMS"] = "".join(
            f"{sha256(data).hexdigest()}  {name}\n" for name, data in listed.items()
        ).encode()
