"""What equity is made of: the records that its entries make, and their closed vocabularies.

Pure values; the deeds that write them stand in the modules beside this one. Every record counts from the
``effective_on`` of its entry, and is known from the entry's number on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from ledger.errors import Invalid
from ledger.records import Record, record
from ledger.types import Json, Price

# ── The register ──────────────────────────────────────────────────────────────────────────────────────────────────


class IssuerKind(StrEnum):
    """What kind of company keeps this record (equity.md §3.2)."""

    COOP = "COOP"
    """A cooperative."""
    MSO = "MSO"
    """A management or platform company."""
    PC = "PC"
    """A professional corporation, owned by licensees only."""


@record("issuer", unique=[("id",)])
@dataclass(frozen=True, slots=True)
class Issuer(Record):
    """E1: the company. There is one.

    Attributes:
        time_zone: IANA name; legal days begin there.
        fiscal_year_end: ``MM-DD``.
        currency: ISO 4217.
    """

    id: str
    legal_name: str
    kind: IssuerKind
    time_zone: str
    fiscal_year_end: str
    currency: str
    formed_on: date | None = None
    country: str | None = None


class HolderKind(StrEnum):
    """A natural person or not."""

    INDIVIDUAL = "INDIVIDUAL"
    """A natural person."""
    ENTITY = "ENTITY"
    """A company, fund or trust."""


@record("holder", unique=[("id",)])
@dataclass(frozen=True, slots=True)
class Holder(Record):
    """E2: someone who holds or may hold equity, as an opaque id.

    Attributes:
        licensed: Whether they hold a clinical licence (I5.2).
        identity: SHA-256 over salt and document of name and address in the vault: provable, and erasable.
    """

    id: str
    kind: HolderKind
    licensed: bool = False
    identity: str | None = None


@record("identity", references={"holder": Holder}, index=[("holder",)])
@dataclass(frozen=True, slots=True)
class Identity(Record):
    """A holder's name or address changed: the newest counts."""

    holder: str
    digest: str


class EngagementKind(StrEnum):
    """How someone works with or owns part of the company (E3)."""

    W2 = "W2"
    """An employee."""
    C1099 = "C1099"
    """A contractor."""
    OWNER = "OWNER"
    """A founder or owner."""
    INVESTOR = "INVESTOR"
    """Someone who put in money."""


class Group(StrEnum):
    """The group a holder is shown under (reports.md R2)."""

    FOUNDER = "founder"
    """Started the company."""
    PROVIDER = "provider"
    """A licensed clinician who delivers sessions."""
    STAFF = "staff"
    """Works for the company without delivering sessions."""
    INVESTOR = "investor"
    """Put in money."""
    OTHER = "other"
    """None of these."""


@record("engagement", unique=[("id",)], references={"holder": Holder}, index=[("holder",)])
@dataclass(frozen=True, slots=True)
class Engagement(Record):
    """E3: from this day on, someone works with or owns part of the company."""

    id: str
    holder: str
    kind: EngagementKind
    shown_as: Group
    starts_on: date


class LeavingReason(StrEnum):
    """Why an engagement ended: the values of OCF's stakeholder status."""

    VOLUNTARY_OTHER = "VOLUNTARY_OTHER"
    """Resigned."""
    VOLUNTARY_GOOD_CAUSE = "VOLUNTARY_GOOD_CAUSE"
    """Resigned for a reason the company gave: a rate cut, a forced change of contract."""
    VOLUNTARY_RETIREMENT = "VOLUNTARY_RETIREMENT"
    """Retired."""
    INVOLUNTARY_OTHER = "INVOLUNTARY_OTHER"
    """Laid off."""
    INVOLUNTARY_DEATH = "INVOLUNTARY_DEATH"
    """Died."""
    INVOLUNTARY_DISABILITY = "INVOLUNTARY_DISABILITY"
    """Can no longer work."""
    INVOLUNTARY_WITH_CAUSE = "INVOLUNTARY_WITH_CAUSE"
    """Dismissed for proven cause."""


@record("engagement_end", unique=[("engagement", "n")], references={"engagement": Engagement}, index=[("engagement",)])
@dataclass(frozen=True, slots=True)
class EngagementEnd(Record):
    """E3: an engagement ended, on one day and for one reason (I3.2), or became another one.

    Attributes:
        ended_on: Its last day.
        second_approver: Who dismissed for cause beside the actor (I3.3).
        appeal_until: The last day to appeal against a dismissal for cause (I3.3).
        became: The engagement that goes on in its place, such as a contract in place of employment; then nobody left.
    """

    engagement: str
    ended_on: date
    reason: LeavingReason | None
    second_approver: str | None = None
    appeal_until: date | None = None
    became: str | None = None

    def __post_init__(self) -> None:
        """Refuse an end without a reason that is no change either."""
        if (self.reason is None) != (self.became is not None):
            raise ValueError("An engagement ends for a reason, or becomes another one.")


