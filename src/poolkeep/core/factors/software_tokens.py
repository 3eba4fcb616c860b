"""Authenticator apps of users who hold an access token: a seed is handed out, then proven.

    associate ─▶ pending ─▶ verify ─▶ in force     the seed before it stays in force until then

An app in force is not yet asked for: SetUserMFAPreference turns it on. A user who must set one up
while signing in does so in `core/signin/setup.py`. Source: docs/behaviours/mfa.md.
"""

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.refusal import EnableSoftwareTokenMFA, InvalidParameter, SoftwareTokenMFANotFound
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.factors import seeds, wording
from poolkeep.core.factors.model import SOFTWARE_TOKEN_MFA
from poolkeep.core.factors.ports import TokenRows
from poolkeep.core.factors.preferences import pool_factors, with_preferences
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.tokens.model import Caller
from poolkeep.core.users.ports import Users
from poolkeep.core.users.revision import get_user, save, until_saved
from poolkeep.crypto import totp


class SoftwareTokens:
    """Registers authenticator apps."""

    def __init__(
        self,
        *,
        database: Database,
        users: Users,
        tokens: TokenRows,
        clock: Clock,
        wall_clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Work on the users of one region; codes are dated by the machine's own clock."""
        self._database = database
        self._users = users
        self._tokens = tokens
        self._clock = clock
        self._wall_clock = wall_clock
        self._entropy = entropy

    async def associate(self, caller: Caller) -> str:
        """Return a new seed in base32; it replaces one that was never proven."""
        refuse_without_totp(caller.pool)
        pool, user_id = caller.pool, caller.user.id
        seed = totp.make_seed(self._entropy)
        sealed = seeds.seal(pool, user_id, seed, seeds.PENDING)
        await self._database.write(
            lambda tx: self._tokens.put_pending(tx, pool.pool.id, user_id, sealed)
        )
        return totp.seed_text(seed)

    async def verify(self, caller: Caller, *, code: str, friendly_name: str | None) -> None:
        """Put the seed in force that the code proves; the code is used up by it.

        Refuses SoftwareTokenMFANotFound where no seed waits, EnableSoftwareTokenMFA for a wrong
        code.
        """
        refuse_without_totp(caller.pool)
        await until_saved(lambda: self._verify(caller, code, friendly_name or None))

    async def _verify(self, caller: Caller, code: str, friendly_name: str | None) -> None:
        pool, user_id = caller.pool, caller.user.id
        row = await self._database.read(lambda tx: self._tokens.get(tx, pool.pool.id, user_id))
        pending = None if row is None else row.pending
        if pending is None:
            raise SoftwareTokenMFANotFound(wording.NO_TOKEN)
        seed = seeds.unseal(pool, user_id, pending, seeds.PENDING)
        step = proven_step(seed, code, self._wall_clock.now_ms())
        sealed = seeds.seal(pool, user_id, seed, seeds.IN_FORCE)

        def work(tx: Transaction) -> None:
            user = get_user(tx, self._users, pool, user_id)
            if not self._tokens.verify(
                tx,
                pool.pool.id,
                user_id,
                pending=pending,
                sealed=sealed,
                step=step,
                friendly_name=friendly_name,
            ):
                raise SoftwareTokenMFANotFound(wording.NO_TOKEN)
            after = with_preferences(
                user,
                self._clock.now_ms(),
                software_token=True,
                software_token_named=friendly_name is not None,
            )
            if after is not user:
                save(tx, self._users, pool, after)

        await self._database.write(work)


def refuse_without_totp(pool: LoadedPool) -> None:
    """Refuse where the pool offers no authenticator apps."""
    if SOFTWARE_TOKEN_MFA not in pool_factors(pool):
        raise SoftwareTokenMFANotFound(wording.TOTP_OFF)


def proven_step(seed: bytes, code: str, wall_ms: int) -> int:
    """Return the time step that a first code proves; refuses EnableSoftwareTokenMFA."""
    step = totp.matching_step(code, seed, wall_ms)
    if step is None:
        raise EnableSoftwareTokenMFA(wording.CODE_WRONG_AT_SETUP)
    return step


def check_one_proof(access_token: str | None, session: str | None) -> None:
    """Refuse a request that is authorised twice, or not at all."""
    if access_token is None and session is None:
        raise InvalidParameter(wording.TOKEN_OR_SESSION)
    if access_token is not None and session is not None:
        raise InvalidParameter(wording.TOKEN_AND_SESSION)
