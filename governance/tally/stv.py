"""Single transferable vote by the Scottish rules: weighted inclusive Gregory, recountable by hand.

SSI 2007/42 rules 46 to 53 (and SSI 2011/399, schedule 1). The quota is ⌊valid ÷ (seats + 1)⌋ + 1. A surplus moves every
ballot of its candidate to the next continuing one at value ⌊surplus × value ÷ votes⌋ to five decimals, the remainder
ignored. The largest surplus goes first; the lowest is excluded only when no surplus waits. Values are whole numbers of
0.00001 here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.tally.earlier import highest, lowest
from governance.tally.irv import Strict
from governance.tally.result import Result, Round, Tie

PLACES = 5
ONE = 10**PLACES
"""A whole vote."""


def quota_of(valid: int, seats: int) -> int:
    """Return the Droop quota: 80 ballots and 3 seats make 21."""
    return valid // (seats + 1) + 1


def stv(options: Sequence[str], ballots: Mapping[Strict, int], seats: int, lot: Sequence[str]) -> Result:
    """Return the count.

    Args:
        options: Keys of the candidates.
        ballots: How many made each ranking; partial rankings are valid.
        seats: How many are elected; with fewer candidates, seats stay free.
        lot: Keys in the order of the lot.
    """
    return _Count(options, ballots, seats, lot).result()


class _Count:
    def __init__(self, options: Sequence[str], ballots: Mapping[Strict, int], seats: int, lot: Sequence[str]) -> None:
        self._options, self._seats, self._lot = options, seats, lot
        self._valid = sum(ballots.values())
        self._quota = quota_of(self._valid, seats) * ONE
        self._running = bytearray(b"\x01" * len(options))
        self._votes = [0] * len(options)
        # of each candidate: value of a ballot -> the ballots that came at that value
        self._piles: list[dict[int, list[tuple[Strict, int]]]] = [{} for _ in options]
        self._elected: list[int] = []
        self._waiting: list[int] = []  # elected, with a surplus that has not moved
        self._history: list[list[int]] = []
        self._rounds: list[Round] = []
        self._ties: list[Tie] = []
        self._hand_out(list(ballots.items()), ONE)

    def result(self) -> Result:
        """Count until all seats are filled, or nobody is left; without a ballot nobody is elected."""
        self._note("first preferences", elect=bool(self._valid))
        while self._valid and len(self._elected) < self._seats and any(self._running):
            running = [one for one, is_in in enumerate(self._running) if is_in]
            if len(running) <= self._seats - len(self._elected):
                self._elect_rest(running)
                break
            if self._waiting:
                self._move_surplus()
            else:
                self._exclude(running)
        winners = tuple(self._options[one] for one in self._elected)
        details = {"quota": self._quota // ONE, "valid": self._valid}
        return Result("stv_scottish", winners, (), tuple(self._rounds), tuple(self._ties), PLACES, details)

    def _hand_out(self, pile: Sequence[tuple[Strict, int]], value: int) -> None:
        running, piles = self._running, self._piles
        received = [0] * len(self._options)
        into: dict[int, list[tuple[Strict, int]]] = {}
        for ballot in pile:
            for option in ballot[0]:
                if running[option]:
                    received[option] += ballot[1]
                    if option in into:
                        into[option].append(ballot)
                    else:
                        into[option] = [ballot]
                    break
        for option, came in into.items():
            self._votes[option] += received[option] * value
            if value in piles[option]:
                piles[option][value] += came
            else:
                piles[option][value] = came

    def _move_surplus(self) -> None:
        most = max(self._votes[one] for one in self._waiting)
        tied = [one for one in self._waiting if self._votes[one] == most]
        mover = (
            tied[0] if len(tied) == 1 else self._decided(highest(tied, self._history[:-1], self._options, self._lot))
        )
        self._waiting.remove(mover)
        votes, surplus = self._votes[mover], self._votes[mover] - self._quota
        piles, self._piles[mover] = self._piles[mover], {}
        self._votes[mover] = self._quota
        for value, pile in piles.items():
            if worth := value * surplus // votes:
                self._hand_out(pile, worth)
        self._note(f"surplus of {self._options[mover]}")

    def _exclude(self, running: Sequence[int]) -> None:
        fewest = min(self._votes[one] for one in running)
        tied = [one for one in running if self._votes[one] == fewest]
        out = tied[0] if len(tied) == 1 else self._decided(lowest(tied, self._history[:-1], self._options, self._lot))
        piles, self._piles[out] = self._piles[out], {}
        self._running[out] = 0
        self._votes[out] = 0
        for value, pile in piles.items():
            self._hand_out(pile, value)
        self._note(f"exclude {self._options[out]}", excluded=(self._options[out],))

    def _decided(self, tie: Tie) -> int:
        self._ties.append(tie)
        return self._options.index(tie.taken)

    def _elect_rest(self, running: Sequence[int]) -> None:
        """As many are left as seats: they are elected, whatever they have."""
        rest = sorted(running, key=lambda one: (-self._votes[one], self._lot.index(self._options[one])))
        last = self._rounds.pop()
        names = tuple(self._options[one] for one in rest)
        self._rounds.append(Round(last.event, last.votes, last.lost, last.elected + names, last.excluded))
        self._elected += rest
        for one in rest:
            self._running[one] = 0

    def _note(self, event: str, excluded: tuple[str, ...] = (), *, elect: bool = True) -> None:
        """Close a stage: whoever reaches the quota is elected, the most votes first."""
        reached = [one for one, is_in in enumerate(self._running) if is_in and self._votes[one] >= self._quota]
        elected = self._in_order(reached) if elect else []
        for one in elected:
            self._running[one] = 0
            if self._votes[one] > self._quota:
                self._waiting.append(one)
        self._elected += elected
        self._history.append(list(self._votes))
        lost = self._valid * ONE - sum(self._votes)
        votes = dict(zip(self._options, self._votes, strict=True))
        self._rounds.append(Round(event, votes, lost, tuple(self._options[one] for one in elected), excluded))

    def _in_order(self, reached: list[int]) -> list[int]:
        return sorted(reached, key=lambda one: (-self._votes[one], self._lot.index(self._options[one])))
