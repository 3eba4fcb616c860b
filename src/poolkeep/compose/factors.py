"""Second factors, wired: their services, and their part in the sign-in machine."""

import msgspec

from poolkeep.base.refusal import ExpiredCode
from poolkeep.base.transaction import Transaction
from poolkeep.compose.kit import Kit
from poolkeep.core.factors import seeds
from poolkeep.core.factors.model import SoftwareToken
from poolkeep.core.factors.service import Factors
from poolkeep.core.factors.software_tokens import SoftwareTokens
from poolkeep.core.factors.wording import TOKEN_USED
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin.challenges.software_token import StepUsed
from poolkeep.core.signin.setup import MfaSetup
from poolkeep.storage.stores.signin import SqlSignIn
from poolkeep.storage.stores.software_tokens import SqlSoftwareTokens

TOKENS = SqlSoftwareTokens()


class FactorServices(msgspec.Struct, frozen=True, kw_only=True):
    """What handlers call about second factors."""

    factors: Factors
    software_tokens: SoftwareTokens
    mfa_setup: MfaSetup


def build_factors(kit: Kit) -> FactorServices:
    """Wire the services over the kit."""
    return FactorServices(
        factors=Factors(
            database=kit.database,
            users=kit.users,
            tokens=TOKENS,
            book=kit.book,
            audit=kit.audit,
            clock=kit.clock,
        ),
        software_tokens=SoftwareTokens(
            database=kit.database,
            users=kit.users,
            tokens=TOKENS,
            clock=kit.clock,
            wall_clock=kit.wall_clock,
            entropy=kit.entropy,
        ),
        mfa_setup=MfaSetup(
            database=kit.database,
            attempts=SqlSignIn(),
            users=kit.users,
            tokens=TOKENS,
            book=kit.book,
            clock=kit.clock,
            wall_clock=kit.wall_clock,
            entropy=kit.entropy,
        ),
    )


def load_software_token(
    tx: Transaction, *, pool: LoadedPool, user_id: str, device_key: str | None
) -> SoftwareToken | None:
    """Return the user's app, unsealed."""
    del device_key
    return seeds.token_of(pool, user_id, TOKENS.get(tx, pool.pool.id, user_id))


def use_step(tx: Transaction, pool: LoadedPool, user_id: str, mark: StepUsed) -> None:
    """Use a time step up; refuses one that a faster request has used."""
    pool_id = pool.pool.id
    if not TOKENS.use_step(tx, pool_id, user_id, version=mark.version, step=mark.step):
        raise ExpiredCode(TOKEN_USED)
