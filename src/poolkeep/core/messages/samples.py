"""Messages as a pool would send them, with sample values in place of a user's."""

from collections.abc import Iterator
from typing import Final

import msgspec

from poolkeep.core.messages.languages import composed, language_of, moment, text_in
from poolkeep.core.messages.model import EMAIL, SMS
from poolkeep.core.messages.templates import (
    WELCOME,
    Template,
    Values,
    by_link,
    confirmation_link,
    fill,
    template_of,
)
from poolkeep.core.pools.model import UserPool

SOURCES: Final = (
    "SignUp",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "AdminCreateUser",
    "Authentication",
)
KINDS: Final = ("code", "link", "reset", "attribute", "invitation", "welcome", "sign_in")
MEDIA: Final = (EMAIL, SMS)
ZONE: Final = "Europe/Berlin"
LIFE_MS: Final = 3_600_000
"""For how long the code of a sample is good."""
CODE: Final = "012345"
PASSWORD: Final = "Sample-Password-1"
USERNAME: Final = "mary"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `name` is its source, or the kind of our own text; an SMS has a body alone."""

    name: str
    medium: str
    language: str
    subject: str
    body: str
    text: str = ""


def of_pool(
    pool: UserPool, language: str | None, *, base_url: str, now_ms: int
) -> Iterator[Sample]:
    """Yield what a pool sends to a user of a language (or of none that is known)."""
    attributes = {"locale": language} if language else {}
    spoken = language_of(pool, attributes)
    expires = moment(now_ms + LIFE_MS, ZONE)
    for source in SOURCES:
        for medium in MEDIA:
            built_in = None
            if spoken is not None:
                known = None if source == "Authentication" else expires
                built_in = text_in(spoken, pool, source, medium, expires=known)
            found = template_of(pool, source, medium, built_in)
            link = by_link(pool, source, medium)
            yield _filled(source, medium, spoken or "en", found, base_url=base_url, link=link)
    for medium in MEDIA:
        found = WELCOME
        if spoken is not None:
            found = composed(spoken, "welcome", medium, expires=None)
        yield _filled("welcome", medium, spoken or "en", found, base_url=base_url, link=False)


def in_language(language: str, *, base_url: str, now_ms: int) -> Iterator[Sample]:
    """Yield our own texts in a language."""
    for kind in KINDS:
        for medium in MEDIA:
            if (kind, medium) == ("link", SMS):
                continue
            expires = None if kind in {"sign_in", "welcome"} else moment(now_ms + LIFE_MS, ZONE)
            found = composed(language, kind, medium, expires=expires)
            yield _filled(kind, medium, language, found, base_url=base_url, link=kind == "link")


def _filled(
    name: str, medium: str, language: str, template: Template, *, base_url: str, link: bool
) -> Sample:
    code = PASSWORD if name in {"AdminCreateUser", "invitation"} else CODE
    address = confirmation_link(base_url, client_id="sample", username=USERNAME, code=code)
    values = Values(code=code, username=USERNAME, link=address if link else "")
    texts = fill(template, values, medium)
    return Sample(
        name=name,
        medium=medium,
        language=language,
        subject=texts.subject,
        body=texts.body,
        text=texts.text,
    )
