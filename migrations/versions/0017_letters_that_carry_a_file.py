"""Letters that carry a file: the checkpoint of the record that somebody asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Words

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column(
        "attached",
        Words,
        nullable=True,
        comment="what travels as a file of its own; none for nothing, or once it is sent",
    )
    op.add_column("mail", column)


def downgrade() -> None:
    op.drop_column("mail", "attached")
