"""How far a long command has come: a bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import os
import sys

WIDTH = 30


class Bar:
    """A line on the terminal that is written over and, at the end, gone; silent where stderr is none."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._length = 0

    def __call__(self, stage: str, done: int, of: int | None = None, /) -> None:
        """Show how many rows something has been done to, and of how many if that is known."""
        filled = WIDTH * done // of if of else 0
        bar = f" [{'#' * filled}{'.' * (WIDTH - filled)}] {done:,} of {of:,} rows" if of else f" {done:,} rows"
        self._write(f"{stage}{bar}")

    def end(self) -> None:
        """Take the line away."""
        self._write("")
        self._write("")

    def _write(self, text: str) -> None:
        if self._shows:
            sys.stderr.write(f"\r{text.ljust(self._length)}")
            sys.stderr.flush()
            self._length = len(text)
