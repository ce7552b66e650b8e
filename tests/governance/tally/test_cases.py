"""Every published or constructed election of the cases comes out exactly, round by round where it gives rounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from governance.tally.ballots import positions
from governance.tally.counting import count_options
from governance.tally.methods import Form, Method
from governance.tally.pairwise import condorcet_winner, pairs_of
from governance.tally.result import Result
from governance.tally.rule import ConsentRule, YesNo, YesNoRule, consent_verdict, share_of
from governance.tally.rule import Quorum as Share
from governance.tally.schulze import Strength, schulze
from governance.tally.scores import means
from ledger.types import Json
from tests.cases import cases_dir

Case = dict[str, Any]


def _cases() -> list[Any]:
    paths = sorted((cases_dir() / "tally").glob("*.json"))
    return [pytest.param(json.loads(path.read_bytes()), id=path.stem) for path in paths]


def _groups(case: Case, method: Method) -> dict[Any, int]:
    groups: dict[Any, int] = {}
    for ballot in case["ballots"]:
        if method.form is Form.RANKING and not ballot["b"]:
            continue  # ranks nobody: no vote, where a real one would be an abstention
        choice = positions(method, case["candidates"], _canonical(method, ballot["b"]))
        groups[choice] = groups.get(choice, 0) + ballot["w"]
    return groups


def _canonical(method: Method, raw: Json) -> Json:
    return [*sorted(map(str, raw))] if method.form is Form.APPROVAL and isinstance(raw, list) else raw


@pytest.mark.parametrize("case", _cases())
def test_a_case_comes_out_as_known(case: Case) -> None:
    if case["method"] in {"majority", "chambers", "consent"}:
        _yes_or_no(case)
    elif case["method"] == "weights":
        _weights(case)
    else:
        _options(case, Method(case["method"]))


def _verdict(case: Case) -> str:
    return YesNoRule.from_json(case["rule"]).verdict(YesNo(**case["tally"]), case["eligible"]).value


def _yes_or_no(case: Case) -> None:
    expected = dict(case["expected"])
    if case["method"] == "majority":
        assert _verdict(case) == expected["outcome"]
    elif case["method"] == "chambers":
        verdicts = {name: _verdict(chamber) for name, chamber in case["chambers"].items()}
        assert {name: expected[name] for name in verdicts} == verdicts
        assert expected["outcome"] == ("passed" if set(verdicts.values()) == {"passed"} else "failed")
    else:
        share = share_of(case["rule"]["quorum"])
        quorum = Share(share) if share else None
        rule = ConsentRule(quorum, case["rule"]["max_objection"], case["rule"]["max_block"])
        assert consent_verdict(case["counts"], case["eligible"], rule).value == expected["outcome"]


def _weights(case: Case) -> None:
    cap, raw = share_of(case["cap"]), case["raw"]
    most = sum(raw.values()) * cap
    capped = {name: min(weight, most) for name, weight in raw.items()}
    assert capped == case["expected"]["caps_as_share_of_raw_total"]
    assert float(Fraction(capped["a"], sum(capped.values()))) == float(case["expected"]["a_share_after"])
    assert (cap * len(raw) >= 1) is case["expected"]["iterative_cap_feasible"]


def _options(case: Case, method: Method) -> None:
    expected, groups = case["expected"], _groups(case, method)
    lot = (
        case.get("lot") if method.form is Form.RANKING and method not in {Method.SCHULZE, Method.RANKED_PAIRS} else None
    )
    result = count_options(method, case["candidates"], groups, seats=case.get("seats", 1), lot=lot)
    if expected.get("strength") == "margins":
        result = schulze(case["candidates"], groups, None, Strength.MARGINS)
    assert set(expected) <= {*_CHECKS, *_ASIDES}, "something that nobody compares"
    for key, check in _CHECKS.items():
        if key in expected:
            check(case, result, groups)


def _check_winners(case: Case, result: Result, groups: dict[Any, int]) -> None:
    # for Meek's method the order of election is not published
    in_order: Callable[[Any], list[str]] = list if case["method"] == Method.STV else sorted
    assert in_order(result.winners) == in_order(case["expected"]["winners"])


def _check_margins(case: Case, result: Result, groups: dict[Any, int]) -> None:
    other = schulze(case["candidates"], groups, None, Strength.MARGINS)
    assert [sorted(place) for place in other.order] == [sorted(place) for place in case["expected"]["order_margins"]]


def _check_official(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert [case["expected"]["official"]] == list(result.winners)


def _check_valid(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert result.details["valid"] == case["expected"]["valid"]


def _check_ballots(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert sum(groups.values()) == case["expected"]["ballots"]


def _check_tie(case: Case, result: Result, groups: dict[Any, int]) -> None:
    """Without a lot all that stay equal win; with one, whoever it puts first, and the result says so."""
    assert (len(result.winners) > case.get("seats", 1)) is case["expected"]["tie"]
    lot = case["candidates"][::-1]
    drawn = count_options(Method(case["method"]), case["candidates"], groups, lot=lot)
    assert drawn.winners == (min(result.winners, key=lot.index),)
    assert drawn.ties[-1].is_by_lot


def _check_order(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert [sorted(place) for place in result.order] == [sorted(place) for place in case["expected"]["order"]]


def _check_ranked_pairs(case: Case, result: Result, groups: dict[Any, int]) -> None:
    other = count_options(Method.RANKED_PAIRS, case["candidates"], groups, lot=None)
    assert [list(place) for place in other.order] == case["expected"]["ranked_pairs_order"]


def _check_stages(case: Case, result: Result, groups: dict[Any, int]) -> None:
    expected = case["expected"]["stages"]
    assert [step.event for step in result.rounds] == [stage["event"] for stage in expected]
    for step, stage in zip(result.rounds, expected, strict=True):
        # some leave out who has been excluded
        known = dict.fromkeys(case["candidates"], Fraction(0)) | {
            name: Fraction(str(votes)) for name, votes in stage["tally"].items()
        }
        assert {name: Fraction(votes, 10**result.scale) for name, votes in step.votes.items()} == known
        assert Fraction(step.lost, 10**result.scale) == Fraction(str(stage["nontransferable"]))


def _check_quota(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert result.details["quota"] == case["expected"]["quota"]


def _check_ties(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert [sorted(tie.options) for tie in result.ties if tie.is_by_lot] == case["expected"]["ties"]


def _check_final(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert result.rounds[-1].votes == case["expected"]["final"]
    if "exhausted_final" in case["expected"]:
        assert result.rounds[-1].lost == case["expected"]["exhausted_final"]


def _check_exhausted(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert [step.lost for step in result.rounds] == case["expected"]["exhausted"]


def _check_eliminated(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert [name for step in result.rounds for name in step.excluded] == case["expected"]["eliminated"]


def _check_condorcet(case: Case, result: Result, groups: dict[Any, int]) -> None:
    pairs = pairs_of(len(case["candidates"]), groups)
    assert condorcet_winner(case["candidates"], pairs) == case["expected"]["condorcet_winner"]


def _check_irv(case: Case, result: Result, groups: dict[Any, int]) -> None:
    other = count_options(Method.IRV, case["candidates"], groups, lot=None)
    assert list(other.winners) == [case["expected"]["irv_winner"]]


def _check_paths(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert result.details["paths"] == case["expected"]["strongest_paths"]


def _check_pairwise(case: Case, result: Result, groups: dict[Any, int]) -> None:
    told: Any = result.details["pairs"]
    known = case["expected"]["pairwise"]
    assert told == {a: {b: votes for b, votes in row.items() if a != b} for a, row in known.items()}


def _check_scores(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert result.rounds[0].votes == case["expected"]["scores"]


def _check_blank(case: Case, result: Result, groups: dict[Any, int]) -> None:
    assert (result.details["cast"], result.details["blank"]) == (case["expected"]["cast"], case["expected"]["blank"])


def _check_borda(case: Case, result: Result, groups: dict[Any, int]) -> None:
    other = count_options(Method.BORDA, case["candidates"], groups, lot=None)
    assert other.rounds[0].votes == case["expected"]["borda"]


def _check_sum(case: Case, result: Result, groups: dict[Any, int]) -> None:
    expected = case["expected"]
    ballots = [(ballot["w"], ballot["b"]) for ballot in case["ballots"]]
    mean = means(ballots, case["candidates"])
    assert result.rounds[0].votes == expected["sum"]
    assert {name: str(value) for name, value in mean.items()} == expected["mean"]
    assert (result.winners[0], max(mean, key=lambda one: mean[one])) == (
        expected["winner_sum"],
        expected["winner_mean"],
    )


def _check_runoff(case: Case, result: Result, groups: dict[Any, int]) -> None:
    last = result.rounds[-1]
    assert {**last.votes, "no_preference": last.lost} == case["expected"]["runoff"]


def _check_first_tie(case: Case, result: Result, groups: dict[Any, int]) -> None:
    options = case["candidates"]
    for out, known in (("D", "if_D_out_first"), ("C", "if_C_out_first")):
        lot = [one for one in options if one != out] + [out]
        other = count_options(Method.IRV, options, groups, lot=lot)
        assert sorted(other.ties[0].options) == case["expected"]["first_tie"]
        assert other.rounds[1].votes == case["expected"][known]["then"]
        assert list(other.winners) == case["expected"][known].get("winners", list(other.winners))


def _check_wig(case: Case, result: Result, groups: dict[Any, int]) -> None:
    other = count_options(Method.STV, case["candidates"], groups, seats=case["seats"], lot=case.get("lot"))
    assert sorted(other.winners) == sorted(case["expected"]["wig_winners"])


_CHECKS: dict[str, Callable[[Case, Result, dict[Any, int]], None]] = {
    "winners": _check_winners,
    "order_margins": _check_margins,
    "official": _check_official,
    "valid": _check_valid,
    "ballots": _check_ballots,
    "tie": _check_tie,
    "order": _check_order,
    "ranked_pairs_order": _check_ranked_pairs,
    "stages": _check_stages,
    "quota": _check_quota,
    "ties": _check_ties,
    "final": _check_final,
    "exhausted": _check_exhausted,
    "eliminated": _check_eliminated,
    "condorcet_winner": _check_condorcet,
    "irv_winner": _check_irv,
    "strongest_paths": _check_paths,
    "pairwise": _check_pairwise,
    "scores": _check_scores,
    "blank": _check_blank,
    "borda": _check_borda,
    "sum": _check_sum,
    "runoff": _check_runoff,
    "first_tie": _check_first_tie,
    "wig_winners": _check_wig,
}
"""What a case may tell beside its winners, and how that is checked."""

_ASIDES = {
    *("agree", "note", "published", "published_final", "strength"),
    *("cast", "exhausted_final", "if_C_out_first", "if_D_out_first", "mean", "winner_mean", "winner_sum"),
}
"""What is told beside (published figures are rounded; the stages have them exactly), or compared with another key."""
