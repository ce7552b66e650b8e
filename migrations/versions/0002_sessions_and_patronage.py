"""Sessions delivered and patronage.

One table for each class of record; no column for a client, a payer, a diagnosis, a fee or a note. Beside the journal the
key of fingerprints, and who asked for what is somebody else's.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Day, Whole, Words
from migrations.guards import drop_functions, guard_batches, guard_history, guard_records

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RECORDS = (
    "credit_rule",
    "period_close",
    "period_close_request",
    "session_import",
    "surplus",
    "council_service",
    "dispute",
    "patronage_consent",
    "protected_leave",
    "redemption",
    "statement_answer",
    "threshold",
    "dispute_step",
    "patronage_draft",
    "patronage_declaration",
)
"""Tables that only entries make, in the order of creation."""

BATCHES = (
    "allocation",
    "delivery",
)
"""The same, many thousands at a time."""

LISTS = (
    "access_log",
    "fingerprint_key",
)
"""Of the service, beside the journal: never changed either."""

CREATED = (
    "access_log",
    "fingerprint_key",
    "credit_rule",
    "period_close",
    "period_close_request",
    "session_import",
    "surplus",
    "allocation",
    "council_service",
    "delivery",
    "dispute",
    "patronage_consent",
    "protected_leave",
    "redemption",
    "statement_answer",
    "threshold",
    "dispute_step",
    "patronage_draft",
    "patronage_declaration",
)
"""All tables, in the order of creation."""


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", Words, nullable=False),
        sa.Column("recorded_at", Whole, nullable=False),
        sa.Column("token", Words, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("operation", Words, nullable=False),
        sa.Column("subject", Words, nullable=False, comment="the holder whose data was asked for"),
        sa.Column("status", Whole, nullable=False, comment="what was answered: 403 or 404"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
        sqlite_strict=True,
    )
    op.create_index("ix_access_log_subject", "access_log", ["subject"], unique=False)
    op.create_table(
        "fingerprint_key",
        sa.Column("id", Whole, autoincrement=False, nullable=False),
        sa.Column("key", Bytes, nullable=False),
        sa.Column("made_at", Whole, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_fingerprint_key_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fingerprint_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "credit_rule",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("resolution", Words, nullable=False),
        sa.Column("passed_on", Day(), nullable=False),
        sa.Column("effective_from", Day(), nullable=False),
        sa.Column("terms", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_credit_rule_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_credit_rule")),
        sa.UniqueConstraint("id", name=op.f("uq_credit_rule_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "period_close",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("period", Words, nullable=False),
        sa.Column("known_at", Whole, nullable=False),
        sa.Column("holdback", Whole, nullable=False),
        sa.Column("requester", Words, nullable=False),
        sa.Column("approver", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_period_close_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_period_close")),
        sa.UniqueConstraint("period", name=op.f("uq_period_close_period")),
        sqlite_strict=True,
    )
    op.create_table(
        "period_close_request",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("period", Words, nullable=False),
        sa.Column("holdback", Whole, nullable=False),
        sa.Column("requester", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_period_close_request_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_period_close_request")),
        sa.UniqueConstraint("id", name=op.f("uq_period_close_request_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_period_close_request_period", "period_close_request", ["period"], unique=False)
    op.create_table(
        "session_import",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("source", Words, nullable=False),
        sa.Column("file_digest", Words, nullable=False),
        sa.Column("mapping", Words, nullable=False),
        sa.Column("counts", Words, nullable=False),
        sa.Column("period", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_session_import_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_session_import")),
        sa.UniqueConstraint("id", name=op.f("uq_session_import_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_session_import_file_digest", "session_import", ["file_digest"], unique=False)
    op.create_table(
        "surplus",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("fiscal_year", Whole, nullable=False),
        sa.Column("net", Whole, nullable=False),
        sa.Column("currency", Words, nullable=False),
        sa.Column("resolution_ref", Words, nullable=False),
        sa.Column("terms", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_surplus_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_surplus")),
        sa.UniqueConstraint("fiscal_year", name=op.f("uq_surplus_fiscal_year")),
        sqlite_strict=True,
    )
    op.create_table(
        "allocation",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("declaration", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("weight", Whole, nullable=False),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("cash", Whole, nullable=False),
        sa.Column("retained", Whole, nullable=False),
        sa.Column("notice", Words, nullable=True),
        sa.CheckConstraint("notice IN ('QUALIFIED', 'NONQUALIFIED')", name=op.f("ck_allocation_notice_known")),
        sa.ForeignKeyConstraint(["member"], ["holder.id"], name=op.f("fk_allocation_member")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_allocation")),
        sqlite_strict=True,
    )
    op.create_index("ix_allocation_member", "allocation", ["member"], unique=False)
    op.create_table(
        "council_service",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("provider", Words, nullable=False),
        sa.Column("week", Day(), nullable=False),
        sa.Column("minutes", Whole, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_council_service_n")),
        sa.ForeignKeyConstraint(["provider"], ["holder.id"], name=op.f("fk_council_service_provider")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_council_service")),
        sqlite_strict=True,
    )
    op.create_index("ix_council_service_provider", "council_service", ["provider"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("provider", Words, nullable=False),
        sa.Column("local_date", Day(), nullable=False),
        sa.Column("category", Words, nullable=False),
        sa.Column("modality", Words, nullable=False),
        sa.Column("attendance", Words, nullable=False),
        sa.Column("count", Whole, nullable=False),
        sa.Column("minutes", Whole, nullable=False),
        sa.Column("fingerprint", Words, nullable=False),
        sa.Column("period", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("import_id", Words, nullable=True),
        sa.Column("undoes_n", Whole, nullable=True),
        sa.Column("undoes_i", Whole, nullable=True),
        sa.CheckConstraint(
            "attendance IN ('DELIVERED', 'NO_SHOW', 'LATE_CANCEL')", name=op.f("ck_delivery_attendance_known")
        ),
        sa.CheckConstraint(
            "category IN ('INTAKE', 'INDIVIDUAL', 'FAMILY_COUPLES', 'GROUP', 'CRISIS', 'OTHER')",
            name=op.f("ck_delivery_category_known"),
        ),
        sa.CheckConstraint("kind IN ('ORIGINAL', 'REVERSAL', 'ADJUSTMENT')", name=op.f("ck_delivery_kind_known")),
        sa.CheckConstraint(
            "modality IN ('IN_PERSON', 'VIDEO', 'PHONE', 'CHAT')", name=op.f("ck_delivery_modality_known")
        ),
        sa.ForeignKeyConstraint(["provider"], ["holder.id"], name=op.f("fk_delivery_provider")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_delivery")),
        sqlite_strict=True,
    )
    op.create_index("ix_delivery_fingerprint", "delivery", ["fingerprint"], unique=False)
    op.create_index("ix_delivery_import_id", "delivery", ["import_id"], unique=False)
    op.create_index("ix_delivery_provider_local_date", "delivery", ["provider", "local_date"], unique=False)
    op.create_table(
        "dispute",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("provider", Words, nullable=False),
        sa.Column("month", Day(), nullable=False),
        sa.Column("about", Words, nullable=False),
        sa.Column("minutes", Whole, nullable=False),
        sa.CheckConstraint(
            "about IN ('MISSING', 'NOT_MINE', 'DATE', 'MINUTES', 'CATEGORY', 'CREDIT')",
            name=op.f("ck_dispute_about_known"),
        ),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_dispute_n")),
        sa.ForeignKeyConstraint(["provider"], ["holder.id"], name=op.f("fk_dispute_provider")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_dispute")),
        sa.UniqueConstraint("id", name=op.f("uq_dispute_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_dispute_provider_month", "dispute", ["provider", "month"], unique=False)
    op.create_table(
        "patronage_consent",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("member", Words, nullable=False),
        sa.Column("is_given", Whole, nullable=False),
        sa.CheckConstraint("is_given IN (0, 1)", name=op.f("ck_patronage_consent_is_given_flag")),
        sa.ForeignKeyConstraint(["member"], ["holder.id"], name=op.f("fk_patronage_consent_member")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_patronage_consent_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_patronage_consent")),
        sqlite_strict=True,
    )
    op.create_index("ix_patronage_consent_member", "patronage_consent", ["member"], unique=False)
    op.create_table(
        "protected_leave",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("provider", Words, nullable=False),
        sa.Column("first_day", Day(), nullable=False),
        sa.Column("last_day", Day(), nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_protected_leave_n")),
        sa.ForeignKeyConstraint(["provider"], ["holder.id"], name=op.f("fk_protected_leave_provider")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_protected_leave")),
        sa.UniqueConstraint("id", name=op.f("uq_protected_leave_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_protected_leave_provider", "protected_leave", ["provider"], unique=False)
    op.create_table(
        "redemption",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("member", Words, nullable=False),
        sa.Column("fiscal_year", Whole, nullable=False),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("cause", Words, nullable=False),
        sa.ForeignKeyConstraint(["member"], ["holder.id"], name=op.f("fk_redemption_member")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_redemption_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_redemption")),
        sqlite_strict=True,
    )
    op.create_index("ix_redemption_member", "redemption", ["member"], unique=False)
    op.create_table(
        "statement_answer",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("provider", Words, nullable=False),
        sa.Column("month", Day(), nullable=False),
        sa.Column("answer", Words, nullable=False),
        sa.Column("known_at", Whole, nullable=False),
        sa.Column("figures", Words, nullable=False),
        sa.CheckConstraint("answer IN ('ATTESTED', 'DISPUTED')", name=op.f("ck_statement_answer_answer_known")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_statement_answer_n")),
        sa.ForeignKeyConstraint(["provider"], ["holder.id"], name=op.f("fk_statement_answer_provider")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_statement_answer")),
        sqlite_strict=True,
    )
    op.create_index("ix_statement_answer_provider_month", "statement_answer", ["provider", "month"], unique=False)
    op.create_table(
        "threshold",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("provider", Words, nullable=False),
        sa.Column("from_week", Day(), nullable=False),
        sa.Column("day", Whole, nullable=True),
        sa.Column("week", Whole, nullable=True),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_threshold_n")),
        sa.ForeignKeyConstraint(["provider"], ["holder.id"], name=op.f("fk_threshold_provider")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_threshold")),
        sqlite_strict=True,
    )
    op.create_index("ix_threshold_provider", "threshold", ["provider"], unique=False)
    op.create_table(
        "dispute_step",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("dispute", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("finding", Words, nullable=True),
        sa.CheckConstraint(
            "finding IN ('RECORD_WRONG', 'RECORD_RIGHT', 'NO_TRACE', 'OTHER_PERIOD')",
            name=op.f("ck_dispute_step_finding_known"),
        ),
        sa.CheckConstraint(
            "state IN ('OPEN', 'IN_REVIEW', 'ACCEPTED', 'REJECTED', 'APPEALED', 'COUNCIL_ACCEPTED', 'COUNCIL_REJECTED')",
            name=op.f("ck_dispute_step_state_known"),
        ),
        sa.ForeignKeyConstraint(["dispute"], ["dispute.id"], name=op.f("fk_dispute_step_dispute")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_dispute_step_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_dispute_step")),
        sqlite_strict=True,
    )
    op.create_index("ix_dispute_step_dispute", "dispute_step", ["dispute"], unique=False)
    op.create_table(
        "patronage_draft",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("first_day", Day(), nullable=False),
        sa.Column("last_day", Day(), nullable=False),
        sa.Column("pool", Whole, nullable=False),
        sa.Column("known_at", Whole, nullable=False),
        sa.Column("requester", Words, nullable=False),
        sa.Column("terms", Words, nullable=False),
        sa.Column("terms_hash", Words, nullable=False),
        sa.Column("currency", Words, nullable=True),
        sa.Column("plan_id", Words, nullable=True),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_patronage_draft_n")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_patronage_draft_plan_id")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_patronage_draft")),
        sa.UniqueConstraint("id", name=op.f("uq_patronage_draft_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "patronage_declaration",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("draft", Words, nullable=False),
        sa.Column("approver", Words, nullable=False),
        sa.Column("resolution_ref", Words, nullable=False),
        sa.ForeignKeyConstraint(["draft"], ["patronage_draft.id"], name=op.f("fk_patronage_declaration_draft")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_patronage_declaration_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_patronage_declaration")),
        sa.UniqueConstraint("draft", name=op.f("uq_patronage_declaration_draft")),
        sqlite_strict=True,
    )
    guard_records(*RECORDS)
    guard_batches(*BATCHES)
    for table in LISTS:
        guard_history(table)


def downgrade() -> None:
    for table in reversed(CREATED):
        op.drop_table(table)
    drop_functions(*CREATED)
