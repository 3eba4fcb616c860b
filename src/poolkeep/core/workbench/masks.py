"""What of an event and its reply is masked before anything keeps it. Pure.

    by place    the password, the code, answers, private challenge parameters, metadata of rounds
    by name     members whose name says that they hold a secret: `captchaToken`, `otp`, `pin` …
    by value    a text that was masked in one place is masked wherever else it stands

What an application calls a secret nobody else can know; names and values catch what its authors
call by its name, and the record is sealed for the rest.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec

Json: TypeAlias = Any
MASK: Final = "***"
SCRUBBED_CHARACTERS_MIN: Final = 6
"""Shorter secrets would be found in texts that have nothing to do with them."""
SECRETS_MAX: Final = 64
DEPTH_MAX: Final = 40
TEXT_CHARACTERS_MAX: Final = 2_000

PLACES: Final = frozenset(("password", "challengeAnswer", "challengeMetadata"))
WHOLE: Final = frozenset(("privateChallengeParameters",))
KEPT: Final = frozenset(
    ("codeParameter", "linkParameter", "usernameParameter", "accessTokenGeneration",
     "idTokenGeneration", "tokenResponse", "idToken", "session")
)  # fmt: skip
"""Names that sound like secrets and are parts of events; as texts they would be secrets."""
NAMED: Final = frozenset(
    ("password", "passwd", "passphrase", "secret", "secrets", "token", "tokens", "jwt", "otp",
     "pin", "passcode", "code", "codes", "credential", "credentials", "cookie", "authorization",
     "captcha", "recaptcha", "apikey", "session", "signature", "assertion", "nonce")
)  # fmt: skip
HARMLESS: Final = frozenset(("postal", "zip", "country", "area", "language", "error", "status"))
LINKS: Final = frozenset(("ONE_CLICK_LINK_VALID", "ONE_CLICK_LINK_INVALID"))
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def masked(event: bytes, answer: bytes | None, error: str | None) -> tuple[Json, Json, str | None]:
    """Return event, reply and error without what is secret.

    Of a reply only `response` is kept, for the rest repeats the event; a reply without one is
    kept as it is, so that its author can see what was wrong. None is "no reply".
    """
    told = decoded(event)
    said = decoded(answer) if answer is not None else None
    if isinstance(said, dict) and "response" in said:
        said = {"response": said["response"]}
    secrets: set[str] = set()
    told, said = _masked(told, secrets, 0), _masked(said, secrets, 0)
    long = sorted((s for s in secrets if len(s) >= SCRUBBED_CHARACTERS_MIN), key=len, reverse=True)
    if long:
        told, said = _scrubbed(told, long[:SECRETS_MAX]), _scrubbed(said, long[:SECRETS_MAX])
    if error is not None:
        error = _without(error, long)[:TEXT_CHARACTERS_MAX]
    return told, said, error


def decoded(document: bytes) -> Json:
    """Return a JSON document; what is none, as the text that it is."""
    try:
        return msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return document[:TEXT_CHARACTERS_MAX].decode("utf-8", "replace")


def masked_places(document: Json, place: str = "") -> Iterator[str]:
    """Yield where a document is masked, as `request.password`."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from masked_places(value, f"{place}.{name}" if place else name)
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from masked_places(value, f"{place}.{number}")
    elif isinstance(document, str) and MASK in document:
        yield place


def is_secret(name: str) -> bool:
    """Tell whether a member's name says that it holds a secret."""
    if name in PLACES or name in LINKS:
        return True
    words = [word.lower() for word in _WORDS.findall(name)]
    return any(word in NAMED for word in words) and not any(word in HARMLESS for word in words)


def _masked(value: Json, secrets: set[str], depth: int) -> Json:
    if depth > DEPTH_MAX:
        return MASK
    if isinstance(value, dict):
        return {name: _member(name, part, secrets, depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, secrets, depth + 1) for part in value]
    return value


def _member(name: str, value: Json, secrets: set[str], depth: int) -> Json:
    if name in KEPT and (name.endswith("Parameter") or isinstance(value, dict | list)):
        return _masked(value, secrets, depth)
    if name in WHOLE or is_secret(name):
        return _hidden(value, secrets, depth)
    return _masked(value, secrets, depth)


def _hidden(value: Json, secrets: set[str], depth: int) -> Json:
    """Return a value with every text and number of it masked; what is empty says nothing."""
    if depth > DEPTH_MAX:
        return MASK
    if isinstance(value, dict):
        return {name: _hidden(part, secrets, depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [_hidden(part, secrets, depth + 1) for part in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    secrets.add(str(value))
    return MASK


def _scrubbed(value: Json, secrets: list[str]) -> Json:
    if isinstance(value, dict):
        return {name: _scrubbed(part, secrets) for name, part in value.items()}
    if isinstance(value, list):
        return [_scrubbed(part, secrets) for part in value]
    return _without(value, secrets) if isinstance(value, str) else value


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
