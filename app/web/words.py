"""Words in the reader's language, and numbers, days and times as it writes them; a time never without its zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = ("en", "es")
LOCALE = Path(__file__).parent / "locale"


class Words:
    """One language: its sentences and its ways to write numbers and times."""

    def __init__(self, language: str, sentences: Mapping[str, str]) -> None:
        self.language = language
        self.locale = Locale.parse({"en": "en_US", "es": "es_US"}[language])
        self._sentences = sentences

    def say(self, sentence: str, **values: object) -> str:
        """Return a sentence in this language, with its values; in English where nobody has translated it."""
        return self._sentences.get(sentence, sentence).format(**values) if values else self._said(sentence)

    def _said(self, sentence: str) -> str:
        return self._sentences.get(sentence, sentence)

    def several(self, one: str, many: str, count: int, **values: object) -> str:
        """Return the sentence for one or for many, with ``count`` written as a number."""
        return self.say(one if count == 1 else many, count=self.number(count), **values)

    def number(self, value: int | str) -> str:
        """Return a whole number, or a decimal string, with separators."""
        return _number(self.locale, str(value))

    def day(self, value: date) -> str:
        """Return a day: 1 Dec 2026."""
        return _date(self.locale, "d MMM y", value)

    def month(self, value: date) -> str:
        """Return a month: Dec 2026."""
        return _date(self.locale, "MMM y", value)

    def time(self, at: datetime | int, zone: str) -> str:
        """Return a moment with its day, its time and its zone: Mon 30 Nov 2026, 5:00 PM EST.

        Args:
            at: Aware, or microseconds since 1970.
            zone: IANA name of the reader's zone.
        """
        if isinstance(at, int):
            at = datetime.fromtimestamp(at // 1_000_000, UTC)
        local = at.astimezone(ZoneInfo(zone))
        return f"{format_datetime(local, 'EEE d MMM y, h:mm a', locale=self.locale)} {local:%Z}"


# a page has dozens, and the same again the next time; Babel takes as long for one as a database for a row
@lru_cache(maxsize=8192)
def _number(locale: Locale, text: str) -> str:
    whole, point, rest = text.partition(".")
    return f"{format_decimal(int(whole), locale=locale)}{point}{rest}"


@lru_cache(maxsize=8192)
def _date(locale: Locale, form: str, value: date) -> str:
    return format_date(value, form, locale=locale)


@cache
def words(language: str) -> Words:
    """Return the words of a language; English for one that nobody has translated."""
    path = LOCALE / f"{language}.po"
    if language not in LANGUAGES or not path.exists():
        return Words("en", {})
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    found = {str(each.id): str(each.string) for each in catalogue if _is_sentence(each)}
    return Words(language, found)


def _is_sentence(of: Message) -> bool:
    """Return whether a page says it; what has a context is said elsewhere (``app.web.refusals``)."""
    return bool(of.id and of.string) and not of.fuzzy and of.context is None


def language_of(asked: str | None, accepted: str) -> str:
    """Return the language for a reader: the one they chose, else the first they accept that there is."""
    if asked in LANGUAGES:
        return str(asked)
    for part in accepted.split(","):
        code = part.partition(";")[0].strip().partition("-")[0].lower()
        if code in LANGUAGES:
            return code
    return "en"
