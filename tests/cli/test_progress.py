"""The bar of long commands: one line on a terminal, and not a byte anywhere else."""

from __future__ import annotations

import io
import sys

import pytest

from app.cli.progress import Bar


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, term: str = "xterm") -> str:
    """What both halves of an import write to stderr."""
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("TERM", term)
    bar = Bar()
    bar("Reading", 20_000)
    bar("Recording", 10_000, 30_000)
    bar.end()
    return stderr.getvalue()


def test_both_halves_are_shown_on_one_line_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, Terminal()).split("\r")
    recording = "Recording [##########....................] 10,000 of 30,000 rows"
    assert lines == ["", "Reading 20,000 rows", recording, " " * len(recording), ""]


def test_a_file_or_a_plain_terminal_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO()) == ""
    assert shown(monkeypatch, Terminal(), term="dumb") == ""
