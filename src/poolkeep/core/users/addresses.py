"""What an e-mail address and a phone number look like. Source: docs/behaviours/users.md."""

import re
import unicodedata
from typing import Final

EMAIL_CHARACTERS_MAX: Final = 254
"""What SMTP can carry. Source: RFC 5321, section 4.5.3.1.3."""

_PHONE: Final = re.compile(r"\+[0-9]{1,15}", re.ASCII)
_ESCAPED: Final = re.compile(r"%[0-9A-Fa-f]{2}", re.ASCII)
# Nearly every address: no quotes, no other alphabet, no label that IDNA would read. The validator
# accepts all of these, and takes 0.1 ms to say so.
_ATOM: Final = r"[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~]+"
_LABEL: Final = r"[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*"
_PLAIN_EMAIL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_LOCAL_CHARACTERS_MAX: Final = 64
_LABEL_CHARACTERS_MAX: Final = 63
_LOOKS_LIKE_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")


def is_email(text: str) -> bool:
    """Say whether this is one address, as it stands, and nothing else.

    Names of one label and of reserved domains (`localhost`, `.test`) are addresses: tests and
    closed networks use them. An address that another way of writing would change (full-width
    letters, a decomposed accent, an escaped line end) is not, so that nobody can own it twice.
    """
    if len(text) > EMAIL_CHARACTERS_MAX or "@" not in text or _ESCAPED.search(text):
        return False
    local, _, domain = text.rpartition("@")
    fits = len(local) <= _LOCAL_CHARACTERS_MAX and len(domain) <= _LABEL_CHARACTERS_MAX
    if fits and _PLAIN_EMAIL.fullmatch(text):
        return True
    if not text.isascii() and unicodedata.normalize("NFKC", text) != text:
        return False
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  20 ms to import

    try:
        # One more label changes nothing of the form, and no domain under `com` is reserved.
        found = validate_email(f"{text}.com", check_deliverability=False, strict=True)
    except EmailNotValidError:
        return False
    return found.normalized.lower() == f"{text.lower()}.com"


def looks_like_email(text: str) -> bool:
    """Say whether somebody could take this for an address."""
    return _LOOKS_LIKE_EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Say whether this is a number in E.164 form: a plus sign and up to 15 digits."""
    return _PHONE.fullmatch(text) is not None