@record("cause_decision", references={"engagement": Engagement}, index=[("engagement",)])
@dataclass(frozen=True, slots=True)
class CauseDecision(Record):
    """What became of a dismissal for cause when its appeal was over: it stands, or never happened."""

    engagement: str
    stands: bool


class ClassKind(StrEnum):
    """What kind of share a class is."""

    COMMON = "COMMON"
    """Common stock."""
    PREFERRED = "PREFERRED"
    """Preferred stock."""
    MEMBER_SHARE = "MEMBER_SHARE"
    """A cooperative's membership share: one a member, at a flat price, never transferable but back (I11.2)."""
    UNITS = "UNITS"
    """Units of an LLC or economic units of a cooperative."""


@record("share_class", unique=[("id",), ("name",)])
@dataclass(frozen=True, slots=True)
class ShareClass(Record):
    """E5: a class of shares. How many are authorised is the balance its charter account gave out.

    Attributes:
        decimals: Quantities are whole numbers of 10^-decimals shares; fixed.
        seniority: 1 is paid last.
        ratio_numerator: With ``ratio_denominator``, shares of ``converts_to`` for one share.
        liquidation_multiple: Decimal text, times the issue price.
        licensed_only: Held only by holders with a licence (I5.2).
        unlimited: The charter sets no maximum.
    """

    id: str
    name: str
    kind: ClassKind
    prefix: str
    decimals: int
    seniority: int
    votes_per_share: int
    ratio_numerator: int = 1
    ratio_denominator: int = 1
    converts_to: str | None = None
    liquidation_multiple: str | None = None
    original_price: Price | None = None
    par_value: Price | None = None
    licensed_only: bool = False
    unlimited: bool = False


@record("class_ratio", references={"class_id": ShareClass}, index=[("class_id",)])
@dataclass(frozen=True, slots=True)
class ClassRatio(Record):
    """From this day on, a share of the class converts at another ratio."""

    class_id: str
    numerator: int
    denominator: int


@record("class_split", references={"class_id": ShareClass}, index=[("class_id",)])
@dataclass(frozen=True, slots=True)
class ClassSplit(Record):
    """On this day every share of the class became ``numerator``/``denominator`` shares; prices fall in proportion."""

    class_id: str
    numerator: int
    denominator: int


class ReturnRule(StrEnum):
    """Where units of a plan go that were granted and come back (OCF ``default_cancellation_behavior``)."""

    RETURN_TO_POOL = "RETURN_TO_POOL"
    """To the pool, to be granted again."""
    RETIRE = "RETIRE"
    """To the authorised, unissued shares; the plan is smaller by them."""
    HOLD_AS_CAPITAL_STOCK = "HOLD_AS_CAPITAL_STOCK"
    """To the company's treasury."""


@record("plan", unique=[("id",), ("name",)], references={"class_id": ShareClass})
@dataclass(frozen=True, slots=True)
class Plan(Record):
    """E6: a plan; its pool is an account.

    Attributes:
        holds_to_grant_date: Instalments dated before the grant wait for the grant date (ocf.md, OCF-Tools issue 106).
        pauses_for_leave: Unpaid personal leave over 90 days may pause vesting (equity.md §3.4 rule 7).
        implied: Known only from grants that name it (an imported record); its units are drawn from the class.
    """

    id: str
    name: str
    class_id: str
    return_rule: ReturnRule
    holds_to_grant_date: bool = False
    pauses_for_leave: bool = False
    implied: bool = False
    adopted_on: date | None = None
    resolution_ref: str | None = None
    counsel_memo_ref: str | None = None


@record("valuation", unique=[("id",)], references={"class_id": ShareClass}, index=[("class_id",)])
@dataclass(frozen=True, slots=True)
class Valuation(Record):
    """E12: a 409A valuation, in force from its entry's day to ``expires_on``, that day included, or to the next one."""

    id: str
    class_id: str
    price: Price
    expires_on: date
    approved_on: date | None = None


@record("company_figure")
@dataclass(frozen=True, slots=True)
class CompanyFigure(Record):
    """Total assets on a balance-sheet date: one of the three limits of Rule 701."""

    total_assets: Price
    stated_on: date


# ── Securities ────────────────────────────────────────────────────────────────────────────────────────────────────


