"""Access keys of users, over the table of all access keys; and when each was last used."""

from poolkeep.base.secret import Secret
from poolkeep.base.transaction import Transaction
from poolkeep.core.iam.ports import KeyRow, KeyUse
from poolkeep.storage.stores.access_keys import AccessKeyStore

OF = """
SELECT access_key_id, active, created_ms FROM access_keys
WHERE account = ? AND principal = ? ORDER BY created_ms, access_key_id"""
OWNER = "SELECT account, principal FROM access_keys WHERE access_key_id = ?"
RENAME = "UPDATE access_keys SET principal = ? WHERE account = ? AND principal = ?"
USED = "SELECT used_ms, service, region FROM iam_key_uses WHERE access_key_id = ?"
NOTE = """
INSERT INTO iam_key_uses (access_key_id, used_ms, service, region) VALUES (?, ?, ?, ?)
ON CONFLICT (access_key_id) DO UPDATE SET
  used_ms = excluded.used_ms, service = excluded.service, region = excluded.region"""
FORGET = "DELETE FROM iam_key_uses WHERE access_key_id = ?"


class IamKeyStore:
    """Implements `core.iam.ports.UserKeys`."""

    def __init__(self, keys: AccessKeyStore) -> None:
        """Make keys as all others are made."""
        self._keys = keys

    def create(
        self, tx: Transaction, account: str, principal: str, *, now_ms: int
    ) -> tuple[str, Secret[str]]:
        """Make a key pair."""
        made = self._keys.create(tx, account, now_ms=now_ms, principal=principal)
        return made.id, made.secret

    def of(self, tx: Transaction, account: str, principal: str) -> list[KeyRow]:
        """Return a user's keys, the oldest first."""
        rows = tx.all(OF, (account, principal))
        return [KeyRow(id=row[0], active=row[1] != 0, created_ms=row[2]) for row in rows]

    def owner(self, tx: Transaction, key_id: str) -> tuple[str, str] | None:
        """Return the account and the principal of a key."""
        row = None if "\0" in key_id else tx.one(OWNER, (key_id,))
        return None if row is None else (row[0], row[1])

    def set_active(self, tx: Transaction, key_id: str, *, active: bool) -> None:
        """Turn a key on or off."""
        self._keys.set_active(tx, key_id, active=active)

    def delete(self, tx: Transaction, key_id: str) -> None:
        """Remove a key."""
        self._keys.delete(tx, key_id)
        tx.run(FORGET, (key_id,))

    def rename(self, tx: Transaction, account: str, principal: str, *, new: str) -> None:
        """Give a user's keys to the name that the user has now."""
        tx.run(RENAME, (new, account, principal))

    def used(self, tx: Transaction, key_id: str) -> KeyUse | None:
        """Return a key's last use."""
        row = tx.one(USED, (key_id,))
        return None if row is None else KeyUse(used_ms=row[0], service=row[1], region=row[2])

    def note_use(self, tx: Transaction, key_id: str, use: KeyUse) -> None:
        """Keep a key's last use."""
        tx.run(NOTE, (key_id, use.used_ms, use.service, use.region))
