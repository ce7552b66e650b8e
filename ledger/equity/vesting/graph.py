"""The graph of vesting conditions: which may come first, which lead to which, and that it ends."""

from collections.abc import Iterator, Mapping, Sequence

from ledger.equity.vesting.errors import ConditionCycle, NoRootCondition, UnknownCondition

Edges = Mapping[str, Sequence[str]]
"""Condition id to the ids that may come next, in order of priority."""


def roots(edges: Edges) -> tuple[str, ...]:
    """Return the conditions that follow no other one, in the order they are written."""
    followers = {after for afters in edges.values() for after in afters}
    return tuple(condition for condition in edges if condition not in followers)


def in_order(edges: Edges) -> list[str]:
    """Return all conditions, each one after every condition that can lead to it.

    Raises:
        UnknownCondition: A condition leads to one that does not exist.
        NoRootCondition: Every condition waits for another one.
        ConditionCycle: A condition leads back to itself; the message names the first one met twice.
    """
    for condition, afters in edges.items():
        for after in afters:
            if after not in edges:
                raise UnknownCondition(f"Condition {condition}: the next condition {after} does not exist.")
    first = roots(edges)
    if not first:
        raise NoRootCondition("Vesting conditions have no root condition: each of them waits for another one.")
    finished: list[str] = []
    seen: set[str] = set()
    # what no root reaches can only be a cycle of its own, so it is visited too
    for condition in (*first, *edges):
        if condition not in seen:
            finished.extend(_visit(condition, edges, seen))
    return finished[::-1]


def _visit(root: str, edges: Edges, seen: set[str]) -> Iterator[str]:
    """Yield what ``root`` leads to, each condition after all it leads to; no recursion, so no depth is too deep."""
    open_: dict[str, Iterator[str]] = {root: iter(edges[root])}
    seen.add(root)
    while open_:
        condition, afters = next(reversed(open_.items()))
        after = next(afters, None)
        if after is None:
            del open_[condition]
            yield condition
        elif after in open_:
            raise ConditionCycle(f"Vesting conditions form a cycle at {after}: it would have to be met twice.")
        elif after not in seen:
            seen.add(after)
            open_[after] = iter(edges[after])


def out_of_order(edges: Edges, needs: Mapping[str, str]) -> str | None:
    """Return a condition that no path reaches through the earlier one it needs; None if every path does.

    Args:
        edges: A sound graph.
        needs: Condition id to the id of the condition that must be able to come before it.
    """
    place = {condition: position for position, condition in enumerate(in_order(edges))}
    # one bit a condition: a set of ids for each would be gigabytes for a graph of some thousand
    before = dict.fromkeys(edges, 0)
    for condition, position in place.items():
        for after in edges[condition]:
            before[after] |= before[condition] | 1 << position
    return next(
        (condition for condition, earlier in needs.items() if not before[condition] >> place[earlier] & 1), None
    )
