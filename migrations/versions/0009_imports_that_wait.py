"""Imports by page: how sources are read, files that were checked and wait, imports that are to be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Whole, Words

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CREATED = ("clinician_name", "import_map", "import_undo", "waiting_import")


def upgrade() -> None:
    op.create_table(
        "clinician_name",
        sa.Column("source", Words, nullable=False),
        sa.Column("name", Words, nullable=False, comment="as the source writes it"),
        sa.Column("holder", Words, nullable=False),
        sa.Column("saved_by", Words, nullable=False),
        sa.Column("saved_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("source", "name", name=op.f("pk_clinician_name")),
        sqlite_strict=True,
    )
    op.create_index("ix_clinician_name_holder", "clinician_name", ["holder"], unique=False)
    op.create_table(
        "import_map",
        sa.Column("source", Words, nullable=False),
        sa.Column("document", Words, nullable=False, comment="columns, codes, statuses and defaults, as JSON; no name"),
        sa.Column("saved_by", Words, nullable=False),
        sa.Column("saved_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_import_map")),
        sqlite_strict=True,
    )
    op.create_table(
        "import_undo",
        sa.Column("id", Words, nullable=False),
        sa.Column("import_id", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("asked_by", Words, nullable=False),
        sa.Column("asked_at", Whole, nullable=False),
        sa.Column("decided_by", Words, nullable=True, comment="somebody else; none while it waits"),
        sa.Column("decided_at", Whole, nullable=True),
        sa.Column("is_undone", Whole, nullable=True, comment="1 where it was undone, 0 where it was left as it is"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_undo")),
        sqlite_strict=True,
    )
    op.create_index("ix_import_undo_import_id", "import_undo", ["import_id"], unique=False)
    op.create_table(
        "waiting_import",
        sa.Column("id", Words, nullable=False),
        sa.Column("actor", Words, nullable=False, comment="who checked the file; nobody else records it"),
        sa.Column("made_at", Whole, nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.Column("mark", Whole, nullable=False, comment="the newest entry that it was checked against"),
        sa.Column("rows", Bytes, nullable=False, comment="encrypted with a key that is kept nowhere"),
        sa.Column("problems", Bytes, nullable=False, comment="encrypted with the same key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_import")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
