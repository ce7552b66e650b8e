"""Long work that is carried out beside the requests that ask for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Whole, Words

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", Words, nullable=False),
        sa.Column("task", Words, nullable=False, comment="the operation it carries out"),
        sa.Column("scope", Words, nullable=False, comment="whose tokens may follow it"),
        sa.Column("token", Words, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("authority", Words, nullable=False),
        sa.Column("request_id", Words, nullable=False),
        sa.Column("dry_run", Whole, nullable=False),
        sa.Column("asked", Words, nullable=False, comment="parameters, as JSON"),
        sa.Column(
            "sent", Bytes, nullable=True, comment="what it works on, as little of it as will do; gone when it has ended"
        ),
        sa.Column("state", Words, nullable=False),
        sa.Column("stage", Words, nullable=True),
        sa.Column("done", Whole, nullable=False),
        sa.Column("total", Whole, nullable=True, comment="none where it can't be told"),
        sa.Column("tries", Whole, nullable=False),
        sa.Column("seen_at", Whole, nullable=True, comment="when whoever carries it out was last heard of"),
        sa.Column("cancel_asked_at", Whole, nullable=True),
        sa.Column("answer", Bytes, nullable=True, comment="as the request would have been answered"),
        sa.Column("problem", Bytes, nullable=True, comment="why nothing was written"),
        sa.Column("rows", Bytes, nullable=True, comment="what became of each row, packed"),
        sa.Column("errors", Bytes, nullable=True, comment="what is wrong with which row, packed"),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("started_at", Whole, nullable=True),
        sa.Column("ended_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_job_state_known")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_job_state", "job", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("job")
