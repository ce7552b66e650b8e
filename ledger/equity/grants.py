"""Grants: drafted by one person, approved by another to the letter, issued to a third, accepted by them.

The approval is bound to the hash of the whole order, so a changed word voids it (E7 I7.8, E28 I28.2).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Posting, move, unit
from ledger.equity import rule701
from ledger.equity.classes import append_drawing, refuse_before_split, splits_of, valuation_in_force
from ledger.equity.exemptions import fact_of, judged
from ledger.equity.pricing import fair_value
from ledger.equity.promises import promised, read_terms
from ledger.equity.register import engaged_as, refuse_taken
from ledger.equity.securities import Position, drawn, home_of, position, security_account
from ledger.equity.values import (
    Approval,
    Award,
    AwardType,
    EngagementKind,
    EventKind,
    GrantDraft,
    Holder,
    LeavingReason,
    Plan,
    Schedule,
    ScheduleCause,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
    Valuation,
)
from ledger.equity.vesting.months import add_months
from ledger.equity.vesting.table import encode
from ledger.errors import (
    DatesOutOfOrder,
    FourEyes,
    Invalid,
    NotAllowedNow,
    NotApproved,
    NotFound,
    TermsInvalid,
)
from ledger.kinds import declare
from ledger.reading import every, find, known
from ledger.records import canonical
from ledger.types import Act, Json, Price, check_units


@declare
class GrantEntry(StrEnum):
    """The kinds of entry in the life of a grant."""

    DRAFTED = "grant.drafted"
    """An order, or a new version of one."""
    APPROVED = "grant.approved"
    """Exactly these terms are approved."""
    ISSUED = "grant.issued"
    """The promise, with its instalments."""
    ACCEPTED = "security.accepted"
    """The holder accepts a grant or certificate."""
    RETRACTED = "security.retracted"
    """Undone before it was accepted, as if never issued."""


FULL_TERM = ["FULL_TERM"]
"""A window that stays open until the option itself expires."""

DEFAULT_WINDOWS: dict[LeavingReason, list[Any]] = {
    LeavingReason.VOLUNTARY_OTHER: [12, "MONTHS"],
    LeavingReason.VOLUNTARY_GOOD_CAUSE: [24, "MONTHS"],
    LeavingReason.VOLUNTARY_RETIREMENT: FULL_TERM,
    LeavingReason.INVOLUNTARY_OTHER: [24, "MONTHS"],
    LeavingReason.INVOLUNTARY_DEATH: [24, "MONTHS"],
    LeavingReason.INVOLUNTARY_DISABILITY: [24, "MONTHS"],
    LeavingReason.INVOLUNTARY_WITH_CAUSE: [30, "DAYS"],
}
"""How long vested options stay exercisable after leaving (equity.md §3.6); a good leaver has the longer ones."""

OPTION_TERM_YEARS = 10
"""The longest an ISO may run (IRC §422(b)(3)), and the default of any option."""


@dataclass(frozen=True, slots=True)
class GrantOrder:
    """A grant to be drafted: every term of it, in minor units of the plan's class.

    Attributes:
        vesting: OCF vesting terms, ordered statements or a plain schedule, as JSON; None vests at once.
        windows: Leaving reason -> ``[length, "DAYS" | "MONTHS"]`` or ``["FULL_TERM"]``; absent ones as by default.
        exemption: Under which securities exemption it is issued, such as ``RULE_701``; a draft needs one.
    """

    label: str
    holder: str
    plan_id: str
    award_type: AwardType
    quantity: int
    grant_date: date
    board_approved_on: date
    resolution_ref: str
    vesting: Json = None
    vesting_start: date | None = None
    price: Price | None = None
    expires_on: date | None = None
    windows: dict[str, Json] | None = None
    early_exercisable: bool = False
    exemption: str | None = None

    def __post_init__(self) -> None:
        """Refuse an order that contradicts itself."""
        check_units(self.quantity)
        if not self.label.strip() or not self.resolution_ref.strip():
            raise Invalid("A grant needs a label and the board resolution it rests on.", field="label")
        if self.board_approved_on > self.grant_date:
            text = f"The board approved on {self.board_approved_on}, after the grant date {self.grant_date}."
            raise DatesOutOfOrder(text, field="grant_date")
        if self.expires_on is not None and self.expires_on <= self.grant_date:
            raise DatesOutOfOrder("A grant expires after its grant date.", field="expires_on")
        self._check_price()
        self._check_windows()
        if self.vesting is not None:
            read_terms(self.vesting)
            if self.vesting_start is None:
                raise TermsInvalid("A grant that vests needs the day vesting starts.", field="vesting_start")

    def _check_price(self) -> None:
        if self.award_type.needs_price and self.price is None:
            raise TermsInvalid(f"An {self.award_type} needs an exercise or base price.", field="price")
        if self.award_type is AwardType.RSU and self.price is not None:
            raise TermsInvalid("An RSU is not bought; leave the price out.", field="price")
        if self.award_type is AwardType.ISO and self.expires_on and self.expires_on > _years_after(self.grant_date, 10):
            raise TermsInvalid("An ISO runs at most ten years (IRC §422(b)(3)).", field="expires_on")

    def _check_windows(self) -> None:
        for reason, window in (self.windows or {}).items():
            known_reason = reason in LeavingReason.__members__.values()
            fits = window == FULL_TERM or (
                isinstance(window, list)
                and len(window) == 2
                and isinstance(window[0], int)
                and window[0] >= 0
                and window[1] in {"DAYS", "MONTHS"}
            )
            if not known_reason or not fits:
                text = f"{reason}: {window} is no exercise window; write it like VOLUNTARY_OTHER: [12, MONTHS]."
                raise TermsInvalid(text, field="windows")

    def terms(self) -> dict[str, Json]:
        """Return the order as canonical JSON values; absent terms are left out."""
        values = {name: _plain(value) for name, value in asdict(self).items() if value is not None}
        if self.price is not None:
            values["price"] = self.price.encode()
        return values

    @classmethod
    def from_terms(cls, terms: dict[str, Any]) -> GrantOrder:
        """Read what ``terms`` wrote."""
        values = dict(terms)
        for name in ("grant_date", "board_approved_on", "vesting_start", "expires_on"):
            if name in values:
                values[name] = date.fromisoformat(values[name])
        if "price" in values:
            values["price"] = Price.decode(values["price"])
        values["award_type"] = AwardType(values["award_type"])
        return cls(**values)


def _plain(value: Any) -> Json:  # noqa: ANN401 - any field of an order
    return value.isoformat() if isinstance(value, date) else value


def terms_hash(terms: Json) -> str:
    """Return what an approver approves: SHA-256 over the canonical bytes of the terms, hex."""
    return sha256(canonical(terms)).hexdigest()


def draft_grant(db: Session, act: Act, order: GrantOrder, *, on: date, draft_id: str | None = None) -> GrantDraft:
    """Record an order, or a new version of one; a new version voids any approval.

    Raises:
        NotFound: No such holder, plan or draft.
        NotAllowedNow: The draft has been issued.
        AlreadyExists: The label is taken.
        TermsInvalid: It names no securities exemption.
    """
    journal.lock(db)
    find(db, Holder, order.holder)
    find(db, Plan, order.plan_id)
    refuse_taken(db, Security, label=order.label)
    refuse_unexempt(order)
    version = 1
    if draft_id is not None:
        version = newest_draft(db, draft_id).version + 1
        _refuse_issued(db, draft_id)
    terms = order.terms()
    draft = GrantDraft(
        draft_id or act.new_id("dft"), version, act.actor, order.holder, order.plan_id, terms, terms_hash(terms)
    )
    journal.append(db, act, Draft(GrantEntry.DRAFTED, on, (draft,)))
    return draft


def newest_draft(db: Session, draft_id: str) -> GrantDraft:
    """Return the newest version of a draft.

    Raises:
        NotFound: There is none.
    """
    versions = every(db, GrantDraft, id=draft_id)
    if not versions:
        raise NotFound(f"There is no grant draft {draft_id!r} on record.", field="draft_id")
    return max(versions, key=lambda draft: draft.version)


def _refuse_issued(db: Session, draft_id: str) -> None:
    if every(db, Award, draft_id=draft_id):
        raise NotAllowedNow("This grant has been issued; what was promised does not change.", field="draft_id")


def approval_of(db: Session, draft: GrantDraft) -> Approval | None:
    """Return the approval of exactly these terms, or None: then the draft is pending.

    One given before the newest version does not count, even of the same terms: an edit voids it (I7.8).
    """
    drafted_n = max((item.n for item in known(db, GrantDraft, id=draft.id, version=draft.version)), default=0)
    for item in known(db, Approval, subject=draft.id):
        if item.value.subject_hash == draft.terms_hash and item.n > drafted_n:
            return item.value
    return None


def approve_grant(db: Session, act: Act, draft_id: str, *, terms_hash: str, resolution_ref: str, on: date) -> Approval:
    """Approve exactly the terms whose hash the approver was shown.

    Raises:
        FourEyes: The approver drafted it or would receive it (I7.2, I28.1).
        NotApproved: The terms have changed since they were shown.
        NotAllowedNow: It has been issued.
    """
    journal.lock(db)
    draft = newest_draft(db, draft_id)
    _refuse_issued(db, draft_id)
    if act.actor in {draft.drafter, draft.holder}:
        raise FourEyes("Whoever drafts a grant or receives it can't approve it; someone else on the board can.")
    if terms_hash != draft.terms_hash:
        raise NotApproved(
            "The terms have changed since you were shown them; look at the newest version.", field="terms_hash"
        )
    approval = Approval(act.new_id("apr"), draft_id, terms_hash, draft.drafter, act.actor, on, resolution_ref)
    journal.append(db, act, Draft(GrantEntry.APPROVED, on, (approval,)))
    return approval


def issue_grant(db: Session, act: Act, draft_id: str) -> Position:
    """Issue an approved draft on its grant date, its instalments written down.

    Raises:
        NotApproved: No approval of the newest version is on file.
        FourEyes: Drafter, approver and recipient are not three people.
        TermsInvalid: An ISO to someone not employed, a price below the valuation in force, no valuation in force,
            a class for licensees only, no securities exemption.
        PoolExhausted: The pool has too few left on the grant date or later.
        ExemptionExhausted: It names Rule 701, and none of that rule's tests holds.
        LaterChangeExists: The class has split since the grant date.
    """
    journal.lock(db)
    draft = newest_draft(db, draft_id)
    _refuse_issued(db, draft_id)
    approval = approval_of(db, draft)
    if approval is None:
        raise NotApproved("The newest version of this draft has not been approved.", field="draft_id")
    if len({draft.drafter, approval.approver, draft.holder}) < 3:
        raise FourEyes("Drafter, approver and recipient of a grant must be three different people.")
    order = GrantOrder.from_terms(draft.terms)
    _refuse_split_since(db, approval, order)
    plan = find(db, Plan, order.plan_id)
    share_class = find(db, ShareClass, plan.class_id)
    holder = find(db, Holder, order.holder)
    engaged = engaged_as(db, order.holder, order.grant_date)
    valuation = valuation_in_force(db, share_class.id, order.grant_date)
    fair = fair_value(db, share_class.id, order.grant_date)
    refuse_taken(db, Security, label=order.label)
    refuse_before_split(db, share_class.id, order.grant_date)
    refuse_terms(order, share_class, holder, engaged, fair)
    entry = grant_entry(order, draft, approval, plan, share_class, engaged, valuation, id=act.new_id("sec"))
    append_drawing(db, act, replace(entry, facts=_exemption(db, order, share_class, fair)))
    security = entry.records[0]
    assert isinstance(security, Security)
    return position(db, security.id)


def _exemption(db: Session, order: GrantOrder, share_class: ShareClass, fair: Price | None) -> dict[str, Json] | None:
    """Return how a grant stands under the exemption that it names, where that has limits of its own."""
    if order.exemption != rule701.EXEMPTION:
        return None
    stands = judged(db, share_class, sold_on=order.grant_date, units=order.quantity, price=order.price, fair=fair)
    return {"rule_701": fact_of(stands)}


def _refuse_split_since(db: Session, approval: Approval, order: GrantOrder) -> None:
    """Refuse an approval from before a split of the class: it was given for units that have since become others."""
    plan = find(db, Plan, order.plan_id)
    approved_n = next(item.n for item in known(db, Approval, id=approval.id))
    if any(split.n > approved_n for split in splits_of(db, plan.class_id)):
        raise NotApproved("The class has split since this was approved; draft it anew in the units of today.")


def refuse_unexempt(order: GrantOrder) -> None:
    """Refuse a grant that names no securities exemption: no month could be closed over it (check 14).

    A draft may date from before this was asked for, so an order without one can still be read.

    Raises:
        TermsInvalid: It names none.
    """
    if order.exemption is None or not order.exemption.strip():
        raise TermsInvalid(
            "Name the securities exemption that this grant is made under: RULE_701 for pay for work, or another one, "
            "such as REG_D_506B.",
            field="exemption",
        )


def refuse_terms(
    order: GrantOrder,
    share_class: ShareClass,
    holder: Holder,
    engaged: tuple[EngagementKind, ...],
    fair: Price | None,
) -> None:
    """Refuse terms that the law, the charter or the valuation in force does not allow.

    ``fair`` is the price of the valuation in force, in shares of the grant date; None where none is in force.

    Raises:
        TermsInvalid: An ISO to someone who is not an employee (I7.3, IRC §422(a)(2)); a price below fair market value
            or without a valuation in force (I7.4, I12.2, IRC §409A); a licensees' class to someone without a licence
            (I5.2); no securities exemption.
    """
    refuse_unexempt(order)
    if order.award_type is AwardType.ISO and EngagementKind.W2 not in engaged:
        raise TermsInvalid("An ISO can only go to an employee (W-2); grant an NSO instead.", field="award_type")
    if share_class.licensed_only and not holder.licensed:
        raise TermsInvalid(f"{share_class.name} can only be held by licensees.", field="holder")
    if not order.award_type.needs_price:
        return
    if fair is None:
        text = f"No 409A valuation of {share_class.name} is in force on {order.grant_date}; record one first."
        raise TermsInvalid(text, field="grant_date")
    assert order.price is not None
    if not order.price.at_least(fair):
        text = f"The price {order.price.text} is below the valuation in force, {fair.text}."
        raise TermsInvalid(text, field="price")


def grant_entry(
    order: GrantOrder,
    draft: GrantDraft,
    approval: Approval,
    plan: Plan,
    share_class: ShareClass,
    engaged: tuple[EngagementKind, ...],
    valuation: Valuation | None,
    *,
    id: str,
) -> Draft:
    """Return the entry that issues a grant: security, terms, and every instalment promised."""
    kind = SecurityKind.STOCK if order.award_type is AwardType.RSA else SecurityKind.AWARD
    security = Security(
        id,
        order.label,
        kind,
        order.holder,
        order.quantity,
        share_class.id,
        plan.id,
        order.price,
        None,
        order.board_approved_on,
        order.resolution_ref,
        order.exemption,
    )
    award = Award(
        id,
        order.award_type,
        order.vesting,
        order.vesting_start,
        plan.holds_to_grant_date,
        order.early_exercisable,
        windows_of(order),
        order.expires_on or (default_expiry(order.grant_date) if order.award_type.needs_price else None),
        valuation.id if valuation and order.award_type.needs_price else None,
        draft.id,
        draft.drafter,
        approval.approver,
        engaged[0] if engaged else None,
    )
    table = promised(
        order.vesting,
        order.quantity,
        order.grant_date,
        start=order.vesting_start,
        held_to_grant_date=plan.holds_to_grant_date,
    )
    schedule = Schedule(id, ScheduleCause.GRANTED, encode(table))
    postings = move(unit(share_class.id), order.quantity, home_of(share_class, plan), security_account(security))
    return Draft(GrantEntry.ISSUED, order.grant_date, (security, award, schedule), postings)


def windows_of(order: GrantOrder) -> dict[str, Json] | None:
    """Return the exercise windows promised, every reason written down; None where nothing is exercised."""
    if not order.award_type.needs_price:
        return None
    return {reason.value: (order.windows or {}).get(reason.value, window) for reason, window in DEFAULT_WINDOWS.items()}


def default_expiry(grant_date: date) -> date:
    """Return the last day of an option whose order names none: the day before its tenth anniversary."""
    return _years_after(grant_date, OPTION_TERM_YEARS) - timedelta(days=1)


def _years_after(day: date, years: int) -> date:
    return add_months(day, 12 * years)


def accept(db: Session, act: Act, security_id: str, *, on: date) -> None:
    """Record that the holder accepts.

    Raises:
        NotAllowedNow: Accepted already, or nothing is left of it, or before it was issued.
    """
    journal.lock(db)
    held = position(db, security_id)
    if held.happened(EventKind.ACCEPTED):
        raise NotAllowedNow(f"{held.security.label} has been accepted already.", field="security")
    if on < held.issued_on:
        raise NotAllowedNow(f"{held.security.label} was issued on {held.issued_on}, after {on}.", field="on")
    held.refuse_unless_live()
    event = SecurityEvent(security_id, EventKind.ACCEPTED)
    journal.append(db, act, Draft(GrantEntry.ACCEPTED, on, (event,)))


def retract(db: Session, act: Act, security_id: str, *, on: date, reason: str) -> None:
    """Undo an issuance that was not accepted: every unit goes back to where it came from.

    Raises:
        NotAllowedNow: It has been accepted, or something was done with it.
    """
    journal.lock(db)
    held = position(db, security_id)
    held.refuse_before(on)
    if held.events or (held.share_class and held.outstanding != held.security.quantity):
        raise NotAllowedNow(f"{held.security.label} has been accepted or changed; cancel it instead.", field="security")
    if held.security.from_security is not None:
        text = (
            f"{held.security.label} came out of another security, which a retraction would not bring back; cancel it."
        )
        raise NotAllowedNow(text, field="security")
    if not reason.strip():
        raise Invalid("Say why it is retracted.", field="reason")
    back: tuple[Posting, ...] = ()
    if held.share_class is not None:
        back = drawn(held.security, held.outstanding, home_of(held.share_class, held.plan))
    event = SecurityEvent(security_id, EventKind.RETRACTED, held.outstanding, reason=reason)
    journal.append(db, act, Draft(GrantEntry.RETRACTED, on, (event,), back))
