"""Pool keys, wrapped, and token keys, sealed.

A pool's 32-byte key is wrapped by the master key; everything else of the pool is sealed under
keys derived from it. Deleting the row of a pool's key makes whatever was sealed unreadable.
The installation's own key has the empty pool id.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.entropy import text as random_text
from poolkeep.base.ids import BASE62
from poolkeep.base.transaction import Transaction
from poolkeep.core.export.model import PoolKey
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.pools.signing import NEVER_MS, KeyRecord, SigningKeys, TokenUse
from poolkeep.crypto.envelope import KEY_BYTES, EnvelopeBroken, KeyRing, Purpose
from poolkeep.crypto.jose import SigningKey

ADD_KEY = "INSERT INTO keyring (pool_id, key_id, wrapped, created_ms) VALUES (?, ?, ?, ?)"
ADD_FIRST_KEY = f"{ADD_KEY} ON CONFLICT (pool_id, key_id) DO NOTHING"
KEYS_WITH_TIMES = """
SELECT key_id, wrapped, created_ms FROM keyring WHERE pool_id = ? ORDER BY created_ms, key_id"""
KEYS_OF_POOL = "SELECT key_id, wrapped FROM keyring WHERE pool_id = ? ORDER BY created_ms, key_id"
ALL_KEYS = "SELECT pool_id, key_id, wrapped FROM keyring ORDER BY pool_id, key_id"
REWRAP = "UPDATE keyring SET wrapped = ? WHERE pool_id = ? AND key_id = ? AND wrapped = ?"
DELETE_KEYS = "DELETE FROM keyring WHERE pool_id = ?"
ADD_SIGNING = """
INSERT INTO signing_keys (pool_id, kid, token_use, active_from_ms, retired_ms, gone_ms, created_ms,
  private_key, public_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
SIGNING_OF_POOL = """
SELECT kid, token_use, active_from_ms, retired_ms, gone_ms, created_ms, private_key
FROM signing_keys WHERE pool_id = ? ORDER BY created_ms, kid"""
RETIRE = """
UPDATE signing_keys SET retired_ms = ?, gone_ms = ?
WHERE pool_id = ? AND active_from_ms <= ? AND retired_ms > ?"""
ACTIVATE = "UPDATE signing_keys SET active_from_ms = ? WHERE pool_id = ? AND active_from_ms > ?"
HAS_NEXT = "SELECT count(*) FROM signing_keys WHERE pool_id = ? AND active_from_ms > ?"
WITHOUT_NEXT = """
SELECT p.pool_id FROM user_pools p WHERE p.created_ms <= ? AND NOT EXISTS (
  SELECT 1 FROM signing_keys k WHERE k.pool_id = p.pool_id AND k.active_from_ms > ?)
AND NOT EXISTS (
  SELECT 1 FROM user_pool_replicas r WHERE r.pool_id = p.pool_id AND r.role = 'SECONDARY')
ORDER BY p.created_ms, p.pool_id LIMIT 1"""
TO_ROTATE = """
SELECT k.pool_id FROM signing_keys k JOIN signing_keys n
  ON n.pool_id = k.pool_id AND n.active_from_ms > ? AND n.created_ms <= ?
WHERE k.retired_ms > ? AND k.active_from_ms <= ? AND k.created_ms <= ? AND NOT EXISTS (
  SELECT 1 FROM user_pool_replicas r WHERE r.pool_id = k.pool_id AND r.role = 'SECONDARY')
LIMIT 1"""
"""Copies get their keys from the original."""
DELETE_GONE = "DELETE FROM signing_keys WHERE gone_ms <= ?"
DELETE_SIGNING = "DELETE FROM signing_keys WHERE pool_id = ?"

INSTALLATION = ""
FIRST_KEY_ID = "1"
USES: tuple[TokenUse, ...] = ("access", "id")


class KeyKeeper(Protocol):
    """Who holds the master key."""

    def wrap(self, key: bytes, context: str) -> bytes:
        """Return `key` wrapped for one place."""
        ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Return the key; raises EnvelopeBroken under another master key."""
        ...


class WrongMasterKey(Exception):
    """The master key does not open this database."""


class NewSigningKey(msgspec.Struct, frozen=True):
    """A token key that is not stored yet."""

    key: SigningKey
    use: TokenUse
    active_from_ms: int


class NewPoolKeys(msgspec.Struct, frozen=True):
    """What a new pool gets: its sealing key and its first token keys."""

    pool_id: str
    created_ms: int
    wrapped: bytes
    ring: KeyRing
    signing: tuple[NewSigningKey, ...]


class KeyStore:
    """The `keyring` and `signing_keys` tables."""

    def __init__(self, keeper: KeyKeeper, entropy: Entropy, clock: Clock) -> None:
        """Wrap with `keeper`."""
        self._keeper = keeper
        self._entropy = entropy
        self._clock = clock

    async def make(self, pool_id: str, now_ms: int) -> NewPoolKeys:
        """Make a new pool's keys; RSA keys come from threads, both at once."""
        keys = await asyncio.gather(
            *(asyncio.to_thread(SigningKey.generate, self._entropy) for _ in USES)
        )
        secret = self._entropy.bytes(KEY_BYTES)
        key_id = self._key_id()
        return NewPoolKeys(
            pool_id,
            now_ms,
            self._keeper.wrap(secret, _place(pool_id, key_id)),
            KeyRing({key_id: secret}, key_id),
            tuple(NewSigningKey(key, use, 0) for key, use in zip(keys, USES, strict=True)),
        )

    def store(self, tx: Transaction, bundle: NewPoolKeys) -> None:
        """Write a new pool's keys beside the pool."""
        tx.run(ADD_KEY, (bundle.pool_id, bundle.ring.current, bundle.wrapped, bundle.created_ms))
        for new in bundle.signing:
            self.add_signing(
                tx, bundle.pool_id, new, RingKeys(bundle.ring, self._entropy), bundle.created_ms
            )

    def add_signing(
        self, tx: Transaction, pool_id: str, new: NewSigningKey, keys: RingKeys, now_ms: int
    ) -> None:
        """Write one token key, its private half sealed."""
        sealed = keys.seal(
            Purpose.SIGNING, new.key.to_der(), context=f"signing_keys/{pool_id}/{new.key.kid}"
        )
        public = new.key.verifying_key().to_der()
        tx.run(
            ADD_SIGNING,
            (
                pool_id,
                new.key.kid,
                new.use,
                new.active_from_ms,
                NEVER_MS,
                NEVER_MS,
                now_ms,
                sealed,
                public,
            ),
        )

    def add_waiting(
        self, tx: Transaction, pool_id: str, fresh: Sequence[NewSigningKey], now_ms: int
    ) -> bool:
        """Store waiting keys; False when the pool is gone or has some already."""
        keys = self.pool_keys(tx, pool_id)
        if keys is None or self.has_next(tx, pool_id, now_ms):
            return False
        for new in fresh:
            self.add_signing(tx, pool_id, new, keys, now_ms)
        return True

    def pool_keys(self, tx: Transaction, pool_id: str) -> RingKeys | None:
        """Return a pool's sealing keys, the newest one current; None when the pool has none."""
        found: dict[str, bytes] = {}
        newest = ""
        for key_id, wrapped in tx.all(KEYS_OF_POOL, (pool_id,)):
            found[key_id] = self._unwrap(pool_id, key_id, wrapped)
            newest = key_id
        return RingKeys(KeyRing(found, newest), self._entropy) if found else None

    def signing_keys(self, tx: Transaction, pool_id: str, keys: RingKeys) -> SigningKeys:
        """Return a pool's token keys."""
        return SigningKeys(
            tuple(
                KeyRecord(
                    SigningKey.from_der(
                        kid,
                        keys.open(Purpose.SIGNING, sealed, context=f"signing_keys/{pool_id}/{kid}"),
                    ),
                    use=use,
                    active_from_ms=active_from_ms,
                    retired_ms=retired_ms,
                    gone_ms=gone_ms,
                    created_ms=created_ms,
                )
                for kid, use, active_from_ms, retired_ms, gone_ms, created_ms, sealed in tx.all(
                    SIGNING_OF_POOL, (pool_id,)
                )
            )
        )

    async def make_signing(self) -> tuple[NewSigningKey, ...]:
        """Make one key of each use that waits for its turn."""
        keys = await asyncio.gather(
            *(asyncio.to_thread(SigningKey.generate, self._entropy) for _ in USES)
        )
        return tuple(NewSigningKey(key, use, NEVER_MS) for key, use in zip(keys, USES, strict=True))

    def without_next(self, tx: Transaction, now_ms: int, *, created_before_ms: int) -> str | None:
        """Return a pool for which no keys wait to take over."""
        row = tx.one(WITHOUT_NEXT, (created_before_ms, now_ms))
        return row[0] if row else None

    def to_rotate(
        self, tx: Transaction, *, signing_before_ms: int, published_before_ms: int, now_ms: int
    ) -> str | None:
        """Return a pool whose keys have signed long enough, and whose next ones are known."""
        row = tx.one(TO_ROTATE, (now_ms, published_before_ms, now_ms, now_ms, signing_before_ms))
        return row[0] if row else None

    def has_next(self, tx: Transaction, pool_id: str, now_ms: int) -> bool:
        """Tell whether keys wait to take over."""
        row = tx.one(HAS_NEXT, (pool_id, now_ms))
        return row is not None and row[0] >= len(USES)

    def rotate(
        self, tx: Transaction, pool_id: str, *, at_ms: int, gone_ms: int, now_ms: int
    ) -> bool:
        """Let the waiting keys sign from `at_ms` on, the present ones verify until `gone_ms`."""
        if not self.has_next(tx, pool_id, now_ms):
            return False
        tx.run(RETIRE, (at_ms, gone_ms, pool_id, now_ms, at_ms))
        tx.run(ACTIVATE, (at_ms, pool_id, now_ms))
        return True

    def delete_gone(self, tx: Transaction, now_ms: int) -> int:
        """Delete token keys that no token needs any more."""
        return tx.run(DELETE_GONE, (now_ms,))

    def unwrapped(self, tx: Transaction, pool_id: str) -> list[PoolKey]:
        """Return every version of a pool's sealing key, for another installation."""
        return [
            PoolKey(
                key_id=key_id, key=self._unwrap(pool_id, key_id, wrapped), created_ms=created_ms
            )
            for key_id, wrapped, created_ms in tx.all(KEYS_WITH_TIMES, (pool_id,))
        ]

    def wrap_and_store(self, tx: Transaction, pool_id: str, keys: Sequence[PoolKey]) -> None:
        """Store the versions of a pool's sealing key that came from another installation."""
        for one in keys:
            wrapped = self._keeper.wrap(one.key, _place(pool_id, one.key_id))
            tx.run(ADD_KEY, (pool_id, one.key_id, wrapped, one.created_ms))

    def shred(self, tx: Transaction, pool_id: str) -> None:
        """Delete a pool's keys: what they sealed can never be read again."""
        tx.run(DELETE_KEYS, (pool_id,))
        tx.run(DELETE_SIGNING, (pool_id,))

    def ensure_installation_key(self, tx: Transaction) -> RingKeys:
        """Return the installation's own key, making it at the very first start.

        It is also the canary: a wrong master key is noticed here, before anything is served.
        """
        keys = self.pool_keys(tx, INSTALLATION)
        if keys is None:
            wrapped = self._keeper.wrap(
                self._entropy.bytes(KEY_BYTES), _place(INSTALLATION, FIRST_KEY_ID)
            )
            tx.run(ADD_FIRST_KEY, (INSTALLATION, FIRST_KEY_ID, wrapped, self._clock.now_ms()))
            keys = self.pool_keys(tx, INSTALLATION)
        assert keys is not None  # noqa: S101  just written
        return keys

    def rewrap(self, tx: Transaction, old: KeyKeeper) -> int:
        """Wrap every key anew with this store's keeper; return how many. Resumable."""
        changed = 0
        for pool_id, key_id, wrapped in tx.all(ALL_KEYS):
            place = _place(pool_id, key_id)
            try:
                self._keeper.unwrap(wrapped, place)
            except EnvelopeBroken:
                key = old.unwrap(wrapped, place)
                changed += tx.run(REWRAP, (self._keeper.wrap(key, place), pool_id, key_id, wrapped))
        return changed

    def _unwrap(self, pool_id: str, key_id: str, wrapped: bytes) -> bytes:
        try:
            return self._keeper.unwrap(wrapped, _place(pool_id, key_id))
        except EnvelopeBroken:
            message = (
                "the master key does not open this database: use the key that it was made with"
            )
            raise WrongMasterKey(message) from None

    def _key_id(self) -> str:
        return random_text(self._entropy, BASE62, 12)


def _place(pool_id: str, key_id: str) -> str:
    return f"keyring/{pool_id}/{key_id}"
