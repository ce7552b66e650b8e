"""When each token was last used, and from which address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Whole, Words

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("token", sa.Column("last_used_at", Whole, nullable=True))
    op.add_column("token", sa.Column("last_used_from", Words, nullable=True, comment="the address it came from"))


def downgrade() -> None:
    op.drop_column("token", "last_used_from")
    op.drop_column("token", "last_used_at")
