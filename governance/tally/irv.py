"""Instant runoff: the option with the fewest votes goes out, until one has a majority of what is left.

The majority is of the ballots that still have an option left (RCTab; Burlington 2009). One goes out a round. Of options
that are equal last, the one with fewer votes in the most recent round in which they differed goes; else the last in the
lot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.tally.earlier import lowest
from governance.tally.result import Result, Round, Tie

Strict = tuple[int, ...]
"""Positions of options, best first."""


def irv(options: Sequence[str], ballots: Mapping[Strict, int], lot: Sequence[str]) -> Result:
    """Return the count.

    Args:
        options: Keys.
        ballots: How many made each ranking; partial rankings are valid.
        lot: Keys in the order of the lot.
    """
    return _Count(options, ballots, lot).result()


class _Count:
    def __init__(self, options: Sequence[str], ballots: Mapping[Strict, int], lot: Sequence[str]) -> None:
        self._options, self._lot = options, lot
        self._alive = bytearray(b"\x01" * len(options))
        self._votes = [0] * len(options)
        self._piles: list[list[tuple[Strict, int]]] = [[] for _ in options]
        self._lost = 0
        self._history: list[list[int]] = []
        self._rounds: list[Round] = []
        self._ties: list[Tie] = []
        self._hand_out(list(ballots.items()))

    def _hand_out(self, ballots: Sequence[tuple[Strict, int]]) -> None:
        alive, piles, votes = self._alive, self._piles, self._votes
        for ballot in ballots:
            for option in ballot[0]:
                if alive[option]:
                    piles[option].append(ballot)
                    votes[option] += ballot[1]
                    break
            else:
                self._lost += ballot[1]

    def result(self) -> Result:
        """Count until somebody has won; with no votes at all, nobody has."""
        if not any(self._votes):
            self._note("first preferences")
            return Result("irv", (), (), tuple(self._rounds))
        event, out, eliminated = "first preferences", None, []
        while True:
            running = [one for one, is_in in enumerate(self._alive) if is_in]
            top = max(running, key=lambda one: self._votes[one])
            won = 2 * self._votes[top] > sum(self._votes) or len(running) == 1
            self._note(event, elected=top if won else None, excluded=out)
            if won:
                break
            out = self._last(running)
            eliminated.append(self._options[out])
            event = f"exclude {self._options[out]}"
            self._exclude(out)
        # whoever went out last comes next
        rest = sorted((one for one in running if one != top), key=lambda one: -self._votes[one])
        order = (top, *rest)
        places = tuple((self._options[one],) for one in order) + tuple((one,) for one in reversed(eliminated))
        return Result("irv", (self._options[top],), places, tuple(self._rounds), tuple(self._ties))

    def _last(self, running: Sequence[int]) -> int:
        fewest = min(self._votes[one] for one in running)
        tied = [one for one in running if self._votes[one] == fewest]
        if len(tied) == 1:
            return tied[0]
        tie = lowest(tied, self._history[:-1], self._options, self._lot)
        self._ties.append(tie)
        return self._options.index(tie.taken)

    def _exclude(self, out: int) -> None:
        pile, self._piles[out] = self._piles[out], []
        self._alive[out] = 0
        self._votes[out] = 0
        self._hand_out(pile)

    def _note(self, event: str, elected: int | None = None, excluded: int | None = None) -> None:
        self._history.append(list(self._votes))
        names = self._options
        running = {name: votes for name, votes, is_in in zip(names, self._votes, self._alive, strict=True) if is_in}
        self._rounds.append(
            Round(
                event,
                running,
                self._lost,
                () if elected is None else (names[elected],),
                () if excluded is None else (names[excluded],),
            )
        )
