"""What entries about sessions and patronage make: the records, pure values.

Delivered rows and allocations stand in batches: the entry holds their number and the root over their bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from ledger.equity.values import Holder, Plan
from ledger.errors import Invalid
from ledger.records import Record, record
from ledger.sessions.disputes import DisputeState
from ledger.sessions.notices import NoticeKind
from ledger.sessions.redemption import ExitCause
from ledger.sessions.statements import Answer
from ledger.sessions.values import Attendance, Category, Modality


@record("session_import", unique=[("id",)], index=[("file_digest",)])
@dataclass(frozen=True, slots=True)
class SessionImport(Record):
    """E13: a file or a batch handed in, and how it was read.

    Attributes:
        source: The system it comes from, such as ``simplepractice``.
        file_digest: SHA-256 of the bytes handed in, hex; the bytes themselves are not kept.
        mapping: Column map and minutes map as they were applied.
        counts: Rows read = accepted + collapsed + duplicate + rejected + non_session (I13.1).
        period: The month its rows are posted to, ``2025-07``.
    """

    id: str
    source: str
    file_digest: str
    mapping: dict[str, Any]
    counts: dict[str, Any]
    period: str


class RowKind(StrEnum):
    """Why a row was written."""

    ORIGINAL = "ORIGINAL"
    """As it came."""
    REVERSAL = "REVERSAL"
    """The exact negation of one earlier row."""
    ADJUSTMENT = "ADJUSTMENT"
    """What the reversed row should have said."""


@record(
    "delivery",
    is_bulk=True,
    references={"provider": Holder},
    index=[("provider", "local_date"), ("fingerprint",), ("import_id",)],
)
@dataclass(frozen=True, slots=True)
class DeliveryRow(Record):
    """E14: a delivered session or a day's tally of like ones, as posted; below zero where it undoes another.

    Attributes:
        period: The month it is posted to: of its week's Thursday or, for a late row, a later one.
        undoes_n: With ``undoes_i``, the row a REVERSAL negates.
    """

    provider: str
    local_date: date
    category: Category
    modality: Modality
    attendance: Attendance
    count: int
    minutes: int
    fingerprint: str
    period: str
    kind: RowKind
    import_id: str | None = None
    undoes_n: int | None = None
    undoes_i: int | None = None

    def __post_init__(self) -> None:
        """Refuse a row whose sign does not fit its kind."""
        if (self.count < 0) != (self.kind is RowKind.REVERSAL) or (self.minutes < 0) != (self.count < 0):
            raise Invalid("Only a reversal counts below zero.", field="count")


@record("threshold", references={"provider": Holder}, index=[("provider",)])
@dataclass(frozen=True, slots=True)
class Threshold(Record):
    """E15: how many sessions a provider lets count; only they set it, and it counts from a Monday."""

    provider: str
    from_week: date
    day: int | None = None
    week: int | None = None


@record("credit_rule", unique=[("id",)])
@dataclass(frozen=True, slots=True)
class CreditRule(Record):
    """E16: how sessions become credit, from ``effective_from`` on; ``terms`` as ``policies.terms_of`` writes it."""

    id: str
    resolution: str
    passed_on: date
    effective_from: date
    terms: dict[str, Any]


@record("protected_leave", unique=[("id",)], references={"provider": Holder}, index=[("provider",)])
@dataclass(frozen=True, slots=True)
class LeaveTaken(Record):
    """A protected leave, first and last day included; what for is nobody's business."""

    id: str
    provider: str
    first_day: date
    last_day: date


@record("council_service", references={"provider": Holder}, index=[("provider",)])
@dataclass(frozen=True, slots=True)
class CouncilService(Record):
    """Minutes served on council or committees in a week."""

    provider: str
    week: date
    minutes: int


@record("statement_answer", references={"provider": Holder}, index=[("provider", "month")])
@dataclass(frozen=True, slots=True)
class StatementAnswer(Record):
    """E18: what a provider says of the statement of a month.

    Attributes:
        known_at: The entries the statement was made from, so that it can be made again.
        figures: What it said: sessions and minutes delivered, minutes credited.
    """

    provider: str
    month: date
    answer: Answer
    known_at: int
    figures: dict[str, Any]


class DisputeAbout(StrEnum):
    """What is wrong with a statement; a closed list, so that nobody writes a client's name."""

    MISSING = "MISSING"
    """Something delivered is not in it."""
    NOT_MINE = "NOT_MINE"
    """Something in it was not delivered by this provider."""
    DATE = "DATE"
    """A wrong day."""
    MINUTES = "MINUTES"
    """A wrong length."""
    CATEGORY = "CATEGORY"
    """A wrong kind of service or attendance."""
    CREDIT = "CREDIT"
    """The rows are right, the credit is not."""


@record("dispute", unique=[("id",)], references={"provider": Holder}, index=[("provider", "month")])
@dataclass(frozen=True, slots=True)
class DisputeOpened(Record):
    """E18: a provider disputes a statement; ``minutes`` is the most credit that it can change."""

    id: str
    provider: str
    month: date
    about: DisputeAbout
    minutes: int


class Finding(StrEnum):
    """Why a dispute was decided as it was; a closed list."""

    RECORD_WRONG = "RECORD_WRONG"
    """The record is wrong, and is put right by adjusting rows."""
    RECORD_RIGHT = "RECORD_RIGHT"
    """What was handed in and what is on record agree."""
    NO_TRACE = "NO_TRACE"
    """The practice system knows nothing of it."""
    OTHER_PERIOD = "OTHER_PERIOD"
    """It belongs to another month."""


