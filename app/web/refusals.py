"""What refuses, in the reader's language: deeds raise it in English, with their values in it, and know no reader.

A refusal's text is matched with the sentences that are known, which have numbered places for the values; these are put
into the sentence in the reader's language, days written as it writes them. Which sentences there are stands in the
catalogue, under a context of their own; a test compares them with what the deeds say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from string import Formatter

from babel.messages.pofile import read_po

from app.web.words import LANGUAGES, LOCALE, Words

CONTEXT, WORD = "refusal", "word in a refusal"
"""What marks these sentences in a catalogue, and single words that stand in their places."""

DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")
ID = re.compile(
    r"['“]?\b(acc|apr|bat|clo|cls|cmt|dft|dis|eng|exp|exs|hld|imp|iss|lay|lvt|mem|pat|pet|pln|pol|prp|req|rol|sea|sec"
    r"|slv|stc|tok|trm|und|usr|val|wai)_[0-9A-Za-z_]*[0-9A-Za-z]['”]?"
)
"""An id, which says nothing to people; but for a dispute's, which is its case number."""

PEOPLE = frozenset({"hld", "usr"})


@dataclass(frozen=True, slots=True)
class Known:
    """A sentence that refuses.

    Attributes:
        text: Its longest part without a value: where it is not, the sentence is not.
        pattern: What takes the values out of it.
        told: The sentence in the reader's language.
    """

    text: str
    pattern: re.Pattern[str]
    told: str


def told(words: Words, text: str) -> str:
    """Return why something is refused, in the reader's language; as it is where nobody has translated it."""
    return _without_ids(_translated(words, text), words)


def _translated(words: Words, text: str) -> str:
    for known in _known(words.language):
        found = known.pattern.fullmatch(text) if known.text in text else None
        if found is not None:
            return known.told.format(*(_value(words, value) for value in found.groups()))
    return text


def _value(words: Words, value: str) -> str:
    """Return a value as the reader writes it: a word of ours, a day, or another refusal that stands in this one."""
    word = _words(words.language).get(value.lower())
    if word is not None:
        return word
    translated = _translated(words, value) if " " in value else value
    return DAY.sub(lambda found: _day(words, found[0]), translated)


def _day(words: Words, text: str) -> str:
    try:
        return words.day(date.fromisoformat(text))
    except ValueError:
        return text


def _without_ids(text: str, words: Words) -> str:
    """Return a text in which people are not called by their ids, and other ids are left out."""

    def instead(found: re.Match[str]) -> str:
        is_first = found.start() == 0
        if found[1] in PEOPLE:
            return words.say("This person") if is_first else words.say("this person")
        return words.say("This") if is_first else ""

    spaced = ID.sub(instead, text)
    return spaced if spaced == text else re.sub(r" +([.,:;]|$)", r"\1", re.sub(r"  +", " ", spaced))


@cache
def _known(language: str) -> tuple[Known, ...]:
    """Return the sentences of a language; those that leave least open come first."""
    found = []
    for sentence, translated in _catalogue(language, CONTEXT).items():
        parts = list(Formatter().parse(sentence))
        pattern = "".join(re.escape(text) + ("" if name is None else "(.+?)") for text, name, _, _ in parts)
        longest = max((text for text, _, _, _ in parts), key=len)
        found.append((sum(len(text) for text, _, _, _ in parts), Known(longest, re.compile(pattern, re.S), translated)))
    return tuple(known for _, known in sorted(found, key=lambda one: -one[0]))


@cache
def _words(language: str) -> dict[str, str]:
    return _catalogue(language, WORD)


def _catalogue(language: str, context: str) -> dict[str, str]:
    path = LOCALE / f"{language}.po"
    if language not in LANGUAGES or not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {str(each.id): str(each.string) for each in catalogue if each.context == context and each.string}
