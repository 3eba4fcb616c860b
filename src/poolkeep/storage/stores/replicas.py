"""Pools and their copies. Implements `core.replicas.ports.Links`."""

from collections.abc import Sequence

import msgspec

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.replicas.model import FirstCopy, Link, Status
from poolkeep.core.replicas.ports import Superseded

COLUMNS = "pool_id, role, region, status, created_ms, document, fence"
INSERT = f"""
INSERT INTO user_pool_replicas ({COLUMNS}, lease_until_ms) VALUES (?, ?, ?, ?, ?, ?, ?, 0)
ON CONFLICT (pool_id) DO NOTHING"""
GET = f"SELECT {COLUMNS} FROM user_pool_replicas WHERE pool_id = ?"
PRIMARIES = f"SELECT {COLUMNS} FROM user_pool_replicas WHERE role = 'PRIMARY' ORDER BY pool_id"
SET_STATUS = "UPDATE user_pool_replicas SET status = ? WHERE pool_id = ? AND status IN ({marks})"
SAVE_PROGRESS = "UPDATE user_pool_replicas SET document = ? WHERE pool_id = ? AND fence = ?"
CLAIM = """
UPDATE user_pool_replicas SET fence = fence + 1, lease_until_ms = ?
WHERE pool_id = ? AND lease_until_ms <= ? RETURNING fence"""
RENEW = "UPDATE user_pool_replicas SET lease_until_ms = ? WHERE pool_id = ? AND fence = ?"
RAISE_FENCE = """
UPDATE user_pool_replicas SET fence = ? WHERE pool_id = ? AND role = 'SECONDARY' AND fence <= ?"""
DELETE = "DELETE FROM user_pool_replicas WHERE pool_id = ?"
DELETE_CHANGES = "DELETE FROM replica_changes WHERE pool_id = ?"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(FirstCopy).decode


class LinkStore:
    """The `user_pool_replicas` table."""

    def insert(self, tx: Transaction, link: Link) -> bool:
        """Store a new link; False when the pool has one."""
        values = (link.pool_id, link.role, link.region, link.status, link.created_ms)
        return tx.run(INSERT, (*values, _encode(link.document), link.fence)) == 1

    def get(self, tx: Transaction, pool_id: str) -> Link | None:
        """Return the link of a pool."""
        row = tx.one(GET, (pool_id,))
        return _link(row) if row else None

    def primaries(self, tx: Transaction) -> list[Link]:
        """Return the links of all originals of this database."""
        return [_link(row) for row in tx.all(PRIMARIES)]

    def set_status(
        self, tx: Transaction, pool_id: str, *, old: Sequence[Status], new: Status
    ) -> bool:
        """Change the status that is still one of `old`; False when it is another one."""
        statement = SET_STATUS.format(marks=", ".join("?" for _ in old))
        return tx.run(statement, (new, pool_id, *old)) == 1

    def save_progress(
        self, tx: Transaction, pool_id: str, document: FirstCopy, *, fence: int
    ) -> None:
        """Note how far the first copy has come; raises Superseded for another worker's fence."""
        if tx.run(SAVE_PROGRESS, (_encode(document), pool_id, fence)) != 1:
            raise Superseded

    def claim(self, tx: Transaction, pool_id: str, *, now_ms: int, lease_ms: int) -> int | None:
        """Return the fence of whoever may work on the pool now; None while another one may."""
        row = tx.one(CLAIM, (now_ms + lease_ms, pool_id, now_ms))
        return int(row[0]) if row else None

    def renew(self, tx: Transaction, pool_id: str, *, fence: int, until_ms: int) -> bool:
        """Keep the lease for longer; False when another worker has the pool."""
        return tx.run(RENEW, (until_ms, pool_id, fence)) == 1

    def release(self, tx: Transaction, pool_id: str, fence: int) -> None:
        """Let others work on the pool."""
        tx.run(RENEW, (0, pool_id, fence))

    def raise_fence(self, tx: Transaction, pool_id: str, fence: int) -> None:
        """At the copy: let nobody with a lower fence write; raises Superseded for a lower one."""
        if tx.run(RAISE_FENCE, (fence, pool_id, fence)) != 1:
            raise Superseded

    def delete(self, tx: Transaction, pool_id: str) -> None:
        """Forget the link, and what was to be copied."""
        tx.run(DELETE, (pool_id,))
        tx.run(DELETE_CHANGES, (pool_id,))


def _link(row: Row) -> Link:
    pool_id, role, region, status, created_ms, document, fence = row
    return Link(
        pool_id=pool_id,
        role=role,
        region=region,
        status=status,
        created_ms=created_ms,
        document=_decode(document),
        fence=fence,
    )
