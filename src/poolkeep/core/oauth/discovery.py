"""The document that tells clients where a pool's endpoints are and what they can do. Pure.

OpenID Connect Discovery and RFC 8414 ask for the same document. Cognito's members are in it in
Cognito's form; what Cognito leaves out follows, and what an extension adds it registers here:

    @strict_extra
    def _pushed(pool, base):
        return {"pushed_authorization_request_endpoint": f"{base}/oauth2/par"}

Source: docs/behaviours/oauth-tokens.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from poolkeep.core.directory.model import CLASSIC
from poolkeep.core.oauth.addresses import Addresses
from poolkeep.core.oauth.client_authentication import METHODS
from poolkeep.core.oauth.grants import (
    authorization_code,
    client_credentials,
    refresh_token,
    token_exchange,
)
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.oauth.registration_rules import doors_of
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.tokens import Issuers
from poolkeep.core.tokens.levels import names, tells_levels

JWKS: Final = "/.well-known/jwks.json"
OPENID_CONFIGURATION: Final = "/.well-known/openid-configuration"
AUTHORIZATION_SERVER: Final = "/.well-known/oauth-authorization-server"
CACHE_S: Final = 300
CACHEABLE: Final = f"public, max-age={CACHE_S}"

SCOPES: Final = ("openid", "email", "phone", "profile")
CLAIMS: Final = (
    *("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "family_name"),
    *("given_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
    *("website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email"),
    *("email_verified", "phone_number", "phone_number_verified", "address", "identities"),
    *("cognito:username", "cognito:groups"),
)
GRANTS: Final = (
    authorization_code.GRANT_TYPE,
    "implicit",
    refresh_token.GRANT_TYPE,
    client_credentials.GRANT_TYPE,
    token_exchange.GRANT_TYPE,
)
STRICT_RESPONSES: Final = (
    *("code", "token", "id_token", "id_token token"),
    *("code id_token", "code token", "code id_token token"),
)
PROMPTS: Final = ("none", "login", "select_account", "consent")
LANGUAGES: Final = (
    *("de", "en", "es", "fr", "id", "it", "ja", "ko", "nl", "pt-BR", "zh-CN", "zh-TW"),
)

Members = Mapping[str, Any]
Extra = Callable[[LoadedPool, str], Members]

_strict_extras: Final[list[Extra]] = []


def strict_extra(extra: Extra) -> Extra:
    """Add members to the documents of strict pools with a domain; lists join those that exist."""
    _strict_extras.append(extra)
    return extra


class Metadata:
    """Describes every pool of an installation."""

    def __init__(self, *, issuers: Issuers, addresses: Addresses) -> None:
        """Name pools by `issuers`, their endpoints by `addresses`."""
        self._issuers = issuers
        self._addresses = addresses

    def of_issuer(self, pool: LoadedPool, *, updated: bool) -> Members:
        """Return the document at one of the pool's two issuers, which names that one."""
        return self._document(pool, self._issuers.form(pool.pool, updated=updated))

    def of_domain(self, pool: LoadedPool) -> Members:
        """Return the document at the pool's domain; it names the issuer of new tokens."""
        return self._document(pool, self._issuers.of(pool.pool))

    def _document(self, pool: LoadedPool, issuer: str) -> Members:
        strict = profile_of(pool).strict
        base = self._addresses.of(pool)
        found = _of_tokens(pool, issuer, strict=strict)
        if base is None:
            return found
        found |= _endpoints(pool, base)
        found |= _abilities(pool, strict=strict)
        if strict:
            for extra in (_introspection, *_strict_extras):
                _join(found, extra(pool, base))
        return found


def _of_tokens(pool: LoadedPool, issuer: str, *, strict: bool) -> dict[str, Any]:
    """Return what holds for a pool without a domain, too."""
    tells = tells_levels(pool)
    found: dict[str, Any] = {
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": f"{issuer}{JWKS}",
        "response_types_supported": list(STRICT_RESPONSES) if strict else ["code", "token"],
        "scopes_supported": [*SCOPES, *(("address", "offline_access") if strict else ())],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": list(METHODS),
        "claims_supported": [*CLAIMS, *(("acr", "amr") if tells else ())],
    }
    if tells:
        found["acr_values_supported"] = list(names(pool).values())
    return found


def _endpoints(pool: LoadedPool, base: str) -> dict[str, Any]:
    found = {
        "authorization_endpoint": f"{base}/oauth2/authorize",
        "end_session_endpoint": f"{base}/logout",
        "revocation_endpoint": f"{base}/oauth2/revoke",
        "token_endpoint": f"{base}/oauth2/token",
        "userinfo_endpoint": f"{base}/oauth2/userInfo",
    }
    if doors_of(pool) is not None:
        found["registration_endpoint"] = f"{base}/oauth2/register"
    return found


def _abilities(pool: LoadedPool, *, strict: bool) -> dict[str, Any]:
    """Return what Cognito leaves out; some defaults of the standard would be wrong."""
    found: dict[str, Any] = {
        "grant_types_supported": list(GRANTS),
        "code_challenge_methods_supported": ["S256"],
        "response_modes_supported": ["query", "fragment"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "revocation_endpoint_auth_methods_supported": list(METHODS),
    }
    domain = pool.pool.domain("custom") or pool.pool.domain("prefix")
    is_managed = domain is not None and domain.managed_login_version != CLASSIC
    if strict or is_managed:
        found["prompt_values_supported"] = [*PROMPTS, *(("create",) if strict else ())]
    if is_managed:
        found["ui_locales_supported"] = list(LANGUAGES)
    return found


def _introspection(_pool: LoadedPool, base: str) -> Members:
    return {
        "introspection_endpoint": f"{base}/oauth2/introspect",
        "introspection_endpoint_auth_methods_supported": [
            method for method in METHODS if method != "none"
        ],
    }


def _join(found: dict[str, Any], members: Members) -> None:
    for name, value in members.items():
        known = found.get(name)
        if isinstance(known, list) and isinstance(value, Sequence) and not isinstance(value, str):
            found[name] = [*known, *(each for each in value if each not in known)]
        else:
            found[name] = value
