"""User pools. Implements `core.pools.ports.PoolRows`.

A pool is one JSON document; what is searched by stands in columns beside it. A deleted pool goes
at once, with the keys that open its sealed values; rows that may number millions go in bounded
batches afterwards, remembered in `meta` so that a killed process loses no work.
"""

from typing import Final

import msgspec

from poolkeep.base.refusal import ConcurrentModification
from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.model import UserPool

BUMP_EPOCH = "UPDATE config_epoch SET epoch = epoch + 1 WHERE one = 1"
INSERT = """
INSERT INTO user_pools (pool_id, account, created_ms, version, document) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (pool_id) DO NOTHING"""
GET = "SELECT document, version FROM user_pools WHERE pool_id = ?"
SAVE = """
UPDATE user_pools SET document = ?, version = version + 1 WHERE pool_id = ? AND version = ?"""
COUNT = "SELECT COUNT(*) FROM user_pools WHERE account = ?"
PAGE = """
SELECT document, version FROM user_pools WHERE account = ? AND (created_ms, pool_id) > (?, ?)
ORDER BY created_ms, pool_id LIMIT ?"""
IS_IMPORTING = """
SELECT 1 FROM import_jobs
WHERE pool_id = ? AND status IN ('Pending', 'InProgress', 'Stopping') LIMIT 1"""
COUNT_USERS = "SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE pool_id = ? LIMIT ?) AS counted"
DELETE_NOW = (
    "DELETE FROM user_pools WHERE pool_id = ?",
    "DELETE FROM keyring WHERE pool_id = ?",
    "DELETE FROM signing_keys WHERE pool_id = ?",
    "DELETE FROM app_clients WHERE pool_id = ?",
    "DELETE FROM user_groups WHERE pool_id = ?",
    "DELETE FROM user_pool_replicas WHERE pool_id = ?",
    "DELETE FROM replica_changes WHERE pool_id = ?",
    "DELETE FROM resource_servers WHERE pool_id = ?",
    "DELETE FROM identity_providers WHERE pool_id = ?",
    "DELETE FROM provider_identifiers WHERE pool_id = ?",
    "DELETE FROM domains WHERE pool_id = ?",
    "DELETE FROM brandings WHERE pool_id = ?",
    "DELETE FROM ui_customizations WHERE pool_id = ?",
    "DELETE FROM terms WHERE pool_id = ?",
    "DELETE FROM pool_certificates WHERE pool_id = ?",
)
PURGED_LATER: Final = {
    "logins": "login_key",
    "users": "user_id",
    "user_index": "user_id",
    "memberships": "user_id",
    "codes": "user_id",
    "auth_events": "user_id",
    "attempts": "subject",
    "lockouts": "subject",
    "spent_handles": "handle",
    "kept_attempts": "handle",
    "software_tokens": "user_id",
    "passkeys": "credential_id",
    "passkey_challenges": "user_id",
    "devices": "device_key",
    "device_sign_ins": "user_id",
    "revocations": "origin_jti",
    "rotations": "token_id",
    "sessions": "session_id",
    "outbox": "message_id",
    "inbox": "message_id",
    "identities": "user_id",
    "import_jobs": "job_id",
    "import_files": "job_id",
    "import_log": "job_id",
    "import_runs": "run_id",
    "invocations": "record_id",
    "oauth_codes": "code_hash",
    "browser_sessions": "session_hash",
    "hosted_flows": "flow_hash",
    "pushed_requests": "request_hash",
    "device_grants": "device_hash",
    "dpop_proofs": "proof_hash",
}
"""Table → the column of its key by which a batch is chosen."""
PURGES = [
    f"DELETE FROM {table} WHERE pool_id = ? AND {column} IN "
    f"(SELECT {column} FROM {table} WHERE pool_id = ? LIMIT ?)"
    for table, column in PURGED_LATER.items()
]
PURGE_PREFIX: Final = "purge/"
IDS = "SELECT pool_id FROM user_pools ORDER BY account, created_ms, pool_id"
NOTE_PURGE = "INSERT INTO meta (name, value) VALUES (?, '') ON CONFLICT (name) DO NOTHING"
LIST_PURGES = "SELECT name FROM meta WHERE name >= 'purge/' AND name < 'purge0' ORDER BY name"
END_PURGE = "DELETE FROM meta WHERE name = ?"

_decoder = msgspec.json.Decoder(UserPool)
_encoder = msgspec.json.Encoder()


class PoolStore:
    """The `user_pools` table."""

    def bump_epoch(self, tx: Transaction) -> None:
        """Say that the configuration changes. Done first, it also lines up writers on all nodes."""
        tx.run(BUMP_EPOCH)

    def insert(self, tx: Transaction, pool: UserPool) -> bool:
        """Store a new pool; False when the id is taken."""
        document = _encoder.encode(pool)
        return tx.run(INSERT, (pool.id, pool.account, pool.created_ms, pool.version, document)) == 1

    def get(self, tx: Transaction, pool_id: str) -> UserPool | None:
        """Return the pool, of whatever account."""
        row = tx.one(GET, (pool_id,))
        return _pool(row[0], row[1]) if row else None

    def save(self, tx: Transaction, pool: UserPool) -> None:
        """Replace the pool of version `pool.version`; ConcurrentModification for another one."""
        if tx.run(SAVE, (_encoder.encode(pool), pool.id, pool.version)) != 1:
            raise ConcurrentModification

    def count(self, tx: Transaction, account: str) -> int:
        """Return how many pools the account has."""
        row = tx.one(COUNT, (account,))
        return int(row[0]) if row else 0

    def page(
        self, tx: Transaction, account: str, *, after: tuple[int, str], limit: int
    ) -> list[UserPool]:
        """Return the account's pools after (created_ms, id), oldest first."""
        return [_pool(row[0], row[1]) for row in tx.all(PAGE, (account, *after, limit))]

    def ids(self, tx: Transaction) -> list[str]:
        """Return the ids of all pools, of whatever account."""
        return [str(row[0]) for row in tx.all(IDS)]

    def count_users(self, tx: Transaction, pool_id: str, *, cap: int) -> int:
        """Return how many users the pool has, at most `cap`."""
        row = tx.one(COUNT_USERS, (pool_id, cap))
        return int(row[0]) if row else 0

    def is_importing(self, tx: Transaction, pool_id: str) -> bool:
        """Tell whether a job is bringing users into the pool."""
        return tx.one(IS_IMPORTING, (pool_id,)) is not None

    def delete(self, tx: Transaction, pool_id: str) -> None:
        """Remove the pool, its keys and clients, and note that its other rows are to be purged."""
        for statement in DELETE_NOW:
            tx.run(statement, (pool_id,))
        tx.run(NOTE_PURGE, (PURGE_PREFIX + pool_id,))

    def purges(self, tx: Transaction) -> list[str]:
        """Return deleted pools of which rows are left."""
        return [row[0].removeprefix(PURGE_PREFIX) for row in tx.all(LIST_PURGES)]

    def purge(self, tx: Transaction, pool_id: str, *, limit: int) -> bool:
        """Delete about `limit` left-over rows of each kind; True once nothing is left."""
        deleted = sum(tx.run(statement, (pool_id, pool_id, limit)) for statement in PURGES)
        if not deleted:
            tx.run(END_PURGE, (PURGE_PREFIX + pool_id,))
        return not deleted


def _pool(document: bytes, version: int) -> UserPool:
    return msgspec.structs.replace(_decoder.decode(document), version=version)
