"""What a client that registers itself may be. Pure. Source: docs/behaviours/oauth-tokens.md."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.oauth.refusals import OAuthRefusal
from poolkeep.core.pools.client_checks import LOCAL_USERS, REGISTER_SCOPE, check_redirect
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient, ClientSettings
from poolkeep.core.pools.ports import ProviderFacts

PUBLIC: Final = "none"
METHODS: Final = ("client_secret_basic", "client_secret_post", PUBLIC)
FLOW_OF: Final = {"authorization_code": "code", "client_credentials": "client_credentials"}
REFRESH: Final = "refresh_token"
ALWAYS_PERMITTED: Final = ("openid", "email", "phone", "profile")
USER_SCOPES: Final = frozenset({*ALWAYS_PERMITTED, "aws.cognito.signin.user.admin"})
AUTHENTICATED_FLOWS: Final = ("code", "client_credentials")
OPEN_FLOWS: Final = ("code",)
ENABLED: Final = "Enabled"
NAME: Final = re.compile(r"[\w\s+=,.@-]{1,128}")
NAMELESS: Final = "Registered client"
URLS_MAX: Final = 100
URL_CHARACTERS_MAX: Final = 1_024

Short = Annotated[str, msgspec.Meta(max_length=2_048)]
Few = Annotated[tuple[Short, ...], msgspec.Meta(max_length=URLS_MAX)]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of itself; other members are passed over (RFC 7591, 2)."""

    redirect_uris: Few = ()
    client_name: Short | None = None
    grant_types: Few = ("authorization_code",)
    response_types: Few | None = None
    scope: Annotated[str, msgspec.Meta(max_length=16_384)] | None = None
    token_endpoint_auth_method: Short = METHODS[0]
    logo_uri: Short | None = None
    client_uri: Short | None = None
    contacts: Few | None = None
    software_statement: Any = None
    jwks: Any = None
    jwks_uri: Any = None


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """By which ways clients may register, and for what."""

    is_open: bool
    open_flows: Sequence[str]
    authenticated_flows: Sequence[str]
    allowed_scopes: Sequence[str]

    def permitted(self, existing: frozenset[str]) -> tuple[str, ...]:
        """Return the scopes that a registered client may have, of those that exist."""
        listed = (*ALWAYS_PERMITTED, *self.allowed_scopes)
        return tuple(
            scope
            for scope in dict.fromkeys(listed)
            if scope != REGISTER_SCOPE and (scope in USER_SCOPES or scope in existing)
        )


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about a client."""

    settings: ClientSettings
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    method: str


_metadata = msgspec.json.Decoder(Metadata)


def doors_of(pool: LoadedPool) -> Doors | None:
    """Return the pool's doors; None where nobody may register."""
    settings = pool.pool.settings.dcr_configuration
    if settings is None or (settings.enable_status or ENABLED) != ENABLED:
        return None
    open_flows, flows = settings.open_dcr_grant_types, settings.authenticated_grant_types
    return Doors(
        is_open=settings.open_dcr_enabled is True,
        open_flows=OPEN_FLOWS if open_flows is None else open_flows,
        authenticated_flows=AUTHENTICATED_FLOWS if flows is None else flows,
        allowed_scopes=settings.allowed_scopes or (),
    )


def read(body: bytes) -> Metadata:
    """Return what a request says; refuses what is no JSON of the right form."""
    try:
        metadata = _metadata.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _invalid("The body must be a JSON object of client metadata") from error
    for member in ("software_statement", "jwks", "jwks_uri"):
        if getattr(metadata, member) is not None:
            raise _invalid(f"{member} is not supported")
    return metadata


