"""How capital accounts are paid out: what the board states, what was promised on exit, what each payment rests on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Day, Whole, Words
from migrations.guards import drop_functions, guard_records

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RECORDS = (
    "solvency_statement",
    "exit_schedule",
    "payout",
    "check_cashed",
)
"""Tables that only entries make, in the order of creation."""

CREATED = (
    "solvency_statement",
    "exit_schedule",
    "payout",
    "check_cashed",
)
"""All tables, in the order of creation."""


def upgrade() -> None:
    op.create_table(
        "solvency_statement",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("assets", Whole, nullable=False),
        sa.Column("liabilities", Whole, nullable=False),
        sa.Column("pays_debts", Whole, nullable=False),
        sa.Column("good_until", Day(), nullable=False),
        sa.Column("resolution_ref", Words, nullable=False),
        sa.Column("stated_by", Words, nullable=False),
        sa.CheckConstraint("pays_debts IN (0, 1)", name=op.f("ck_solvency_statement_pays_debts_flag")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_solvency_statement_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_solvency_statement")),
        sa.UniqueConstraint("id", name=op.f("uq_solvency_statement_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "exit_schedule",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("cause", Words, nullable=False),
        sa.Column("left_on", Day(), nullable=False),
        sa.Column("instalments", Words, nullable=False),
        sa.Column("resolution_ref", Words, nullable=True),
        sa.CheckConstraint(
            "cause IN ('LEFT', 'DEATH', 'DISABILITY', 'HARDSHIP')", name=op.f("ck_exit_schedule_cause_known")
        ),
        sa.ForeignKeyConstraint(["member"], ["holder.id"], name=op.f("fk_exit_schedule_member")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_exit_schedule_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_exit_schedule")),
        sa.UniqueConstraint("id", name=op.f("uq_exit_schedule_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_exit_schedule_member", "exit_schedule", ["member"], unique=False)
    op.create_table(
        "payout",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("member", Words, nullable=False),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("solvency", Words, nullable=False),
        sa.Column("schedule", Words, nullable=True),
        sa.Column("resolution_ref", Words, nullable=True),
        sa.ForeignKeyConstraint(["member"], ["holder.id"], name=op.f("fk_payout_member")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_payout_n")),
        sa.ForeignKeyConstraint(["schedule"], ["exit_schedule.id"], name=op.f("fk_payout_schedule")),
        sa.ForeignKeyConstraint(["solvency"], ["solvency_statement.id"], name=op.f("fk_payout_solvency")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_payout")),
        sqlite_strict=True,
    )
    op.create_index("ix_payout_member", "payout", ["member"], unique=False)
    op.create_index("ix_payout_schedule", "payout", ["schedule"], unique=False)
    op.create_index("ix_payout_solvency", "payout", ["solvency"], unique=False)
    op.create_table(
        "check_cashed",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("declaration", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("cashed_on", Day(), nullable=False),
        sa.ForeignKeyConstraint(["declaration"], ["patronage_draft.id"], name=op.f("fk_check_cashed_declaration")),
        sa.ForeignKeyConstraint(["member"], ["holder.id"], name=op.f("fk_check_cashed_member")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_check_cashed_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_check_cashed")),
        sqlite_strict=True,
    )
    op.create_index("ix_check_cashed_declaration", "check_cashed", ["declaration"], unique=False)
    op.create_index("ix_check_cashed_member", "check_cashed", ["member"], unique=False)
    guard_records(*RECORDS)


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
    drop_functions(*CREATED)