class SecurityKind(StrEnum):
    """What a security is."""

    STOCK = "STOCK"
    """A certificate of issued shares."""
    AWARD = "AWARD"
    """A grant: options, RSUs or SARs."""
    CONVERTIBLE = "CONVERTIBLE"
    """A note or SAFE; outside the share totals until converted."""
    WARRANT = "WARRANT"
    """A right to buy shares; outside the share totals until exercised."""


@record(
    "security",
    unique=[("id",), ("label",)],
    references={"holder": Holder, "class_id": ShareClass, "plan_id": Plan},
    index=[("holder",), ("class_id",), ("plan_id", "kind"), ("kind", "from_security")],
)
@dataclass(frozen=True, slots=True)
class Security(Record):
    """One certificate, grant, note or warrant. What is left of it is the balance of its account.

    Attributes:
        label: As printed on it: ``CS-1``, ``ES-12``; never used twice (I7.7).
        quantity: Minor units issued; zero where it has none.
        price: Paid or payable a share.
        from_security: What it came out of: the grant exercised, the certificate transferred.
        terms: What else was agreed, for notes and warrants.
    """

    id: str
    label: str
    kind: SecurityKind
    holder: str
    quantity: int
    class_id: str | None = None
    plan_id: str | None = None
    price: Price | None = None
    from_security: str | None = None
    board_approved_on: date | None = None
    resolution_ref: str | None = None
    exemption: str | None = None
    terms: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Refuse a share or a grant of no class."""
        if self.kind in {SecurityKind.STOCK, SecurityKind.AWARD} and self.class_id is None:
            raise Invalid("Shares and grants need a share class.", field="class_id")


class AwardType(StrEnum):
    """What a grant gives (equity.md §3.1)."""

    NSO = "OPTION_NSO"
    """A non-qualified option."""
    ISO = "OPTION_ISO"
    """An incentive stock option; employees only."""
    OPTION = "OPTION"
    """An option outside US tax classes."""
    RSU = "RSU"
    """A unit settled in shares when vested."""
    RSA = "RSA"
    """Shares now, forfeitable until vested."""
    CSAR = "CSAR"
    """A stock appreciation right paid in cash."""
    SSAR = "SSAR"
    """A stock appreciation right paid in shares."""

    @property
    def is_option(self) -> bool:
        """Whether the holder pays an exercise price for shares."""
        return self in {AwardType.NSO, AwardType.ISO, AwardType.OPTION}

    @property
    def needs_price(self) -> bool:
        """Whether it has an exercise or base price, at or above the valuation in force (I7.4)."""
        return self.is_option or self in {AwardType.CSAR, AwardType.SSAR}


@record("award", unique=[("security",)], references={"security": Security, "valuation_id": Valuation})
@dataclass(frozen=True, slots=True)
class Award(Record):
    """E7: the terms of a grant, beside its ``Security``.

    Attributes:
        vesting: The terms the instalments were computed from, as OCF conditions, statements or a plain schedule.
        windows: Leaving reason -> ``[length, "DAYS" | "MONTHS"]`` for exercise after leaving; empty for the defaults.
        early_exercisable: May be exercised before it vests.
        held_to_grant_date: As its plan said on the day of the grant.
        events: Conditions of the terms that had a day when the grant was recorded, by id.
        vestings_given: The instalments came written out and win over the terms (Open Cap Format ``vestings``).
    """

    security: str
    award_type: AwardType
    vesting: Json = None
    vesting_start: date | None = None
    held_to_grant_date: bool = False
    early_exercisable: bool = False
    windows: dict[str, Any] | None = None
    expires_on: date | None = None
    valuation_id: str | None = None
    draft_id: str | None = None
    drafter: str | None = None
    approver: str | None = None
    engagement: EngagementKind | None = None
    events: dict[str, Any] | None = None
    vestings_given: bool = False


class ScheduleCause(StrEnum):
    """Why a table of instalments was written."""

    GRANTED = "GRANTED"
    """The promise, on the day of the grant."""
    EVENT = "EVENT"
    """A milestone happened or a start was set."""
    PAUSED = "PAUSED"
    """A leave began."""
    RESUMED = "RESUMED"
    """A leave ended."""
    ACCELERATED = "ACCELERATED"
    """Units vest early."""
    FORFEITED = "FORFEITED"
    """The holder left; what had not vested is forfeited."""
    SUSPENDED = "SUSPENDED"
    """The holder was dismissed for cause; what had not vested waits for the appeal."""
    REINSTATED = "REINSTATED"
    """The dismissal was overturned; the instalments are as if it had not happened."""
    CANCELLED = "CANCELLED"
    """Part of the grant was cancelled."""
    TRANSFERRED = "TRANSFERRED"
    """Part of the grant went to someone else."""
    SPLIT = "SPLIT"
    """The class split."""


@record("schedule", references={"security": Security}, index=[("security",)])
@dataclass(frozen=True, slots=True)
class Schedule(Record):
    """The instalments of a grant as now promised: the newest one counts, older ones are history.

    ``instalments`` is ``[[date, units], …]`` with a third element where the mark is not "scheduled"; units add up to
    the quantity granted (times splits, less what was transferred away).
    """

    security: str
    cause: ScheduleCause
    instalments: list[Any]


class EventKind(StrEnum):
    """What happened to a security after it was issued."""

    ACCEPTED = "ACCEPTED"
    """The holder accepted it."""
    EXERCISED = "EXERCISED"
    """Options became shares."""
    SETTLED = "SETTLED"
    """RSUs or SARs became shares or cash."""
    TRANSFERRED = "TRANSFERRED"
    """Went to another holder, whole or in part."""
    CONVERTED = "CONVERTED"
    """Became shares of another class."""
    REPURCHASED = "REPURCHASED"
    """The company bought it back."""
    CANCELLED = "CANCELLED"
    """The company cancelled it, whole or in part."""
    RETRACTED = "RETRACTED"
    """Undone before it was accepted, as if never issued."""
    REISSUED = "REISSUED"
    """Replaced by other certificates of the same shares."""
    CONSOLIDATED = "CONSOLIDATED"
    """Merged with others into one certificate."""
    REPRICED = "REPRICED"
    """Has another exercise price."""
    FORFEITED = "FORFEITED"
    """Unvested units ended with the engagement."""
    EXPIRED = "EXPIRED"
    """Vested units were not exercised in time."""
    LEFT = "LEFT"
    """The holder left; ``detail.exercise_by`` is the last day for what is vested."""
    SUSPENDED = "SUSPENDED"
    """The holder was dismissed for cause: what had not vested waits for the appeal."""
    REINSTATED = "REINSTATED"
    """The dismissal was overturned: vesting goes on and the window for exercise is gone."""
    PAUSED = "PAUSED"
    """Vesting paused; ``detail.leave`` says for what."""
    RESUMED = "RESUMED"
    """Vesting goes on."""
    ACCELERATED = "ACCELERATED"
    """Units vest early; ``detail.order`` says which."""
    MILESTONE = "MILESTONE"
    """A vesting condition's event happened."""
    ADJUSTED = "ADJUSTED"
    """The class split."""


