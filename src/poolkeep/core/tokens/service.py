"""Issue tokens, refresh them, take them back."""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
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
from poolkeep.core.devices.model import NewDevice
from poolkeep.core.devices.ports import DeviceRows
from poolkeep.core.devices.rules import identity, may_refresh, tracks
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import (
    revocable,
    rotates,
    rotation_grace_ms,
    token_validity_s,
)
from poolkeep.core.sessions import Activity, Tracker
from poolkeep.core.sessions.tracking import revoked_until_ms
from poolkeep.core.tokens import refresh, wording
from poolkeep.core.tokens.access import AccessTokens
from poolkeep.core.tokens.client_proof import demand_secret, is_secret_of
from poolkeep.core.tokens.continuing import (
    checked,
    is_signed_token,
    lineage_of,
    refuse_other_key,
    refuse_unreadable,
)
from poolkeep.core.tokens.issuer import Issuers
from poolkeep.core.tokens.levels import acr_of
from poolkeep.core.tokens.minting import Mint
from poolkeep.core.tokens.model import (
    USER_ADMIN_SCOPE,
    Caller,
    Grant,
    IssuedTokens,
    Prepared,
    RefreshContents,
    RefreshFacts,
)
from poolkeep.core.tokens.ports import TokenRows
from poolkeep.core.users.model import User
from poolkeep.core.users.names import login_key, logins_of
from poolkeep.core.users.ports import Users

