"""Letters by e-mail, and how each person reads: language, zone, calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Whole, Words
from migrations.guards import drop_functions

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CREATED = (
    "address_change",
    "calendar_link",
    "mail",
    "mail_choice",
    "mail_round",
    "mail_stop",
    "preference",
)
"""All tables, in the order of creation."""


def upgrade() -> None:
    op.create_table(
        "address_change",
        sa.Column(
            "secret_digest", Words, nullable=False, comment="SHA-256 of what the link to the new address holds, hex"
        ),
        sa.Column("account", Words, nullable=False),
        sa.Column("address", Words, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("secret_digest", name=op.f("pk_address_change")),
        sqlite_strict=True,
    )
    op.create_index("ix_address_change_account", "address_change", ["account"], unique=False)
    op.create_table(
        "calendar_link",
        sa.Column("account", Words, nullable=False),
        sa.Column("secret_digest", Words, nullable=False, comment="SHA-256 of the secret in the address, hex"),
        sa.Column("made_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_calendar_link")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_calendar_link_secret_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "mail",
        sa.Column("id", Words, nullable=False),
        sa.Column("key", Words, nullable=False, comment="what it is about and for whom: no letter is sent twice"),
        sa.Column("kind", Words, nullable=False),
        sa.Column("account", Words, nullable=True, comment="whom it is for"),
        sa.Column("topic", Words, nullable=True, comment="by which they can stop it; none for what can't be stopped"),
        sa.Column("address", Words, nullable=True, comment="none once it is sent"),
        sa.Column("language", Words, nullable=False),
        sa.Column("zone", Words, nullable=False),
        sa.Column("subject", Words, nullable=True, comment="none once it is sent, like the words themselves"),
        sa.Column("text", Words, nullable=True),
        sa.Column("html", Words, nullable=True),
        sa.Column("stop_address", Words, nullable=True, comment="where one click stops its kind"),
        sa.Column("queued_at", Whole, nullable=False),
        sa.Column("due_at", Whole, nullable=False, comment="not before this moment: later after each failure"),
        sa.Column("until", Whole, nullable=True, comment="from then on nobody needs it any more"),
        sa.Column("attempts", Whole, nullable=False),
        sa.Column("claimed_until", Whole, nullable=True, comment="some worker sends it now"),
        sa.Column("sent_at", Whole, nullable=True),
        sa.Column("given_up_at", Whole, nullable=True),
        sa.Column("problem", Words, nullable=True, comment="what went wrong last, in plain words"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_mail_account", "mail", ["account"], unique=False)
    op.create_index("ix_mail_due_at", "mail", ["due_at"], unique=False)
    op.create_table(
        "mail_choice",
        sa.Column("account", Words, nullable=False),
        sa.Column("topic", Words, nullable=False),
        sa.Column("choice", Words, nullable=False),
        sa.PrimaryKeyConstraint("account", "topic", name=op.f("pk_mail_choice")),
        sqlite_strict=True,
    )
    op.create_table(
        "mail_round",
        sa.Column("key", Words, nullable=False, comment="what happened, such as vote_opened:prp_…"),
        sa.Column("made_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mail_round")),
        sqlite_strict=True,
    )
    op.create_table(
        "mail_stop",
        sa.Column(
            "token", Words, nullable=False, comment="kept as it is: each letter holds it, and all it does is stop one"
        ),
        sa.Column("account", Words, nullable=False),
        sa.Column("topic", Words, nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_mail_stop")),
        sa.UniqueConstraint("account", "topic", name=op.f("uq_mail_stop_account_topic")),
        sqlite_strict=True,
    )
    op.create_table(
        "preference",
        sa.Column("account", Words, nullable=False),
        sa.Column("language", Words, nullable=True, comment="none for what the browser asks for"),
        sa.Column("zone", Words, nullable=True, comment="IANA name; none for the company's"),
        sa.Column("digest", Words, nullable=True, comment="how often: none for as usual"),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_preference")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
    drop_functions(*CREATED)
