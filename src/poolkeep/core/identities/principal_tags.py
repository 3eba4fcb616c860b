"""Attributes for access control: claims that become tags of the session. Pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from poolkeep.core.identities.model import IdentityPool, Proven, TagMap
from poolkeep.core.identities.naming import AMAZON

VALUE_CHARS_MAX: Final = 256
TOGETHER_BYTES_MAX: Final = 460
CLAIMS: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
USUAL: Final = {"client": "aud", "username": "sub"}
OF_AMAZON: Final = {"client": "aud", "username": "user_id"}
OF_SAML: Final = {"client": f"{CLAIMS}/nameidentifier", "username": f"{CLAIMS}/name"}


def effective(provider: str, tag_map: TagMap) -> dict[str, str]:
    """Return claim by tag as it counts: the defaults, where they are chosen."""
    if not tag_map.use_defaults:
        return dict(tag_map.tags)
    if ":saml-provider/" in provider:
        return dict(OF_SAML)
    return dict(OF_AMAZON if provider == AMAZON else USUAL)


def session_tags(pool: IdentityPool, logins: Iterable[Proven]) -> dict[str, str]:
    """Return the tags of a session: those of the first login whose provider has a map.

    A claim that is missing or too long gives no tag, and neither does what exceeds the bytes that
    all tags may have together.
    """
    for proven in logins:
        for key in (*proven.mapping_keys, proven.login.provider):
            tag_map = pool.tag_maps.get(key)
            if tag_map is not None and (tag_map.use_defaults or tag_map.tags):
                return _filled(effective(proven.login.provider, tag_map), proven.claims)
    return {}


def _filled(wanted: Mapping[str, str], claims: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    room = TOGETHER_BYTES_MAX
    for key, claim in wanted.items():
        value = text_of(claims.get(claim))
        size = len(key.encode()) + len((value or "").encode())
        if value and len(value) <= VALUE_CHARS_MAX and size <= room:
            found[key] = value
            room -= size
    return found


def text_of(value: object) -> str | None:
    """Return a claim as one text: of a list the first, of anything but a text its JSON."""
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))
