"""Whether a sign-in may go on: what a refresh token says against what the store knows. Pure."""

from collections.abc import Collection

from poolkeep.base.refusal import NotAuthorized, PasswordResetRequired, RefreshTokenReuse
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.sessions import Lineage
from poolkeep.core.tokens import wording
from poolkeep.core.tokens.claims import unreadable_half
from poolkeep.core.tokens.model import RefreshContents, RefreshFacts
from poolkeep.core.users.model import Status
from poolkeep.crypto.jose import TokenRefused, parse


def refuse_unreadable(pool: LoadedPool, client: AppClient, scopes: Collection[str]) -> None:
    """Refuse scopes that ask for an address of which the client may not read if it is verified."""
    hidden = unreadable_half(pool, client, scopes)
    if hidden is not None:
        raise NotAuthorized(wording.unreadable(hidden))


def refuse_other_key(client: AppClient, contents: RefreshContents, key: str | None) -> None:
    """Refuse a bound refresh token of a client without a secret to who does not hold its key.

    A client with a secret proves itself by that, and may change its key.
    """
    bound = contents.key_thumbprint
    if bound is not None and not client.secrets and bound != key:
        raise NotAuthorized(wording.INVALID_REFRESH_TOKEN)


def lineage_of(pool: LoadedPool, contents: RefreshContents) -> Lineage:
    """Return what a tracked session keeps of a sign-in."""
    return Lineage(
        pool_id=pool.pool.id,
        user_id=contents.user_id,
        client_id=contents.client_id,
        origin_jti=contents.origin_jti,
        issued_ms=contents.issued_ms,
        expires_ms=contents.expires_ms,
        sso_session_id=contents.sso_session_id,
    )


def checked(contents: RefreshContents, facts: RefreshFacts | None, now_ms: int) -> RefreshFacts:
    """Return the facts if they let the token be used; refuses in Cognito's words otherwise."""
    if contents.expires_ms <= now_ms:
        raise NotAuthorized(wording.REFRESH_TOKEN_EXPIRED)
    if facts is None:
        raise NotAuthorized(wording.OWNER_DELETED)
    user = facts.user
    if facts.revoked or contents.issued_ms <= user.signed_out_ms:
        raise NotAuthorized(wording.REFRESH_TOKEN_REVOKED)
    if facts.grace_ends_ms is not None and facts.grace_ends_ms <= now_ms:
        raise RefreshTokenReuse(wording.REFRESH_TOKEN_REUSED)
    if not user.enabled:
        raise NotAuthorized(wording.USER_DISABLED)
    if user.status == Status.RESET_REQUIRED:
        raise PasswordResetRequired(wording.RESET_REQUIRED)
    return facts


def is_signed_token(token: str) -> bool:
    """Tell a signed token from any other text."""
    try:
        parse(token)
    except TokenRefused:
        return False
    return True
