"""After a right password: keep it in the pool's own form from now on.

One seam for every reason: a hash that was imported, a pool whose tag for password storage has
changed, an Argon2id hash of a former cost. The new form replaces exactly the old one, so a password
that somebody has changed meanwhile stands. Source: docs/behaviours/imports.md.
"""

from typing import Protocol

import msgspec

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.model import User
from poolkeep.core.users.passwords import Passwords


class Credentials(Protocol):
    """The credential column of users."""

    def replace_credential(
        self, tx: Transaction, pool_id: str, user_id: str, *, old: bytes, new: bytes
    ) -> bool:
        """Replace the credential that is still `old`; False when it is another one."""
        ...


class CredentialUpgrade:
    """Upgrades credentials in passing."""

    def __init__(self, *, database: Database, users: Credentials, passwords: Passwords) -> None:
        """Write to `users`."""
        self._database = database
        self._users = users
        self._passwords = passwords

    async def after_proof(self, pool: LoadedPool, user: User, password: str) -> User:
        """Return the user, whose password was just found right, with today's credential.

        The user's version and date of change stay: nothing that anybody can see has changed.
        """
        old = user.credential
        new = None if old is None else await self._passwords.upgrade(pool, user, password)
        if old is None or new is None:
            return user
        replaced = await self._database.write(
            lambda tx: self._users.replace_credential(tx, pool.pool.id, user.id, old=old, new=new)
        )
        return msgspec.structs.replace(user, credential=new) if replaced else user
