"""Books kept over the story: what every security, plan and class has left after each step.

The checks read them, and ``holdings`` gives what everybody has on a day, by which an import is compared with what is
known of a package.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import floor

from app.imports.ocf.arithmetic import MOVES, Movement, error, imbalances, movement, wrong_sizes
from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.story import Plan, Step, Story
from app.imports.ocf.transactions import (
    GIVES_BACK,
    ISSUES,
    UNITS,
    Family,
    Quantity,
    StepKind,
    Transaction,
    shown_number,
)


def check_arithmetic(story: Story) -> list[Finding]:
    """Return where the story does not add up: overdrawn securities, unbalanced results, exhausted pools and classes."""
    books = Books(story)
    return [finding for step in story.steps for finding in books.apply(step)]


def holdings(story: Story, as_of: date) -> dict[str, dict[str, Quantity]]:
    """Return what each holder has at the end of a day, by the holder's name: shares of each class, grants of each plan.

    Keys are ``stock:`` with the class's name, ``plan:`` with the plan's name (its id where only grants name it), and
    ``grants:`` with the class's name for grants outside plans. Convertibles and warrants are no units yet.
    """
    books = Books(story)
    for step in story.steps:
        if step.date <= as_of:
            list(books.apply(step))
    held: dict[str, dict[str, Quantity]] = defaultdict(lambda: defaultdict(int))
    for security_id, left in books.left.items():
        security = story.securities[security_id]
        if left and security.family in UNITS:
            held[_holder_name(story, security.holder_id)][_what(story, security)] += left
    return {holder: dict(of) for holder, of in held.items()}


def _holder_name(story: Story, holder_id: str) -> str:
    name = story.stakeholders[holder_id].data.get("name")
    legal_name = name.get("legal_name") if isinstance(name, dict) else None
    return legal_name if isinstance(legal_name, str) else holder_id


def _what(story: Story, security: Transaction) -> str:
    if security.family is Family.EQUITY_COMPENSATION and security.plan_id:
        return f"plan:{story.plans[security.plan_id].name}"
    class_id = story.class_of(security)
    name = story.classes[class_id].data.get("name")
    kind = "stock" if security.family is Family.STOCK else "grants"
    return f"{kind}:{name if isinstance(name, str) else class_id}"


@dataclass(slots=True)
class Books:
    """What is left of everything after the steps applied so far.

    Attributes:
        story: Whose steps.
        left: Units or amount of each security whose size is known; absent once it is used up.
        touched: Securities of which a part was used.
        authorised: Of each class that has a limit.
        committed: Of each class: outstanding outside plans, and reserved for plans or granted under implied ones.
        reserved: Of each plan whose reserve is known.
        used: Of each plan: granted or issued, less what went back to it.
    """

    story: Story
    left: dict[str, Quantity] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    authorised: dict[str, Quantity] = field(default_factory=dict)
    committed: dict[str, Quantity] = field(default_factory=lambda: defaultdict(int))
    reserved: dict[str, Quantity] = field(default_factory=dict)
    used: dict[str, Quantity] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        """Begin with what classes authorise and plans reserve."""
        self.authorised |= self.story.authorised
        for plan in self.story.plans.values():
            if plan.reserved is not None:
                self.reserved[plan.id] = plan.reserved
                self.committed[plan.class_id] += plan.reserved

    def apply(self, step: Step) -> Iterator[Finding]:
        """Carry out one step, yielding what does not add up; run to the end, else it is carried out in part."""
        main = step.main
        if main is None or step.kind is StepKind.MEMO:
            return
        yield from wrong_sizes(step, self.story)
        if step.kind in ISSUES:
            self._issue(main)
            yield from self._draw(main, main.size or 0, main)
        elif step.kind in MOVES:
            yield from self._move(step, main)
        elif step.kind is StepKind.SPLIT:
            yield from self._split(main)
        elif step.kind in (StepKind.POOL_ADJUSTED, StepKind.AUTHORISED_ADJUSTED, StepKind.RETURN_TO_POOL):
            yield from self._adjust(step, main)

    def _issue(self, issuance: Transaction) -> None:
        if issuance.size is not None:
            self.left[issuance.security_id] = issuance.size

    def _draw(self, issuance: Transaction, units: Quantity, cause: Transaction) -> Iterator[Finding]:
        """Take units that are newly issued from their plan, else from the authorised shares of their class."""
        if issuance.family not in UNITS:
            return
        plan, class_id = self.story.plans.get(issuance.plan_id), self.story.class_of(issuance)
        if plan is not None:
            self.used[plan.id] += units
        if plan is not None and plan.id in self.reserved:
            yield from self._check_pool(plan, cause)
        else:
            self.committed[class_id] += units
            yield from self._check_class(class_id, cause)

    def _move(self, step: Step, main: Transaction) -> Iterator[Finding]:
        exists = all(source in self.left or source in self.touched for source in main.sources)
        moved = movement(step, main, self.story, self.left) if exists else None
        if moved is not None:
            yield from imbalances(moved, self.story, is_touched=main.security_id in self.touched)
            self._take(moved)
        for issuance in step.issued:
            self._issue(issuance)
        yield from self._settle(step, main, moved)

    def _take(self, moved: Movement) -> None:
        """Take what a step takes; what is left stays on the security unless it is reissued as a balance."""
        for source in moved.sources:
            self.left.pop(source.security_id, None)
            self.touched.add(source.security_id)
        if moved.rest > 0 and moved.step.balance is None:
            self.left[moved.sources[0].security_id] = moved.rest

    def _settle(self, step: Step, main: Transaction, moved: Movement | None) -> Iterator[Finding]:
        """Book what a step changes for plans and classes, beyond passing units on within one."""
        becomes_shares = step.kind is StepKind.CONVERT or main.family in (Family.WARRANT, Family.CONVERTIBLE)
        if moved is not None and (step.kind in GIVES_BACK or (step.kind is StepKind.CONVERT)):
            self._give_back(moved.sources[0], min(moved.taken, moved.had), step)
        for issuance in step.issued:
            if becomes_shares and issuance is not step.balance and issuance.family is Family.STOCK:
                yield from self._draw(issuance, issuance.size or 0, main)
        if moved is not None and main.split_id and moved.comes_out is not None and moved.others:
            yield from self._draw(moved.others[0], moved.comes_out - moved.taken, main)

    def _give_back(self, source: Transaction, units: Quantity, step: Step) -> None:
        if source.family not in UNITS:
            return
        if step.returned_to:
            self.used[step.returned_to] -= units
        if source.plan_id not in self.reserved:
            self.committed[self.story.class_of(source)] -= units

    def _split(self, main: Transaction) -> Iterator[Finding]:
        """Multiply all there is of a class; where reissuances do that, say so and leave it to them."""
        ratio, of = main.ratio, main.class_id
        holdings = [s for s in self.left if self._is_of(self.story.securities[s], of)]
        if main.id in self.story.reissued:
            others = len([s for s in holdings if s not in self.story.reissued[main.id]])
            kept = f"; {others} other holdings keep their numbers" if others else ""
            message = f"Reissuances carry out this split, so its ratio is not applied again{kept}."
            yield Finding(Severity.WARNING, Code.SPLIT_BY_REISSUANCE, main.id, message, main.item.file)
            return
        if ratio is None or ratio <= 0:
            yield error(main, Code.QUANTITY_INVALID, "A split's ratio has two numbers above zero.")
            return
        cut = 0
        for security in holdings:
            exact, scale = self.left[security] * ratio, 10 ** self.story.decimals.get(of, 0)
            self.left[security] = _exactly(floor(exact * scale), scale)
            cut += self.left[security] != exact
        self._scale(of, ratio)
        if cut:
            message = f"The split leaves fractions of shares in {cut} holdings; they are cut off."
            yield Finding(Severity.WARNING, Code.UNBALANCED, main.id, message, main.item.file)

    def _is_of(self, security: Transaction, class_id: str) -> bool:
        return security.family in UNITS and self.story.class_of(security) == class_id

    def _scale(self, class_id: str, ratio: Quantity) -> None:
        plans = [plan.id for plan in self.story.plans.values() if plan.class_id == class_id]
        for table, keys in ((self.authorised, [class_id]), (self.committed, [class_id]), (self.reserved, plans)):
            for key in keys:
                if key in table:
                    table[key] *= ratio
        for plan in plans:
            self.used[plan] *= ratio

    def _adjust(self, step: Step, main: Transaction) -> Iterator[Finding]:
        size = main.size or 0
        if step.kind is StepKind.AUTHORISED_ADJUSTED:
            self.authorised[main.class_id] = size
            yield from self._check_class(main.class_id, main)
            return
        plan = self.story.plans[main.plan_id]
        if step.kind is StepKind.RETURN_TO_POOL:
            self.used[plan.id] -= size if step.returned_to else 0
            return
        # a plan that was only implied has had its grants counted one by one until now
        before = self.reserved.get(plan.id, self.used[plan.id])
        self.reserved[plan.id] = size
        self.committed[plan.class_id] += size - before
        yield from self._check_pool(plan, main)
        yield from self._check_class(plan.class_id, main)

    def _check_pool(self, plan: Plan, cause: Transaction) -> Iterator[Finding]:
        over = self.used[plan.id] - self.reserved[plan.id]
        if over > 0:
            reserve = f"{shown_number(self.reserved[plan.id])} reserved on {cause.date}"
            message = f"Plan {plan.name} has {reserve}; with this, {shown_number(over)} too many are granted."
            yield error(cause, Code.POOL_EXHAUSTED, message)

    def _check_class(self, class_id: str, cause: Transaction) -> Iterator[Finding]:
        limit = self.authorised.get(class_id)
        if limit is not None and self.committed[class_id] > limit:
            over = shown_number(self.committed[class_id] - limit)
            message = f"Class {class_id} has {shown_number(limit)} authorised on {cause.date}"
            message += f"; with this, {over} too many are issued or reserved."
            yield error(cause, Code.AUTHORISED_EXHAUSTED, message)


def _exactly(units: int, scale: int) -> Quantity:
    return Fraction(units, scale) if units % scale else units // scale