@record("security_event", references={"security": Security}, index=[("security",)])
@dataclass(frozen=True, slots=True)
class SecurityEvent(Record):
    """Something that happened to a security on its entry's day.

    Attributes:
        quantity: Minor units concerned; zero where none are.
        price: Paid or newly set, a share.
        results: Ids of the securities that came out of it.
        detail: What else there is to say, by kind.
    """

    security: str
    kind: EventKind
    quantity: int = 0
    price: Price | None = None
    reason: str | None = None
    results: list[Any] | None = None
    detail: dict[str, Any] | None = None


# ── Drafts and approvals ──────────────────────────────────────────────────────────────────────────────────────────


@record("grant_draft", unique=[("id", "version")], references={"holder": Holder, "plan_id": Plan})
@dataclass(frozen=True, slots=True)
class GrantDraft(Record):
    """A grant as drafted; a new version voids any approval of the one before (I7.8).

    Attributes:
        terms: The whole order, as canonical JSON; its hash is what an approver approves (E28).
        terms_hash: SHA-256 of those bytes, hex.
    """

    id: str
    version: int
    drafter: str
    holder: str
    plan_id: str
    terms: dict[str, Any]
    terms_hash: str


@record("approval", unique=[("id",)], index=[("subject",)])
@dataclass(frozen=True, slots=True)
class Approval(Record):
    """E28: someone else approved exactly these terms."""

    id: str
    subject: str
    subject_hash: str
    requester: str
    approver: str
    decided_on: date
    resolution_ref: str


@record("source_item", index=[("object_id",)])
@dataclass(frozen=True, slots=True)
class SourceItem(Record):
    """An item of an imported package, in full in the vault; here only what proves it.

    Attributes:
        object_type: As the package names it.
        place: File and position, ``Transactions.ocf.json#12``.
        digest: SHA-256 over salt and document in the vault.
        subject: The holder it is about, with whom it can be erased; None where it is about ``object_id``.
    """

    object_type: str
    object_id: str
    place: str
    digest: str
    subject: str | None = None
