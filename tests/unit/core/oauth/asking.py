"""Clients, sessions and requests for tests of what the authorization endpoint decides."""

from typing import Any, Final

import msgspec

from poolkeep.core.oauth.browser_sessions import Known
from poolkeep.core.oauth.model import AuthorizationRequest, BrowserSession, Params
from poolkeep.core.oauth.profile import PROFILE_TAG, profile_of
from poolkeep.core.oauth.requests import Facts, ToClient, ToErrorPage, parse
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient, ClientSettings
from poolkeep.core.users.model import User, UserDocument
from tests.unit.core.users.people import POOL_ID, a_pool

CALLBACK: Final = "https://app.example/cb"
OTHER: Final = "myapp://signed-in?from=pool"
CHALLENGE: Final = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER: Final = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""Of RFC 7636, appendix B."""
NOW_MS: Final = 1_800_000_000_000
MINUTE_MS: Final = 60_000
PROFILES: Final = ("compat", "strict")


def pool_of(profile: str = "compat", **more: Any) -> LoadedPool:
    """Return a pool that speaks so; `tags` are more of its tags."""
    tags = {PROFILE_TAG: profile, **more.pop("tags", {})}
    return a_pool(user_pool_tags=tags, **more)


def a_client(**settings: Any) -> AppClient:
    """Return a client that may use every flow and scope of ours."""
    given: dict[str, Any] = {
        "client_name": "web",
        "supported_identity_providers": ("COGNITO",),
        "callback_urls": (CALLBACK, OTHER),
        "logout_urls": ("https://app.example/bye",),
        "allowed_o_auth_flows": ("code", "implicit"),
        "allowed_o_auth_scopes": ("openid", "email", "phone", "profile", "api/read", "api/gone"),
        "allowed_o_auth_flows_user_pool_client": True,
        **settings,
    }
    sso_minutes = given.pop("sso_minutes", 60)
    return AppClient(
        id="web", pool_id=POOL_ID, created_ms=1, modified_ms=1, sso_minutes=sso_minutes,
        settings=ClientSettings(**given),
    )  # fmt: skip


def usual(**more: str | None) -> dict[str, str]:
    """Return the parameters of a request in order, some changed, those that are None left out."""
    given = {
        "client_id": "web",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "state": "s1",
        **more,
    }
    return {name: value for name, value in given.items() if value is not None}


def read(
    params: dict[str, str] | list[tuple[str, str]],
    *,
    profile: str = "compat",
    client: AppClient | None = None,
    pool: LoadedPool | None = None,
    **facts: Any,
) -> AuthorizationRequest:
    """Return the request of these parameters."""
    pairs = list(params.items()) if isinstance(params, dict) else params
    loaded = pool or pool_of(profile)
    scopes = frozenset({"api/read", "api/other"})
    found = Facts(pool=loaded, profile=profile_of(loaded), scopes=scopes, **facts)
    return parse(client or a_client(), Params(pairs), found)


def verdict(params: dict[str, str] | list[tuple[str, str]], **more: Any) -> str:
    """Return `ok`, the error that the client is told, or that of the page after `page: `."""
    try:
        read(params, **more)
    except ToClient as error:
        return error.error
    except ToErrorPage as error:
        return f"page: {error.error}"
    return "ok"


def a_user(**attributes: str) -> User:
    """Return somebody with a password."""
    return User(
        pool_id=POOL_ID, id="u1", username="ada", status="CONFIRMED", enabled=True,
        created_ms=1, modified_ms=1, version=1, signed_out_ms=0,
        document=UserDocument(attributes=attributes), credential=b"sealed",
    )  # fmt: skip


def a_session(minutes_ago: int = 0, **more: Any) -> Known:
    """Return a browser that signed in so long ago, with a password at the directory."""
    made = BrowserSession(
        key=b"k",
        pool_id=POOL_ID,
        user_id="u1",
        client_id="web",
        provider="COGNITO",
        factors=("pwd",),
        authenticated_ms=NOW_MS - minutes_ago * MINUTE_MS,
        expires_ms=NOW_MS + 90 * 24 * 60 * MINUTE_MS,
    )
    user = more.pop("user", None) or a_user()
    return Known(msgspec.structs.replace(made, **more), user)
