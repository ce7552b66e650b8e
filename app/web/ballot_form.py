"""The ballot as a form: what stands in its fields, what they say, and the same in words before it is cast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from app.web.pictures.lettering import fitted
from app.web.site import Here
from app.web.words import Words
from governance.ballots import Receipt
from governance.tally.ballots import ABSTAIN, MOST_SCORE, NEED_REASONS
from governance.tally.methods import Form, Method
from ledger.errors import Invalid
from ledger.types import Json

GRID, LIST = 6, 12
"""Up to so many options the ranks are columns of one grid; up to so many, cards; beyond, a list to choose from each."""

YES_NO: Mapping[str, str] = {"yes": "Yes", "no": "No", "abstain": "Abstain"}
CONSENT: Mapping[str, str] = {
    "consent": "I consent",
    "concern": "I consent, with a concern",
    "stand_aside": "I stand aside: not for me, and I do not stop it",
    "objection": "I object",
    "block": "I block it",
    "abstain": "Abstain",
}


def answers(form: Form, words: Words) -> list[tuple[str, str]]:
    """Return what can be answered where there are no options: key and words, in their order."""
    if form is Form.CONSENT:
        return [(key, words.say(CONSENT[key])) for key in CONSENT]
    return [(key, words.say(YES_NO[key])) for key in YES_NO]


def is_sent(here: Here) -> bool:
    """Return whether a ballot was just sent, and not another form of the same page."""
    return "go" in here.form


def filled(here: Here, mine: Receipt | None) -> dict[str, str]:
    """Return what stands in the ballot's fields: what was just sent, else what was cast last, else nothing."""
    if is_sent(here):
        ticked = {f"approve-{key}": "1" for key in here.lists.get("approve", ())}
        return {**here.form, **ticked}
    if mine is None:
        return {}
    choice = orjson.loads(mine.choice)
    if isinstance(choice, str):
        return {"choice": choice}
    if isinstance(choice, list):
        places = {
            f"rank-{key}": str(at) for at, place in enumerate(choice, 1) if isinstance(place, list) for key in place
        }
        return places | {f"approve-{key}": "1" for key in choice if isinstance(key, str)}
    if "say" in choice:
        return {"choice": choice["say"], "reason": choice.get("reason", "")}
    return {f"score-{key}": str(score) for key, score in choice.items()}


def choice_in(here: Here, method: Method, options: Mapping[str, str]) -> Json:
    """Return the choice that a ballot's fields say, as JSON.

    Args:
        here: The visit, with the form.
        method: How it will be counted.
        options: Key to name of what can be chosen, in their order.

    Raises:
        Invalid: Nothing was chosen, two options have one rank, a reason is missing; at the field.
    """
    if here.form.get("go") == ABSTAIN or (method.form is not Form.CONSENT and here.form.get("choice") == ABSTAIN):
        return ABSTAIN
    if method.form in {Form.YES_NO, Form.CONSENT}:
        return _answer(here, method.form)
    if method.form is Form.APPROVAL:
        return _approved(here, options)
    if method.form is Form.SCORE:
        return _scored(here, options)
    return _ranked(here, method, options)


def _answer(here: Here, form: Form) -> Json:
    word = here.form.get("choice", "")
    if word not in (CONSENT if form is Form.CONSENT else YES_NO):
        raise Invalid(here.words.say("Choose one of the answers, or abstain."), field="choice")
    reason = here.form.get("reason", "").strip()
    if form is Form.YES_NO:
        return word
    if word in NEED_REASONS and not reason:
        raise Invalid(here.words.say("Write your reason, so that it can be answered."), field="reason")
    return {"say": word, "reason": reason} if reason else word


def _approved(here: Here, options: Mapping[str, str]) -> Json:
    ticked = here.lists.get("approve", ())
    if not ticked or set(ticked) - set(options):
        raise Invalid(here.words.say("Tick at least one of the options, or abstain."), field="approve")
    return [key for key in options if key in ticked]


def _scored(here: Here, options: Mapping[str, str]) -> Json:
    scores: dict[str, Json] = {}
    for key in options:
        text = here.form.get(f"score-{key}", "")
        if text and text not in map(str, range(MOST_SCORE + 1)):
            text = here.words.say("Choose a score from 0 to {most}.", most=MOST_SCORE)
            raise Invalid(text, field=f"score-{key}")
        if text:
            scores[key] = int(text)
    if not scores:
        text = here.words.say("Give at least one of the options a score, or abstain.")
        raise Invalid(text, field=f"score-{next(iter(options), '')}")
    return scores


def _ranked(here: Here, method: Method, options: Mapping[str, str]) -> Json:
    places: dict[int, list[str]] = {}
    for key in options:
        text = here.form.get(f"rank-{key}", "")
        if text and text not in map(str, range(1, len(options) + 1)):
            raise Invalid(here.words.say("Choose one of the ranks, or no rank."), field=f"rank-{key}")
        if text:
            places.setdefault(int(text), []).append(key)
    if not places:
        text = here.words.say("Rank at least one of the options, or abstain.")
        raise Invalid(text, field=f"rank-{next(iter(options), '')}")
    doubled = next((rank for rank in sorted(places) if len(places[rank]) > 1), None)
    if doubled is not None and not method.allows_shared_places:
        first, second, *_ = places[doubled]
        text = here.words.say(
            "{first} and {second} both have rank {rank}. Choose another for one of them.",
            first=fitted(options[first], 60),
            second=fitted(options[second], 60),
            rank=doubled,
        )
        raise Invalid(text, field=f"rank-{second}")
    return [[*places[rank]] for rank in sorted(places)]


def told(choice: Json, options: Mapping[str, str], words: Words) -> list[tuple[str, str]]:
    """Return a choice in words: what stands on the left and what on the right, line by line.

    Args:
        choice: In its canonical form, or as ``choice_in`` returns it.
        options: Key to name of what can be chosen, in their order.
        words: The reader's language.
    """
    if isinstance(choice, str):
        return [(words.say("Your answer"), _word(choice, words))]
    if isinstance(choice, dict) and "say" in choice:
        answer = (words.say("Your answer"), _word(str(choice["say"]), words))
        return [answer, (words.say("Your reason"), str(choice.get("reason", "")))]
    if isinstance(choice, dict):
        none = words.say("no score: counts as 0")
        return [(name, str(choice[key]) if key in choice else none) for key, name in options.items()]
    assert isinstance(choice, list)
    if all(isinstance(one, str) for one in choice):
        ticked, not_ticked = words.say("ticked"), words.say("not ticked")
        return [(name, ticked if key in choice else not_ticked) for key, name in options.items()]
    return _places(choice, options, words)


def _places(choice: list[Any], options: Mapping[str, str], words: Words) -> list[tuple[str, str]]:
    ranked = {key for place in choice for key in place}
    lines = [
        (words.say("Rank {rank}", rank=at), ", ".join(options.get(key, key) for key in place))
        for at, place in enumerate(choice, 1)
    ]
    rest = [name for key, name in options.items() if key not in ranked]
    return [*lines, (words.say("No rank"), ", ".join(rest))] if rest else lines


def _word(word: str, words: Words) -> str:
    if word in YES_NO:
        return words.say(YES_NO[word])
    return words.say(CONSENT[word])


def look(options: Mapping[str, str]) -> str:
    """Return how the ranks are laid out: one grid, cards, or lists to choose from."""
    if len(options) <= GRID:
        return "grid"
    return "cards" if len(options) <= LIST else "lists"