MS_PER_S = 1_000


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token that wants new tokens, from a client that has proven itself.

    `scopes` narrows them for this once; `audience` must be that of the sign-in; `key_thumbprint`
    is the key that the client has proven.
    """

    token: str
    device_key: str | None = None
    client_metadata: dict[str, str] | None = None
    activity: Activity = Activity()
    scopes: tuple[str, ...] | None = None
    audience: str | None = None
    key_thumbprint: str | None = None


class Tokens:
    """The tokens of every pool of a region."""

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        *,
        database: Database,
        rows: TokenRows,
        users: Users,
        book: PoolBook,
        clock: Clock,
        entropy: Entropy,
        issuers: Issuers,
        mint: Mint,
        tracker: Tracker,
        devices: DeviceRows,
        audit: AuditTrail,
    ) -> None:
        """Store revocations and rotations in `database`."""
        self._database = database
        self._rows = rows
        self._users = users
        self._book = book
        self._clock = clock
        self._entropy = entropy
        self._mint = mint
        self._tracker = tracker
        self._devices = devices
        self._audit = audit
        self._access = AccessTokens(
            database=database, rows=rows, book=book, clock=clock, issuers=issuers
        )

    async def authenticate(
        self, access_token: str, *, scope: str = USER_ADMIN_SCOPE, key_thumbprint: str | None = None
    ) -> Caller:
        """Return for whom an access token speaks; see `AccessTokens.authenticate`."""
        return await self._access.authenticate(
            access_token, scope=scope, key_thumbprint=key_thumbprint
        )

    async def issue(
        self, grant: Grant, *, source: str, client_metadata: dict[str, str] | None = None
    ) -> IssuedTokens:
        """Return the first tokens of a finished sign-in; see `prepare`."""
        prepared = await self.prepare(grant, source=source, client_metadata=client_metadata)
        if prepared.save is not None:
            await self._database.write(prepared.save)
        return prepared.tokens

    async def prepare(
        self, grant: Grant, *, source: str, client_metadata: dict[str, str] | None = None
    ) -> Prepared:
        """Return the first tokens of a sign-in, and what is to be saved before they go out.

        `source` is the pre-token trigger's: Authentication, NewPasswordChallenge, HostedAuth ….
        """
        # Not before a sign-out of this very millisecond, or of a node with a faster clock.
        now_ms = max(self._clock.now_ms(), grant.user.signed_out_ms + 1)
        _, _, refresh_s = token_validity_s(grant.client)
        if grant.from_pages:
            refuse_unreadable(grant.pool, grant.client, grant.scopes)
        contents = RefreshContents(
            user_id=grant.user.id,
            client_id=grant.client.id,
            token_id=uuid4(self._entropy),
            origin_jti=grant.origin_jti or uuid4(self._entropy),
            event_id=grant.event_id,
            auth_time=grant.auth_time_ms // MS_PER_S,
            issued_ms=now_ms,
            expires_ms=now_ms + refresh_s * MS_PER_S,
            factors=grant.factors,
            scopes=grant.scopes,
            device_key=grant.device_key,
            sso_session_id=grant.sso_session_id,
            acr=acr_of(grant.pool, grant.factors, grant.level),
            audience=grant.audience,
            provider=grant.provider,
            from_pages=grant.from_pages,
            key_thumbprint=grant.key_thumbprint,
        )
        signed = await self._mint.sign(
            grant, contents, now_ms=now_ms, source=source, client_metadata=client_metadata
        )
        tokens = msgspec.structs.replace(
            signed, refresh_token=refresh.seal(grant.pool, contents, self._entropy)
        )
        if not grant.pool.pool.session_tracking:
            return Prepared(tokens, None)
        lineage = lineage_of(grant.pool, contents)

        def save(tx: Transaction) -> None:
            self._tracker.begin(tx, grant.pool, lineage, activity=grant.activity, now_ms=now_ms)

        return Prepared(tokens, save)

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
        demand_secret(client, client_secret)
        return await self._refresh(pool, client, command)

    async def refresh_by_grant(
        self, pool: LoadedPool, client: AppClient, command: Refresh
    ) -> IssuedTokens:
        """Answer the token endpoint; the client has proven itself.

        A sign-in that did not come from the pages is refreshed only where no devices are tracked.
        """
        return await self._refresh(pool, client, command, by_grant=True)

    async def standing(
        self, pool: LoadedPool, client: AppClient, token: str
    ) -> tuple[RefreshContents, User] | None:
        """Return what a refresh token of the client stands for and whose it is, if it is good."""
        contents = refresh.unseal(pool, token)
        if contents is None or contents.client_id != client.id:
            return None
        facts = await self._facts(pool, contents)
        try:
            return contents, checked(contents, facts, self._clock.now_ms()).user
        except (NotAuthorized, RefreshTokenReuse, PasswordResetRequired):
            return None

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

    async def revoke(
        self, token: str, client_id: str, client_secret: str | None, *, linked: bool = False
    ) -> None:
        """Take back the sign-in that a refresh token stands for, with its access tokens.

        A token that is unknown, expired or revoked already is no error: the caller learns nothing.
        `linked` also ends the browser's session that the sign-in came from.
        """
        if not token.strip():
            raise InvalidParameter(wording.TOKEN_REQUIRED)
        found = await self._book.client(client_id)
        if found is None:
            raise Unauthorized(wording.INVALID_CLIENT)
        pool, client = found
        if client.secrets and not (client_secret and is_secret_of(client, client_secret)):
            raise Unauthorized(wording.INVALID_CLIENT)
        await self.revoke_by_client(pool, client, token, linked=linked)

    async def revoke_by_client(
        self, pool: LoadedPool, client: AppClient, token: str, *, linked: bool = False
    ) -> None:
        """Take back a sign-in as `revoke` does, for a client that has proven itself."""
        if not revocable(client):
            raise UnsupportedOperation(wording.REVOCATION_OFF)
        if not refresh.looks_like_one(token):
            if is_signed_token(token):
                raise UnsupportedTokenType(wording.UNSUPPORTED_TOKEN)
            return
        contents = refresh.unseal(pool, token)
        if contents is None:
            return
        if contents.client_id != client.id:
            raise Unauthorized(wording.INVALID_CLIENT)

        def save(tx: Transaction) -> None:
            until_ms = revoked_until_ms(contents.expires_ms)
            self._rows.revoke(tx, pool.pool.id, contents.origin_jti, until_ms)
            if pool.pool.session_tracking:
                self._tracker.forget(tx, pool.pool.id, contents.origin_jti)
                if linked and contents.sso_session_id is not None:
                    self._tracker.end_sso(tx, pool.pool.id, contents.sso_session_id)

        await self._database.write(save)

    async def sign_out_everywhere(self, caller: Caller) -> None:
        """Refuse every token that was issued to the caller's user so far (GlobalSignOut)."""
        now_ms = self._clock.now_ms()
        await self._database.write(
            lambda tx: self._sign_out(tx, caller.pool, caller.user.id, now_ms=now_ms)
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
            self._sign_out(tx, pool, user.id, now_ms=now_ms)
            self._audit.record(
                tx,
                actor,
                operation="AdminUserGlobalSignOut",
                resource=f"{pool.pool.arn}/{user.id}",
                now_ms=now_ms,
            )

        await self._database.write(save)

    def _sign_out(self, tx: Transaction, pool: LoadedPool, user_id: str, *, now_ms: int) -> None:
        self._rows.sign_out(tx, pool.pool.id, user_id, now_ms)
        if pool.pool.session_tracking:
            self._tracker.sign_out(tx, pool.pool.id, user_id)

    async def _facts(self, pool: LoadedPool, contents: RefreshContents) -> RefreshFacts | None:
        return await self._database.read(
            lambda tx: self._rows.refresh_facts(
                tx,
                pool.pool.id,
                contents.user_id,
                origin_jti=contents.origin_jti,
                token_id=contents.token_id,
            )
        )

    async def _refresh(
        self, pool: LoadedPool, client: AppClient, command: Refresh, *, by_grant: bool = False
    ) -> IssuedTokens:
        now_ms = self._clock.now_ms()
        contents = refresh.unseal(pool, command.token)
        if contents is None or contents.client_id != client.id:
            raise NotAuthorized(wording.INVALID_REFRESH_TOKEN)
        if by_grant and not contents.from_pages and tracks(pool):
            raise NotAuthorized(wording.INVALID_REFRESH_TOKEN)
        known = checked(contents, await self._facts(pool, contents), now_ms)
        if command.scopes is not None and not set(command.scopes) <= set(contents.scopes):
            raise InvalidParameter(wording.INVALID_SCOPES)
        if command.audience not in {None, contents.audience}:
            raise InvalidParameter(wording.OTHER_AUDIENCE)
        if contents.from_pages:
            refuse_unreadable(pool, client, command.scopes or contents.scopes)
        # Operations carry no proof, and so no bound token of a client without a secret.
        refuse_other_key(client, contents, command.key_thumbprint)
        # Pages know the browser's device themselves; no parameter of the grant names one.
        device_key = contents.device_key if by_grant else command.device_key
        unconfirmed = await self._unconfirmed(pool, contents, device_key)
        grant = Grant(
            pool=pool,
            client=client,
            user=known.user,
            groups=known.groups,
            auth_time_ms=contents.auth_time * MS_PER_S,
            event_id=contents.event_id,
            factors=contents.factors,
            scopes=contents.scopes if command.scopes is None else command.scopes,
            device_key=contents.device_key,
            sso_session_id=contents.sso_session_id,
            audience=contents.audience,
            provider=contents.provider,
            from_pages=contents.from_pages,
            key_thumbprint=command.key_thumbprint or contents.key_thumbprint,
        )
        signed = await self._mint.sign(
            grant,
            contents,
            now_ms=now_ms,
            source="RefreshTokens",
            client_metadata=command.client_metadata,
        )
        signed = msgspec.structs.replace(signed, new_device=unconfirmed)
        if rotates(client) or pool.pool.session_tracking:
            await self._database.write(
                lambda tx: self._renew(
                    tx, pool, client, contents=contents, activity=command.activity, now_ms=now_ms
                )
            )
        if not rotates(client):
            return signed
        successor = msgspec.structs.replace(contents, token_id=uuid4(self._entropy))
        return msgspec.structs.replace(
            signed, refresh_token=refresh.seal(pool, successor, self._entropy)
        )

    async def _unconfirmed(
        self, pool: LoadedPool, contents: RefreshContents, named: str | None
    ) -> NewDevice | None:
        """Return the device of the session if nobody has confirmed it; refuses another one."""
        bound = contents.device_key
        key = bound or named
        if key is None or not tracks(pool):
            return None
        standing = await self._database.read(
            lambda tx: self._devices.standing(tx, pool.pool.id, contents.user_id, key=key)
        )
        if not may_refresh(bound, named, standing):
            raise NotAuthorized(wording.INVALID_REFRESH_TOKEN)
        return None if bound is None or standing is not None else identity(pool, bound)

    def _renew(
        self,
        tx: Transaction,
        pool: LoadedPool,
        client: AppClient,
        *,
        contents: RefreshContents,
        activity: Activity,
        now_ms: int,
    ) -> None:
        """Replace a rotating token, and note the activity; the old token answers in its grace."""
        grace_ms = rotation_grace_ms(client)
        if rotates(client) and not self._rows.rotate(
            tx,
            pool.pool.id,
            contents.token_id,
            # Without grace it ended long ago: the clocks of racing requests differ by milliseconds.
            grace_ends_ms=now_ms + grace_ms if grace_ms else 0,
            expires_ms=contents.expires_ms,
        ):
            # Somebody was faster: only the grace counts.
            facts = self._rows.refresh_facts(
                tx,
                pool.pool.id,
                contents.user_id,
                origin_jti=contents.origin_jti,
                token_id=contents.token_id,
            )
            checked(contents, facts, now_ms)
        if pool.pool.session_tracking and not self._tracker.touch(
            tx, lineage_of(pool, contents), activity=activity, now_ms=now_ms
        ):
            raise NotAuthorized(wording.REFRESH_TOKEN_REVOKED)
