"""Originals that the record keeps: items of an imported package, in full in the vault, proved here (``SourceItem``)."""

from __future__ import annotations

from enum import StrEnum

from ledger.kinds import declare


@declare
class KeptEntry(StrEnum):
    """The kind of entry for what is imported and moves nothing."""

    KEPT = "ocf.kept"
    """Items of an imported package that the ledger keeps and gives back, and no more."""
