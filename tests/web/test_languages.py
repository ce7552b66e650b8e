"""Everything that the pages say, they say in Spanish too."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from app.web.words import LANGUAGES, LOCALE, language_of, words
from tests.web.browser import Site, title_of, words_of
from tests.web.sentences import sentences

TRANSLATED = [language for language in LANGUAGES if language != "en"]


def catalogue(language: str) -> Catalog:
    """Return the translations of a language, as they stand in its file."""
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def names_in(sentence: str) -> Counter[str]:
    """Return the names of the values that a sentence has places for."""
    return Counter(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_of_the_pages_is_translated_and_none_that_no_page_says(language: str) -> None:
    translated = {str(each.id) for each in catalogue(language) if each.id and each.string and not each.fuzzy}
    said = sentences()
    assert sorted(said - translated) == []
    assert sorted(translated - said) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_places_for_the_same_values(language: str) -> None:
    assert [
        str(each.id) for each in catalogue(language) if each.id and names_in(str(each.id)) != names_in(str(each.string))
    ] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_ends_as_its_sentence_does(language: str) -> None:
    def end(sentence: str) -> str:
        return sentence.rstrip('»”"')[-1] if sentence.rstrip('»”"')[-1] in ".:?" else ""

    assert [
        str(each.id) for each in catalogue(language) if each.id and end(str(each.id)) != end(str(each.string))
    ] == []


def test_numbers_days_and_times_are_written_as_the_language_writes_them() -> None:
    spanish = words("es")
    assert spanish.number(1_234_567) == "1,234,567"  # as Spanish speakers in the United States write it
    assert spanish.day(date(2026, 12, 1)) == "1 dic 2026"
    told = spanish.time(datetime(2026, 11, 30, 22, tzinfo=UTC), "America/New_York")
    assert re.fullmatch(r"lun 30 nov 2026, 5:00\sp\.m\. EST", told)
    assert spanish.several("{count} members want it; {needed} are needed.", "?", 1, needed="9").startswith(
        "Lo quieren 1"
    )


@pytest.mark.parametrize(
    ("asked", "accepted", "expected"),
    [
        ("es", "en", "es"),
        (None, "es-MX,es;q=0.9,en;q=0.8", "es"),
        (None, "fr-FR, es;q=0.5", "es"),
        (None, "de", "en"),
        ("xx", "", "en"),
    ],
)
def test_a_reader_gets_the_language_they_chose_or_the_first_they_accept(
    asked: str | None, accepted: str, expected: str
) -> None:
    assert language_of(asked, accepted) == expected


def test_a_page_changes_its_language_by_a_button_and_keeps_it(sample: Site) -> None:
    someone = sample.browser("hld_provider_001")
    assert title_of(someone.get("/equity")).startswith("My equity · ")
    assert someone.send("/language", language="es", next="/equity") == "/equity"
    page = someone.get("/equity")
    assert title_of(page).startswith("Mi participación · ")
    assert '<html lang="es">' in page.text
    assert "Las unidades no son dinero" in words_of(page)
