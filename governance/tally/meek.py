"""Single transferable vote by Meek's method (Hill, Wichmann and Woodall, 1987).

Whoever is elected keeps a part of each vote and passes the rest on, so that votes for them are not wasted and none is
counted twice; the parts are found by iteration, in whole numbers of 10^-9. It elects another council than the Scottish
rules in about one count of fourteen, so a ruleset names which of the two it means. It can't be recounted by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.tally.earlier import lowest
from governance.tally.irv import Strict
from governance.tally.result import Result, Round, Tie
from ledger.types import Json, decimal_text

PLACES = 9
ONE = 10**PLACES
OMEGA = 1_000
"""When all surpluses together are below this (10^-6 votes), the parts are close enough."""
MOST_ITERATIONS = 10_000


def meek(options: Sequence[str], ballots: Mapping[Strict, int], seats: int, lot: Sequence[str]) -> Result:
    """Return the count; parameters as in ``stv``."""
    return _Count(options, ballots, seats, lot).result()


class _Count:
    def __init__(self, options: Sequence[str], ballots: Mapping[Strict, int], seats: int, lot: Sequence[str]) -> None:
        self._options, self._seats, self._lot = options, seats, lot
        self._ballots = list(ballots.items())
        self._valid = sum(ballots.values())
        self._keeps = [ONE] * len(options)
        self._hopeful = list(range(len(options)))
        self._elected: list[int] = []
        self._votes = [0] * len(options)
        self._lost = 0
        self._quota = 0
        self._history: list[list[int]] = []
        self._rounds: list[Round] = []
        self._ties: list[Tie] = []

    def result(self) -> Result:
        """Count until all seats are filled, or nobody is left."""
        self._share_out()
        event = "first preferences"
        excluded: tuple[str, ...] = ()
        while self._valid:
            reached = self._settle()
            self._note(event, reached, excluded)
            if len(self._elected) >= self._seats or not self._hopeful:
                break
            if len(self._hopeful) <= self._seats - len(self._elected):
                self._elect_rest()
                break
            out = self._last()
            event, excluded = f"exclude {self._options[out]}", (self._options[out],)
            self._hopeful.remove(out)
            self._keeps[out] = 0
            self._share_out()
        winners = tuple(self._options[one] for one in self._elected)
        details: dict[str, Json] = {"valid": self._valid, "quota": decimal_text(self._quota, PLACES)}
        return Result("stv_meek", winners, (), tuple(self._rounds), tuple(self._ties), PLACES, details)

    def _share_out(self) -> None:
        votes, keeps, lost = [0] * len(self._options), self._keeps, 0
        for ranking, weight in self._ballots:
            left = ONE
            for option in ranking:
                keep = keeps[option]
                if keep == ONE:
                    votes[option] += left * weight
                    left = 0
                    break
                if keep:
                    kept = -(-left * keep // ONE)
                    votes[option] += kept * weight
                    left -= kept
                    if not left:
                        break
            lost += left * weight
        self._votes, self._lost = votes, lost
        self._quota = sum(votes) // (self._seats + 1) + 1

    def _settle(self) -> list[int]:
        """Iterate until no surplus is left to speak of, and return who was elected on the way, in order."""
        reached: list[int] = []
        before = None
        for _ in range(MOST_ITERATIONS):
            came = sorted((one for one in self._hopeful if self._votes[one] >= self._quota), key=self._standing)
            came = came[: self._seats - len(self._elected)]
            for one in came:
                self._hopeful.remove(one)
            self._elected += came
            reached += came
            surplus = sum(max(0, self._votes[one] - self._quota) for one in self._elected)
            if (
                len(self._elected) >= self._seats
                or surplus < OMEGA
                or (before is not None and surplus >= before and not came)
            ):
                break
            before = surplus
            for one in self._elected:
                # rounded up, so that nobody elected falls below the quota
                self._keeps[one] = min(ONE, -(-self._keeps[one] * self._quota // self._votes[one]))
            self._share_out()
        return reached

    def _standing(self, one: int) -> tuple[int, int]:
        return -self._votes[one], self._lot.index(self._options[one])

    def _last(self) -> int:
        fewest = min(self._votes[one] for one in self._hopeful)
        tied = [one for one in self._hopeful if self._votes[one] == fewest]
        if len(tied) == 1:
            return tied[0]
        tie = lowest(tied, self._history[:-1], self._options, self._lot)
        self._ties.append(tie)
        return self._options.index(tie.taken)

    def _elect_rest(self) -> None:
        rest = sorted(self._hopeful, key=self._standing)
        last = self._rounds.pop()
        names = tuple(self._options[one] for one in rest)
        self._rounds.append(Round(last.event, last.votes, last.lost, last.elected + names, last.excluded))
        self._elected += rest

    def _note(self, event: str, reached: Sequence[int], excluded: tuple[str, ...]) -> None:
        self._history.append(list(self._votes))
        votes = dict(zip(self._options, self._votes, strict=True))
        names = tuple(self._options[one] for one in reached)
        self._rounds.append(Round(event, votes, self._lost, names, excluded))
