"""What each type of identity provider must be told, and what a description adds to it.

Pure. Details are texts, booleans too, as the API has them. Keys that a type does not know are
kept and told, and mean nothing. Source: docs/behaviours/identity-providers.md.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.directory import wording
from poolkeep.core.directory.model import IdentityProvider
from poolkeep.core.directory.saml_metadata import Metadata, UnusableMetadata, read

SAML: Final = "SAML"
OIDC: Final = "OIDC"
FACEBOOK: Final = "Facebook"
GOOGLE: Final = "Google"
AMAZON: Final = "LoginWithAmazon"
APPLE: Final = "SignInWithApple"
SOCIAL: Final = frozenset({FACEBOOK, GOOGLE, AMAZON, APPLE})
SUBJECT: Final = {FACEBOOK: "id", GOOGLE: "sub", AMAZON: "user_id", APPLE: "sub", OIDC: "sub"}
"""The claim that names a user of each type; the pool's username comes from it and no other."""
NEVER_MAPPED: Final = frozenset({"sub", "identities"})
NEVER_TOLD: Final = frozenset({"private_key"})
FACEBOOK_VERSION: Final = "v17.0"

_OAUTH: Final = ("client_id", "client_secret", "authorize_scopes")
_REQUIRED: Final = {
    FACEBOOK: _OAUTH,
    GOOGLE: _OAUTH,
    AMAZON: _OAUTH,
    APPLE: ("client_id", "team_id", "key_id", "private_key", "authorize_scopes"),
    OIDC: ("client_id", "authorize_scopes", "attributes_request_method", "oidc_issuer"),
    SAML: (),
}
_OIDC_URLS: Final = ("authorize_url", "token_url", "attributes_url", "jwks_uri")
_SAML_FLAGS: Final = ("IDPSignout", "IDPInit", "EncryptedResponses")
_BOOLEANS: Final = frozenset({"true", "false"})
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_WEB_PORTS: Final = frozenset({None, 80, 443})

_GOOGLE: Final = {
    "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
    "attributes_url_add_attributes": "true",
    "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
    "oidc_issuer": "https://accounts.google.com",
    "token_request_method": "POST",
    "token_url": "https://www.googleapis.com/oauth2/v4/token",
}
_AMAZON: Final = {
    "attributes_url": "https://api.amazon.com/user/profile",
    "attributes_url_add_attributes": "false",
    "authorize_url": "https://www.amazon.com/ap/oa",
    "token_request_method": "POST",
    "token_url": "https://api.amazon.com/auth/o2/token",
}
_APPLE: Final = {
    "attributes_url_add_attributes": "false",
    "authorize_url": "https://appleid.apple.com/auth/authorize",
    "oidc_issuer": "https://appleid.apple.com",
    "token_request_method": "POST",
    "token_url": "https://appleid.apple.com/auth/token",
}


def check_name(name: str, kind: str) -> None:
    """Refuse a name that a provider of this type cannot have."""
    if name.casefold() == "cognito":
        raise InvalidParameter(wording.RESERVED_PROVIDER)
    if kind in SOCIAL:
        if name != kind:
            raise InvalidParameter(wording.social_name(kind))
    elif name.strip("_") != name or name.strip() != name:
        raise InvalidParameter(wording.PROVIDER_NAME_ENDS)


def check_details(kind: str, details: Mapping[str, str], now_ms: int) -> None:
    """Refuse details that the type cannot work with."""
    for key in _REQUIRED[kind]:
        if not details.get(key):
            raise InvalidParameter(wording.missing_detail(kind, key))
    if kind == OIDC:
        _check_oidc(details)
    elif kind == SAML:
        _check_saml(details, now_ms)


def check_mapping(mapping: Mapping[str, str], schema: Iterable[str]) -> None:
    """Refuse a mapping to what the pool's schema lacks, or to what is never set from outside."""
    known = set(schema)
    for name in mapping:
        if name in NEVER_MAPPED:
            raise InvalidParameter(wording.unwritable_mapping(name))
        if name != "username" and name not in known:
            raise InvalidParameter(wording.unknown_mapping(name))


def check_acr(kind: str, mapping: Mapping[str, str]) -> None:
    """Refuse levels on a type that has none, and unknown ones."""
    if mapping and kind != OIDC:
        raise InvalidParameter(wording.ACR_NEEDS_OIDC)
    if not mapping.keys() <= {f"Level{number}" for number in range(1, 5)}:
        raise InvalidParameter(wording.ACR_LEVELS)


def identifier_keys(identifiers: Iterable[str]) -> tuple[str, ...]:
    """Return the forms in which identifiers are compared; refuse one that stands twice.

    They are domains of e-mail addresses, so their case does not count.
    """
    keys: dict[str, None] = {}
    for identifier in identifiers:
        key = identifier_key(identifier)
        if key in keys:
            raise InvalidParameter(wording.identifier_taken(identifier))
        keys[key] = None
    return tuple(keys)


def identifier_key(identifier: str) -> str:
    """Return the form in which an identifier is compared."""
    return identifier.casefold()


def flag(details: Mapping[str, str], key: str) -> bool:
    """Tell whether a boolean detail is true."""
    return details.get(key, "").lower() == "true"


