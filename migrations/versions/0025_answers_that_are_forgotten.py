"""Answers kept for repeated requests are found by their age, to be forgotten."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_idempotency_recorded_at"), "idempotency", ["recorded_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_idempotency_recorded_at"), "idempotency")
