"""One way to count any choice among options: the method names the module."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from governance.tally.ballots import Choice
from governance.tally.irv import Strict, irv
from governance.tally.meek import meek
from governance.tally.methods import Method
from governance.tally.ranked_pairs import ranked_pairs
from governance.tally.result import Result
from governance.tally.schulze import schulze
from governance.tally.scores import approval, borda, score, star
from governance.tally.stv import stv


def count_options(
    method: Method, options: Sequence[str], groups: Mapping[Choice, int], *, seats: int = 1, lot: Sequence[str] | None
) -> Result:
    """Return the count of choices among options.

    Args:
        method: Any but yes or no and consent, which have rules of their own.
        options: Keys of what could be chosen.
        groups: How many made each choice (``ballots.positions``), abstentions left out.
        seats: How many are chosen.
        lot: Keys in the order of the lot; without one, options that stay equal all win where the method allows it.

    Raises:
        ValueError: The method is none of these.
    """
    if method not in _COUNTS:
        raise ValueError(f"{method} is no method for a choice among options.")
    return _COUNTS[method](options, groups, seats, lot)


def strict(groups: Mapping[Any, int]) -> dict[Strict, int]:
    """Return rankings without shared places as plain sequences."""
    return {tuple(place[0] for place in ranking): weight for ranking, weight in groups.items()}


_Count: TypeAlias = Callable[[Sequence[str], Mapping[Choice, int], int, Sequence[str] | None], Result]

_COUNTS: dict[Method, _Count] = {
    Method.IRV: lambda options, groups, _, lot: irv(options, strict(groups), lot or options),
    Method.STV: lambda options, groups, seats, lot: stv(options, strict(groups), seats, lot or options),
    Method.MEEK: lambda options, groups, seats, lot: meek(options, strict(groups), seats, lot or options),
    Method.SCHULZE: lambda options, groups, _, lot: schulze(options, groups, lot),
    Method.RANKED_PAIRS: lambda options, groups, _, lot: ranked_pairs(options, groups, lot),
    Method.BORDA: lambda options, groups, _, lot: borda(options, groups, lot),
    Method.APPROVAL: approval,
    Method.SCORE: score,
    Method.STAR: lambda options, groups, _, lot: star(options, groups, lot),
}
