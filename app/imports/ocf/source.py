"""Where a package's files come from: a folder or a zip, read without trusting either.

Nothing is ever unpacked to disk, links are not followed, and no size that a zip states is believed: reading stops at
the limits below.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from app.imports.ocf.findings import Code, Finding, Severity


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a package may have, whatever it says about itself.

    Attributes:
        files: Files or zip members, read or not.
        manifest_bytes: One manifest.
        total_bytes: All files that are read, unpacked; a package of 100,000 grants has about 100 MB.
        ratio: Unpacked by packed size of one zip member. OCF texts reach about 40, a zip bomb 1,000.
    """

    files: int = 2_000
    manifest_bytes: int = 4 << 20
    total_bytes: int = 512 << 20
    ratio: int = 200


class Unreadable(Exception):
    """A file, or the package as a whole, can't or must not be read."""

    def __init__(self, code: Code, message: str, file: str = "") -> None:
        """Keep what the finding needs."""
        super().__init__(message)
        self.finding = Finding(Severity.ERROR, code, "", message, file)


class Source(Protocol):
    """A folder or a zip: names of regular files, relative to its root with forward slashes, and their bytes."""

    names: tuple[str, ...]

    def read(self, name: str, most: int) -> bytes:
        """Return the bytes of one file.

        Raises:
            Unreadable: It can't be read, is unsafe, or has more than ``most`` bytes.
        """
        ...


@contextmanager
def open_source(path: Path, limits: Limits) -> Iterator[Source]:
    """Open a folder or a zip file.

    Raises:
        Unreadable: Neither, too large, or unsafe as a whole.
    """
    if path.is_dir():
        yield Folder(path, limits)
        return
    if not path.is_file():
        raise Unreadable(Code.UNREADABLE, f"There is nothing at {path}. Name a folder or an .ocf.zip file.")
    if path.stat().st_size > limits.total_bytes:
        raise Unreadable(Code.TOO_LARGE, f"{path.name} has more than {limits.total_bytes:,} bytes.")
    with _reading(path.name), zipfile.ZipFile(path) as archive:
        yield Zip(archive, limits)


class Folder:
    """The regular files below a folder; links are not followed, hidden files are passed over."""

    def __init__(self, root: Path, limits: Limits) -> None:
        """List what is there."""
        self._root = root
        self.names = tuple(sorted(self._walk(limits)))

    def _walk(self, limits: Limits) -> Iterator[str]:
        seen = 0
        for here, folders, files in os.walk(self._root):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for name in files:
                seen += 1
                if seen > limits.files:
                    raise Unreadable(Code.TOO_LARGE, f"{self._root} holds more than {limits.files:,} files.")
                if not name.startswith("."):
                    yield (Path(here) / name).relative_to(self._root).as_posix()

    def read(self, name: str, most: int) -> bytes:
        """Return the bytes of one file; refuse links at any step of its path, and whatever is no regular file."""
        path = self._root / name
        steps = [path, *(self._root / folder for folder in PurePosixPath(name).parents if folder.name)]
        with _reading(name):
            if any(step.is_symlink() for step in steps):
                raise Unreadable(Code.UNSAFE_PATH, f"{name} is a link; put the file itself in the folder.", name)
            seen = path.stat()
            if not stat.S_ISREG(seen.st_mode):
                raise Unreadable(Code.UNREADABLE, f"{name} is not a file.", name)
            with path.open("rb") as file:
                # asking for all that is permitted would set aside so much memory, whatever the file's size
                return _bounded(file.read(min(most, seen.st_size) + 1), most, name)


class Zip:
    """The members of a zip that are files; unsafe names anywhere in it make the whole of it suspect."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        """List what is there."""
        self._archive, self._limits = archive, limits
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > limits.files:
            raise Unreadable(Code.TOO_LARGE, f"The zip holds more than {limits.files:,} files.")
        for member in members:
            _refuse_unsafe(member)
        twice = [name for name, times in Counter(member.filename for member in members).items() if times > 1]
        if twice:
            raise Unreadable(Code.DUPLICATE_FILE, f"The zip holds {twice[0]} more than once.", twice[0])
        self.names = tuple(sorted(m.filename for m in members if not _is_hidden(m.filename)))

    def read(self, name: str, most: int) -> bytes:
        """Return one member unpacked; stop as soon as it swells beyond ``most`` or the permitted ratio."""
        member = self._archive.getinfo(name)
        if member.flag_bits & 0x1:
            raise Unreadable(Code.ENCRYPTED, f"{name} is encrypted. Make the zip without a password.", name)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(Code.UNREADABLE, f"{name} is packed in a way that is not read; use plain zip.", name)
        most = min(most, max(1 << 20, member.compress_size * self._limits.ratio))
        with _reading(name), self._archive.open(member) as file:
            return _bounded(file.read(most + 1), most, name)


def _refuse_unsafe(member: zipfile.ZipInfo) -> None:
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Unreadable(Code.UNSAFE_PATH, f"{member.filename} is a link; a package holds files only.", member.filename)
    if unsafe(member.filename):
        raise Unreadable(Code.UNSAFE_PATH, f"{member.filename} points out of the zip.", member.filename)


def unsafe(name: str) -> bool:
    """Return whether a path is not plainly one below the package's own folder."""
    parts = name.split("/")
    return ".." in parts or "\\" in name or "\0" in name or ":" in parts[0] or parts[0] in ("", "~")


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _bounded(data: bytes, most: int, name: str) -> bytes:
    if len(data) > most:
        raise Unreadable(Code.TOO_LARGE, f"{name} is larger than it may be, or swells when unpacked.", name)
    return data


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turn what can go wrong with bytes from elsewhere into a refusal that names the file."""
    try:
        yield
    except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise Unreadable(Code.UNREADABLE, f"{name} can't be read: {error}.", name) from error
