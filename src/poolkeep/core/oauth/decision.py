"""Whether a request is answered at once, or somebody has to sign in first. Pure.

    session counts for this client, its provider, age and level fit, nothing forces ─▶ REUSE
    otherwise                                prompt=none ─▶ login_required · else ─▶ SIGN_IN

Source: docs/behaviours/oauth.md; OpenID Connect Core 3.1.2.1; RFC 9470.
"""

from enum import StrEnum
from typing import Final

from poolkeep.core.factors.model import EMAIL_OTP, SMS_MFA, SOFTWARE_TOKEN_MFA
from poolkeep.core.factors.preferences import preferences_of
from poolkeep.core.factors.rules import usable_factors
from poolkeep.core.oauth.browser_sessions import MS_PER_MINUTE, Known, minutes_of
from poolkeep.core.oauth.model import AuthorizationRequest, BrowserSession
from poolkeep.core.oauth.profile import Profile
from poolkeep.core.oauth.requests import CREATE
from poolkeep.core.pools.client_checks import LOCAL_USERS
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import first_factors
from poolkeep.core.tokens import levels
from poolkeep.core.users.model import User

MS_PER_S: Final = 1_000

_SECOND: Final = {
    SMS_MFA: levels.SMS_CODE,
    EMAIL_OTP: levels.EMAIL_CODE,
    SOFTWARE_TOKEN_MFA: levels.TOTP,
}
_FIRST: Final = {
    "EMAIL_OTP": (levels.EMAIL_CODE, "email"),
    "SMS_OTP": (levels.SMS_CODE, "phone_number"),
}


class Verdict(StrEnum):
    """What comes next."""

    REUSE = "reuse"
    SIGN_IN = "sign in"
    SIGN_UP = "sign up"
    PROVIDER = "provider"
    LOGIN_REQUIRED = "login_required"
    LEVEL_REQUIRED = "unmet_authentication_requirements"


def decide(
    request: AuthorizationRequest,
    known: Known | None,
    *,
    pool: LoadedPool,
    client: AppClient,
    profile: Profile,
    now_ms: int,
) -> Verdict:
    """Return what comes next for a request from this browser."""
    silent = "none" in request.prompts
    fresh = known is not None and (
        counts(known.session, pool, client, now_ms=now_ms)
        and _provider_fits(known.session, request, client)
        and _age_fits(known.session, request, now_ms)
    )
    level_fits = known is not None and _level_fits(known, request, pool)
    if silent:
        if fresh and level_fits:
            return Verdict.REUSE
        return Verdict.LEVEL_REQUIRED if fresh and profile.strict else Verdict.LOGIN_REQUIRED
    if CREATE in request.prompts:
        return Verdict.SIGN_UP
    if fresh and level_fits and not _is_forced(request, profile):
        return Verdict.REUSE
    return Verdict.PROVIDER if selected(request, client) != LOCAL_USERS else Verdict.SIGN_IN


def counts(session: BrowserSession, pool: LoadedPool, client: AppClient, *, now_ms: int) -> bool:
    """Tell whether a session is recent enough for this client to sign in by it.

    From the last interactive sign-in on; silent ones do not slide it. Where the pool tracks
    sessions, the client says for how long; elsewhere it is an hour for all.
    """
    minutes = client.sso_minutes if pool.pool.session_tracking else minutes_of(pool)
    return now_ms < min(session.expires_ms, session.authenticated_ms + minutes * MS_PER_MINUTE)


def selected(request: AuthorizationRequest, client: AppClient) -> str:
    """Return who signs the user in: whom the request names, or the only provider there is.

    Where there is a choice, it is made on the sign-in page.
    """
    if request.provider is not None:
        return request.provider
    offered = client.settings.supported_identity_providers or ()
    return offered[0] if len(offered) == 1 else LOCAL_USERS


def _provider_fits(
    session: BrowserSession, request: AuthorizationRequest, client: AppClient
) -> bool:
    if request.provider is not None:
        return session.provider == request.provider
    return session.provider in (client.settings.supported_identity_providers or ())


def _age_fits(session: BrowserSession, request: AuthorizationRequest, now_ms: int) -> bool:
    if request.max_age_s is None:
        return True
    return now_ms - session.authenticated_ms < request.max_age_s * MS_PER_S


def _is_forced(request: AuthorizationRequest, profile: Profile) -> bool:
    # Cognito's own directory passes over select_account; OpenID Connect wants a choice.
    return "login" in request.prompts or (profile.strict and "select_account" in request.prompts)


def _level_fits(known: Known, request: AuthorizationRequest, pool: LoadedPool) -> bool:
    """Tell whether the session has the best level, of those wanted, that its user can reach."""
    if request.acr_values is None:
        return True
    by_name = {name: level for level, name in levels.names(pool).items()}
    wanted = [by_name[name] for name in request.acr_values.split() if name in by_name]
    session = known.session
    held = session.level or levels.level_of(session.factors) or 0
    able = _able(pool, known.user)
    for level in wanted:
        if held >= level:
            return True
        if levels.missing((), able, level):
            return False
    return True


def _able(pool: LoadedPool, user: User) -> set[str]:
    """Return the factors that the user could prove."""
    able = {_SECOND[factor] for factor in usable_factors(pool, user)}
    if user.credential is not None:
        able.add(levels.PASSWORD)
    for name in first_factors(pool):
        if name == "WEB_AUTHN" and preferences_of(user).passkeys:
            able.add(levels.PASSKEY)
        elif name in _FIRST and user.attributes.get(_FIRST[name][1]):
            able.add(_FIRST[name][0])
    return able
