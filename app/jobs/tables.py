"""The table of jobs, beside the journal."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table

from ledger.base import Bytes, Whole, Words, metadata
from ledger.tables import STRICT

job = Table(
    "job",
    metadata,
    Column("id", Words, primary_key=True),
    Column("task", Words, nullable=False, comment="the operation it carries out"),
    Column("scope", Words, nullable=False, comment="whose tokens may follow it"),
    Column("token", Words, nullable=False),
    Column("actor", Words, nullable=False),
    Column("authority", Words, nullable=False),
    Column("request_id", Words, nullable=False),
    Column("dry_run", Whole, nullable=False),
    Column("asked", Words, nullable=False, comment="parameters, as JSON"),
    Column("sent", Bytes, comment="what it works on, as little of it as will do; gone when it has ended"),
    Column("state", Words, nullable=False),
    Column("stage", Words),
    Column("done", Whole, nullable=False),
    Column("total", Whole, comment="none where it can't be told"),
    Column("tries", Whole, nullable=False),
    Column("seen_at", Whole, comment="when whoever carries it out was last heard of"),
    Column("cancel_asked_at", Whole),
    Column("answer", Bytes, comment="as the request would have been answered"),
    Column("problem", Bytes, comment="why nothing was written"),
    Column("rows", Bytes, comment="what became of each row, packed"),
    Column("errors", Bytes, comment="what is wrong with which row, packed"),
    Column("created_at", Whole, nullable=False),
    Column("started_at", Whole),
    Column("ended_at", Whole),
    CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state_known"),
    Index(None, "state"),
    **STRICT,
)
"""Jobs and, for some days, what came of them."""
