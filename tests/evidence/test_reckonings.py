"""What the stand-alone verifier reckons by itself comes to what the service says, whatever the figures are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from app.evidence import verify_evidence
from governance.audit_file import Vote, summary, write
from governance.counting import Count
from governance.records import Notice, ProposalKind, RollCopied, RollLine
from governance.rules import Ruleset, default_rules
from governance.tally.ballots import positions
from governance.tally.counting import count_options
from governance.tally.lot import commitment, lot_order
from governance.tally.methods import Method
from governance.tally.stv import stv
from ledger.sessions.credit import Tally, week_credit
from ledger.sessions.policies import terms_of
from ledger.sessions.policy import NO_SHOW_FACTORS, CreditPolicy
from ledger.sessions.thresholds import Limits
from ledger.sessions.values import Attendance, Category

MONDAY = date(2025, 7, 7)


def test_a_week_s_credit() -> None:
    random = Random(17)
    for _ in range(300):
        policy = CreditPolicy(
            "res:1",
            date(2024, 1, 1),
            date(2024, 1, 8),
            factors={one: Fraction(random.randrange(5), 4) for one in random.sample([*Category], 2)},
            no_show_factor=random.choice(sorted(NO_SHOW_FACTORS)),
            indirect_minutes_per_hour=random.choice([0, 7, 10, 60]),
            plateau=random.choice([None, Fraction(1, 2), Fraction(9, 10)]),
        )
        limits = Limits(random.choice([None, 1, 5]), random.choice([None, 3, 20]))
        tallies: list[Tally] = []
        days: dict[str, verify_evidence.Day] = {}
        for at in range(random.randrange(1, 7)):
            on = MONDAY + timedelta(days=at)
            for kind in random.sample([(a, c) for a in Attendance for c in Category], 3):
                sessions = random.randrange(1, 5)
                minutes = sessions * random.randrange(10, 90)
                tallies.append(Tally("ana", on, kind[0].value, kind[1].value, sessions, minutes))
                days.setdefault(on.isoformat(), {})[kind[0].value, kind[1].value] = (sessions, minutes)
        mine = verify_evidence.week_credit(
            days.values(), verify_evidence.Limits(limits.day, limits.week), terms_of(policy)
        )
        assert mine == week_credit(tallies, limits, policy).minutes


def test_an_election() -> None:
    random = Random(46)
    for _ in range(300):
        options = [f"o{at}" for at in range(random.randrange(1, 7))]
        lot = random.sample(options, len(options))
        seats = random.randrange(1, 5)
        rankings: dict[tuple[int, ...], int] = {}
        for _ in range(random.randrange(12)):
            some = tuple(random.sample(range(len(options)), random.randrange(1, len(options) + 1)))
            rankings[some] = rankings.get(some, 0) + random.randrange(1, 4)
        ballots = [([options[at] for at in some], times) for some, times in rankings.items()]
        mine = verify_evidence.scottish(options, ballots, seats, lot)
        assert tuple(mine) == stv(options, rankings, seats, lot).winners


def a_choice(method: Method, options: Sequence[str], random: Random) -> Any:  # noqa: ANN401 - JSON
    some = random.sample(options, random.randrange(1, len(options) + 1))
    if method is Method.APPROVAL:
        return [*sorted(some[random.randrange(2) :])]
    if method is Method.SCORE:
        return {one: random.randrange(4) for one in sorted(some)}
    first = [sorted(some[:2])] if method.allows_shared_places else [[one] for one in some[:2]]
    return [*first, *[[one] for one in some[2:]]]


@pytest.mark.parametrize("method", [Method.APPROVAL, Method.SCORE, Method.BORDA, Method.IRV])
def test_a_choice_by_another_method(method: Method) -> None:
    random = Random(29)
    for _ in range(200):
        options, seed = random.sample("abcdef", random.randrange(1, 7)), random.randbytes(32)
        seats, lot = random.randrange(1, 4), lot_order(seed, options)
        lines: list[Any] = []
        groups: dict[Any, int] = {}
        for times in [random.randrange(1, 4) for _ in range(random.randrange(9))]:
            choice = a_choice(method, options, random) if random.random() < 0.9 else "abstain"
            lines.append({"ballot": {"choice": choice, "in": [["members", "", 1]]}, "times": times})
            if choice != "abstain":
                counted = positions(method, options, choice)
                groups[counted] = groups.get(counted, 0) + times
        about = {"options": [{"key": one} for one in options], "rule": {"method": method.value}, "seats": seats}
        mine = verify_evidence.chosen(about, lines, seed, {})
        assert tuple(mine) == count_options(method, options, groups, seats=seats, lot=lot).winners


def test_a_vote_between_yes_and_no_and_by_consent() -> None:
    random = Random(51)
    for _ in range(200):
        rule = a_rule(random)
        vote, counted = a_vote(rule, random)
        first, *ballots, last = [
            verify_evidence.canonical(line, "") for line in write(vote, counted).decode().splitlines()
        ]
        about, told = first["vote"], last["result"]
        mine = [verify_evidence.chamber(one, about, ballots, told, vote.seed, "") for one in about["rule"]["chambers"]]
        assert mine == summary(counted)["chambers"]


def a_rule(random: Random) -> dict[str, Any]:
    quorum = {"num": random.randrange(1, 4), "den": 4, "counts": random.choice(["yes+no+abstain", "yes+no", "yes"])}
    method = random.choice(["majority", "majority", "majority", "consent"])
    names = ["MEMBERS", "STOCKHOLDERS"][: 1 if method == "consent" else 2]
    chambers = []
    for electorate in names:
        of: dict[str, Any] = {"basis": random.choice(["cast", "present", "eligible"]), "num": 1, "den": 2}
        of |= {"strict": random.random() < 0.5}
        if method == "consent":
            of |= {"quorum": {"num": 1, "den": 4, "counts": "yes+no+abstain"}}
        elif random.random() < 0.5:
            of |= {"quorum": quorum}
        cap = random.choice([None, "1/10"]) if electorate == "MEMBERS" and method != "consent" else None
        chambers.append({"electorate": electorate, "investor_cap": cap, "name": electorate.lower(), "rule": of})
    return {"chambers": chambers, "method": method, "least_for": random.choice([None, 9])}


def a_vote(rule: dict[str, Any], random: Random) -> tuple[Vote, Count]:
    words = ["yes", "no", "abstain"] if rule["method"] == "majority" else ["consent", "concern", "stand_aside"]
    if rule["method"] == "consent" and random.random() < 0.3:
        words.append("objection")
    lines, choices = [], {}
    for number in range(random.choice([3, 30, 90])):
        member = f"m{number:03}"
        part = "INVESTOR" if random.random() < 0.3 else "PROVIDER"
        lines.append(RollLine("prp_1", "members", member, part, 1))
        if random.random() < 0.4 and len(rule["chambers"]) > 1:
            lines.append(RollLine("prp_1", "stockholders", member, "STOCKHOLDER", random.randrange(1, 5_000)))
        if random.random() < 0.6:
            choices[member] = random.choice(words)
    seed = random.randbytes(32)
    full = Ruleset.from_json(default_of(rule)).to_json()
    day = date(2026, 1, 1)
    announced = Notice("prp_1", 1, full, "ab" * 32, day, "UTC", 1, 2, day, commitment(seed))
    vote = Vote(announced, "cd" * 32, RollCopied("prp_1", 1, 5, [], {}), lines, choices, 1, seed)
    return vote, vote.count()


def default_of(rule: dict[str, Any]) -> dict[str, Any]:
    kind = ProposalKind.ADVISORY if rule["method"] == "consent" else ProposalKind.POOL_INCREASE
    return {**default_rules(kind).to_json(), **rule}
