"""The enhanced flow: temporary credentials for an identity, of the role that the pool chooses."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from poolkeep.base.refusal import NotAuthorized, NotBuilt, Refusal, Unavailable
from poolkeep.base.trace import note
from poolkeep.core.identities import wording
from poolkeep.core.identities.classic import amr_of
from poolkeep.core.identities.external import ExternalSessions
from poolkeep.core.identities.model import COGNITO, ENABLED, Credentials, Identity, IdentityPool
from poolkeep.core.identities.openid import OpenIdTokens, OwnClaims, OwnTokenRefused
from poolkeep.core.identities.people import People
from poolkeep.core.identities.ports import Sessions
from poolkeep.core.identities.principal_tags import session_tags
from poolkeep.core.identities.refusals import PoolConfigurationInvalid
from poolkeep.core.identities.role_rules import Choice, default_role, guest_role, role_of

LIFE_S: Final = 3_600
SESSION_NAME: Final = "CognitoIdentityCredentials"


class Given(NamedTuple):
    """Who somebody is, and the credentials."""

    identity_id: str
    credentials: Credentials


class EnhancedFlow:
    """Gives credentials to identities of one region."""

    def __init__(
        self,
        people: People,
        tokens: OpenIdTokens,
        sessions: Sessions,
        *,
        external: ExternalSessions,
    ) -> None:
        """Let `sessions` judge trust policies and make credentials, where `external` does not."""
        self._people = people
        self._tokens = tokens
        self._sessions = sessions
        self._external = external

    async def credentials(
        self, identity_id: str, logins: Mapping[str, str], custom_role: str | None
    ) -> Given:
        """Return credentials for an identity: by its logins, by a token of ours, or as a guest."""
        pool, identity = await self._people.pool_of(identity_id)
        if COGNITO in logins:
            if len(logins) > 1:
                raise NotAuthorized(wording.NOT_OURS)
            return await self._by_token(pool, identity, logins[COGNITO], custom_role)
        who = await self._people.resolved(pool, identity_id, logins)
        if who.proven:
            choice = role_of(pool, who.proven, custom_role)
        else:
            choice = guest_role(pool, custom_role)
        claims = OwnClaims(
            identity_id=who.identity.id,
            pool_id=pool.id,
            amr=amr_of(who.proven),
            tags=session_tags(pool, who.proven),
        )
        return await self._session(pool, claims, choice)

    async def _by_token(
        self, pool: IdentityPool, identity: Identity, token: str, custom_role: str | None
    ) -> Given:
        try:
            claims = await self._tokens.own(token)
        except OwnTokenRefused as refused:
            if refused.exp is not None:
                raise NotAuthorized(wording.expired(refused.now_s, refused.exp)) from None
            raise NotAuthorized(wording.NOT_OURS) from None
        if (claims.pool_id, claims.identity_id) != (pool.id, identity.id):
            raise NotAuthorized(wording.NOT_OURS)
        if identity.state != ENABLED:
            raise NotAuthorized(wording.forbidden(identity.id))
        if claims.is_authenticated:
            return await self._session(pool, claims, default_role(pool, custom_role))
        choice = guest_role(pool, custom_role)
        await self._people.resolved(pool, identity.id, {})  # it may have a login by now
        return await self._session(pool, claims, choice)

    async def _session(self, pool: IdentityPool, claims: OwnClaims, choice: Choice) -> Given:
        note(role=choice.role, role_by=choice.why)
        place = self._external.place_of(pool.id)
        if place is None:
            found = await self._own(pool, claims, choice)
        else:
            note(sts=place)
            found = await self._external.credentials(
                place,
                pool,
                claims,
                role_arn=choice.role,
                session_name=SESSION_NAME,
                duration_s=LIFE_S,
            )
        return Given(claims.identity_id, found)

    async def _own(self, pool: IdentityPool, claims: OwnClaims, choice: Choice) -> Credentials:
        try:
            issued = await self._sessions.for_web_identity(
                account=pool.account,
                role_arn=choice.role,
                session_name=SESSION_NAME,
                who=self._tokens.web_identity(claims),
                duration_s=LIFE_S,
                is_guest=not claims.is_authenticated,
                facts={
                    "identity_id": claims.identity_id,
                    "identity_pool_id": pool.id,
                    "auth_provider": ",".join(claims.amr[1:]),
                },
            )
        except (Unavailable, NotBuilt):
            raise
        except Refusal as refusal:
            # Whatever is wrong with the role, its trust or its name is the pool's to mend; the
            # log tells which.
            note(why_not=refusal.text)
            raise PoolConfigurationInvalid(wording.NO_ROLE) from refusal
        return Credentials(
            access_key_id=issued.session.access_key_id,
            secret=issued.secret,
            token=issued.token,
            expires_ms=issued.session.expires_ms,
        )
