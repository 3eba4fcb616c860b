"""For whom passkeys can be made. Pure. Source: docs/behaviours/passkeys.md."""

import re
from typing import Final

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.pools import wording
from poolkeep.core.pools.model import WebAuthnConfiguration
from poolkeep.crypto.public_suffixes import is_public_suffix

LOCALHOST: Final = "localhost"
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


def check_passkeys(settings: WebAuthnConfiguration) -> None:
    """Refuse a relying party for which no browser would make a passkey."""
    name = settings.relying_party_id
    if name is None or name == LOCALHOST:
        return
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise InvalidParameter(wording.RELYING_PARTY_FORM)
    if is_public_suffix(name):
        raise InvalidParameter(wording.RELYING_PARTY_PUBLIC)
