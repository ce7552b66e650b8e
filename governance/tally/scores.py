"""Approval, score and STAR: sums; and Borda, whose points follow from places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from governance.tally.ballots import Ranking
from governance.tally.result import LOT, Result, Round, Tie, first_by_lot, places

Approvals = Mapping[tuple[int, ...], int]
"""How many approved of exactly these options; nobody for none: a blank ballot."""

Scores = Mapping[tuple[int, ...], int]
"""How many gave exactly these scores, by position."""


def approval(options: Sequence[str], ballots: Approvals, seats: int, lot: Sequence[str] | None) -> Result:
    """Return the count: whoever most approve of; blank ballots count for the quorum and for nobody."""
    sums = [0] * len(options)
    for approved, weight in ballots.items():
        for one in approved:
            sums[one] += weight
    details = {"cast": sum(ballots.values()), "blank": ballots.get((), 0)}
    return _by_sums("approval", options, sums, seats, lot, "approvals", details)


def score(options: Sequence[str], ballots: Scores, seats: int, lot: Sequence[str] | None) -> Result:
    """Return the count: the highest sum; an option without a score has 0 of that voter.

    (The mean of those who scored it can elect another one: a few who love an option would outvote many.)
    """
    return _by_sums("score", options, _sums(options, ballots), seats, lot, "sums", {})


def means(ballots: Sequence[tuple[int, Mapping[str, int]]], options: Sequence[str]) -> dict[str, Fraction]:
    """Return the mean score of each option among those who scored it: told beside the sum, never decisive."""
    found = {}
    for option in options:
        given = [(weight, scores[option]) for weight, scores in ballots if option in scores]
        if voters := sum(weight for weight, _ in given):
            found[option] = Fraction(sum(weight * each for weight, each in given), voters)
    return found


def borda(options: Sequence[str], ballots: Mapping[Ranking, int], lot: Sequence[str] | None) -> Result:
    """Return the count: an option has a point for each one that a voter puts below it."""
    sums = [0] * len(options)
    for ranking, weight in ballots.items():
        below = len(options)
        for place in ranking:
            below -= len(place)
            for one in place:
                sums[one] += below * weight
    return _by_sums("borda", options, sums, 1, lot, "points", {})


def star(options: Sequence[str], ballots: Scores, lot: Sequence[str] | None) -> Result:
    """Return the count: of the two highest sums, whichever more voters scored higher.

    Equal sums at the cut: more wins against each other, then more top scores, then the lot. An even runoff: the higher
    sum, then more top scores, then the lot (the rules of starvote). Without a lot, those that stay equal all win.
    """
    sums, tops = _sums(options, ballots), _tops(options, ballots)
    ranked = sorted(range(len(options)), key=lambda one: -sums[one])
    ties: list[Tie] = []
    finalists = _finalists(options, ranked, sums, tops, ballots, lot, ties)
    votes = dict(zip(options, sums, strict=True))
    rounds = [Round("sums", votes)]
    if len(finalists) != 2:
        # equal in everything, and no lot to tell them apart; or a single option
        winners = tuple(options[one] for one in finalists)
        return Result("star", winners, places(options, votes), tuple(rounds), tuple(ties), 0, {})
    first, second = finalists
    mine, theirs = _preferred(ballots, first, second)
    neither = sum(ballots.values()) - mine - theirs
    rounds.append(Round("runoff", {options[first]: mine, options[second]: theirs}, neither))
    winners = _runoff(options, (first, second), (mine, theirs), sums, tops, lot, ties)
    details = {"no_preference": neither}
    return Result("star", winners, places(options, votes), tuple(rounds), tuple(ties), 0, details)


def _by_sums(
    method: str,
    options: Sequence[str],
    sums: Sequence[int],
    seats: int,
    lot: Sequence[str] | None,
    event: str,
    details: Mapping[str, int],
) -> Result:
    votes = dict(zip(options, sums, strict=True))
    order = places(options, votes)
    winners: list[str] = []
    ties = []
    for place in order if any(sums) else ():
        free = seats - len(winners)
        if free <= 0:
            break
        if len(place) <= free or lot is None:
            winners += place
            continue
        drawn = sorted(place, key=lot.index)[:free]
        ties.append(Tie(place, drawn[0], LOT))
        winners += drawn
    rounds = (Round(event, votes, elected=tuple(winners)),)
    return Result(method, tuple(winners), order, rounds, tuple(ties), 0, dict(details))


def _sums(options: Sequence[str], ballots: Scores) -> list[int]:
    sums = [0] * len(options)
    for given, weight in ballots.items():
        for one, each in enumerate(given):
            sums[one] += each * weight
    return sums


def _tops(options: Sequence[str], ballots: Scores) -> list[int]:
    top = max((max(given, default=0) for given in ballots), default=0)
    tops = [0] * len(options)
    for given, weight in ballots.items():
        for one, each in enumerate(given):
            tops[one] += weight if each == top else 0
    return tops


def _preferred(ballots: Scores, one: int, other: int) -> tuple[int, int]:
    mine = sum(weight for given, weight in ballots.items() if given[one] > given[other])
    return mine, sum(weight for given, weight in ballots.items() if given[other] > given[one])


def _finalists(
    options: Sequence[str],
    ranked: Sequence[int],
    sums: Sequence[int],
    tops: Sequence[int],
    ballots: Scores,
    lot: Sequence[str] | None,
    ties: list[Tie],
) -> list[int]:
    if len(ranked) <= 2:
        return list(ranked)
    cut = sums[ranked[1]]
    sure = [one for one in ranked if sums[one] > cut]
    tied = [one for one in ranked if sums[one] == cut]
    free = 2 - len(sure)
    if len(tied) > free:
        wins = {one: sum(_beats(ballots, one, other) for other in tied if other != one) for one in tied}
        keys = {one: (-wins[one], -tops[one]) for one in tied}
        tied.sort(key=lambda one: keys[one])
        if keys[tied[free - 1]] == keys[tied[free]]:
            if lot is None:
                return sure + [one for one in tied if keys[one] <= keys[tied[free]]]
            tied.sort(key=lambda one: (keys[one], lot.index(options[one])))
            ties.append(Tie(tuple(options[one] for one in tied), options[tied[free - 1]], LOT))
    return sure + tied[:free]


def _beats(ballots: Scores, one: int, other: int) -> bool:
    mine, theirs = _preferred(ballots, one, other)
    return mine > theirs


def _runoff(
    options: Sequence[str],
    finalists: tuple[int, int],
    preferred: tuple[int, int],
    sums: Sequence[int],
    tops: Sequence[int],
    lot: Sequence[str] | None,
    ties: list[Tie],
) -> tuple[str, ...]:
    first, second = finalists
    names = (options[first], options[second])
    for how, (mine, theirs) in (
        ("", preferred),
        ("higher sum", (sums[first], sums[second])),
        ("more top scores", (tops[first], tops[second])),
    ):
        if mine != theirs:
            winner = names[0] if mine > theirs else names[1]
            if how:
                ties.append(Tie(names, winner, how))
            return (winner,)
    if lot is None:
        return names
    taken = first_by_lot(names, lot)
    ties.append(Tie(names, taken, LOT))
    return (taken,)
