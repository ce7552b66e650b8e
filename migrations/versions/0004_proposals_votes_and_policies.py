"""Proposals, votes and policies.

One table for each class of record. Beside the journal what must not be told before a vote closes, and words that may
have to be erased. A policy is only ever set by what passed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.base import Bytes, Day, Whole, Words
from migrations.guards import drop_functions, guard_batches, guard_members, guard_records, unguard_members

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RECORDS = (
    "layoff_case",
    "policy",
    "proposal",
    "seat",
    "ballot_cast",
    "board_review",
    "candidacy",
    "candidacy_withdrawn",
    "closing",
    "comment",
    "conflict",
    "enactment",
    "interest_reached",
    "layoff_affected",
    "layoff_view",
    "layoff_withdrawn",
    "membership",
    "notice",
    "petition",
    "proposal_published",
    "proposal_version",
    "proposal_withdrawn",
    "roll_copied",
    "seat_term",
    "stance",
    "comment_moderated",
    "membership_end",
    "petition_ended",
    "seat_vacated",
    "stance_withdrawn",
)
"""Tables that only entries make, in the order of creation."""

BATCHES = (
    "ballot",
    "petition_seal",
    "roll",
)
"""The same, many thousands at a time."""

CREATED = (
    "ballot",
    "ballot_choice",
    "comment_text",
    "lot_seed",
    "petition_seal",
    "petition_signature",
    "roll",
    "layoff_case",
    "policy",
    "proposal",
    "seat",
    "ballot_cast",
    "board_review",
    "candidacy",
    "candidacy_withdrawn",
    "closing",
    "comment",
    "conflict",
    "enactment",
    "interest_reached",
    "layoff_affected",
    "layoff_view",
    "layoff_withdrawn",
    "membership",
    "notice",
    "petition",
    "proposal_published",
    "proposal_version",
    "proposal_withdrawn",
    "roll_copied",
    "seat_term",
    "stance",
    "comment_moderated",
    "membership_end",
    "petition_ended",
    "seat_vacated",
    "stance_withdrawn",
)
"""All tables, in the order of creation."""


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    op.create_table(
        "ballot",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("revision", Whole, nullable=False),
        sa.Column("choice", Words, nullable=False),
        sa.Column("salt", Words, nullable=False),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_ballot")),
        sa.UniqueConstraint("proposal", "member", name=op.f("uq_ballot_proposal_member")),
        sqlite_strict=True,
    )
    op.create_table(
        "ballot_choice",
        sa.Column("proposal", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("revision", Whole, nullable=False),
        sa.Column("salt", Bytes, nullable=False),
        sa.Column("choice", Words, nullable=False, comment="canonical JSON"),
        sa.PrimaryKeyConstraint("proposal", "member", "revision", name=op.f("pk_ballot_choice")),
        sqlite_strict=True,
    )
    op.create_table(
        "comment_text",
        sa.Column("comment", Words, nullable=False),
        sa.Column("salt", Bytes, nullable=False),
        sa.Column("words", Words, nullable=False),
        sa.PrimaryKeyConstraint("comment", name=op.f("pk_comment_text")),
        sqlite_strict=True,
    )
    op.create_table(
        "lot_seed",
        sa.Column("lot", Words, nullable=False, comment="SHA-256 of the seed, hex: what the notice holds"),
        sa.Column("seed", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("lot", name=op.f("pk_lot_seed")),
        sqlite_strict=True,
    )
    op.create_table(
        "petition_seal",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("petition", Words, nullable=False),
        sa.Column("seal", Words, nullable=False),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_petition_seal")),
        sa.UniqueConstraint("petition", "seal", name=op.f("uq_petition_seal_petition_seal")),
        sqlite_strict=True,
    )
    op.create_table(
        "petition_signature",
        sa.Column("petition", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("salt", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("petition", "member", name=op.f("pk_petition_signature")),
        sqlite_strict=True,
    )
    op.create_table(
        "roll",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("chamber", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("part", Words, nullable=False),
        sa.Column("weight", Whole, nullable=False),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_roll")),
        sa.UniqueConstraint("proposal", "chamber", "member", name=op.f("uq_roll_proposal_chamber_member")),
        sqlite_strict=True,
    )
    op.create_index("ix_roll_proposal_member", "roll", ["proposal", "member"], unique=False)
    op.create_table(
        "layoff_case",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("notice_on", Day(), nullable=False),
        sa.Column("last_day", Day(), nullable=False),
        sa.Column("handover_days", Whole, nullable=False),
        sa.Column("policy", Whole, nullable=True),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_layoff_case_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_layoff_case")),
        sa.UniqueConstraint("id", name=op.f("uq_layoff_case_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "policy",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("value", Words, nullable=False),
        sa.Column("effective_from", Day(), nullable=False),
        sa.Column("expires_on", Day(), nullable=True),
        sa.Column("proposal", Words, nullable=True),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_policy_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_policy")),
        sa.UniqueConstraint("id", name=op.f("uq_policy_id")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_policy_key_version")),
        sqlite_strict=True,
    )
    op.create_index("ix_policy_key_effective_from", "policy", ["key", "effective_from"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("author", Words, nullable=False),
        sa.Column("board_ref", Words, nullable=True),
        sa.Column("repeals", Words, nullable=True),
        sa.CheckConstraint(
            "kind IN ('FEE_OR_RATE', 'CASELOAD_RAISE', 'CASELOAD_LOWER', 'DATA_SHARING', 'LAYOFF_PROTOCOL', 'BENEFITS', 'SURPLUS', 'POOL_INCREASE', 'GRANTS', 'BYLAWS', 'CORPORATE_ACTION', 'ELECTION', 'RECALL', 'ADVISORY')",
            name=op.f("ck_proposal_kind_known"),
        ),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_proposal_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_proposal")),
        sa.UniqueConstraint("id", name=op.f("uq_proposal_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "seat",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("name", Words, nullable=False),
        sa.Column("reserved_for", Words, nullable=True),
        sa.Column("term_months", Whole, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_seat_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_seat")),
        sa.UniqueConstraint("id", name=op.f("uq_seat_id")),
        sa.UniqueConstraint("name", name=op.f("uq_seat_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "ballot_cast",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("revision", Whole, nullable=False),
        sa.Column("digest", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_ballot_cast_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_ballot_cast_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_ballot_cast")),
        sa.UniqueConstraint("proposal", "member", "revision", name=op.f("uq_ballot_cast_proposal_member_revision")),
        sqlite_strict=True,
    )
    op.create_table(
        "board_review",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("recommendation", Words, nullable=False),
        sa.Column("reasons", Words, nullable=False),
        sa.CheckConstraint(
            "recommendation IN ('FOR', 'AGAINST', 'NONE')", name=op.f("ck_board_review_recommendation_known")
        ),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_board_review_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_board_review_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_board_review")),
        sa.UniqueConstraint("proposal", name=op.f("uq_board_review_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "candidacy",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("statement", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_candidacy_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_candidacy_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_candidacy")),
        sa.UniqueConstraint("proposal", "member", name=op.f("uq_candidacy_proposal_member")),
        sqlite_strict=True,
    )
    op.create_table(
        "candidacy_withdrawn",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_candidacy_withdrawn_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_candidacy_withdrawn_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_candidacy_withdrawn")),
        sa.UniqueConstraint("proposal", "member", name=op.f("uq_candidacy_withdrawn_proposal_member")),
        sqlite_strict=True,
    )
    op.create_table(
        "closing",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("outcome", Words, nullable=False),
        sa.Column("winners", Words, nullable=False),
        sa.Column("turnout", Whole, nullable=False),
        sa.Column("result", Words, nullable=False),
        sa.Column("seed", Words, nullable=False),
        sa.Column("audit", Words, nullable=False),
        sa.CheckConstraint("outcome IN ('PASSED', 'FAILED', 'NO_QUORUM')", name=op.f("ck_closing_outcome_known")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_closing_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_closing_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_closing")),
        sa.UniqueConstraint("proposal", "outcome", name=op.f("uq_closing_proposal_outcome")),
        sa.UniqueConstraint("proposal", name=op.f("uq_closing_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "comment",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("parent", Words, nullable=True),
        sa.Column("author", Words, nullable=False),
        sa.Column("digest", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_comment_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_comment_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_comment")),
        sa.UniqueConstraint("id", name=op.f("uq_comment_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_comment_proposal", "comment", ["proposal"], unique=False)
    op.create_table(
        "conflict",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("statement", Words, nullable=False),
        sa.Column("is_recused", Whole, nullable=False),
        sa.CheckConstraint("is_recused IN (0, 1)", name=op.f("ck_conflict_is_recused_flag")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_conflict_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_conflict_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_conflict")),
        sa.UniqueConstraint("proposal", "member", name=op.f("uq_conflict_proposal_member")),
        sqlite_strict=True,
    )
    op.create_table(
        "enactment",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("outcome", Words, nullable=False),
        sa.Column("reason", Words, nullable=True),
        sa.Column("entries", Words, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('ENACTED', 'REFUSED', 'STOPPED', 'LAPSED')", name=op.f("ck_enactment_outcome_known")
        ),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_enactment_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_enactment_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_enactment")),
        sa.UniqueConstraint("proposal", name=op.f("uq_enactment_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "interest_reached",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("interested", Whole, nullable=False),
        sa.Column("members", Whole, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_interest_reached_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_interest_reached_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_interest_reached")),
        sa.UniqueConstraint("proposal", name=op.f("uq_interest_reached_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "layoff_affected",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("layoff", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.ForeignKeyConstraint(["layoff"], ["layoff_case.id"], name=op.f("fk_layoff_affected_layoff")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_layoff_affected_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_layoff_affected")),
        sa.UniqueConstraint("layoff", "member", name=op.f("uq_layoff_affected_layoff_member")),
        sqlite_strict=True,
    )
    op.create_index("ix_layoff_affected_member", "layoff_affected", ["member"], unique=False)
    op.create_table(
        "layoff_view",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("layoff", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.ForeignKeyConstraint(["layoff"], ["layoff_case.id"], name=op.f("fk_layoff_view_layoff")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_layoff_view_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_layoff_view")),
        sqlite_strict=True,
    )
    op.create_index("ix_layoff_view_layoff", "layoff_view", ["layoff"], unique=False)
    op.create_table(
        "layoff_withdrawn",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("layoff", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.ForeignKeyConstraint(["layoff"], ["layoff_case.id"], name=op.f("fk_layoff_withdrawn_layoff")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_layoff_withdrawn_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_layoff_withdrawn")),
        sa.UniqueConstraint("layoff", name=op.f("uq_layoff_withdrawn_layoff")),
        sqlite_strict=True,
    )
    op.create_table(
        "membership",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("member_class", Words, nullable=False),
        sa.Column("starts_on", Day(), nullable=False),
        sa.Column("buy_in_due", Whole, nullable=False),
        sa.CheckConstraint(
            "member_class IN ('PROVIDER', 'STEWARD', 'STAFF', 'INVESTOR')",
            name=op.f("ck_membership_member_class_known"),
        ),
        sa.ForeignKeyConstraint(["member"], ["holder.id"], name=op.f("fk_membership_member")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_membership_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_membership")),
        sa.UniqueConstraint("id", name=op.f("uq_membership_id")),
        sa.UniqueConstraint("number", name=op.f("uq_membership_number")),
        sqlite_strict=True,
    )
    op.create_index("ix_membership_member", "membership", ["member"], unique=False)
    op.create_table(
        "notice",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("rule", Words, nullable=False),
        sa.Column("digest", Words, nullable=False),
        sa.Column("record_date", Day(), nullable=False),
        sa.Column("zone", Words, nullable=False),
        sa.Column("opens_at", Whole, nullable=False),
        sa.Column("closes_at", Whole, nullable=False),
        sa.Column("effective_on", Day(), nullable=True),
        sa.Column("lot", Words, nullable=False),
        sa.Column("petition", Words, nullable=True),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_notice_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_notice_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_notice")),
        sa.UniqueConstraint("proposal", "version", name=op.f("uq_notice_proposal_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "petition",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("author", Words, nullable=False),
        sa.Column("needed", Whole, nullable=False),
        sa.Column("expires_on", Day(), nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_petition_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_petition_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_petition")),
        sa.UniqueConstraint("id", name=op.f("uq_petition_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_petition_proposal", "petition", ["proposal"], unique=False)
    op.create_table(
        "proposal_published",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_proposal_published_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_proposal_published_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_proposal_published")),
        sa.UniqueConstraint("proposal", name=op.f("uq_proposal_published_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "proposal_version",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("title", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.Column("motions", Words, nullable=False),
        sa.Column("options", Words, nullable=False),
        sa.Column("seats", Whole, nullable=False),
        sa.Column("author", Words, nullable=False),
        sa.Column("digest", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_proposal_version_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_proposal_version_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_proposal_version")),
        sa.UniqueConstraint("proposal", "number", name=op.f("uq_proposal_version_proposal_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "proposal_withdrawn",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_proposal_withdrawn_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_proposal_withdrawn_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_proposal_withdrawn")),
        sa.UniqueConstraint("proposal", name=op.f("uq_proposal_withdrawn_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "roll_copied",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("known_at", Whole, nullable=False),
        sa.Column("options", Words, nullable=False),
        sa.Column("sizes", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_roll_copied_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_roll_copied_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_roll_copied")),
        sa.UniqueConstraint("proposal", name=op.f("uq_roll_copied_proposal")),
        sqlite_strict=True,
    )
    op.create_table(
        "seat_term",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("seat", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("starts_on", Day(), nullable=False),
        sa.Column("ends_on", Day(), nullable=False),
        sa.Column("votes", Words, nullable=True),
        sa.Column("proposal", Words, nullable=True),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_seat_term_n")),
        sa.ForeignKeyConstraint(["seat"], ["seat.id"], name=op.f("fk_seat_term_seat")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_seat_term")),
        sa.UniqueConstraint("id", name=op.f("uq_seat_term_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_seat_term_seat", "seat_term", ["seat"], unique=False)
    op.create_table(
        "stance",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("id", Words, nullable=False),
        sa.Column("proposal", Words, nullable=False),
        sa.Column("member", Words, nullable=False),
        sa.Column("phase", Words, nullable=False),
        sa.Column("reason", Words, nullable=True),
        sa.CheckConstraint("phase IN ('INTEREST', 'OBJECTION')", name=op.f("ck_stance_phase_known")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_stance_n")),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_stance_proposal")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_stance")),
        sa.UniqueConstraint("id", name=op.f("uq_stance_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_stance_proposal_phase", "stance", ["proposal", "phase"], unique=False)
    op.create_table(
        "comment_moderated",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("comment", Words, nullable=False),
        sa.Column("is_shown", Whole, nullable=False),
        sa.Column("is_erased", Whole, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.CheckConstraint("is_erased IN (0, 1)", name=op.f("ck_comment_moderated_is_erased_flag")),
        sa.CheckConstraint("is_shown IN (0, 1)", name=op.f("ck_comment_moderated_is_shown_flag")),
        sa.ForeignKeyConstraint(["comment"], ["comment.id"], name=op.f("fk_comment_moderated_comment")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_comment_moderated_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_comment_moderated")),
        sqlite_strict=True,
    )
    op.create_index("ix_comment_moderated_comment", "comment_moderated", ["comment"], unique=False)
    op.create_table(
        "membership_end",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("membership", Words, nullable=False),
        sa.Column("ended_on", Day(), nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.ForeignKeyConstraint(["membership"], ["membership.id"], name=op.f("fk_membership_end_membership")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_membership_end_n")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_membership_end")),
        sa.UniqueConstraint("membership", name=op.f("uq_membership_end_membership")),
        sqlite_strict=True,
    )
    op.create_table(
        "petition_ended",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("petition", Words, nullable=False),
        sa.Column("is_reached", Whole, nullable=False),
        sa.Column("signatures", Whole, nullable=False),
        sa.Column("vote_by", Day(), nullable=True),
        sa.CheckConstraint("is_reached IN (0, 1)", name=op.f("ck_petition_ended_is_reached_flag")),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_petition_ended_n")),
        sa.ForeignKeyConstraint(["petition"], ["petition.id"], name=op.f("fk_petition_ended_petition")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_petition_ended")),
        sa.UniqueConstraint("petition", name=op.f("uq_petition_ended_petition")),
        sqlite_strict=True,
    )
    op.create_table(
        "seat_vacated",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("term", Words, nullable=False),
        sa.Column("free_from", Day(), nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("proposal", Words, nullable=True),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_seat_vacated_n")),
        sa.ForeignKeyConstraint(["term"], ["seat_term.id"], name=op.f("fk_seat_vacated_term")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_seat_vacated")),
        sa.UniqueConstraint("term", name=op.f("uq_seat_vacated_term")),
        sqlite_strict=True,
    )
    op.create_table(
        "stance_withdrawn",
        sa.Column("n", Whole, nullable=False),
        sa.Column("i", Whole, nullable=False, comment="position among the records of the entry, from 0"),
        sa.Column("stance", Words, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["entry.n"], name=op.f("fk_stance_withdrawn_n")),
        sa.ForeignKeyConstraint(["stance"], ["stance.id"], name=op.f("fk_stance_withdrawn_stance")),
        sa.PrimaryKeyConstraint("n", "i", name=op.f("pk_stance_withdrawn")),
        sa.UniqueConstraint("stance", name=op.f("uq_stance_withdrawn_stance")),
        sqlite_strict=True,
    )
    guard_records(*RECORDS)
    guard_batches(*BATCHES)
    # by hand: the latest moment on record is asked for with every ballot
    op.create_index("ix_entry_recorded_at", "entry", ["recorded_at"], unique=False)
    # by hand: what belongs to the members is set by what passed
    guard_members()


def downgrade() -> None:
    # by hand
    unguard_members()
    op.drop_index("ix_entry_recorded_at", table_name="entry")
    for table in reversed(CREATED):
        op.drop_table(table)
    drop_functions(*CREATED)
