"""The journal and the equity it records.

The journal's four tables with their guards, one table for each class of equity record, the vault of personal data, and
what lets machines in.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Day, Whole, Words
from migrations.guards import drop_functions, guard_journal, guard_records

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RECORDS = (
    "approval",
    "company_figure",
    "holder",
    "issuer",
    "share_class",
    "source_item",
    "class_ratio",
    "class_split",
    "engagement",
    "identity",
    "plan",
    "valuation",
    "cause_decision",
    "engagement_end",
    "grant_draft",
    "security",
    "award",
    "schedule",
    "security_event",
)
"""Tables that only entries make, in the order of creation."""

CREATED = (
    "head",
    "idempotency",
    "token",
    "vault",
    "entry",
    "account",
    "approval",
    "company_figure",
    "holder",
    "issuer",
    "share_class",
    "source_item",
    "class_ratio",
    "class_split",
    "engagement",
    "identity",
    "plan",
    "posting",
    "valuation",
    "cause_decision",
    "engagement_end",
    "grant_draft",
    "security",
    "award",
    "schedule",
    "security_event",
)
"""All tables, in the order of creation."""


def upgrade() -> None:
    op.create_table(
        "head",
        sa.Column("size", Whole, autoincrement=False, nullable=False, comment="entries covered"),
        sa.Column("range", Bytes, nullable=False, comment="the compact range, 32 bytes a hash"),
        sa.Column("root", Bytes, nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_head_size_positive")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "idempotency",
        sa.Column("credential", Words, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("fingerprint", Words, nullable=False, comment="SHA-256 of method, path and body, hex"),
        sa.Column("status", Whole, nullable=False),
        sa.Column("answer", Bytes, nullable=False),
        sa.Column("recorded_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("credential", "key", name=op.f("pk_idempotency")),
        sqlite_strict=True,
    )
    op.create_table(
        "token",
        sa.Column("id", Words, nullable=False),
        sa.Column("secret_digest", Words, nullable=False, comment="SHA-256 of the secret, hex"),
        sa.Column("actor", Words, nullable=False),
        sa.Column("label", Words, nullable=False),
        sa.Column("scopes", Words, nullable=False, comment="separated by spaces"),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("expires_at", Whole, nullable=True),
        sa.Column("revoked_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_token_secret_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "vault",
        sa.Column(
            "digest", Words, nullable=False, comment="SHA-256 over salt and document, hex, as the journal has it"
        ),
        sa.Column("subject", Words, nullable=False, comment="the holder or item it is about"),
        sa.Column("kind", Words, nullable=False),
        sa.Column("salt", Bytes, nullable=False),
        sa.Column("document", Bytes, nullable=False),
        sa.CheckConstraint("kind IN ('IDENTITY', 'SOURCE')", name=op.f("ck_vault_kind_known")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_vault")),
        sqlite_strict=True,
    )
    op.create_index("ix_vault_subject", "vault", ["subject"], unique=False)
    op.create_table(
        "entry",
        sa.Column("n", Whole, autoincrement=False, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("effective_on", Day(), nullable=False),
        sa.Column("recorded_at", Whole, nullable=False, comment="microseconds since 1970, UTC"),
        sa.Column("reverses", Whole, nullable=True),
        sa.Column("payload", Bytes, nullable=False),
        sa.Column("leaf", Bytes, nullable=False),
        sa.Column("head", Whole, nullable=False),
        sa.CheckConstraint("head > n", name=op.f("ck_entry_head_covers")),
        sa.CheckConstraint("n >= 0", name=op.f("ck_entry_n_from_zero")),
        sa.CheckConstraint("reverses < n", name=op.f("ck_entry_reverses_back")),
        sa.ForeignKeyConstraint(
            ["head"], ["head.size"], name=op.f("fk_entry_head"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["reverses"], ["entry.n"], name=op.f("fk_entry_reverses")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_entry")),
        sa.UniqueConstraint("reverses", name=op.f("uq_entry_reverses")),
        sqlite_strict=True,
    )
    op.create_index("ix_entry_effective_on", "entry", ["effective_on"], unique=False)
    op.create_index("ix_entry_head", "entry", ["head"], unique=False)
    op.create_index("ix_entry_kind", "entry", ["kind"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", Whole, autoincrement=False, nullable=False),
        sa.Column("path", Words, nullable=False),
        sa.Column("asset", Words, nullable=False),
        sa.Column("floor", Whole, nullable=True),
        sa.Column("opened_n", Whole, nullable=False),
        sa.CheckConstraint("floor = 0", name=op.f("ck_account_floor_zero")),
        sa.ForeignKeyConstraint(["opened_n"], ["entry.n"], name=op.f("fk_account_opened_n")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("path", name=op.f("uq_account_path")),
        sqlite_strict=True,
    )
    op.create_table(
        "approval",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("subject_hash", Words, nullable=False),
        sa.Column("requester", Words, nullable=False),
        sa.Column("approver", Words, nullable=False),
        sa.Column("decided_on", Day(), nullable=False),
        sa.Column("resolution_ref", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_approval_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_approval")),
        sa.UniqueConstraint("id", name=op.f("uq_approval_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_approval_subject", "approval", ["subject"], unique=False)
    op.create_table(
        "company_figure",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("total_assets", Words, nullable=False),
        sa.Column("stated_on", Day(), nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_company_figure_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_company_figure")),
        sqlite_strict=True,
    )
    op.create_table(
        "holder",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("licensed", Whole, nullable=False),
        sa.Column("identity", Words, nullable=True),
        sa.CheckConstraint("kind IN ('INDIVIDUAL', 'ENTITY')", name=op.f("ck_holder_kind_known")),
        sa.CheckConstraint("licensed IN (0, 1)", name=op.f("ck_holder_licensed_flag")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_holder_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_holder")),
        sa.UniqueConstraint("id", name=op.f("uq_holder_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "issuer",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("legal_name", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("time_zone", Words, nullable=False),
        sa.Column("fiscal_year_end", Words, nullable=False),
        sa.Column("currency", Words, nullable=False),
        sa.Column("formed_on", Day(), nullable=True),
        sa.Column("country", Words, nullable=True),
        sa.CheckConstraint("kind IN ('COOP', 'MSO', 'PC')", name=op.f("ck_issuer_kind_known")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_issuer_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_issuer")),
        sa.UniqueConstraint("id", name=op.f("uq_issuer_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "share_class",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("prefix", Words, nullable=False),
        sa.Column("decimals", Whole, nullable=False),
        sa.Column("seniority", Whole, nullable=False),
        sa.Column("votes_per_share", Whole, nullable=False),
        sa.Column("ratio_numerator", Whole, nullable=False),
        sa.Column("ratio_denominator", Whole, nullable=False),
        sa.Column("converts_to", Words, nullable=True),
        sa.Column("liquidation_multiple", Words, nullable=True),
        sa.Column("original_price", Words, nullable=True),
        sa.Column("par_value", Words, nullable=True),
        sa.Column("licensed_only", Whole, nullable=False),
        sa.Column("unlimited", Whole, nullable=False),
        sa.CheckConstraint(
            "kind IN ('COMMON', 'PREFERRED', 'MEMBER_SHARE', 'UNITS')", name=op.f("ck_share_class_kind_known")
        ),
        sa.CheckConstraint("licensed_only IN (0, 1)", name=op.f("ck_share_class_licensed_only_flag")),
        sa.CheckConstraint("unlimited IN (0, 1)", name=op.f("ck_share_class_unlimited_flag")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_share_class_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_share_class")),
        sa.UniqueConstraint("id", name=op.f("uq_share_class_id")),
        sa.UniqueConstraint("name", name=op.f("uq_share_class_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "source_item",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("object_type", Words, nullable=False),
        sa.Column("object_id", Words, nullable=False),
        sa.Column("place", Words, nullable=False),
        sa.Column("digest", Words, nullable=False),
        sa.Column("subject", Words, nullable=True),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_source_item_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_source_item")),
        sqlite_strict=True,
    )
    op.create_index("ix_source_item_object_id", "source_item", ["object_id"], unique=False)
    op.create_table(
        "class_ratio",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("class_id", Words, nullable=False),
        sa.Column("numerator", Whole, nullable=False),
        sa.Column("denominator", Whole, nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["share_class.id"], name=op.f("fk_class_ratio_class_id")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_class_ratio_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_class_ratio")),
        sqlite_strict=True,
    )
    op.create_index("ix_class_ratio_class_id", "class_ratio", ["class_id"], unique=False)
    op.create_table(
        "class_split",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("class_id", Words, nullable=False),
        sa.Column("numerator", Whole, nullable=False),
        sa.Column("denominator", Whole, nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["share_class.id"], name=op.f("fk_class_split_class_id")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_class_split_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_class_split")),
        sqlite_strict=True,
    )
    op.create_index("ix_class_split_class_id", "class_split", ["class_id"], unique=False)
    op.create_table(
        "engagement",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("holder", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("shown_as", Words, nullable=False),
        sa.Column("starts_on", Day(), nullable=False),
        sa.CheckConstraint("kind IN ('W2', 'C1099', 'OWNER', 'INVESTOR')", name=op.f("ck_engagement_kind_known")),
        sa.CheckConstraint(
            "shown_as IN ('founder', 'provider', 'staff', 'investor', 'other')",
            name=op.f("ck_engagement_shown_as_known"),
        ),
        sa.ForeignKeyConstraint(["holder"], ["holder.id"], name=op.f("fk_engagement_holder")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_engagement_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_engagement")),
        sa.UniqueConstraint("id", name=op.f("uq_engagement_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_engagement_holder", "engagement", ["holder"], unique=False)
    op.create_table(
        "identity",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("holder", Words, nullable=False),
        sa.Column("digest", Words, nullable=False),
        sa.ForeignKeyConstraint(["holder"], ["holder.id"], name=op.f("fk_identity_holder")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_identity_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_identity")),
        sqlite_strict=True,
    )
    op.create_index("ix_identity_holder", "identity", ["holder"], unique=False)
    op.create_table(
        "plan",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("class_id", Words, nullable=False),
        sa.Column("return_rule", Words, nullable=False),
        sa.Column("holds_to_grant_date", Whole, nullable=False),
        sa.Column("pauses_for_leave", Whole, nullable=False),
        sa.Column("implied", Whole, nullable=False),
        sa.Column("adopted_on", Day(), nullable=True),
        sa.Column("resolution_ref", Words, nullable=True),
        sa.Column("counsel_memo_ref", Words, nullable=True),
        sa.CheckConstraint(
            "return_rule IN ('RETURN_TO_POOL', 'RETIRE', 'HOLD_AS_CAPITAL_STOCK')",
            name=op.f("ck_plan_return_rule_known"),
        ),
        sa.CheckConstraint("holds_to_grant_date IN (0, 1)", name=op.f("ck_plan_holds_to_grant_date_flag")),
        sa.CheckConstraint("implied IN (0, 1)", name=op.f("ck_plan_implied_flag")),
        sa.CheckConstraint("pauses_for_leave IN (0, 1)", name=op.f("ck_plan_pauses_for_leave_flag")),
        sa.ForeignKeyConstraint(["class_id"], ["share_class.id"], name=op.f("fk_plan_class_id")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_plan_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_plan")),
        sa.UniqueConstraint("id", name=op.f("uq_plan_id")),
        sa.UniqueConstraint("name", name=op.f("uq_plan_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "posting",
        sa.Column("account", Whole, nullable=False),
        sa.Column("version", Whole, nullable=False, comment="position in the account's chain, from 1"),
        sa.Column("n", Whole, nullable=False),
        sa.Column("leg", Whole, nullable=False, comment="position in the entry, from 0"),
        sa.Column("effective_on", Day(), nullable=False),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("after", Whole, nullable=False, comment="the account's balance once all known so far counts"),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_posting_amount_not_zero")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_posting_account")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_posting_n")),
        sa.PrimaryKeyConstraint("account", "version", name=op.f("pk_posting")),
        sa.UniqueConstraint("n", "leg", name=op.f("uq_posting_n_leg")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_posting_account_effective_on_n_amount", "posting", ["account", "effective_on", "n", "amount"], unique=False
    )
    op.create_table(
        "valuation",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("class_id", Words, nullable=False),
        sa.Column("price", Words, nullable=False),
        sa.Column("expires_on", Day(), nullable=False),
        sa.Column("approved_on", Day(), nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["share_class.id"], name=op.f("fk_valuation_class_id")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_valuation_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_valuation")),
        sa.UniqueConstraint("id", name=op.f("uq_valuation_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_valuation_class_id", "valuation", ["class_id"], unique=False)
    op.create_table(
        "cause_decision",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("engagement", Words, nullable=False),
        sa.Column("stands", Whole, nullable=False),
        sa.CheckConstraint("stands IN (0, 1)", name=op.f("ck_cause_decision_stands_flag")),
        sa.ForeignKeyConstraint(["engagement"], ["engagement.id"], name=op.f("fk_cause_decision_engagement")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_cause_decision_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_cause_decision")),
        sqlite_strict=True,
    )
    op.create_index("ix_cause_decision_engagement", "cause_decision", ["engagement"], unique=False)
    op.create_table(
        "engagement_end",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("engagement", Words, nullable=False),
        sa.Column("ended_on", Day(), nullable=False),
        sa.Column("reason", Words, nullable=True),
        sa.Column("second_approver", Words, nullable=True),
        sa.Column("appeal_until", Day(), nullable=True),
        sa.Column("became", Words, nullable=True),
        sa.CheckConstraint(
            "reason IN ('VOLUNTARY_OTHER', 'VOLUNTARY_GOOD_CAUSE', 'VOLUNTARY_RETIREMENT', 'INVOLUNTARY_OTHER', 'INVOLUNTARY_DEATH', 'INVOLUNTARY_DISABILITY', 'INVOLUNTARY_WITH_CAUSE')",
            name=op.f("ck_engagement_end_reason_known"),
        ),
        sa.ForeignKeyConstraint(["engagement"], ["engagement.id"], name=op.f("fk_engagement_end_engagement")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_engagement_end_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_engagement_end")),
        sa.UniqueConstraint("engagement", "n", name=op.f("uq_engagement_end_engagement_n")),
        sqlite_strict=True,
    )
    op.create_index("ix_engagement_end_engagement", "engagement_end", ["engagement"], unique=False)
    op.create_table(
        "grant_draft",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("drafter", Words, nullable=False),
        sa.Column("holder", Words, nullable=False),
        sa.Column("plan_id", Words, nullable=False),
        sa.Column("terms", Words, nullable=False),
        sa.Column("terms_hash", Words, nullable=False),
        sa.ForeignKeyConstraint(["holder"], ["holder.id"], name=op.f("fk_grant_draft_holder")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_grant_draft_n")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_grant_draft_plan_id")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_grant_draft")),
        sa.UniqueConstraint("id", "version", name=op.f("uq_grant_draft_id_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "security",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("label", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("holder", Words, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("class_id", Words, nullable=True),
        sa.Column("plan_id", Words, nullable=True),
        sa.Column("price", Words, nullable=True),
        sa.Column("from_security", Words, nullable=True),
        sa.Column("board_approved_on", Day(), nullable=True),
        sa.Column("resolution_ref", Words, nullable=True),
        sa.Column("exemption", Words, nullable=True),
        sa.Column("terms", Words, nullable=True),
        sa.CheckConstraint("kind IN ('STOCK', 'AWARD', 'CONVERTIBLE', 'WARRANT')", name=op.f("ck_security_kind_known")),
        sa.ForeignKeyConstraint(["class_id"], ["share_class.id"], name=op.f("fk_security_class_id")),
        sa.ForeignKeyConstraint(["holder"], ["holder.id"], name=op.f("fk_security_holder")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_security_n")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_security_plan_id")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_security")),
        sa.UniqueConstraint("id", name=op.f("uq_security_id")),
        sa.UniqueConstraint("label", name=op.f("uq_security_label")),
        sqlite_strict=True,
    )
    op.create_index("ix_security_class_id", "security", ["class_id"], unique=False)
    op.create_index("ix_security_holder", "security", ["holder"], unique=False)
    op.create_index("ix_security_kind_from_security", "security", ["kind", "from_security"], unique=False)
    op.create_index("ix_security_plan_id_kind", "security", ["plan_id", "kind"], unique=False)
    op.create_table(
        "award",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("security", Words, nullable=False),
        sa.Column("award_type", Words, nullable=False),
        sa.Column("vesting", Words, nullable=True),
        sa.Column("vesting_start", Day(), nullable=True),
        sa.Column("held_to_grant_date", Whole, nullable=False),
        sa.Column("early_exercisable", Whole, nullable=False),
        sa.Column("windows", Words, nullable=True),
        sa.Column("expires_on", Day(), nullable=True),
        sa.Column("valuation_id", Words, nullable=True),
        sa.Column("draft_id", Words, nullable=True),
        sa.Column("drafter", Words, nullable=True),
        sa.Column("approver", Words, nullable=True),
        sa.Column("engagement", Words, nullable=True),
        sa.Column("events", Words, nullable=True),
        sa.Column("vestings_given", Whole, nullable=False),
        sa.CheckConstraint(
            "award_type IN ('OPTION_NSO', 'OPTION_ISO', 'OPTION', 'RSU', 'RSA', 'CSAR', 'SSAR')",
            name=op.f("ck_award_award_type_known"),
        ),
        sa.CheckConstraint(
            "engagement IN ('W2', 'C1099', 'OWNER', 'INVESTOR')", name=op.f("ck_award_engagement_known")
        ),
        sa.CheckConstraint("early_exercisable IN (0, 1)", name=op.f("ck_award_early_exercisable_flag")),
        sa.CheckConstraint("held_to_grant_date IN (0, 1)", name=op.f("ck_award_held_to_grant_date_flag")),
        sa.CheckConstraint("vestings_given IN (0, 1)", name=op.f("ck_award_vestings_given_flag")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_award_n")),
        sa.ForeignKeyConstraint(["security"], ["security.id"], name=op.f("fk_award_security")),
        sa.ForeignKeyConstraint(["valuation_id"], ["valuation.id"], name=op.f("fk_award_valuation_id")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_award")),
        sa.UniqueConstraint("security", name=op.f("uq_award_security")),
        sqlite_strict=True,
    )
    op.create_table(
        "schedule",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("security", Words, nullable=False),
        sa.Column("cause", Words, nullable=False),
        sa.Column("instalments", Words, nullable=False),
        sa.CheckConstraint(
            "cause IN ('GRANTED', 'EVENT', 'PAUSED', 'RESUMED', 'ACCELERATED', 'FORFEITED', 'SUSPENDED', 'REINSTATED', 'CANCELLED', 'TRANSFERRED', 'SPLIT')",
            name=op.f("ck_schedule_cause_known"),
        ),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_schedule_n")),
        sa.ForeignKeyConstraint(["security"], ["security.id"], name=op.f("fk_schedule_security")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_schedule")),
        sqlite_strict=True,
    )
    op.create_index("ix_schedule_security", "schedule", ["security"], unique=False)
    op.create_table(
        "security_event",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("security", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("price", Words, nullable=True),
        sa.Column("reason", Words, nullable=True),
        sa.Column("results", Words, nullable=True),
        sa.Column("detail", Words, nullable=True),
        sa.CheckConstraint(
            "kind IN ('ACCEPTED', 'EXERCISED', 'SETTLED', 'TRANSFERRED', 'CONVERTED', 'REPURCHASED', 'CANCELLED', 'RETRACTED', 'REISSUED', 'CONSOLIDATED', 'REPRICED', 'FORFEITED', 'EXPIRED', 'LEFT', 'SUSPENDED', 'REINSTATED', 'PAUSED', 'RESUMED', 'ACCELERATED', 'MILESTONE', 'ADJUSTED')",
            name=op.f("ck_security_event_kind_known"),
        ),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_security_event_n")),
        sa.ForeignKeyConstraint(["security"], ["security.id"], name=op.f("fk_security_event_security")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_security_event")),
        sqlite_strict=True,
    )
    op.create_index("ix_security_event_security", "security_event", ["security"], unique=False)
    guard_journal()
    guard_records(*RECORDS)


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
    drop_functions(*CREATED)