@record("dispute_step", references={"dispute": DisputeOpened}, index=[("dispute",)])
@dataclass(frozen=True, slots=True)
class DisputeStep(Record):
    """E18: a dispute came to another state."""

    dispute: str
    state: DisputeState
    actor: str
    finding: Finding | None = None


@record("period_close_request", unique=[("id",)], index=[("period",)])
@dataclass(frozen=True, slots=True)
class CloseRequest(Record):
    """Somebody asks for a month to be closed, holding so many credited minutes back for open disputes."""

    id: str
    period: str
    holdback: int
    requester: str


@record("period_close", unique=[("period",)])
@dataclass(frozen=True, slots=True)
class PeriodClose(Record):
    """A month is closed: what comes for it later is posted to the current one.

    Attributes:
        known_at: The entries known when it was closed: late credit is reckoned against them.
        holdback: Credited minutes held back for open disputes.
    """

    period: str
    known_at: int
    holdback: int
    requester: str
    approver: str


# ── Patronage ─────────────────────────────────────────────────────────────────────────────────────────────────────


@record("patronage_consent", references={"member": Holder}, index=[("member",)])
@dataclass(frozen=True, slots=True)
class PatronageConsent(Record):
    """A member takes the stated amount of qualified notices into income from this day on, or (False) no longer."""

    member: str
    is_given: bool


@record("patronage_draft", unique=[("id",)], references={"plan_id": Plan})
@dataclass(frozen=True, slots=True)
class PatronageDraft(Record):
    """E19: a declaration as previewed; what is approved is its hash.

    Attributes:
        first_day: With ``last_day``, the period; it ends on a month's end.
        pool: Cents of ``currency``, or minor units of the plan's class.
        known_at: The entries it was reckoned from: anyone can reckon it again.
        terms: Cash rate, equal slice, and for units the vesting terms.
        terms_hash: SHA-256 over all of this and every member's part, hex.
    """

    id: str
    first_day: date
    last_day: date
    pool: int
    known_at: int
    requester: str
    terms: dict[str, Any]
    terms_hash: str
    currency: str | None = None
    plan_id: str | None = None


@record("patronage_declaration", unique=[("draft",)], references={"draft": PatronageDraft})
@dataclass(frozen=True, slots=True)
class PatronageDeclaration(Record):
    """E19: a draft was approved by a second person and declared."""

    draft: str
    approver: str
    resolution_ref: str


@record("allocation", is_bulk=True, references={"member": Holder}, index=[("member",)])
@dataclass(frozen=True, slots=True)
class Allocation(Record):
    """E20: a member's part of a declaration; cash and retained add up to it.

    Attributes:
        weight: Credited minutes; below zero where corrections took away more than there was, with no part then, and the
            rest taken from the next declaration.
    """

    declaration: str
    member: str
    weight: int
    amount: int
    cash: int
    retained: int
    notice: NoticeKind | None = None


@record("surplus", unique=[("fiscal_year",)])
@dataclass(frozen=True, slots=True)
class SurplusStated(Record):
    """A year's net income and how it divides, in cents; below zero for a loss.

    Attributes:
        terms: Shares of the policy, minutes by members and by all, and every part of the waterfall.
    """

    fiscal_year: int
    net: int
    currency: str
    resolution_ref: str
    terms: dict[str, Any]


@record("redemption", references={"member": Holder}, index=[("member",)])
@dataclass(frozen=True, slots=True)
class Redemption(Record):
    """E21: part of a member's capital account is paid out; the vote stays."""

    member: str
    fiscal_year: int
    amount: int
    cause: str


@record("solvency_statement", unique=[("id",)])
@dataclass(frozen=True, slots=True)
class SolvencyStatement(Record):
    """E21: the board states that capital may be paid out: of ``assets`` what is more than ``liabilities``, in cents.

    Attributes:
        pays_debts: Whether debts can still be paid as they fall due when all of that is paid out.
        good_until: The last day on which it counts.
        stated_by: Who entered it; somebody else pays.
    """

    id: str
    assets: int
    liabilities: int
    pays_debts: bool
    good_until: date
    resolution_ref: str
    stated_by: str


@record("exit_schedule", unique=[("id",)], references={"member": Holder}, index=[("member",)])
@dataclass(frozen=True, slots=True)
class ExitSchedule(Record):
    """E21: how an account is paid out as a whole, as promised; what is in it stays until it is paid (I21.3).

    Attributes:
        left_on: The day they left; in hardship, of the board's resolution.
        instalments: ``redemption.Instalment`` as ``redemption.encode`` writes them.
    """

    id: str
    member: str
    cause: ExitCause
    left_on: date
    instalments: list[Any]
    resolution_ref: str | None = None


@record(
    "payout",
    references={"member": Holder, "solvency": SolvencyStatement, "schedule": ExitSchedule},
    index=[("member",), ("solvency",), ("schedule",)],
)
@dataclass(frozen=True, slots=True)
class Payout(Record):
    """E21: what a payment from a capital account rests on; the notices that it redeems stand beside it.

    Attributes:
        amount: Cents; what redeems no notice is capital that was paid in.
        schedule: For an exit: the schedule.
        resolution_ref: What allows to pay before its turn.
    """

    member: str
    amount: int
    solvency: str
    schedule: str | None = None
    resolution_ref: str | None = None


@record(
    "check_cashed",
    references={"declaration": PatronageDraft, "member": Holder},
    index=[("member",), ("declaration",)],
)
@dataclass(frozen=True, slots=True)
class CheckCashed(Record):
    """E20: a member cashed a qualified check in time, and so consented to be taxed on the whole allocation."""

    declaration: str
    member: str
    cashed_on: date
