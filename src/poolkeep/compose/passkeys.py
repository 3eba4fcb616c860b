"""Passkeys, wired: the users' own operations, and what sign-in reads and leaves behind."""

from poolkeep.base.refusal import NotAuthorized
from poolkeep.base.transaction import Transaction
from poolkeep.compose.kit import Kit
from poolkeep.core.passkeys.model import Passkey
from poolkeep.core.passkeys.service import PasskeyService
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.signin import wording
from poolkeep.core.signin.challenges.web_authn import PasskeyUsed
from poolkeep.storage.stores.passkeys import SqlPasskeys

PASSKEYS = SqlPasskeys()


def build_passkeys(kit: Kit) -> PasskeyService:
    """Wire the users' own operations over the kit."""
    return PasskeyService(
        database=kit.database,
        passkeys=PASSKEYS,
        users=kit.users,
        page_tokens=kit.page_tokens,
        clock=kit.clock,
        entropy=kit.entropy,
    )


def usable_passkeys(
    tx: Transaction, *, pool: LoadedPool, user_id: str, device_key: str | None
) -> tuple[Passkey, ...]:
    """Return the user's passkeys; which of them count here, the challenge decides."""
    del device_key
    return PASSKEYS.of_user(tx, pool, user_id)


def note_use(tx: Transaction, pool: LoadedPool, user_id: str, mark: PasskeyUsed) -> None:
    """Write the use of a passkey; refuses one that is gone, or whose counter was shown before."""
    noted = PASSKEYS.use(
        tx,
        pool.pool.id,
        user_id,
        credential_id=mark.credential_id,
        sign_count=mark.sign_count,
        backed_up=mark.backed_up,
        now_ms=mark.used_ms,
    )
    if not noted:
        raise NotAuthorized(wording.INCORRECT)
