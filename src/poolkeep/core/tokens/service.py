"""Issue tokens, refresh them, take them back."""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import timed_uuid, uuid4
from poolkeep.base.refusal import (
    InvalidParameter,
    NotAuthorized,
    PasswordResetRequired,
    RefreshTokenReuse,
    ResourceNotFound,
    Unauthorized,
    UnsupportedOperation,
    UnsupportedTokenType,
    UserNotFound,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.audit import Actor, AuditTrail
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import (
    revocable,
    rotates,
    rotation_grace_ms,
    token_validity_s,
)
from poolkeep.core.tokens import pre_token, refresh, wording
from poolkeep.core.tokens.access import AccessTokens
from poolkeep.core.tokens.claims import access_claims, id_claims, shared_claims
from poolkeep.core.tokens.issuer import Issuers
from poolkeep.core.tokens.model import Caller, Grant, IssuedTokens, RefreshContents, RefreshFacts
from poolkeep.core.tokens.ports import TokenRows
from poolkeep.core.triggers import Consultant, Subject
from poolkeep.core.triggers.sources import PRE_TOKEN_GENERATION, PreTokenReply
from poolkeep.core.users.model import Status
from poolkeep.core.users.names import login_key, logins_of
from poolkeep.core.users.ports import Users
from poolkeep.crypto.jose import TokenRefused, parse, sign

MS_PER_S = 1_000

_encoder = msgspec.json.Encoder()


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token that wants new tokens, from a client that has proven itself."""

    token: str
    device_key: str | None = None
    client_metadata: dict[str, str] | None = None


class Tokens:
    """The tokens of every pool of a region."""

    def __init__(
        self,
        *,
        database: Database,
        rows: TokenRows,
        users: Users,
        book: PoolBook,
        clock: Clock,
        entropy: Entropy,
        issuers: Issuers,
        consultant: Consultant,
        audit: AuditTrail,
    ) -> None:
        """Store revocations and rotations in `database`."""
        self._database = database
        self._rows = rows
        self._users = users
        self._book = book
        self._clock = clock
        self._entropy = entropy
        self._issuers = issuers
        self._consultant = consultant
        self._audit = audit
        self._access = AccessTokens(
            database=database, rows=rows, book=book, clock=clock, issuers=issuers
        )

    async def authenticate(self, access_token: str) -> Caller:
        """Return for whom an access token speaks; see `AccessTokens.authenticate`."""
        return await self._access.authenticate(access_token)

    async def issue(
        self, grant: Grant, *, source: str, client_metadata: dict[str, str] | None = None
    ) -> IssuedTokens:
        """Return the first tokens of a finished sign-in.

        `source` is the pre-token trigger's: Authentication, NewPasswordChallenge, HostedAuth ….
        """
        now_ms = self._issue_time_ms(grant)
        _, _, refresh_s = token_validity_s(grant.client)
        contents = RefreshContents(
            user_id=grant.user.id,
            client_id=grant.client.id,
            token_id=uuid4(self._entropy),
            origin_jti=uuid4(self._entropy),
            event_id=grant.event_id,
            auth_time=grant.auth_time_ms // MS_PER_S,
            issued_ms=now_ms,
            expires_ms=now_ms + refresh_s * MS_PER_S,
            factors=grant.factors,
            scopes=grant.scopes,
            device_key=grant.device_key,
            session_id=grant.session_id,
            sso_session_id=grant.sso_session_id,
        )
        signed = await self._sign(
            grant, contents, now_ms=now_ms, source=source, client_metadata=client_metadata
        )
        return msgspec.structs.replace(
            signed, refresh_token=refresh.seal(grant.pool, contents, self._entropy)
        )

    async def refresh_by_flow(
        self, pool: LoadedPool, client: AppClient, command: Refresh
    ) -> IssuedTokens:
        """Answer REFRESH_TOKEN_AUTH, which a rotating client may not use."""
        if rotates(client):
            raise UnsupportedOperation(wording.ROTATION_UNSUPPORTED)
        return await self._refresh(pool, client, command)

    async def refresh_by_operation(
        self, client_id: str, client_secret: str | None, command: Refresh
    ) -> IssuedTokens:
        """Answer GetTokensFromRefreshToken, with rotation where the client asks for it."""
        found = await self._book.client(client_id)
        if found is None:
            raise ResourceNotFound(wording.client_does_not_exist(client_id))
        pool, client = found
        if client.secrets:
            if not client_secret:
                raise NotAuthorized(wording.secret_missing(client_id))
            if not _is_secret_of(client, client_secret):
                raise NotAuthorized(wording.secret_wrong(client_id))
        return await self._refresh(pool, client, command)

    async def owner_names(self, pool: LoadedPool, client: AppClient, token: str) -> frozenset[str]:
        """Return every name over which the owner of a refresh token may compute SECRET_HASH."""
        contents = refresh.unseal(pool, token)
        if contents is None or contents.client_id != client.id:
            raise NotAuthorized(wording.INVALID_REFRESH_TOKEN)
        user = await self._database.read(
            lambda tx: self._users.get(tx, pool.pool.id, contents.user_id)
        )
        if user is None:
            raise NotAuthorized(wording.OWNER_DELETED)
        names = {user.username, user.id} | {login.key for login in logins_of(pool, user)}
        names |= {
            user.attributes[name]
            for name in ("email", "phone_number", "preferred_username")
            if login_key(pool, user.attributes.get(name, "")) in names
        }
        return frozenset(names)

    async def revoke(self, token: str, client_id: str, client_secret: str | None) -> None:
        """Take back the sign-in that a refresh token stands for, with its access tokens.

        A token that is unknown, expired or revoked already is no error: the caller learns nothing.
        """
        if not token.strip():
            raise InvalidParameter(wording.TOKEN_REQUIRED)
        found = await self._book.client(client_id)
        if found is None:
            raise Unauthorized(wording.INVALID_CLIENT)
        pool, client = found
        if client.secrets and not (client_secret and _is_secret_of(client, client_secret)):
            raise Unauthorized(wording.INVALID_CLIENT)
        if not revocable(client):
            raise UnsupportedOperation(wording.REVOCATION_OFF)
        if not refresh.looks_like_one(token):
            if _is_signed_token(token):
                raise UnsupportedTokenType(wording.UNSUPPORTED_TOKEN)
            return
        contents = refresh.unseal(pool, token)
        if contents is None:
            return
        if contents.client_id != client.id:
            raise Unauthorized(wording.INVALID_CLIENT)
        await self._database.write(
            lambda tx: self._rows.revoke(tx, pool.pool.id, contents.origin_jti, contents.expires_ms)
        )

    async def sign_out_everywhere(self, caller: Caller) -> None:
        """Refuse every token that was issued to the caller's user so far (GlobalSignOut)."""
        now_ms = self._clock.now_ms()
        await self._database.write(
            lambda tx: self._rows.sign_out(tx, caller.pool.pool.id, caller.user.id, now_ms)
        )

    async def admin_sign_out(self, actor: Actor, pool_id: str, username: str) -> None:
        """Refuse every token that was issued to a user so far (AdminUserGlobalSignOut)."""
        pool = await self._book.pool(pool_id)
        if pool is None or pool.pool.account != actor.account:
            raise ResourceNotFound(f"User pool {pool_id} does not exist.")
        now_ms = self._clock.now_ms()

        def save(tx: Transaction) -> None:
            user = self._users.find(tx, pool_id, login_key(pool, username))
            if user is None:
                raise UserNotFound(wording.USER_DOES_NOT_EXIST)
            self._rows.sign_out(tx, pool_id, user.id, now_ms)
            self._audit.record(
                tx,
                actor,
                operation="AdminUserGlobalSignOut",
                resource=f"{pool.pool.arn}/{user.id}",
                now_ms=now_ms,
            )

        await self._database.write(save)

    async def _refresh(self, pool: LoadedPool, client: AppClient, command: Refresh) -> IssuedTokens:
        now_ms = self._clock.now_ms()
        contents = refresh.unseal(pool, command.token)
        if contents is None or contents.client_id != client.id:
            raise NotAuthorized(wording.INVALID_REFRESH_TOKEN)
        if contents.device_key is not None and contents.device_key != command.device_key:
            raise NotAuthorized(wording.INVALID_REFRESH_TOKEN)
        facts = await self._database.read(
            lambda tx: self._rows.refresh_facts(
                tx,
                pool.pool.id,
                contents.user_id,
                origin_jti=contents.origin_jti,
                token_id=contents.token_id,
            )
        )
        checked = _checked(contents, facts, now_ms)
        grant = Grant(
            pool=pool,
            client=client,
            user=checked.user,
            groups=checked.groups,
            auth_time_ms=contents.auth_time * MS_PER_S,
            event_id=contents.event_id,
            factors=contents.factors,
            scopes=contents.scopes,
            device_key=contents.device_key,
            session_id=contents.session_id,
            sso_session_id=contents.sso_session_id,
        )
        signed = await self._sign(
            grant,
            contents,
            now_ms=max(now_ms, checked.user.signed_out_ms + 1),
            source="RefreshTokens",
            client_metadata=command.client_metadata,
        )
        if not rotates(client):
            return signed
        return await self._rotate(pool, client, contents, signed, now_ms)

    async def _rotate(
        self,
        pool: LoadedPool,
        client: AppClient,
        contents: RefreshContents,
        signed: IssuedTokens,
        now_ms: int,
    ) -> IssuedTokens:
        """Replace the refresh token; the old one answers until its grace ends."""
        grace_ms = rotation_grace_ms(client)
        # Without grace it ended long ago: the clocks of racing requests differ by milliseconds.
        grace_ends_ms = now_ms + grace_ms if grace_ms else 0

        def save(tx: Transaction) -> bool:
            return self._rows.rotate(
                tx,
                pool.pool.id,
                contents.token_id,
                grace_ends_ms=grace_ends_ms,
                expires_ms=contents.expires_ms,
            )

        if not await self._database.write(save):
            facts = await self._database.read(
                lambda tx: self._rows.refresh_facts(
                    tx,
                    pool.pool.id,
                    contents.user_id,
                    origin_jti=contents.origin_jti,
                    token_id=contents.token_id,
                )
            )
            # Somebody was faster: only its grace counts.
            _checked(contents, facts, self._clock.now_ms())
        successor = msgspec.structs.replace(
            contents, token_id=uuid4(self._entropy), issued_ms=now_ms
        )
        return msgspec.structs.replace(
            signed, refresh_token=refresh.seal(pool, successor, self._entropy)
        )

    async def _sign(
        self,
        grant: Grant,
        contents: RefreshContents,
        *,
        now_ms: int,
        source: str,
        client_metadata: dict[str, str] | None,
    ) -> IssuedTokens:
        pool = grant.pool
        access_s, id_s, _ = token_validity_s(grant.client)
        issued_s = now_ms // MS_PER_S
        named = revocable(grant.client) or rotates(grant.client) or pool.pool.session_tracking
        shared = shared_claims(
            grant,
            self._issuers.of(pool.pool),
            issued_s=issued_s,
            origin_jti=contents.origin_jti if named else None,
        )
        access = access_claims(
            grant, shared, jti=timed_uuid(self._entropy, now_ms), expires_s=issued_s + access_s
        )
        identity = id_claims(
            grant, shared, jti=timed_uuid(self._entropy, now_ms), expires_s=issued_s + id_s
        )
        if self._consultant.function(pool, PRE_TOKEN_GENERATION) is not None:
            reply = await self._consultant.consult(
                pool,
                PRE_TOKEN_GENERATION,
                source=f"TokenGeneration_{source}",
                subject=Subject(username=grant.user.username, client_id=grant.client.id),
                request=pre_token.request_of(
                    grant,
                    client_metadata,
                    version=self._consultant.event_version(pool, PRE_TOKEN_GENERATION),
                ),
                reply=PreTokenReply,
            )
            if reply is not None:
                pre_token.apply(reply, identity, access)
        return IssuedTokens(
            access_token=sign(pool.signing.signer("access", now_ms), _encoder.encode(access)),
            id_token=sign(pool.signing.signer("id", now_ms), _encoder.encode(identity)),
            refresh_token=None,
            expires_in_s=access_s,
        )

    def _issue_time_ms(self, grant: Grant) -> int:
        """Return now, or just after a sign-out of this very millisecond or of a faster clock."""
        return max(self._clock.now_ms(), grant.user.signed_out_ms + 1)


def _checked(contents: RefreshContents, facts: RefreshFacts | None, now_ms: int) -> RefreshFacts:
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


def _is_secret_of(client: AppClient, claimed: str) -> bool:
    """Compare with every active secret, always all of them."""
    verdicts = [secret.secret().equals(claimed) for secret in client.secrets]
    return any(verdicts)


def _is_signed_token(token: str) -> bool:
    try:
        parse(token)
    except TokenRefused:
        return False
    return True
