"""Webhooks: where events are sent, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Whole, Words

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", Words, nullable=False),
        sa.Column("label", Words, nullable=False),
        sa.Column("url", Words, nullable=False),
        sa.Column("types", Words, nullable=False, comment="of events, separated by spaces; empty for all"),
        sa.Column("secret", Bytes, nullable=False, comment="encrypted by the key file, which is in no backup"),
        sa.Column("earlier", Bytes, nullable=True, comment="the secret before it was rotated, likewise"),
        sa.Column("earlier_until", Whole, nullable=True, comment="until when it signs, too"),
        sa.Column("made_at", Whole, nullable=False),
        sa.Column("made_by", Words, nullable=False),
        sa.Column("next_n", Whole, nullable=False, comment="the first entry that was not looked at"),
        sa.Column("failures", Whole, nullable=False, comment="in a row, of any delivery"),
        sa.Column("failing_since", Whole, nullable=True),
        sa.Column("quiet_until", Whole, nullable=True, comment="nothing is sent before this moment"),
        sa.Column("off_at", Whole, nullable=True, comment="since when nothing is sent"),
        sa.Column("off_why", Words, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sqlite_strict=True,
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", Words, nullable=False, comment="the webhook-id: the same at every try"),
        sa.Column("webhook", Words, nullable=False),
        sa.Column("n", Whole, nullable=True, comment="the entry; none where it was only tried"),
        sa.Column("type", Words, nullable=False),
        sa.Column("queued_at", Whole, nullable=False),
        sa.Column("due_at", Whole, nullable=False, comment="not before this moment: later after each failure"),
        sa.Column("attempts", Whole, nullable=False),
        sa.Column("claimed_until", Whole, nullable=True, comment="some courier sends it now"),
        sa.Column("tried_at", Whole, nullable=True),
        sa.Column("took_ms", Whole, nullable=True),
        sa.Column("done_at", Whole, nullable=True),
        sa.Column("given_up_at", Whole, nullable=True),
        sa.Column("trouble", Words, nullable=True, comment="what went wrong last"),
        sa.Column("status", Whole, nullable=True, comment="what was answered last"),
        sa.Column("answer", Words, nullable=True, comment="the first of what was said with it, for administrators"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("webhook", "n", name=op.f("uq_webhook_delivery_webhook_n")),
        sqlite_strict=True,
    )
    op.create_index("ix_webhook_delivery_webhook_due_at", "webhook_delivery", ["webhook", "due_at"], unique=False)
    op.create_index("ix_webhook_delivery_queued_at", "webhook_delivery", ["queued_at"], unique=False)


def downgrade() -> None:
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
