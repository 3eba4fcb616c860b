"""What the pages say, in the languages that they speak. One key per sentence.

    text("de", "sign_in.heading")      the sentence, in English where a language lacks it

Languages are modules of this package, named in lower case with `_` for `-` (`pt_br`), each with
`TEXTS`; English has every key. Source: docs/behaviours/pages.md.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from poolkeep.http.hosted.texts import en

ENGLISH: Final = "en"
LANGUAGES: Final = (
    "de", "en", "es", "fr", "id", "it", "ja", "ko", "nl", "pt-BR", "zh-CN", "zh-TW"
)  # fmt: skip
"""What a visitor may choose."""

_SPELLINGS: Final = {language.lower(): language for language in LANGUAGES}


def _loaded(language: str) -> Mapping[str, str]:
    if language == ENGLISH:
        return en.TEXTS
    name = f"{__name__}.{language.lower().replace('-', '_')}"
    if find_spec(name) is None:
        return {}
    texts: Mapping[str, str] = import_module(name).TEXTS
    return texts


_TEXTS: Final = {language: _loaded(language) for language in LANGUAGES}


def known(language: str | None) -> str | None:
    """Return the language as we spell it, None for one that the pages do not speak."""
    return None if language is None else _SPELLINGS.get(language.lower())


def text(language: str, key: str, /, **values: object) -> str:
    """Return a sentence with `{names}` filled in. A key that English lacks is our mistake."""
    sentence = _TEXTS[language].get(key) or en.TEXTS[key]
    return sentence.format(**values) if values else sentence
