"""Everything that the pages say, they say in Spanish too."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from app.web.refusals import CONTEXT, told
from app.web.words import LANGUAGES, LOCALE, language_of, words
from tests.web.browser import Site, title_of, words_of
from tests.web.refusals import refusals
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
    translated = {
        str(each.id) for each in catalogue(language) if each.id and each.string and not (each.fuzzy or each.context)
    }
    said = sentences()
    assert sorted(said - translated) == []
    assert sorted(translated - said) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_refusal_that_pages_meet_is_translated_and_none_that_nothing_raises(language: str) -> None:
    translated = {str(each.id) for each in catalogue(language) if each.context == CONTEXT and each.string}
    raised = refusals()
    assert sorted(raised - translated) == []
    assert sorted(translated - raised) == []


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("You have signed this petition.", "Ya has firmado esta petición."),
        (
            "A leave from 2026-03-02 can't end on 2026-03-01.",
            "Un permiso que empieza el 2 mar 2026 no puede acabar el 1 mar 2026.",
        ),
        (
            "A limit is one session a week or more, or none at all.",
            "Un límite es de una sesión o más por semana, o no hay ninguno.",
        ),
        (
            "There is no proposal 'prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8' on record.",
            "No hay ninguna propuesta en el registro.",
        ),
        (
            "hld_provider_001 is already engaged as W2 from 2026-03-02.",
            "Esta persona ya tiene una contratación como W2 desde el 2 mar 2026.",
        ),
        ("Anything nobody has translated.", "Anything nobody has translated."),
        ("", ""),
    ],
)
def test_a_refusal_is_told_in_spanish_with_its_values(raised: str, expected: str) -> None:
    assert told(words("es"), raised) == expected


def test_a_refusal_calls_nobody_by_an_id() -> None:
    assert told(words("en"), "Nothing is left of hld_provider_001.") == "Nothing is left of this person."
    assert told(words("en"), "There is no batch 'bat_1' on record.") == "There is no batch on record."


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
