"""An authenticator app, set up on the way in: the MFA_SETUP challenge and its session.

    MFA_SETUP ─▶ associate ─▶ verify ─▶ answer of MFA_SETUP ─▶ tokens

Each step uses its session up and gives the next one. The seed travels sealed in the session until
a code has proven it; only then is it the user's, and turned on. Whoever has a second factor by
then is not let in this way: see `challenges/mfa_setup.py`.
Source: docs/behaviours/mfa.md.
"""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import NotAuthorized, SoftwareTokenMFANotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.factors import seeds
from poolkeep.core.factors.model import SOFTWARE_TOKEN_MFA
from poolkeep.core.factors.ports import TokenRows
from poolkeep.core.factors.preferences import with_factor
from poolkeep.core.factors.setup import may_set_up
from poolkeep.core.factors.software_tokens import proven_step, refuse_without_totp
from poolkeep.core.factors.wording import NO_TOKEN
from poolkeep.core.pools.loaded import LoadedPool, PoolBook
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_session_ms
from poolkeep.core.signin import handles, wording
from poolkeep.core.signin.attempt import Attempt, SetupState
from poolkeep.core.signin.challenges import mfa_setup
from poolkeep.core.signin.ports import Attempts
from poolkeep.core.signin.reopening import reopen
from poolkeep.core.tokens.access import refuse_by_state
from poolkeep.core.users.model import User
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import save, until_saved
from poolkeep.crypto import totp


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A session that awaits MFA_SETUP, with its user as of now."""

    pool: LoadedPool
    client: AppClient
    attempt: Attempt
    user: User


class MfaSetup:
    """Sets up authenticator apps for users who are signing in."""

    def __init__(
        self,
        *,
        database: Database,
        attempts: Attempts,
        users: Users,
        tokens: TokenRows,
        book: PoolBook,
        clock: Clock,
        wall_clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Work on the users of one region; codes are dated by the machine's own clock."""
        self._database = database
        self._attempts = attempts
        self._users = users
        self._tokens = tokens
        self._book = book
        self._clock = clock
        self._wall_clock = wall_clock
        self._entropy = entropy

    async def associate(self, session: str) -> tuple[str, str]:
        """Return a new seed in base32 and the next session; it replaces the session's last seed."""
        opened = await self._open(session)
        seed = totp.make_seed(self._entropy)
        renewed, kept = self._renewed(opened, SetupState(seed=seed))
        await self._database.write(lambda tx: self._spend(tx, opened, kept))
        return totp.seed_text(seed), renewed

    async def verify(self, session: str, *, code: str, friendly_name: str | None) -> str:
        """Turn the app on that the code comes from, and return the next session.

        The code is used up. A wrong one leaves the session as it is.
        """
        return await until_saved(lambda: self._verify(session, code, friendly_name or None))

    async def _verify(self, session: str, code: str, friendly_name: str | None) -> str:
        opened = await self._open(session)
        pool, user, state = opened.pool, opened.user, opened.attempt.setup
        if state is None or not state.seed:
            raise SoftwareTokenMFANotFound(NO_TOKEN)
        step = proven_step(state.seed, code, self._wall_clock.now_ms())
        sealed = seeds.seal(pool, user.id, state.seed, seeds.IN_FORCE)
        after = with_factor(
            user,
            SOFTWARE_TOKEN_MFA,
            self._clock.now_ms(),
            software_token=True,
            software_token_named=friendly_name is not None,
        )
        renewed, kept = self._renewed(opened, SetupState(seed=state.seed, is_proven=True))

        def work(tx: Transaction) -> None:
            self._spend(tx, opened, kept)
            self._tokens.put_verified(
                tx, pool.pool.id, user.id, sealed=sealed, step=step, friendly_name=friendly_name
            )
            save(tx, self._users, pool, after)

        await self._database.write(work)
        return renewed

    async def _open(self, session: str) -> Opened:
        """Return what a session holds; refuses one that is not good for setting up an app."""
        client_id = handles.client_of(session)
        found = None if client_id is None else await self._book.client(client_id)
        if found is None:
            raise NotAuthorized(wording.SESSION_INVALID)
        pool, client = found
        attempt = await reopen(
            self._database,
            self._attempts,
            pool=pool,
            client=client,
            sealed=handles.from_text(session),
            now_ms=self._clock.now_ms(),
        )
        user_id = attempt.user_id
        if attempt.awaiting != mfa_setup.NAME or user_id is None:
            raise NotAuthorized(wording.SESSION_INVALID)
        user = await self._database.read(lambda tx: self._users.get(tx, pool.pool.id, user_id))
        if user is None:
            raise NotAuthorized(wording.SESSION_INVALID)
        refuse_by_state(user)
        refuse_without_totp(pool)
        if not may_set_up(pool, user, SOFTWARE_TOKEN_MFA):
            raise NotAuthorized(wording.SESSION_INVALID)
        return Opened(pool=pool, client=client, attempt=attempt, user=user)

    def _renewed(self, opened: Opened, state: SetupState) -> tuple[str, handles.Kept | None]:
        """Return the next session, and what must be put into the store for it."""
        attempt = msgspec.structs.replace(
            opened.attempt,
            handle=uuid4(self._entropy),
            expires_ms=self._clock.now_ms() + auth_session_ms(opened.client),
            setup=state,
        )
        sealed, kept = handles.seal_within(opened.pool, attempt)
        return handles.to_text(sealed, opened.client.id), kept

    def _spend(self, tx: Transaction, opened: Opened, kept: handles.Kept | None) -> None:
        """Use the session up; refuses one that was used before."""
        pool_id, attempt = opened.pool.pool.id, opened.attempt
        if not self._attempts.spend(tx, pool_id, attempt.handle, attempt.expires_ms):
            raise NotAuthorized(wording.SESSION_SPENT)
        if kept is not None:
            self._attempts.keep(
                tx, pool_id, kept.handle, sealed=kept.sealed, expires_ms=kept.expires_ms
            )
