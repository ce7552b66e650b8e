"""The package told in order: registers of who and what there is, then one step for each later journal entry.

Every item of the package is in exactly one place of the story: a register, a step's own item, one of the issuances it
brings about, or beside it (vesting facts beside the issuance they belong to, a return to the pool beside its
cancellation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from app.imports.ocf.package import Item
from app.imports.ocf.transactions import Quantity, StepKind, Transaction


@dataclass(frozen=True, slots=True)
class Plan:
    """A pool of the package.

    Attributes:
        id: As the package has it.
        name: Its name; the id where the plan is only implied.
        class_id: The class its units are of: the first that it names.
        reserved: Units at the beginning; None when nothing says how many.
        return_rule: What becomes of cancelled units, as written; None when nothing is said.
        item: Its object; None when grants name the plan and nothing else does.
    """

    id: str
    name: str
    class_id: str
    reserved: Quantity | None
    return_rule: str | None = None
    item: Item | None = None

    def of(self, class_id: str) -> Plan:
        """Return the same plan with units of a class."""
        return replace(self, class_id=class_id)

    @property
    def takes_back(self) -> bool:
        """Whether cancelled units go back to the pool by themselves; so they do where nothing is said."""
        return self.return_rule in (None, "RETURN_TO_POOL")


@dataclass(slots=True)
class VestingFacts:
    """What happened to the vesting of one security.

    Attributes:
        starts: Date on which each start condition began, by condition id.
        events: Date on which each event happened, by condition id.
        accelerations: Dates and units of what vested early.
        items: The items that say so, in order.
    """

    starts: dict[str, date] = field(default_factory=dict)
    events: dict[str, date] = field(default_factory=dict)
    accelerations: list[tuple[date, Quantity]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one journal entry will say.

    Attributes:
        kind: What happens.
        date: When it counts from.
        main: The transaction; None for items that are no transaction of the format.
        main_item: The item that says it.
        issued: The issuances that come out of it, for others first and the balance last; for an issuing step, itself.
        other_items: Items folded into it: vesting facts of what it issues, its return to the pool.
        returned_to: The plan to whose pool the units go back; empty when they go to none.
    """

    kind: StepKind
    date: date
    main: Transaction | None
    main_item: Item
    issued: tuple[Transaction, ...] = ()
    other_items: tuple[Item, ...] = ()
    returned_to: str = ""

    @property
    def issuances(self) -> tuple[Item, ...]:
        """The items of the securities that this step brings into being."""
        return tuple(issuance.item for issuance in self.issued)

    @property
    def balance(self) -> Transaction | None:
        """The issuance of what is left to the holder, where the step reissues it."""
        balance = self.main.balance_id if self.main else ""
        return next((i for i in self.issued if balance and i.security_id == balance), None)

    @property
    def security_id(self) -> str:
        """The security issued or acted on; the result of a consolidation; empty where none is."""
        return self.main.security_id if self.main else ""

    @property
    def quantity(self) -> Quantity | None:
        """Units or amount concerned; None for the whole."""
        return self.main.size if self.main else None


@dataclass(frozen=True, slots=True)
class Story:
    """The package in order.

    Attributes:
        issuer: The company.
        stakeholders: By id.
        classes: By id.
        plans: By id, those that grants only imply among them.
        vesting_terms: By id.
        valuations: In the package's order.
        kept: Objects that the ledger only keeps: legends, financings, documents, valuations of unknown classes.
        securities: The issuance of every security that counts, by security id.
        vesting: Vesting facts by security id, only where there are any.
        steps: In order of date; within a day what must come first comes first.
        decimals: Decimal places that each class needs, by class id.
        authorised: What each class authorises at the beginning, by class id; absent where there is no limit.
        split_ratios: New shares for each old one, by the split's id.
        reissued: Securities that reissuances replace to carry out a split, by the split's id; its ratio is then not
            applied to anything.
    """

    issuer: Item | None = None
    stakeholders: dict[str, Item] = field(default_factory=dict)
    classes: dict[str, Item] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    vesting_terms: dict[str, Item] = field(default_factory=dict)
    valuations: tuple[Item, ...] = ()
    kept: tuple[Item, ...] = ()
    securities: dict[str, Transaction] = field(default_factory=dict)
    vesting: dict[str, VestingFacts] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    decimals: dict[str, int] = field(default_factory=dict)
    authorised: dict[str, Quantity] = field(default_factory=dict)
    split_ratios: dict[str, Quantity] = field(default_factory=dict)
    reissued: dict[str, frozenset[str]] = field(default_factory=dict)

    def items(self) -> Iterator[Item]:
        """Yield every item of the package once: the registers, then each step with what belongs to it."""
        yield from [self.issuer] if self.issuer else []
        yield from (*self.stakeholders.values(), *self.classes.values(), *self.vesting_terms.values())
        yield from (plan.item for plan in self.plans.values() if plan.item)
        yield from (*self.valuations, *self.kept)
        for step in self.steps:
            yield step.main_item
            yield from (item for item in (*step.issuances, *step.other_items) if item is not step.main_item)

    def class_of(self, security: Transaction) -> str:
        """Return the class of a security: the one it names, else its plan's; empty where it has none."""
        plan = self.plans.get(security.plan_id)
        return security.class_id or (plan.class_id if plan else "")
