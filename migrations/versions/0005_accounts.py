"""Accounts: who may sign in, by which link, in which browser, in which role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Whole, Words
from migrations.guards import drop_functions

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CREATED = (
    "account_role",
    "sign_in_account",
    "sign_in_link",
    "web_session",
)
"""All tables, in the order of creation."""


def upgrade() -> None:
    op.create_table(
        "account_role",
        sa.Column("id", Words, nullable=False),
        sa.Column("account", Words, nullable=False),
        sa.Column("role", Words, nullable=False),
        sa.Column("given_by", Words, nullable=False),
        sa.Column("given_at", Whole, nullable=False),
        sa.Column("approved_by", Words, nullable=True, comment="somebody else; none while it waits"),
        sa.Column("approved_at", Whole, nullable=True),
        sa.Column("until", Whole, nullable=False, comment="microseconds since 1970; 90 days on at most"),
        sa.Column("ended_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_role")),
        sqlite_strict=True,
    )
    op.create_index("ix_account_role_account", "account_role", ["account"], unique=False)
    op.create_table(
        "sign_in_account",
        sa.Column("id", Words, nullable=False),
        sa.Column(
            "holder", Words, nullable=True, comment="the holder whose account it is; none for an auditor from outside"
        ),
        sa.Column("name", Words, nullable=True, comment="of whom no holder is; a holder's name stands in the vault"),
        sa.Column("email", Words, nullable=True),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("ended_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_account")),
        sa.UniqueConstraint("holder", name=op.f("uq_sign_in_account_holder")),
        sqlite_strict=True,
    )
    op.create_table(
        "sign_in_link",
        sa.Column("secret_digest", Words, nullable=False, comment="SHA-256 of the secret, hex"),
        sa.Column("account", Words, nullable=False),
        sa.Column("made_by", Words, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.Column("used_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("secret_digest", name=op.f("pk_sign_in_link")),
        sqlite_strict=True,
    )
    op.create_index("ix_sign_in_link_account", "sign_in_link", ["account"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("secret_digest", Words, nullable=False, comment="SHA-256 of what the cookie holds, hex"),
        sa.Column("account", Words, nullable=False),
        sa.Column("role", Words, nullable=True, comment="in which they act now; none for what is their own"),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("seen_at", Whole, nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.Column("ended_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("secret_digest", name=op.f("pk_web_session")),
        sqlite_strict=True,
    )
    op.create_index("ix_web_session_account", "web_session", ["account"], unique=False)


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
    drop_functions(*CREATED)
