"""Tables of imports beside the journal: how sources are read, what waits to be recorded or undone."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from ledger.base import Bytes, Whole, Words, metadata
from ledger.tables import STRICT

import_map = Table(
    "import_map",
    metadata,
    Column("source", Words, primary_key=True),
    Column("document", Words, nullable=False, comment="columns, codes, statuses and defaults, as JSON; no name"),
    Column("saved_by", Words, nullable=False),
    Column("saved_at", Whole, nullable=False),
    **STRICT,
)
"""How the files of a source are read, as finance last said it."""

clinician_name = Table(
    "clinician_name",
    metadata,
    Column("source", Words, nullable=False),
    Column("name", Words, nullable=False, comment="as the source writes it"),
    Column("holder", Words, nullable=False),
    Column("saved_by", Words, nullable=False),
    Column("saved_at", Whole, nullable=False),
    PrimaryKeyConstraint("source", "name"),
    Index(None, "holder"),
    **STRICT,
)
"""What a source calls a provider; erased with who they are."""

waiting_import = Table(
    "waiting_import",
    metadata,
    Column("id", Words, primary_key=True),
    Column("actor", Words, nullable=False, comment="who checked the file; nobody else records it"),
    Column("made_at", Whole, nullable=False),
    Column("expires_at", Whole, nullable=False),
    Column("mark", Whole, nullable=False, comment="the newest entry that it was checked against"),
    Column("rows", Bytes, nullable=False, comment="encrypted with a key that is kept nowhere"),
    Column("problems", Bytes, nullable=False, comment="encrypted with the same key"),
    **STRICT,
)
"""Files that were checked and are not recorded yet: their cleaned rows, for some hours, readable to nobody."""

import_undo = Table(
    "import_undo",
    metadata,
    Column("id", Words, primary_key=True),
    Column("import_id", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("asked_by", Words, nullable=False),
    Column("asked_at", Whole, nullable=False),
    Column("decided_by", Words, comment="somebody else; none while it waits"),
    Column("decided_at", Whole),
    Column("is_undone", Whole, comment="1 where it was undone, 0 where it was left as it is"),
    Index(None, "import_id"),
    **STRICT,
)
"""Imports that somebody asks to undo, and what a second person said to it."""
