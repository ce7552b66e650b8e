"""Tables of webhooks, beside the journal: where events are sent, and what became of each."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, UniqueConstraint

from ledger.base import Bytes, Whole, Words, metadata
from ledger.tables import STRICT

webhook = Table(
    "webhook",
    metadata,
    Column("id", Words, primary_key=True),
    Column("label", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("types", Words, nullable=False, comment="of events, separated by spaces; empty for all"),
    Column("secret", Bytes, nullable=False, comment="encrypted by the key file, which is in no backup"),
    Column("earlier", Bytes, comment="the secret before it was rotated, likewise"),
    Column("earlier_until", Whole, comment="until when it signs, too"),
    Column("made_at", Whole, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("next_n", Whole, nullable=False, comment="the first entry that was not looked at"),
    Column("failures", Whole, nullable=False, comment="in a row, of any delivery"),
    Column("failing_since", Whole),
    Column("quiet_until", Whole, comment="nothing is sent before this moment"),
    Column("off_at", Whole, comment="since when nothing is sent"),
    Column("off_why", Words),
    **STRICT,
)
"""Where events are sent."""

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Words, primary_key=True, comment="the webhook-id: the same at every try"),
    Column("webhook", Words, nullable=False),
    Column("n", Whole, comment="the entry; none where it was only tried"),
    Column("type", Words, nullable=False),
    Column("queued_at", Whole, nullable=False),
    Column("due_at", Whole, nullable=False, comment="not before this moment: later after each failure"),
    Column("attempts", Whole, nullable=False),
    Column("claimed_until", Whole, comment="some courier sends it now"),
    Column("tried_at", Whole),
    Column("took_ms", Whole),
    Column("done_at", Whole),
    Column("given_up_at", Whole),
    Column("trouble", Words, comment="what went wrong last"),
    Column("status", Whole, comment="what was answered last"),
    Column("answer", Words, comment="the first of what was said with it, for administrators"),
    UniqueConstraint("webhook", "n"),
    Index(None, "webhook", "due_at"),
    Index(None, "queued_at"),
    **STRICT,
)
"""What is sent, was sent, or could not be; pruned after some weeks."""
