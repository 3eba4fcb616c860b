"""Passkeys and registrations under way. Implements `core.passkeys.ports.PasskeyRows`.

What a passkey is stands sealed, bound to pool, user and id: nobody who writes to the database can
put a key of their own in its place, or give it to another user.
"""

import msgspec

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.passkeys.model import Passkey, PasskeyPosition, Registration
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.crypto.envelope import Purpose
from poolkeep.crypto.webauthn import from_text, to_text

ASK = """
INSERT INTO passkey_challenges (pool_id, user_id, challenge, client_id, expires_ms)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (pool_id, user_id) DO UPDATE SET challenge = excluded.challenge,
  client_id = excluded.client_id, expires_ms = excluded.expires_ms"""
ASKED = """
SELECT challenge, client_id, expires_ms FROM passkey_challenges
WHERE pool_id = ? AND user_id = ?"""
ANSWER = "DELETE FROM passkey_challenges WHERE pool_id = ? AND user_id = ? AND challenge = ?"
COLUMNS = "credential_id, created_ms, used_ms, sign_count, backed_up, document"
INSERT = f"""
INSERT INTO passkeys (pool_id, user_id, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, credential_id) DO NOTHING"""
PAGE = f"""
SELECT {COLUMNS} FROM passkeys
WHERE pool_id = ? AND user_id = ? AND (created_ms, credential_id) > (?, ?)
ORDER BY created_ms, credential_id LIMIT ?"""
USE = """
UPDATE passkeys SET sign_count = ?, backed_up = ?, used_ms = ?
WHERE pool_id = ? AND user_id = ? AND credential_id = ?
  AND (sign_count < ? OR (sign_count = 0 AND CAST(? AS BIGINT) = 0))"""
DELETE = "DELETE FROM passkeys WHERE pool_id = ? AND user_id = ? AND credential_id = ?"
COUNT = "SELECT COUNT(*) FROM passkeys WHERE pool_id = ? AND user_id = ?"

ALL = 1_000
"""More than any user may have."""
ID_BYTES_MAX = 1_023


class _Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What never changes of a passkey, as it is sealed."""

    public_key: bytes
    transports: tuple[str, ...] = ()
    attachment: str | None = None
    friendly_name: str
    relying_party_id: str
    aaguid: str = ""
    backup_eligible: bool = False


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Document).decode


class SqlPasskeys:
    """The `passkeys` and `passkey_challenges` tables."""

    def ask(self, tx: Transaction, pool_id: str, user_id: str, registration: Registration) -> None:
        """Store the challenge of a registration; it takes the place of an earlier one."""
        asked = (registration.challenge, registration.client_id, registration.expires_ms)
        tx.run(ASK, (pool_id, user_id, *asked))

    def asked(self, tx: Transaction, pool_id: str, user_id: str) -> Registration | None:
        """Return the registration under way."""
        row = tx.one(ASKED, (pool_id, user_id))
        if row is None:
            return None
        return Registration(challenge=bytes(row[0]), client_id=row[1], expires_ms=row[2])

    def answer(self, tx: Transaction, pool_id: str, user_id: str, challenge: bytes) -> bool:
        """Use a challenge up; False when it is not the latest, or used up already."""
        return tx.run(ANSWER, (pool_id, user_id, challenge)) == 1

    def insert(self, tx: Transaction, pool: LoadedPool, user_id: str, passkey: Passkey) -> bool:
        """Store a new passkey; False when somebody in the pool has it."""
        name = to_text(passkey.id)
        document = msgspec.convert(passkey, _Document, from_attributes=True)
        sealed = pool.keys.seal(
            Purpose.PASSKEY, _encode(document), context=_context(pool, user_id, name)
        )
        times = (passkey.created_ms, passkey.used_ms)
        counts = (passkey.sign_count, int(passkey.backed_up))
        row = (pool.pool.id, user_id, name, *times, *counts, sealed)
        return tx.run(INSERT, row) == 1

    def of_user(self, tx: Transaction, pool: LoadedPool, user_id: str) -> tuple[Passkey, ...]:
        """Return the user's passkeys, oldest first."""
        return tuple(self.page(tx, pool, user_id, after=PasskeyPosition(), limit=ALL))

    def page(
        self,
        tx: Transaction,
        pool: LoadedPool,
        user_id: str,
        *,
        after: PasskeyPosition,
        limit: int,
    ) -> list[Passkey]:
        """Return some of the user's passkeys, oldest first."""
        start = (after.created_ms, after.credential_id)
        rows = tx.all(PAGE, (pool.pool.id, user_id, *start, limit))
        return [_passkey(pool, user_id, row) for row in rows]

    def use(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        credential_id: bytes,
        sign_count: int,
        backed_up: bool,
        now_ms: int,
    ) -> bool:
        """Note a use; False when the passkey is gone, or its count did not grow though it counts.

        Of uses with the same count at most one succeeds.
        """
        change = (sign_count, int(backed_up), now_ms)
        key = (pool_id, user_id, to_text(credential_id))
        return tx.run(USE, (*change, *key, sign_count, sign_count)) == 1

    def delete(self, tx: Transaction, pool_id: str, user_id: str, credential_id: bytes) -> bool:
        """Remove a passkey; False when the user has none of this id."""
        return tx.run(DELETE, (pool_id, user_id, to_text(credential_id))) == 1

    def count(self, tx: Transaction, pool_id: str, user_id: str) -> int:
        """Return how many passkeys the user has."""
        row = tx.one(COUNT, (pool_id, user_id))
        return int(row[0]) if row else 0


def _passkey(pool: LoadedPool, user_id: str, row: Row) -> Passkey:
    name, created_ms, used_ms, sign_count, backed_up, sealed = row
    opened = pool.keys.open(Purpose.PASSKEY, sealed, context=_context(pool, user_id, name))
    document = _decode(opened)
    return Passkey(
        id=from_text(name, ID_BYTES_MAX),
        public_key=document.public_key,
        sign_count=sign_count,
        transports=document.transports,
        attachment=document.attachment,
        friendly_name=document.friendly_name,
        relying_party_id=document.relying_party_id,
        aaguid=document.aaguid,
        backup_eligible=document.backup_eligible,
        backed_up=backed_up != 0,
        created_ms=created_ms,
        used_ms=used_ms,
    )


def _context(pool: LoadedPool, user_id: str, name: str) -> str:
    return f"passkeys/{pool.pool.id}/{user_id}/{name}"
