"""Choices: read from JSON, checked against what can be chosen, and written back in one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from governance.errors import BallotInvalid
from governance.tally.methods import Form, Method
from ledger.records import canonical
from ledger.types import Json

Ranking: TypeAlias = tuple[tuple[int, ...], ...]
"""Places in order, best first; of each the positions of the options that share it."""

Choice: TypeAlias = Any
"""A word (yes or no, consent), a ``Ranking``, a sorted tuple of positions (approval), or a tuple of scores."""

ABSTAIN = "abstain"
"""Taking part without a choice: it counts for the quorum."""

YES_NO = ("yes", "no", ABSTAIN)
CONSENT = ("consent", "concern", "stand_aside", "objection", "block", ABSTAIN)
NEED_REASONS = ("objection", "block")
MOST_SCORE = 5
"""Scores go from 0 to this, unless the rule says otherwise: fine enough, and no signature of a voter."""
MOST_REASON = 2_000


def read_choice(method: Method, options: Sequence[str], raw: object, *, most_score: int = MOST_SCORE) -> Json:
    """Return a choice in its one canonical form, as the journal and an audit file hold it.

    Args:
        method: How it will be counted.
        options: Keys of what can be chosen.
        raw: As somebody sent it: in a ranking a place of one option may be written as its key alone.
        most_score: The highest score.

    Raises:
        BallotInvalid: It can't be counted: an unknown option, one twice, an empty ranking, a score out of range.
    """
    if raw == ABSTAIN and method.form is not Form.CONSENT:
        return ABSTAIN
    if method.form is Form.YES_NO:
        return _word(raw, YES_NO)
    if method.form is Form.CONSENT:
        return _consent(raw)
    if method.form is Form.RANKING:
        return _ranking(method, options, raw)
    if method.form is Form.APPROVAL:
        return _approval(options, raw)
    return _scores(options, raw, most_score)


def _word(raw: object, words: tuple[str, ...]) -> str:
    if not isinstance(raw, str) or raw not in words:
        raise BallotInvalid(f"Choose one of {', '.join(words)}.", field="choice")
    return raw


def _consent(raw: object) -> Json:
    said = raw if isinstance(raw, Mapping) else {"say": raw}
    if set(said) - {"say", "reason"}:
        raise BallotInvalid("Write what you say, and the reason.", field="choice")
    word, reason = _word(said.get("say"), CONSENT), said.get("reason")
    if reason is not None and (not isinstance(reason, str) or len(reason) > MOST_REASON):
        raise BallotInvalid(f"A reason is text of at most {MOST_REASON:,} characters.", field="choice")
    if word in NEED_REASONS and not (isinstance(reason, str) and reason.strip()):
        raise BallotInvalid("An objection needs a reason, so that it can be answered.", field="choice")
    return {"say": word, "reason": reason} if reason else word


def _known(options: Sequence[str], seen: set[str], raw: object) -> str:
    if not isinstance(raw, str) or raw not in options:
        named = f"{raw!r:.60}" if isinstance(raw, str) else "What is not a text"
        raise BallotInvalid(f"{named} can't be chosen here; possible are {', '.join(options)}.", field="choice")
    if raw in seen:
        raise BallotInvalid(f"{raw} stands twice on the ballot; keep one of the two.", field="choice")
    seen.add(raw)
    return raw


def _ranking(method: Method, options: Sequence[str], raw: object) -> Json:
    if not isinstance(raw, list) or not raw:
        raise BallotInvalid("Rank at least one option, or abstain.", field="choice")
    seen: set[str] = set()
    places: list[Json] = []
    for place in raw:
        tied = place if isinstance(place, list) else [place]
        if not tied:
            raise BallotInvalid("A place in the ranking is empty; leave it out.", field="choice")
        if len(tied) > 1 and not method.allows_shared_places:
            raise BallotInvalid("Two options share a place; put one after the other here.", field="choice")
        keys = sorted(_known(options, seen, one) for one in tied)
        places.append(list(keys))
    return places


def _approval(options: Sequence[str], raw: object) -> Json:
    if not isinstance(raw, list):
        raise BallotInvalid(
            "Write the options you approve of as a list; an empty one approves of none.", field="choice"
        )
    seen: set[str] = set()
    chosen: list[Json] = [*sorted(_known(options, seen, one) for one in raw)]
    return chosen


def _scores(options: Sequence[str], raw: object, most: int) -> Json:
    if not isinstance(raw, Mapping):
        raise BallotInvalid('Write a score for each option, such as {"a": 3}.', field="choice")
    seen: set[str] = set()
    scores: dict[str, Json] = {}
    for key, score in sorted(raw.items()):
        if type(score) is not int or not 0 <= score <= most:
            raise BallotInvalid(f"A score is a whole number from 0 to {most}.", field="choice")
        scores[_known(options, seen, key)] = score
    return scores


def positions(method: Method, options: Sequence[str], choice: Json) -> Choice:
    """Return a canonical choice as counting takes it: positions instead of keys; None for an abstention."""
    if choice == ABSTAIN:
        return None
    if method.form is Form.CONSENT:
        return choice["say"] if isinstance(choice, dict) else choice
    if method.form is Form.YES_NO:
        return choice
    at = {key: number for number, key in enumerate(options)}
    if method.form is Form.RANKING:
        assert isinstance(choice, list)
        return tuple(tuple(at[key] for key in place) for place in choice)  # type: ignore[union-attr, index]
    if method.form is Form.APPROVAL:
        assert isinstance(choice, list)
        return tuple(at[key] for key in choice)  # type: ignore[index]
    assert isinstance(choice, dict)
    return tuple(choice.get(key, 0) for key in options)


def text_of(choice: Json) -> str:
    """Return the canonical JSON text of a choice: what digests and audit files are made of."""
    return canonical(choice).decode()


def grouped(choices: Iterable[Choice]) -> dict[Choice, int]:
    """Return how many made each choice."""
    groups: dict[Choice, int] = {}
    for choice in choices:
        groups[choice] = groups.get(choice, 0) + 1
    return groups