def decide(
    metadata: Metadata,
    *,
    flows: Sequence[str],
    permitted: tuple[str, ...],
    providers: Mapping[str, ProviderFacts],
) -> Registered:
    """Return the client that the metadata describes; refuses what a client may not be."""
    flow = _flow(metadata, flows)
    if metadata.token_endpoint_auth_method not in METHODS:
        raise _invalid("token_endpoint_auth_method is not supported")
    if flow == "client_credentials" and metadata.token_endpoint_auth_method == PUBLIC:
        raise _invalid("client_credentials needs a client with a secret")
    response_types = ("code",) if flow == "code" else ()
    if metadata.response_types is not None and metadata.response_types != response_types:
        raise _invalid("response_types do not go with grant_types")
    name = metadata.client_name or NAMELESS
    if not NAME.fullmatch(name):
        raise _invalid("client_name has characters that a name cannot have")
    return Registered(
        settings=ClientSettings(
            client_name=name,
            explicit_auth_flows=("ALLOW_REFRESH_TOKEN_AUTH",),
            supported_identity_providers=_providers(providers),
            callback_urls=_urls(metadata) if flow == "code" else None,
            allowed_o_auth_flows=(flow,),
            allowed_o_auth_scopes=_scopes(metadata.scope, permitted, flow),
            allowed_o_auth_flows_user_pool_client=True,
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
        ),
        grant_types=tuple(dict.fromkeys(metadata.grant_types)),
        response_types=response_types,
        method=metadata.token_endpoint_auth_method,
    )


def told(client: AppClient, metadata: Metadata, registered: Registered) -> dict[str, Any]:
    """Return what the client is told of itself."""
    found: dict[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": client.created_ms // 1_000,
        "client_name": client.settings.client_name,
        "grant_types": registered.grant_types,
        "response_types": registered.response_types,
        "scope": " ".join(client.settings.allowed_o_auth_scopes or ()),
        "token_endpoint_auth_method": registered.method,
    }
    if client.settings.callback_urls:
        found["redirect_uris"] = client.settings.callback_urls
    if client.secrets:
        found["client_secret"] = client.secrets[0].value
        found["client_secret_expires_at"] = 0
    for member in ("logo_uri", "client_uri", "contacts"):
        if (value := getattr(metadata, member)) is not None:
            found[member] = value
    return found


def _flow(metadata: Metadata, flows: Sequence[str]) -> str:
    """Return the one flow of OAuth that the grant types stand for."""
    asked = set(metadata.grant_types)
    wanted = [FLOW_OF[grant] for grant in FLOW_OF if grant in asked]
    if asked - FLOW_OF.keys() - {REFRESH} or not wanted:
        raise _invalid("grant_types are not supported")
    if len(wanted) > 1:
        raise _invalid("client_credentials goes with no other grant")
    if REFRESH in asked and wanted[0] != "code":
        raise _invalid("refresh_token goes with authorization_code")
    if wanted[0] not in flows:
        raise _invalid("grant_types are not allowed here")
    return wanted[0]


def _urls(metadata: Metadata) -> tuple[str, ...]:
    if not metadata.redirect_uris:
        raise _invalid("redirect_uris are required", "invalid_redirect_uri")
    for url in metadata.redirect_uris:
        printable = url.isprintable() and " " not in url
        if not printable or not 0 < len(url) <= URL_CHARACTERS_MAX:
            raise _invalid("A redirect URI is malformed", "invalid_redirect_uri")
        try:
            check_redirect(url)
        except InvalidParameter as refusal:
            raise _invalid(refusal.text, "invalid_redirect_uri") from refusal
    return tuple(dict.fromkeys(metadata.redirect_uris))


def _scopes(asked: str | None, permitted: tuple[str, ...], flow: str) -> tuple[str, ...]:
    """Return the scopes asked for, or all that a client of this flow may have."""
    possible = [scope for scope in permitted if flow == "code" or scope not in USER_SCOPES]
    scopes = tuple(possible if asked is None else dict.fromkeys(asked.split()))
    if not scopes or not set(scopes) <= set(possible):
        raise _invalid("scope has scopes that are not allowed")
    return scopes


def _providers(providers: Mapping[str, ProviderFacts]) -> tuple[str, ...]:
    """Return every provider but those that begin by themselves, which stand alone."""
    return (LOCAL_USERS, *(name for name, facts in providers.items() if not facts.idp_initiated))


def _invalid(text: str, error: str = "invalid_client_metadata") -> OAuthRefusal:
    return OAuthRefusal(error, text)
