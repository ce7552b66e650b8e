"""Passkeys and sign-in from elsewhere: public keys, who is known as whom, and what was sent out to come back once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Whole, Words

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CREATED = (
    "passkey",
    "round_trip",
    "outside_identity",
)
"""All tables, in the order of creation."""


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", Words, nullable=False, comment="the credential's id, base64url, as the authenticator gave it"),
        sa.Column("account", Words, nullable=False),
        sa.Column("name", Words, nullable=False, comment="what its owner calls it"),
        sa.Column("public_key", Bytes, nullable=False, comment="COSE, as the authenticator gave it"),
        sa.Column("sign_count", Whole, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("used_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sqlite_strict=True,
    )
    op.create_index("ix_passkey_account", "passkey", ["account"], unique=False)
    op.create_table(
        "round_trip",
        sa.Column("secret_digest", Words, nullable=False, comment="SHA-256 of the challenge or state, hex"),
        sa.Column("purpose", Words, nullable=False),
        sa.Column("account", Words, nullable=True, comment="for whom; none while it is not known who signs in"),
        sa.Column("kept", Words, nullable=False, comment="JSON: what is needed when it comes back"),
        sa.Column("expires_at", Whole, nullable=False),
        sa.CheckConstraint(
            "purpose IN ('ADD_PASSKEY', 'USE_PASSKEY', 'PROVIDER')", name=op.f("ck_round_trip_purpose_known")
        ),
        sa.PrimaryKeyConstraint("secret_digest", name=op.f("pk_round_trip")),
        sqlite_strict=True,
    )
    op.create_table(
        "outside_identity",
        sa.Column("issuer", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("account", Words, nullable=False),
        sa.Column("linked_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_outside_identity")),
        sqlite_strict=True,
    )
    op.create_index("ix_outside_identity_account", "outside_identity", ["account"], unique=False)


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
