"""Our own texts in the user's language, where a pool asks for them and has none of its own.

Cognito's built-in texts are English, and so are ours until the pool's tag says otherwise:

    poolkeep:message-languages    all, or those that it speaks (`de en fr`, the first for users of
                                  other languages), or off. Pools of the strict profile: all.

The language is the one of the user's attribute `locale`, else the one in which the user looks at
our pages. Such texts also say until when a code is good: in UTC and in the user's `zoneinfo`.
Source: docs/behaviours/message-languages.md.
"""

import html
import re
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from poolkeep.core.messages.model import SMS
from poolkeep.core.messages.templates import CODE, Template, by_link
from poolkeep.core.pools.model import UserPool

TAG: Final = "poolkeep:message-languages"
PROFILE_TAG: Final = "poolkeep:profile"
ALL: Final = "all"
ENGLISH: Final = "en"
LANGUAGES: Final = (
    "de", "en", "es", "fr", "id", "it", "ja", "ko", "nl", "pt-BR", "zh-CN", "zh-TW"
)  # fmt: skip
KINDS: Final[Mapping[str, str]] = {
    "SignUp": "code",
    "ResendCode": "code",
    "ForgotPassword": "reset",
    "UpdateUserAttribute": "attribute",
    "VerifyUserAttribute": "attribute",
    "AdminCreateUser": "invitation",
    "Authentication": "sign_in",
}
"""Which text a source has; a sign-up that is confirmed by a link has another."""

spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
"""The language of the pages that the user looks at, in requests that come from there."""

_SPELLINGS: Final = {language.lower(): language for language in LANGUAGES}
_ALIASES: Final = {
    **{language.partition("-")[0].lower(): language for language in ("pt-BR", "zh-CN")},
    **dict.fromkeys(("zh-hant", "zh-hk", "zh-mo"), "zh-TW"),
    "in": "id",
}
_TAG_CHARACTERS_MAX: Final = 40
_ZONE: Final = re.compile(r"[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def language_of(pool: UserPool, attributes: Mapping[str, str]) -> str | None:
    """Return the language of a user's messages; None where the pool keeps to Cognito's texts."""
    languages = spoken_by(pool)
    if not languages:
        return None
    for wish in (attributes.get("locale"), spoken.get()):
        found = known(wish)
        if found in languages:
            return found
    return languages[0]


def spoken_by(pool: UserPool) -> tuple[str, ...]:
    """Return the languages that a pool's messages have, the one for everybody else first."""
    tags = pool.settings.user_pool_tags or {}
    value = tags.get(TAG)
    if value is None:
        value = ALL if tags.get(PROFILE_TAG) == "strict" else ""
    if value.strip().lower() == ALL:
        return (ENGLISH, *(language for language in LANGUAGES if language != ENGLISH))
    wishes = (known(word) for word in re.split(r"[\s,+/]+", value))
    return tuple(dict.fromkeys(language for language in wishes if language is not None))


def known(locale: str | None) -> str | None:
    """Return the language that a locale (`pt_BR`, `zh-Hant-HK`, `de-AT`) stands for, if any."""
    if not locale or len(locale) > _TAG_CHARACTERS_MAX:
        return None
    parts = locale.partition(".")[0].replace("_", "-").lower().split("-")
    while parts:
        name = "-".join(parts)
        found = _SPELLINGS.get(name) or _ALIASES.get(name)
        if found is not None:
            return found
        parts.pop()
    return None


def text_in(
    language: str, pool: UserPool, source: str, medium: str, *, expires: str | None
) -> Template:
    """Return our text for a source. `expires` is a moment in words, None where none is known."""
    kind = "link" if by_link(pool, source, medium) else KINDS[source]
    return composed(language, kind, medium, expires=expires)


def composed(language: str, kind: str, medium: str, *, expires: str | None) -> Template:
    """Return a text of a kind: sentences, as HTML and as plain text, or as one SMS."""
    texts = _texts()[language]
    sentence = texts[kind]
    if medium == SMS:
        return Template("", sentence)
    until = texts.get(f"{kind}_expires") or texts["expires"]
    last = () if kind in {"invitation", "welcome"} else (texts["ignore"],)
    validity = (until.replace("{time}", expires),) if expires else ()
    if kind == "link":
        link = "{##" + texts["link_text"] + "##}"
        plain = (f"{sentence}\n{link}", *validity, *last)
        rich = (html.escape(sentence, quote=False), link, *map(html.escape, (*validity, *last)))
    else:
        plain = (sentence, *validity, *last)
        rich = tuple(html.escape(part, quote=False) for part in plain)
    paragraphs = "".join(f"<p>{part}</p>" for part in rich)
    strong = f'<strong style="font-size:1.25em">{CODE}</strong>'
    body = f'<!doctype html><html lang="{language}"><body>{paragraphs}</body></html>'
    subject = texts[f"{kind}_subject"]
    return Template(subject, body.replace(CODE, strong), "\n\n".join(plain) + "\n")


def moment(at_ms: int, zone: str | None) -> str:
    """Return a moment in UTC and, where it is known and another one, in the user's zone."""
    at = _EPOCH + timedelta(milliseconds=at_ms)
    utc = f"{at:%Y-%m-%d %H:%M} UTC"
    local = _zone(zone)
    if local is None:
        return utc
    there = at.astimezone(local)
    if there.utcoffset() == timedelta(0):
        return utc
    form = "%H:%M" if there.date() == at.date() else "%Y-%m-%d %H:%M"
    return f"{utc} ({there.strftime(form)} {zone})"


def _zone(name: str | None) -> ZoneInfo | None:
    if not name or not _ZONE.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    path = Path(__file__).with_name("texts.toml")
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found
