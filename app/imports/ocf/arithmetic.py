"""Does one step add up? Pure comparisons of what goes into it with what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.story import Step, Story
from app.imports.ocf.transactions import Family, Quantity, StepKind, Transaction, decimals_of, shown_number
from ledger.types import MOST_DECIMALS, MOST_UNITS

WHOLE = (StepKind.RETRACT, StepKind.REISSUE, StepKind.CONSOLIDATE)
"""Steps that always take all that is left."""
MOVES = (
    *WHOLE,
    StepKind.TRANSFER,
    StepKind.EXERCISE,
    StepKind.RELEASE,
    StepKind.CONVERT,
    StepKind.CANCEL,
    StepKind.REPURCHASE,
)
"""Steps that take units, or an amount, from a security."""
_STAYS_THE_SAME = (StepKind.TRANSFER, StepKind.REISSUE, StepKind.CONSOLIDATE)


@dataclass(frozen=True, slots=True)
class Movement:
    """What one step takes from its securities and what comes out of it.

    Attributes:
        step: The step.
        main: Its transaction.
        sources: The securities it acts on.
        others: What comes out of it, the balance apart.
        had: What the sources had left before.
        taken: What it takes of that; more than they had, when the package says so.
    """

    step: Step
    main: Transaction
    sources: tuple[Transaction, ...]
    others: tuple[Transaction, ...]
    had: Quantity
    taken: Quantity

    @property
    def rest(self) -> Quantity:
        """What stays with the holder."""
        return self.had - self.taken

    @property
    def comes_out(self) -> Quantity | None:
        """The sum of what comes out, the balance apart; None when some of it is not in the package or has no size."""
        sizes = [other.size for other in self.others if other.size is not None]
        return sum(sizes, start=0) if len(sizes) == len(self.main.results) else None


def movement(step: Step, main: Transaction, story: Story, left: Mapping[str, Quantity]) -> Movement | None:
    """Return what a step moves; None when the size of a security that it acts on is not known."""
    sources = tuple(story.securities[source] for source in main.sources)
    if not sources or any(source.size is None for source in sources):
        return None
    balance = step.balance
    had = sum((left.get(source.security_id, 0) for source in sources), start=0)
    kept = balance.size if balance and balance.size else 0
    taken = main.size if main.size is not None and step.kind not in WHOLE else had - kept * (step.kind not in WHOLE)
    others = tuple(issuance for issuance in step.issued if issuance is not balance)
    return Movement(step, main, sources, others, had, taken)


def imbalances(moved: Movement, story: Story, *, is_touched: bool) -> Iterator[Finding]:
    """Yield what does not add up in a step.

    Args:
        moved: What it moves.
        story: The story it belongs to.
        is_touched: Whether parts of its security were used before.
    """
    main, source = moved.main, moved.sources[0]
    if moved.taken > moved.had:
        has, takes = shown_number(moved.had), shown_number(moved.taken)
        message = f"{takes} are taken from security {source.security_id}, which has {has} left on {main.date}."
        yield error(main, Code.OVERDRAWN, message)
        return
    if moved.step.kind is StepKind.RETRACT and is_touched:
        message = f"Security {source.security_id} can't be undone as a whole: part of it has been used."
        yield error(main, Code.OVERDRAWN, message)
    yield from _wrong_balance(moved)
    yield from _wrong_results(moved, story)
    yield from _wrong_assets(moved, story)


def _wrong_balance(moved: Movement) -> Iterator[Finding]:
    balance, main = moved.step.balance, moved.main
    if balance is None and main.balance_id and moved.rest > 0:
        rest = shown_number(moved.rest)
        message = f"{rest} are left as security {main.balance_id}, which nothing issues. Add its issuance."
        yield error(main, Code.MISSING_ISSUANCE, message)
    if balance is not None and balance.size is not None and balance.size != moved.rest:
        out = f"{shown_number(balance.size)} as the balance {balance.security_id}"
        yield error(main, Code.UNBALANCED, f"{shown_number(moved.rest)} are left, but {out} come out.")
    if balance is not None and balance.holder_id != moved.sources[0].holder_id:
        message = f"The balance {balance.security_id} belongs to another holder than what it is left of."
        yield error(main, Code.WRONG_RESULT, message)


def _wrong_results(moved: Movement, story: Story) -> Iterator[Finding]:
    main, comes_out = moved.main, moved.comes_out
    if moved.step.kind in _STAYS_THE_SAME and not main.results:
        yield error(main, Code.UNBALANCED, f"{shown_number(moved.taken)} go in and nothing comes out.")
    elif moved.step.kind in _STAYS_THE_SAME and comes_out is not None:
        yield from _wrong_sum(moved, comes_out, story)
    elif moved.step.kind is StepKind.CONVERT and not main.results:
        yield error(main, Code.UNBALANCED, f"{shown_number(moved.taken)} are converted and nothing comes out.")
    elif main.family is Family.EQUITY_COMPENSATION and comes_out is not None and comes_out > moved.taken:
        message = f"{shown_number(comes_out)} shares come out of {shown_number(moved.taken)} units."
        yield error(main, Code.UNBALANCED, message)


def _wrong_sum(moved: Movement, comes_out: Quantity, story: Story) -> Iterator[Finding]:
    split = moved.main.split_id
    if split and split not in story.split_ratios:
        message = f"Split {split} is not in the package; the reissued certificates count as they are."
        yield Finding(Severity.WARNING, Code.UNKNOWN_REFERENCE, moved.main.id, message, moved.main.item.file)
        return
    due = moved.taken * story.split_ratios.get(split, 1)
    off = max(comes_out - due, due - comes_out)
    # a split's fractions are paid out in money, less than one share for each certificate
    if off >= len(moved.others) if split else off:
        message = f"{shown_number(due)} should come out, but {shown_number(comes_out)} do."
        yield error(moved.main, Code.UNBALANCED, message)


def _wrong_assets(moved: Movement, story: Story) -> Iterator[Finding]:
    """Yield what comes out of another kind, class or plan than went in; only conversions may change that."""
    first = moved.sources[0]
    asset = (first.family, story.class_of(first), first.plan_id)
    same = [*moved.sources[1:], *([moved.step.balance] if moved.step.balance else [])]
    same += moved.others if moved.step.kind in _STAYS_THE_SAME else ()
    for other in same:
        if (other.family, story.class_of(other), other.plan_id) != asset:
            message = f"Security {other.security_id} is of another kind, class or plan than {first.security_id}."
            yield error(moved.main, Code.WRONG_RESULT, message)
    for other in moved.others if moved.step.kind not in _STAYS_THE_SAME else ():
        wrong_class = first.family is Family.EQUITY_COMPENSATION and story.class_of(other) != asset[1]
        if other.family is not Family.STOCK or wrong_class:
            message = (
                f"Security {other.security_id} can't come out of {first.security_id}: it should be shares of its class."
            )
            yield error(moved.main, Code.WRONG_RESULT, message)


def wrong_sizes(step: Step, story: Story) -> Iterator[Finding]:
    """Yield quantities that are not above zero, too fine or too large to be counted."""
    totals = (StepKind.POOL_ADJUSTED, StepKind.AUTHORISED_ADJUSTED, StepKind.ISSUER_AUTHORISED_ADJUSTED)
    for each in (step.main, *(issuance for issuance in step.issued if issuance is not step.main)):
        if each is None or each.size is None:
            continue
        shown, security = shown_number(each.size), story.securities.get(each.security_id, each)
        decimals = story.decimals.get(story.class_of(security), 0)
        if each.size < 0 or (each.size == 0 and each.kind not in totals):
            yield error(each, Code.QUANTITY_INVALID, f"{shown} is not above zero.")
        elif each.family is not Family.CONVERTIBLE and decimals_of(each.size) > MOST_DECIMALS:
            message = f"{shown} has more than {MOST_DECIMALS} decimal places, the most that shares are counted in."
            yield error(each, Code.QUANTITY_INVALID, message)
        elif each.family is not Family.CONVERTIBLE and each.size * 10 ** min(decimals, MOST_DECIMALS) > MOST_UNITS:
            yield error(each, Code.QUANTITY_INVALID, f"{shown} is more than can be counted exactly.")


def error(of: Transaction, code: Code, message: str) -> Finding:
    """Return an error about a transaction."""
    return Finding(Severity.ERROR, code, of.id, message, of.item.file)
