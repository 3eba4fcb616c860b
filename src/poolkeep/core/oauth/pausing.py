"""A finished sign-in that waits for one more page before the application hears of it.

What is kept says who it was and how they proved it; it comes back only while the user still may
sign in. It is sealed with the flow that it waits in.
"""

import msgspec

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.signin.commands import Authenticated
from poolkeep.core.users.model import Group, User
from poolkeep.core.users.ports import Users


class _Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    client_id: str
    user_id: str
    factors: tuple[str, ...]
    authenticated_ms: int
    event_id: str
    level: int | None = None
    device_key: str | None = None


def kept(authenticated: Authenticated) -> str:
    """Return a finished sign-in as text."""
    return msgspec.json.encode(
        _Kept(
            client_id=authenticated.client.id,
            user_id=authenticated.user.id,
            factors=authenticated.factors,
            authenticated_ms=authenticated.authenticated_ms,
            event_id=authenticated.event_id,
            level=authenticated.level,
            device_key=authenticated.device_key,
        )
    ).decode()


class Pauses:
    """Brings sign-ins back that waited."""

    def __init__(self, *, database: Database, users: Users) -> None:
        """Look users up in `database`."""
        self._database = database
        self._users = users

    async def resumed(
        self, pool: LoadedPool, client: AppClient, text: str | None
    ) -> Authenticated | None:
        """Return what `kept` made a text of; None where its user is gone or barred since."""
        if text is None:
            return None
        found = msgspec.json.decode(text, type=_Kept)
        if found.client_id != client.id:
            return None

        def load(tx: Transaction) -> tuple[User | None, tuple[Group, ...]]:
            user = self._users.get(tx, pool.pool.id, found.user_id)
            return user, tuple(self._users.groups_of(tx, pool.pool.id, found.user_id))

        user, groups = await self._database.read(load)
        if user is None or not user.enabled or user.signed_out_ms > found.authenticated_ms:
            return None
        return Authenticated(
            pool=pool,
            client=client,
            user=user,
            groups=groups,
            factors=found.factors,
            authenticated_ms=found.authenticated_ms,
            event_id=found.event_id,
            level=found.level,
            device_key=found.device_key,
        )
