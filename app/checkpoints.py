"""Checkpoints: the service signs how many entries its journal has and their root, and anybody may keep what it signed.

The key, what it signed last and the tree under that stand in files, not in the database. Each new checkpoint is grown
from the tree that was signed before by the entries that came since, so whoever has the database alone can't have a
rewritten history signed.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.config import Settings
from ledger import journal
from ledger.errors import NotFound, Tampered
from ledger.merkle import CompactRange, leaf_hash
from ledger.notes import SEED_BYTES, Checkpoint, SignerKey, VerifierKey, open_checkpoint, signed


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed last: the note, and the tree that it stands for."""

    note: str
    tree: CompactRange

    def encode(self) -> str:
        """Return it as the file has it."""
        return json.dumps({"note": self.note, "range": self.tree.encode().hex()})

    @classmethod
    def read(cls, text: str, key: VerifierKey) -> Signed:
        """Read what ``encode`` wrote.

        Raises:
            Tampered: It is something else, or ``key`` did not sign it.
        """
        try:
            told = json.loads(text)
            note, hashes = str(told["note"]), bytes.fromhex(told["range"])
        except (ValueError, KeyError, TypeError):
            raise Tampered("What was signed last can't be read; put the file back from a copy.") from None
        checkpoint = open_checkpoint(note, key)
        tree = CompactRange.decode(checkpoint.size, hashes)
        if tree.root() != checkpoint.root:
            raise Tampered("What was signed last does not fit its tree; put the file back from a copy.")
        return cls(note, tree)


class Signer:
    """Signs checkpoints with the key in a file, which is made when it is first needed."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        self._state = path.with_suffix(".signed")

    def verifier(self) -> VerifierKey:
        """Return the key that others check checkpoints with.

        Raises:
            NotFound: Nothing was ever signed here.
            Tampered: The file holds no key.
        """
        try:
            return SignerKey.read(self._path.read_text()).verifier
        except FileNotFoundError:
            raise NotFound("No checkpoint has been signed yet.") from None
        except UnicodeDecodeError:
            raise Tampered(f"{self._path} holds no signing key.") from None

    def latest(self) -> str:
        """Return the newest checkpoint.

        Raises:
            NotFound: Nothing was ever signed here.
        """
        try:
            return Signed.read(self._state.read_text(), self.verifier()).note
        except FileNotFoundError:
            raise NotFound("No checkpoint has been signed yet.") from None

    def publish(self, db: Session, known_at: int | None = None) -> str | None:
        """Sign the journal as it stands committed, and return the checkpoint; None where it has not grown.

        Args:
            db: A session that has written nothing.
            known_at: How many entries to sign at most; all by default.

        Raises:
            Tampered: The journal does not go on from what was signed last, or the files don't fit each other.
        """
        with self._alone():
            if not self._path.exists():
                self._begin()
            key = SignerKey.read(self._path.read_text())
            last = self._last(key)
            size = journal.size(db)
            if known_at is not None:
                # another process may have signed more meanwhile
                size = min(size, max(known_at, last.tree.size))
            tree = _grown(db, last.tree, size)
            if size == last.tree.size:
                return None
            note = signed(Checkpoint(key.name, tree.size, tree.root()), key)
            # what is signed must be on disk before anybody sees it, or a power cut would allow a fork
            write(self._state, Signed(note, tree).encode())
            return note

    def beside(self, suffix: str) -> Path:
        """Return the file of this name beside the key."""
        return self._path.with_suffix(suffix)

    def _begin(self) -> None:
        """Make a key that has signed the empty journal and nothing else."""
        if self._state.exists() and _size_in(self._state.read_text()):
            raise Tampered(f"{self._state} is there, and its key {self._path} is not; put it back from a copy.")
        key, tree = SignerKey(self._name, secrets.token_bytes(SEED_BYTES)), CompactRange()
        note = signed(Checkpoint(key.name, tree.size, tree.root()), key)
        # the key comes last: a key without what it signed is refused
        write(self._state, Signed(note, tree).encode())
        write(self._path, f"{key.encode()}\n")

    def _last(self, key: SignerKey) -> Signed:
        if not self._state.exists():
            raise Tampered(
                f"{self._path} has signed before, and {self._state}, which says what, is missing; put it back from a "
                "copy, or begin with a new key and tell those who keep checkpoints."
            )
        return Signed.read(self._state.read_text(), key.verifier)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = os.open(self._path.with_suffix(".signing-lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def signer_of(settings: Settings) -> Signer:
    """Return what signs checkpoints as the settings say."""
    return Signer(settings.signing_key_path, settings.log_origin)


def _grown(db: Session, signed_tree: CompactRange, size: int) -> CompactRange:
    """Return the signed tree with the entries since, which must lead to the journal's head."""
    if size < signed_tree.size:
        raise Tampered(
            f"The journal has {size:,} entries, and {signed_tree.size:,} were signed: this is an older copy or another."
        )
    tree = signed_tree
    # from the entries' own bytes: the leaves beside them are only what the database says
    for payloads in journal.payloads_between(db, signed_tree.size, size):
        tree = tree.extended([leaf_hash(payload) for payload in payloads])
    if tree.size != size or tree.root() != journal.head_at(db, size).root():
        raise Tampered(f"The journal does not begin with the {signed_tree.size:,} entries that were signed: a fork.")
    return tree


def _size_in(text: str) -> int:
    """Return how many entries were signed, without knowing the key; 1 where it can't be told."""
    try:
        return Checkpoint.read(json.loads(text)["note"].partition("\n\n")[0] + "\n").size
    except (ValueError, KeyError, TypeError, Tampered):
        return 1


def write(path: Path, text: str) -> None:
    """Put a file in place whole, on disk, for its owner only."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
