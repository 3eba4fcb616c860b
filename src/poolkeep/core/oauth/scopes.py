"""Which scopes a request gets. Pure. Source: docs/behaviours/oauth.md."""

import re
from collections.abc import Iterable
from typing import Final

from poolkeep.core.pools.client_checks import REGISTER_SCOPE, USER_SCOPES
from poolkeep.core.pools.model import AppClient

OPENID: Final = "openid"
OFFLINE: Final = "offline_access"
"""Taken and without effect in the strict profile: a code brings a refresh token anyway."""
ADDRESS: Final = "address"
"""OpenID Connect's; Cognito has the attribute, but no such scope. In the strict profile, whoever
may ask for `openid`, which tells everything, may ask for it."""
NEED_OPENID: Final = frozenset({"email", "phone", "profile", ADDRESS})

_TOKEN: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
"""A scope's characters. Source: RFC 6749, 3.3."""


class InvalidScope(ValueError):
    """A scope that is malformed, unknown, or not the client's."""


def needs_catalogue(client: AppClient) -> bool:
    """Tell whether scopes of resource servers must be looked up for this client."""
    return any(not _reserved(scope) for scope in client.settings.allowed_o_auth_scopes or ())


def granted(
    asked: str | None, client: AppClient, active: Iterable[str], *, strict: bool
) -> tuple[str, ...]:
    """Return the scopes of a request in its order; nothing asked is all that the client has.

    `active` are the scopes that the pool's resource servers have now. One that the client lists
    and no server has any more is passed over, and comes back when the server does. Refuses
    InvalidScope for everything else that the client does not have.
    """
    listed = client.settings.allowed_o_auth_scopes or ()
    alive = frozenset(active)
    mine = [scope for scope in listed if _reserved(scope) or scope in alive]
    if asked is None or not asked.strip(" "):
        wanted: Iterable[str] = mine
    else:
        wanted = _parsed(asked)
        allowed = {*listed}
        if strict:
            allowed |= {OFFLINE} | ({ADDRESS} if OPENID in listed else set())
        if not allowed.issuperset(wanted):
            raise InvalidScope
        if NEED_OPENID.intersection(wanted) and OPENID not in wanted:
            raise InvalidScope
        kept = {*mine, ADDRESS}
        wanted = [scope for scope in wanted if scope in kept]
    found = tuple(wanted)
    if not found:
        raise InvalidScope
    return found


def _parsed(asked: str) -> list[str]:
    scopes = [scope for scope in asked.split(" ") if scope]
    if any(_TOKEN.fullmatch(scope) is None for scope in scopes):
        raise InvalidScope
    return list(dict.fromkeys(scopes))


def _reserved(scope: str) -> bool:
    return scope in USER_SCOPES or scope == REGISTER_SCOPE
