"""Devices, and the sign-ins that wait for one.

Implements `core.devices.ports.DeviceRows` and `core.signin.device_handles.WaitingRows`. A row
whose `gone_ms` is set is no device any more: only its key is kept from coming back.
"""

from poolkeep.base.transaction import Row, Transaction
from poolkeep.core.devices.model import Device, Standing

COLUMNS = (
    "pool_id, user_id, device_key, group_key, name, secret, remembered, created_ms, modified_ms, "
    "authenticated_ms, tokens_end_ms, last_ip"
)
# The SELECT lets no device into the store whose user is being deleted.
INSERT = f"""
INSERT INTO devices ({COLUMNS})
SELECT u.pool_id, u.user_id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM users u
WHERE u.pool_id = ? AND u.user_id = ?
ON CONFLICT (pool_id, user_id, device_key) DO NOTHING"""
ONE = "pool_id = ? AND user_id = ? AND device_key = ?"
GET = f"SELECT {COLUMNS} FROM devices WHERE {ONE} AND gone_ms IS NULL"
STANDING = f"SELECT gone_ms FROM devices WHERE {ONE}"
PAGE = f"""
SELECT {COLUMNS} FROM devices
WHERE pool_id = ? AND user_id = ? AND gone_ms IS NULL AND (created_ms, device_key) > (?, ?)
ORDER BY created_ms, device_key LIMIT ?"""
MISSED_LEAST = """
SELECT device_key FROM devices WHERE pool_id = ? AND user_id = ? AND gone_ms IS NULL
ORDER BY remembered DESC, authenticated_ms DESC, device_key LIMIT 1000 OFFSET ?"""
SET_REMEMBERED = f"""
UPDATE devices SET remembered = ?, modified_ms = ? WHERE {ONE} AND gone_ms IS NULL"""
FORGET = f"""
UPDATE devices SET gone_ms = tokens_end_ms, name = NULL, secret = ?, remembered = 0,
  modified_ms = ?, last_ip = ''
WHERE {ONE} AND gone_ms IS NULL"""
SEEN = f"""
UPDATE devices SET authenticated_ms = ?, last_ip = ?,
  tokens_end_ms = CASE WHEN tokens_end_ms > ? THEN tokens_end_ms ELSE ? END
WHERE {ONE} AND gone_ms IS NULL AND remembered >= ?"""
WAIT = """
INSERT INTO device_sign_ins
  (pool_id, user_id, client_id, device_key, source_ip, handle, expires_ms)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pool_id, user_id, client_id, device_key) DO UPDATE SET
  source_ip = excluded.source_ip, handle = excluded.handle, expires_ms = excluded.expires_ms"""
WAITING = """
SELECT d.user_id, d.handle FROM logins l
JOIN device_sign_ins d ON d.pool_id = l.pool_id AND d.user_id = l.user_id
WHERE l.pool_id = ? AND l.login_key = ? AND d.client_id = ? AND d.device_key = ?
  AND d.source_ip = ?"""

NO_SECRET = b""
"""Of a device without a password; PostgreSQL could not tell what kind of NULL a SELECT yields."""


class SqlDevices:
    """The `devices` and `device_sign_ins` tables."""

    def insert(self, tx: Transaction, device: Device) -> bool:
        """Store a new device; False when the key was ever taken, or the user is gone."""
        values = (
            device.key,
            device.group_key,
            device.name,
            device.secret or NO_SECRET,
            int(device.remembered),
            device.created_ms,
            device.modified_ms,
            device.authenticated_ms,
            device.tokens_end_ms,
            device.last_ip,
            device.pool_id,
            device.user_id,
        )
        return tx.run(INSERT, values) == 1

    def get(self, tx: Transaction, pool_id: str, user_id: str, *, key: str) -> Device | None:
        """Return a device of the user."""
        row = tx.one(GET, (pool_id, user_id, key))
        return _device(row) if row else None

    def standing(self, tx: Transaction, pool_id: str, user_id: str, *, key: str) -> Standing | None:
        """Return what is known of a key, forgotten ones included."""
        row = tx.one(STANDING, (pool_id, user_id, key))
        if row is None:
            return None
        return Standing.CONFIRMED if row[0] is None else Standing.FORGOTTEN

    def page(
        self, tx: Transaction, pool_id: str, user_id: str, *, after: tuple[int, str], limit: int
    ) -> list[Device]:
        """Return the user's devices after (created_ms, key), oldest first."""
        return [_device(row) for row in tx.all(PAGE, (pool_id, user_id, *after, limit))]

    def make_room(
        self, tx: Transaction, pool_id: str, user_id: str, *, keep: int, now_ms: int
    ) -> None:
        """Forget all but `keep` devices: those not remembered first, then those longest unused."""
        for (key,) in tx.all(MISSED_LEAST, (pool_id, user_id, keep)):
            self.forget(tx, pool_id, user_id, key=key, now_ms=now_ms)

    def set_remembered(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        key: str,
        remembered: bool,
        now_ms: int,
    ) -> bool:
        """Say whether a device counts as its user's; False when there is no such device."""
        row = (int(remembered), now_ms, pool_id, user_id, key)
        return tx.run(SET_REMEMBERED, row) == 1

    def forget(self, tx: Transaction, pool_id: str, user_id: str, *, key: str, now_ms: int) -> bool:
        """Drop a device and keep its key from coming back; False when there is no such device."""
        return tx.run(FORGET, (NO_SECRET, now_ms, pool_id, user_id, key)) == 1

    def seen(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        key: str,
        at_ms: int,
        ip_address: str,
        tokens_end_ms: int,
        if_remembered: bool,
    ) -> bool:
        """Note a sign-in from a device; False when there is no such device."""
        news = (at_ms, ip_address, tokens_end_ms, tokens_end_ms)
        return tx.run(SEEN, (*news, pool_id, user_id, key, int(if_remembered))) == 1

    def wait(
        self,
        tx: Transaction,
        pool_id: str,
        user_id: str,
        *,
        client_id: str,
        device_key: str,
        source_ip: str,
        handle: bytes,
        expires_ms: int,
    ) -> None:
        """Keep the newest sign-in that waits for a device."""
        row = (pool_id, user_id, client_id, device_key, source_ip, handle, expires_ms)
        tx.run(WAIT, row)

    def waiting(
        self,
        tx: Transaction,
        pool_id: str,
        login_key: str,
        *,
        client_id: str,
        device_key: str,
        source_ip: str,
    ) -> tuple[str, bytes] | None:
        """Return the sub of the user and the handle of the sign-in that waits for a device."""
        if "\0" in login_key:  # PostgreSQL's text has no NUL, so nobody has such a login
            return None
        row = tx.one(WAITING, (pool_id, login_key, client_id, device_key, source_ip))
        return (str(row[0]), bytes(row[1])) if row else None


def _device(row: Row) -> Device:
    return Device(
        pool_id=row[0],
        user_id=row[1],
        key=row[2],
        group_key=row[3],
        name=row[4],
        secret=bytes(row[5]) or None,
        remembered=bool(row[6]),
        created_ms=row[7],
        modified_ms=row[8],
        authenticated_ms=row[9],
        tokens_end_ms=row[10],
        last_ip=row[11],
    )
