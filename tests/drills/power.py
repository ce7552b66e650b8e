"""Lives of a service on SQLite, each with many power cuts; see ``test_power``.

What runs is the service's own code: deeds that write to the journal, carried out and committed by ``app.db.Runner``
through SQLAlchemy, with the settings that ``app.sqlite`` gives every connection. Only the driver is another (``apsw``
instead of ``pysqlite3``), since a file system of one's own needs it, and the index of the log stands in the process's
memory (``locking_mode = EXCLUSIVE``), not in shared memory: neither changes what is written to the disk, and when.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from app import sqlite as ours
from app.checkpoints import Signer
from app.db import Runner
from ledger import journal
from ledger.errors import Tampered
from ledger.merkle import CompactRange, leaf_hash
from ledger.types import MOST_UNITS
from ledger.verify import verify
from tests import make
from tests.drills import driver
from tests.drills.disk import Disk

DATABASE = "vestry.db"

MOST_WRITES = 160
"""Writes and syncs between two cuts, at most; a commit takes about twenty."""

LOG_PAGES = 60
"""After so many the log is copied into the database; SQLite's own 1,000 would leave most stretches without that."""

CUTS_IN_A_LIFE = 20
"""Before another begins from the start, so that what has to be verified each time stays small."""


@dataclass(slots=True)
class Toll:
    """What was cut, and what it cost."""

    cuts: int = 0
    acknowledged: int = 0
    published: int = 0
    lost: int = 0
    corrupt: int = 0
    ahead: int = 0
    """Times that a checkpoint had been published of a record which did not survive."""


class Machine:
    """A service that lives again and again through power cuts, and begins as ``beginning``, a migrated database."""

    def __init__(self, beginning: bytes, synchronous: str = "FULL") -> None:
        self.toll = Toll()
        self._beginning, self._synchronous = beginning, synchronous
        self._disk = Disk("vestry-disk", {DATABASE: beginning}, random.Random(0))
        self._engine = create_engine("sqlite://", module=driver, creator=self._connect, poolclass=StaticPool)
        ours.set_up(self._engine)
        event.listen(self._engine, "connect", self._set_otherwise)
        self._runner = Runner(self._engine)

    def settings(self) -> tuple[object, ...]:
        """Return what ``app.sqlite`` has told SQLite: the kind of log, and what waits for the disk."""
        with self._engine.connect() as connection:
            return tuple(connection.exec_driver_sql(f"PRAGMA {of}").scalar() for of in ("journal_mode", "synchronous"))

    def live(self, seed: int, folder: Path) -> None:
        """Go through ``CUTS_IN_A_LIFE`` power cuts, adding to the toll; ``folder`` holds what is signed."""
        chance = random.Random(seed)
        signer = Signer(folder / f"{seed}.signing-key", "vestry.example.org")
        self._power_on({DATABASE: self._beginning}, chance)
        for _ in range(CUTS_IN_A_LIFE):
            told = self._work(chance, signer)
            self.toll.cuts += 1
            assert self._disk.survived is not None
            self._power_on(self._disk.survived, chance)
            if not self._count_losses(told, signer):
                return
        self.toll.corrupt += self._runner.read(verify).fault is not None

    def _power_on(self, files: dict[str, bytes], chance: random.Random) -> None:
        self._engine.dispose()
        self._disk = Disk(self._disk.name, files, chance)

    def _connect(self) -> driver.Connection:
        connection = driver.Connection(DATABASE, self._disk.name)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        return connection

    def _set_otherwise(self, connection: driver.Connection, _record: object) -> None:
        if self._synchronous != "FULL":
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")

    def _work(self, chance: random.Random, signer: Signer) -> list[tuple[int, str]]:
        """Write until the power goes; return the head that each acknowledged deed was told."""
        told = [head for head in [self._runner.read(journal.newest_head)] if head is not None]
        self._disk.cut_after(chance.randint(1, MOST_WRITES))
        while True:
            head = self._runner.run(_write)
            if not self._disk.is_on:
                return told
            told.append(head)
            self.toll.acknowledged += 1
            if chance.random() < 0.2:
                self.toll.published += self._runner.read(signer.publish) is not None

    def _count_losses(self, told: list[tuple[int, str]], signer: Signer) -> bool:
        """Hold what survived against what was told; return whether the life can go on."""
        try:
            left, sound = self._runner.read(_look, told)
        except DBAPIError:
            left, sound = 0, False
        self.toll.lost += sum(size > left for size, _ in told)
        self.toll.corrupt += not sound
        try:
            # it grows the tree that was signed last by every entry's bytes, and must arrive at the journal's root
            self._runner.read(signer.publish)
        except Tampered:
            self.toll.ahead += 1
            return False
        return sound


def _look(db: Session, told: list[tuple[int, str]]) -> tuple[int, bool]:
    """Return how many entries are left, and whether the file is sound and their tree goes on from what was told."""
    sound = db.connection().exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]
    roots, tree = {}, CompactRange()
    for payloads in journal.payloads_between(db, 0, MOST_UNITS):
        for payload in payloads:
            tree = tree.extended([leaf_hash(payload)])
            roots[tree.size] = tree.root().hex()
    sealed = journal.newest_head(db)
    sound &= sealed is None or sealed == (tree.size, roots[tree.size])
    return tree.size, sound and all(roots[size] == root for size, root in told if size <= tree.size)


def _write(db: Session) -> tuple[int, str]:
    """Add somebody, and return how far the journal goes with that."""
    make.holder(db, engaged=None)
    head = journal.newest_head(db)
    assert head is not None
    return head
