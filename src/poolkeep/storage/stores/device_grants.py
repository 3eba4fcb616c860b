"""Devices that wait for their users. Implements `core.oauth.device_authorization.DeviceGrants`."""

from poolkeep.base.transaction import Transaction
from poolkeep.core.oauth.device_authorization import DeviceGrant

INSERT = """
INSERT INTO device_grants (pool_id, device_hash, user_code_hash, client_id, state, sealed,
  polled_ms, interval_s, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, user_code_hash) DO NOTHING"""
COLUMNS = """
SELECT device_hash, user_code_hash, client_id, state, sealed, polled_ms, interval_s, expires_ms
FROM device_grants"""
BY_DEVICE = f"{COLUMNS} WHERE pool_id = ? AND device_hash = ?"
BY_USER_CODE = f"{COLUMNS} WHERE pool_id = ? AND user_code_hash = ?"
DECIDE = """
UPDATE device_grants SET state = ?, sealed = ?
WHERE pool_id = ? AND device_hash = ? AND state = 'pending' AND expires_ms > ?"""
USE = """
UPDATE device_grants SET state = 'used'
WHERE pool_id = ? AND device_hash = ? AND state = 'granted' AND expires_ms > ?"""
POLLED = """
UPDATE device_grants SET polled_ms = ?, interval_s = ? WHERE pool_id = ? AND device_hash = ?"""


class SqlDeviceGrants:
    """The `device_grants` table."""

    def insert(self, tx: Transaction, pool_id: str, grant: DeviceGrant) -> bool:
        """Add a grant; False when its user code is taken."""
        row = (
            pool_id,
            grant.device_hash,
            grant.user_code_hash,
            grant.client_id,
            grant.state,
            grant.sealed,
            grant.polled_ms,
            grant.interval_s,
            grant.expires_ms,
        )
        return tx.run(INSERT, row) == 1

    def by_device(self, tx: Transaction, pool_id: str, device_hash: bytes) -> DeviceGrant | None:
        """Return a grant by the device's code."""
        return _grant(tx.one(BY_DEVICE, (pool_id, device_hash)))

    def by_user_code(
        self, tx: Transaction, pool_id: str, user_code_hash: bytes
    ) -> DeviceGrant | None:
        """Return a grant by the code that its user reads."""
        return _grant(tx.one(BY_USER_CODE, (pool_id, user_code_hash)))

    def decide(
        self,
        tx: Transaction,
        pool_id: str,
        device_hash: bytes,
        *,
        state: str,
        sealed: bytes,
        now_ms: int,
    ) -> bool:
        """Grant or deny what is pending; False when it is not, or is too old."""
        return tx.run(DECIDE, (state, sealed, pool_id, device_hash, now_ms)) == 1

    def use(self, tx: Transaction, pool_id: str, device_hash: bytes, *, now_ms: int) -> bool:
        """Use up what was granted; False when it was not, or was used."""
        return tx.run(USE, (pool_id, device_hash, now_ms)) == 1

    def polled(
        self, tx: Transaction, pool_id: str, device_hash: bytes, *, at_ms: int, interval_s: int
    ) -> None:
        """Note that the device asked, and how long it is to wait from now on."""
        tx.run(POLLED, (at_ms, interval_s, pool_id, device_hash))


def _grant(row: tuple[object, ...] | None) -> DeviceGrant | None:
    return None if row is None else DeviceGrant(*row)  # type: ignore[arg-type]  # the columns' own kinds
