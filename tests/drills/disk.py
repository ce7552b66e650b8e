"""A disk whose power can be cut: a file system for SQLite, in memory, that forgets what was never synced.

What SQLite writes is at once what it reads back, as from an operating system's cache; on the disk itself is what a sync
has put there. When the power goes, each sector written since the last sync has reached the disk or has not, at random
and in any order, and the write under way is torn. Files are only ever made durable by a sync, as are their lengths.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import apsw

SECTOR = 512
"""What a disk writes whole or not at all, in bytes."""


@dataclass(slots=True)
class _File:
    """One file: what a sync has made safe, what is read, and what has been written since the sync."""

    safe: bytearray = field(default_factory=bytearray)
    seen: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: cut off at that length
    is_safe: bool = False

    def sync(self) -> None:
        for offset, data in self.pending:
            _put(self.safe, offset, data)
        self.pending.clear()
        self.is_safe = True

    def after_a_cut(self, chance: random.Random, torn: bool) -> bytes | None:
        """Return what is found when the power is back; None where the file itself had not reached the disk."""
        if not self.is_safe and chance.random() < 0.5:
            return None
        found = bytearray(self.safe)
        share = chance.random()
        for i, (offset, data) in enumerate(self.pending):
            if data is None:
                if chance.random() < share:
                    _put(found, offset, None)
                continue
            if torn and i == len(self.pending) - 1:
                _put(found, offset, data[: chance.randrange(len(data) + 1)])
                continue
            for start in range(0, len(data), SECTOR):
                if chance.random() < share:
                    _put(found, offset + start, data[start : start + SECTOR])
        return bytes(found)


def _put(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class Disk(apsw.VFS):
    """The file system, known to SQLite as ``name``; ``files`` are there when the power comes on.

    When it has gone nothing more is written, though whoever writes is not told: an answer given then was never given.
    """

    def __init__(self, name: str, files: dict[str, bytes], chance: random.Random) -> None:
        super().__init__(name, "")
        self.name, self._chance, self._left = name, chance, -1
        self.files = {path: _File(bytearray(data), bytearray(data), is_safe=True) for path, data in files.items()}
        self.survived: dict[str, bytes] | None = None

    @property
    def is_on(self) -> bool:
        """Tell whether there is power."""
        return self.survived is None

    def cut_after(self, writes: int) -> None:
        """Let the power go after so many writes and syncs from now on."""
        self._left = writes

    def tick(self, busy: _File) -> None:
        """Count one write or sync; at the last one the power goes, ``busy`` being the file that is written."""
        self._left -= 1
        if self._left or not self.is_on:
            return
        found = {path: file.after_a_cut(self._chance, file is busy) for path, file in sorted(self.files.items())}
        self.survived = {path: data for path, data in found.items() if data is not None}

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: ANN401, N802 - as apsw has it
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        flags[1] = flags[0]
        return _Handle(self, self.files.setdefault(path, _File()))

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802
        return pathname in self.files

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.files.pop(filename, None)

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


class _Handle:
    """An open file, in the words that SQLite has for it."""

    def __init__(self, disk: Disk, file: _File) -> None:
        self._disk, self._file = disk, file

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._file.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        _put(self._file.seen, offset, data)
        self._file.pending.append((offset, bytes(data)))
        self._disk.tick(self._file)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        _put(self._file.seen, newsize, None)
        self._file.pending.append((newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.tick(self._file)
        self._file.sync()

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._file.seen)

    def xSectorSize(self) -> int:  # noqa: N802
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        # as SQLite's own file system has it: a torn write harms nothing beside what it writes
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xLock(self, level: int) -> None:  # noqa: N802
        """Nobody else is there."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """Nobody else is there."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: N802
        return False

    def xClose(self) -> None:  # noqa: N802
        """What is pending stays so."""
