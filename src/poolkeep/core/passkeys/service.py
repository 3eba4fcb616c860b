"""Users register, list and delete their passkeys. Source: docs/behaviours/passkeys.md."""

import re
from typing import Any, Final, NamedTuple, Protocol

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.limits import PASSKEYS_PER_USER
from poolkeep.base.paging import INVALID_TOKEN, PageTokens
from poolkeep.base.refusal import (
    InvalidParameter,
    LimitExceeded,
    ResourceNotFound,
    WebAuthnChallengeNotFound,
    WebAuthnClientMismatch,
)
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.factors.model import WEB_AUTHN
from poolkeep.core.factors.preferences import in_order, preferences_of, with_preferences
from poolkeep.core.passkeys import wording
from poolkeep.core.passkeys.model import Passkey, PasskeyPosition, Place, Registration
from poolkeep.core.passkeys.ports import PasskeyRows
from poolkeep.core.passkeys.rules import (
    creation_options,
    demand_relying_party,
    expectations,
    passkey_of,
    refusal_of,
)
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_session_ms
from poolkeep.core.tokens.model import Caller
from poolkeep.core.users.model import User
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import get_user, save, until_saved
from poolkeep.crypto.webauthn import (
    CHALLENGE_BYTES,
    CREDENTIAL_ID_BYTES_MAX,
    CredentialRefused,
    Expectations,
    from_text,
    register,
    to_text,
)

PAGE_MAX: Final = PASSKEYS_PER_USER
_POSITION: Final = re.compile(r"([0-9]{1,18})/([A-Za-z0-9_-]+)", re.ASCII)


class PasskeyCaller(Protocol):
    """Who asks: the owner of an access token, or a browser that is signed in to the pages."""

    @property
    def pool(self) -> LoadedPool:
        """The pool."""
        ...

    @property
    def client(self) -> AppClient:
        """The client."""
        ...

    @property
    def user(self) -> User:
        """The user."""
        ...


class PasskeyPage(NamedTuple):
    """Passkeys of one page, and where the next one begins."""

    passkeys: list[Passkey]
    next_token: str | None


class PasskeyService:
    """Passkeys of one region's users, in their own hands."""

    def __init__(
        self,
        *,
        database: Database,
        passkeys: PasskeyRows,
        users: Users,
        page_tokens: PageTokens,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Take what the use cases need."""
        self._database = database
        self._passkeys = passkeys
        self._users = users
        self._page_tokens = page_tokens
        self._clock = clock
        self._entropy = entropy

    async def start(self, caller: PasskeyCaller, place: Place | None = None) -> dict[str, Any]:
        """Return what a browser needs to make a passkey; an earlier start is forgotten.

        `place` is the hosted page that asks, None for the API.
        """
        pool, user = caller.pool, caller.user
        party = demand_relying_party(pool, place)
        registration = Registration(
            challenge=self._entropy.bytes(CHALLENGE_BYTES),
            client_id=caller.client.id,
            expires_ms=self._clock.now_ms() + auth_session_ms(caller.client),
        )

        def work(tx: Transaction) -> tuple[Passkey, ...]:
            known = self._passkeys.of_user(tx, pool, user.id)
            if len(known) >= PASSKEYS_PER_USER:
                raise LimitExceeded(wording.TOO_MANY)
            self._passkeys.ask(tx, pool.pool.id, user.id, registration)
            return known

        known = await self._database.write(work)
        return creation_options(pool, user, party, challenge=registration.challenge, known=known)

    async def complete(
        self, caller: PasskeyCaller, credential: object, place: Place | None = None
    ) -> None:
        """Keep a passkey that was made as asked; refuses every other one."""
        pool, user_id = caller.pool, caller.user.id
        party = demand_relying_party(pool, place)
        now_ms = self._clock.now_ms()
        asked = await self._database.read(
            lambda tx: self._passkeys.asked(tx, pool.pool.id, user_id)
        )
        if asked is None or asked.expires_ms <= now_ms:
            raise WebAuthnChallengeNotFound(wording.CHALLENGE_NOT_FOUND)
        if asked.client_id != caller.client.id:
            raise WebAuthnClientMismatch(wording.OTHER_CLIENT)
        made = _made(
            credential, expectations(pool, party, asked.challenge, place=place), party, now_ms
        )

        def work(tx: Transaction) -> None:
            if not self._passkeys.answer(tx, pool.pool.id, user_id, asked.challenge):
                raise WebAuthnChallengeNotFound(wording.CHALLENGE_NOT_FOUND)
            if self._passkeys.count(tx, pool.pool.id, user_id) >= PASSKEYS_PER_USER:
                raise LimitExceeded(wording.TOO_MANY)
            user = get_user(tx, self._users, pool, user_id)
            if not self._passkeys.insert(tx, pool, user_id, made):
                raise InvalidParameter(wording.CREDENTIAL_INVALID)
            self._recount(tx, pool, user)

        await until_saved(lambda: self._database.write(work))

    async def list(
        self, caller: Caller, *, limit: int | None, next_token: str | None
    ) -> PasskeyPage:
        """Return a page of the caller's passkeys, oldest first."""
        pool, user_id = caller.pool, caller.user.id
        scope = f"ListWebAuthnCredentials/{pool.pool.id}/{user_id}"
        after, size = PasskeyPosition(), limit or PAGE_MAX
        if next_token is not None:
            text = self._page_tokens.read(next_token, scope, self._clock.now_ms())
            found = _POSITION.fullmatch(text)
            if found is None:
                raise InvalidParameter(INVALID_TOKEN)
            after = PasskeyPosition(created_ms=int(found[1]), credential_id=found[2])
        rows = await self._database.read(
            lambda tx: self._passkeys.page(tx, pool, user_id, after=after, limit=size + 1)
        )
        if len(rows) <= size:
            return PasskeyPage(rows, None)
        last = rows[size - 1]
        position = f"{last.created_ms}/{to_text(last.id)}"
        return PasskeyPage(rows[:size], self._page_tokens.issue(scope, position))

    async def delete(self, caller: Caller, credential_id: str) -> None:
        """Remove one of the caller's passkeys; what is somebody else's does not exist."""
        pool, user_id = caller.pool, caller.user.id
        try:
            identity = from_text(credential_id, CREDENTIAL_ID_BYTES_MAX)
        except CredentialRefused:
            raise ResourceNotFound(wording.NO_SUCH_CREDENTIAL) from None

        def work(tx: Transaction) -> None:
            user = get_user(tx, self._users, pool, user_id)
            if not self._passkeys.delete(tx, pool.pool.id, user_id, identity):
                raise ResourceNotFound(wording.NO_SUCH_CREDENTIAL)
            self._recount(tx, pool, user)

        await until_saved(lambda: self._database.write(work))

    def _recount(self, tx: Transaction, pool: LoadedPool, user: User) -> None:
        """Save with the user how many passkeys there are; the last one leaves as a factor, too."""
        count = self._passkeys.count(tx, pool.pool.id, user.id)
        enabled = set(preferences_of(user).enabled)
        if not count:
            enabled.discard(WEB_AUTHN)
        now_ms = self._clock.now_ms()
        after = with_preferences(user, now_ms, passkeys=count, enabled=in_order(enabled))
        if after is not user:
            save(tx, self._users, pool, after)


def _made(credential: object, expected: Expectations, party: str, now_ms: int) -> Passkey:
    try:
        return passkey_of(register(credential, expected), party, now_ms)
    except CredentialRefused as refused:
        raise refusal_of(refused.fault) from None
