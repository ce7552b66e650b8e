"""Guards of the journal that look once at all rows of a statement, and at no more of it (PostgreSQL).

Asked row by row, they cost more than the rows; and a head's guard read the whole journal, so each commit took longer
the more there was.
"""

from __future__ import annotations

from migrations.guards import quicken_guards, slow_guards

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    quicken_guards()


def downgrade() -> None:
    slow_guards()
