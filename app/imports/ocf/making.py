"""The ledger in the making: what the entries written so far come to, so that the next one needs no query."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import orjson

from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.kept import Keeping
from app.imports.ocf.names import Names
from app.imports.ocf.package import Package
from app.imports.ocf.story import Story
from app.imports.ocf.transactions import Quantity, Transaction
from app.imports.ocf.values import units
from ledger.entries import Draft, Role, account
from ledger.equity.classes import pool, unissued
from ledger.equity.values import Plan, ReturnRule, Schedule, Security, SecurityKind, ShareClass
from ledger.equity.vesting.table import Table, decode
from ledger.records import canonical
from ledger.types import Json, Price

_SHARED = {Role.POOL, Role.TREASURY, Role.UNDELIVERED}


@dataclass(slots=True)
class Made:
    """A security of the package as the ledger has it by now: no more than later steps ask, for there may be many.

    Attributes:
        id: Ours.
        class_id: Ours; of a warrant, of the class that it is for.
        plan_id: Ours.
        outstanding: Minor units left; nothing of a note.
        used: Units of it exercised, settled or expired.
        table: Its instalments as JSON, a tenth of the table's size.
        is_live: Whether a note or warrant is still one.
    """

    id: str
    kind: SecurityKind
    class_id: str | None
    plan_id: str | None
    price: Price | None
    outstanding: int
    used: int = 0
    table: bytes = b""
    is_live: bool = True

    @classmethod
    def of(cls, security: Security) -> Made:
        """Return a security that has just been issued."""
        class_id = security.class_id or (security.terms or {}).get("class_id")
        return cls(security.id, security.kind, class_id, security.plan_id, security.price, security.quantity)

    @property
    def account(self) -> str:
        """The account of what is left of it; none is asked for of notes and warrants."""
        return account(Role.AWARD if self.kind is SecurityKind.AWARD else Role.CERTIFICATE, self.id)

    def instalments(self) -> Table:
        """Return its newest table."""
        return decode(orjson.loads(self.table)) if self.table else ()

    def write(self, schedule: Schedule) -> Schedule:
        """Take a new table, and return the record of it."""
        # copied, for the bytes come out of a buffer ten times as large
        self.table = bytes(memoryview(canonical(schedule.instalments)))
        return schedule


@dataclass(slots=True)
class PlanMade:
    """A plan of the package as the ledger has it.

    Attributes:
        reserved: Minor units reserved so far; None while nothing says how many, and what is granted is drawn from the
            class.
    """

    plan: Plan
    reserved: int | None


@dataclass(slots=True)
class Making:
    """Everything that the next entry may ask.

    Attributes:
        classes: By the package's id.
        plans: By the package's id and our id of a class: grants of another class than the plan's are under a plan of
            their own.
        terms: Vesting terms as grants keep them, by the package's id.
        held: Securities by the package's id.
        authorised: Minor units by our id of a class.
        ratios: Shares of ``converts_to`` for one share, by our id of a class.
        words: Of the names of holders, by the package's id.
        accounts: What pools, treasuries and the like hold, by asset and path.
        findings: What the import had to decide.
    """

    package: Package
    story: Story
    names: Names
    keeping: Keeping
    classes: dict[str, ShareClass] = field(default_factory=dict)
    plans: dict[tuple[str, str], PlanMade] = field(default_factory=dict)
    terms: dict[str, Json] = field(default_factory=dict)
    held: dict[str, Made] = field(default_factory=dict)
    authorised: dict[str, int] = field(default_factory=dict)
    ratios: dict[str, Fraction] = field(default_factory=dict)
    words: dict[str, frozenset[str]] = field(default_factory=dict)
    accounts: dict[str, dict[str, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def enter(self, draft: Draft) -> Draft:
        """Take note of what an entry moves in the accounts that belong to no security, and return it."""
        for posting in draft.postings:
            role, _, _ = posting.account.partition(":")
            if role in _SHARED:
                of = self.accounts.setdefault(posting.asset, {})
                of[posting.account] = of.get(posting.account, 0) + posting.amount
        return draft

    def say(self, severity: Severity, code: Code, id: str, message: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(severity, code, id, message))

    def units(self, quantity: Quantity | None, of: ShareClass) -> int:
        """Return a quantity of the package in minor units of a class; 0 where it has none."""
        return 0 if quantity is None else units(quantity, of.decimals)

    def class_of(self, security: Transaction) -> ShareClass:
        """Return the class of a security of the package."""
        return self.classes[self.story.class_of(security)]

    def plan_of(self, security: Transaction) -> PlanMade | None:
        """Return the plan of a security of the package, or None where it is under none that is known."""
        return self.plans.get((security.plan_id, self.class_of(security).id))

    def home(self, of: ShareClass, plan: PlanMade | None) -> str:
        """Return the account that securities of a class and plan are issued from."""
        return unissued(of) if plan is None or plan.reserved is None else pool(plan.plan.id)

    def target(self, of: ShareClass, plan: PlanMade | None, returned_to: str) -> str:
        """Return the account that units go to when they come back.

        Args:
            of: Their class.
            plan: The plan that they were granted under.
            returned_to: The plan that the story says takes them back; empty for none.
        """
        taker = self.plans.get((returned_to, of.id))
        if taker is not None:
            return self.home(of, taker)
        if plan is not None and plan.plan.return_rule is ReturnRule.HOLD_AS_CAPITAL_STOCK:
            return account(Role.TREASURY, of.id)
        return unissued(of)
