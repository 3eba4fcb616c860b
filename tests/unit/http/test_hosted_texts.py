"""Every language of the pages says everything, and leaves room for the same values."""

import re
from importlib import import_module
from typing import Final

import pytest

from poolkeep.http.hosted import texts
from poolkeep.http.hosted.texts import en
from tests.sdk.support import holds

OTHERS: Final = [one for one in texts.LANGUAGES if one != texts.ENGLISH]
# What developers search for when an application sends too little; it is the same everywhere.
VERBATIM: Final = {
    f"error.{name}_missing" for name in ("client_id", "redirect_uri", "response_type")
}
# Words that are the same in another language now and then.
SAME_MAX: Final = 25


def said_in(language: str) -> dict[str, str]:
    name = language.lower().replace("-", "_")
    found: dict[str, str] = import_module(f"poolkeep.http.hosted.texts.{name}").TEXTS
    return found


def values_of(text: str) -> list[str]:
    return sorted(re.findall(r"{\w*}", text))


@holds("SPAGE-40")
@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_sentence(language: str) -> None:
    said = said_in(language)
    assert list(said) == list(en.TEXTS)
    assert all(said.values())


@holds("SPAGE-40")
@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_takes_the_same_values_in_every_language(language: str) -> None:
    said = said_in(language)
    differing = [key for key in en.TEXTS if values_of(said[key]) != values_of(en.TEXTS[key])]
    assert not differing


@holds("SPAGE-40")
@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_not_english_again(language: str) -> None:
    said = said_in(language)
    same = {key for key in en.TEXTS if said[key] == en.TEXTS[key]} - VERBATIM
    assert len(same) <= SAME_MAX, sorted(same)
    assert all(said[key] == en.TEXTS[key] for key in VERBATIM)
