"""Elections with known answers: the page of each has every number of its count."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from app.web.round_words import counted
from app.web.words import words
from governance.tally.case_file import read_case
from governance.tally.elections import Election
from governance.tally.result import Result
from tests.cases import cases_dir
from tests.web.test_outcome import page

ENGLISH = words("en")


def _elections() -> list[Any]:
    found = []
    for path in sorted((cases_dir() / "tally").glob("*.json")):
        case = read_case(orjson.loads(path.read_bytes()))
        if isinstance(case.what, Election):
            found.append(pytest.param(case.what, id=path.stem))
    return found


@pytest.mark.parametrize("election", _elections())
def test_the_page_of_a_known_election_has_every_number_of_its_count(election: Election) -> None:
    result = election.count()
    names = {key: f"Option {key}" for key in election.options}
    made = counted(result, names, ENGLISH)
    html = page(made)
    seen = without_tags(html)
    for step in result.rounds:
        for key, votes_of in step.votes.items():
            if key not in _out(result):
                assert _number(result, votes_of) in seen
    pairs: Any = result.details.get("pairs") or {}
    assert all(ENGLISH.number(number) in seen for row in pairs.values() for number in row.values())
    assert len(html.encode()) < 100_000
    for wide, narrow in zip(_ids(html, "wide"), _ids(html, "narrow"), strict=False):
        assert wide != narrow
    every = re.findall(r' id="([^"]+)"', html)
    assert len(every) == len(set(every))


def _out(result: Result) -> set[str]:
    return {key for step in result.rounds for key in step.excluded}


def _number(result: Result, votes_of: int) -> str:
    text = result.votes_text(votes_of)
    return ENGLISH.number(text.rstrip("0").rstrip(".") if "." in text else text)


def _ids(html: str, kind: str) -> list[str]:
    return re.findall(rf'<svg class="chart {kind}[^>]*aria-labelledby="([^"]+)"', html)


def without_tags(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
