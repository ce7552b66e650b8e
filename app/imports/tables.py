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

grant_batch = Table(
    "grant_batch",
    metadata,
    Column("id", Words, primary_key=True),
    Column("made_by", Words, nullable=False),
    Column("made_at", Whole, nullable=False),
    Column("mark", Whole, nullable=False, comment="how many entries there were then: what tells which batch is newer"),
    Column("returned_by", Words, comment="who of the board wants it changed; none where nobody does"),
    Column("returned_at", Whole),
    Column("returned_because", Words),
    **STRICT,
)
"""Grants that were drafted together from one spreadsheet; what they are stands in the journal."""

grant_batch_draft = Table(
    "grant_batch_draft",
    metadata,
    Column("batch", Words, nullable=False),
    Column("draft", Words, nullable=False, comment="a later batch may hold it again, mended"),
    Column("place", Whole, nullable=False, comment="where it stood in the spreadsheet, from 0"),
    PrimaryKeyConstraint("batch", "draft"),
    Index(None, "draft"),
    **STRICT,
)
"""The drafts of a batch."""