def updated_details(
    kind: str, old: Mapping[str, str], given: Mapping[str, str] | None
) -> dict[str, str]:
    """Return the details after an update, which replaces them wholly.

    A detail that is never told cannot be sent back by whoever has read the rest, so it stays.
    """
    if given is None:
        return dict(old)
    kept = {key: old[key] for key in NEVER_TOLD if kind == APPLE and key in old}
    return {**kept, **given}


def described_details(provider: IdentityProvider) -> dict[str, str]:
    """Return the details as a description tells them: as given, and what follows from them."""
    given = {
        key: value
        for key, value in provider.provider_details.items()
        if provider.provider_type != APPLE or key not in NEVER_TOLD
    }
    match provider.provider_type:
        case "Facebook":
            return {**given, **_facebook(given.get("api_version") or FACEBOOK_VERSION)}
        case "Google":
            return {**given, **_GOOGLE}
        case "LoginWithAmazon":
            return {**given, **_AMAZON}
        case "SignInWithApple":
            return {**given, **_APPLE}
        case "OIDC":
            return {**given, "attributes_url_add_attributes": "false"}
        case _:
            return {**given, **_saml(provider)}


def described_mapping(provider: IdentityProvider) -> dict[str, str] | None:
    """Return the mapping as a description tells it: with the username, whose source is fixed."""
    subject = SUBJECT.get(provider.provider_type)
    if subject is None:
        return provider.attribute_mapping
    return {**(provider.attribute_mapping or {}), "username": subject}


def _facebook(version: str) -> dict[str, str]:
    return {
        "attributes_url": f"https://graph.facebook.com/{version}/me?fields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": f"https://www.facebook.com/{version}/dialog/oauth",
        "token_request_method": "GET",
        "token_url": f"https://graph.facebook.com/{version}/oauth/access_token",
    }


def _saml(provider: IdentityProvider) -> dict[str, str]:
    derived: dict[str, str] = {}
    file = provider.provider_details.get("MetadataFile")
    if file:
        metadata = _metadata(file, now_ms=0)  # it was current when it was given
        derived["SSORedirectBindingURI"] = metadata.sign_on_url
        if metadata.sign_off_url is not None:
            derived["SLORedirectBindingURI"] = metadata.sign_off_url
    if provider.encryption_certificate is not None:
        encoded = base64.b64encode(provider.encryption_certificate)
        derived["ActiveEncryptionCertificate"] = encoded.decode()
    return derived


def _check_oidc(details: Mapping[str, str]) -> None:
    if details["attributes_request_method"] not in {"GET", "POST"}:
        raise InvalidParameter(wording.bad_detail("attributes_request_method", "GET or POST"))
    issuer = details["oidc_issuer"]
    _check_address("oidc_issuer", issuer)
    if issuer.endswith("/") or "?" in issuer:
        demand = "an address without a slash at its end and without a query"
        raise InvalidParameter(wording.bad_detail("oidc_issuer", demand))
    for key in _OIDC_URLS:
        if details.get(key):
            _check_address(key, details[key])


def _check_address(key: str, address: str) -> None:
    """Refuse what is no https address; plain http is for the machine itself."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    local = host in _LOCAL
    scheme_is_fine = parts.scheme == "https" or (parts.scheme == "http" and local)
    if not host or not scheme_is_fine or "#" in address or parts.username is not None:
        raise InvalidParameter(wording.bad_detail(key, "an https address"))
    if port not in _WEB_PORTS and not local:
        raise InvalidParameter(wording.bad_detail(key, "an address at port 443 or 80"))


def _check_saml(details: Mapping[str, str], now_ms: int) -> None:
    url, file = details.get("MetadataURL"), details.get("MetadataFile")
    if bool(url) == bool(file):
        raise InvalidParameter(wording.ONE_METADATA)
    for key in _SAML_FLAGS:
        if details.get(key, "false").lower() not in _BOOLEANS:
            raise InvalidParameter(wording.bad_detail(key, "true or false"))
    if details.get("RequestSigningAlgorithm", "rsa-sha256") != "rsa-sha256":
        raise InvalidParameter(wording.bad_detail("RequestSigningAlgorithm", "rsa-sha256"))
    if url:
        _check_metadata_url(url)
    if file:
        metadata = _metadata(file, now_ms=now_ms)
        if flag(details, "IDPSignout") and metadata.sign_off_url is None:
            reason = "it has no SingleLogoutService by HTTP-Redirect, which IDPSignout needs"
            raise InvalidParameter(wording.bad_metadata(reason))


def _check_metadata_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        place = (parts.scheme, parts.port)
    except ValueError:
        place, parts = ("", None), urlsplit("")
    local = parts.hostname in _LOCAL and parts.scheme in {"http", "https"}
    fine = place in {("https", None), ("https", 443), ("http", None), ("http", 80)}
    if not parts.hostname or not (fine or local):
        raise InvalidParameter(wording.bad_detail("MetadataURL", "a web address"))


def _metadata(file: str, *, now_ms: int) -> Metadata:
    try:
        return read(file, now_ms)
    except UnusableMetadata as problem:
        raise InvalidParameter(wording.bad_metadata(str(problem))) from None
