"""Access keys of the administrators, their secrets sealed under the installation's key."""

import msgspec

from poolkeep.base.entropy import DIGITS, Entropy, text
from poolkeep.base.ids import LOWER, UPPER
from poolkeep.base.secret import Secret
from poolkeep.base.transaction import Transaction
from poolkeep.core.pools.keys import RingKeys
from poolkeep.crypto.envelope import Purpose

GET = """
SELECT access_key_id, account, principal, secret, active FROM access_keys WHERE access_key_id = ?"""
OF_PRINCIPAL = """
SELECT access_key_id FROM access_keys WHERE account = ? AND principal = ?
ORDER BY active DESC, created_ms, access_key_id LIMIT 1"""
LIST = """
SELECT access_key_id, account, principal, active, created_ms FROM access_keys
ORDER BY created_ms, access_key_id"""
ADD = """
INSERT INTO access_keys (access_key_id, account, principal, secret, active, created_ms)
VALUES (?, ?, ?, ?, 1, ?)"""
SET_ACTIVE = "UPDATE access_keys SET active = ? WHERE access_key_id = ?"
DELETE = "DELETE FROM access_keys WHERE access_key_id = ?"
COUNT = "SELECT count(*) FROM access_keys"

ROOT = "root"
FUNCTIONS = "role/functions"
"""Whom the key pair speaks for that local functions are given."""
BASE32 = UPPER + "234567"
SECRET_ALPHABET = UPPER + LOWER + DIGITS + "+/"
SECRET_CHARACTERS = 40
ID_CHARACTERS = 16


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair as used. `principal` is `root` for the account itself."""

    id: str
    account: str
    principal: str
    secret: Secret[str]
    active: bool


class AccessKeyInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair as listed."""

    id: str
    account: str
    principal: str
    active: bool
    created_ms: int


class AccessKeyStore:
    """The `access_keys` table of the default region."""

    def __init__(self, keys: RingKeys, entropy: Entropy) -> None:
        """Seal secrets with the installation's keys."""
        self._keys = keys
        self._entropy = entropy

    def create(
        self, tx: Transaction, account: str, *, now_ms: int, principal: str = ROOT
    ) -> AccessKey:
        """Make and store a key pair; its secret is shown this once."""
        key_id = "AKIA" + text(self._entropy, BASE32, ID_CHARACTERS)
        secret = text(self._entropy, SECRET_ALPHABET, SECRET_CHARACTERS)
        sealed = self._keys.seal(
            Purpose.ACCESS_KEY, secret.encode(), context=_context(key_id, account)
        )
        tx.run(ADD, (key_id, account, principal, sealed, now_ms))
        return AccessKey(
            id=key_id, account=account, principal=principal, secret=Secret(secret), active=True
        )

    def get(self, tx: Transaction, access_key_id: str) -> AccessKey | None:
        """Return a key pair, active or not."""
        if "\0" in access_key_id:  # PostgreSQL's text has no NUL, so no key has either
            return None
        row = tx.one(GET, (access_key_id,))
        if row is None:
            return None
        key_id, account, principal, sealed, active = row
        secret = self._keys.open(
            Purpose.ACCESS_KEY, sealed, context=_context(key_id, account)
        ).decode()
        return AccessKey(
            id=key_id,
            account=account,
            principal=principal,
            secret=Secret(secret),
            active=active != 0,
        )

    def of_principal(self, tx: Transaction, account: str, principal: str) -> AccessKey | None:
        """Return the first key pair of a principal, an active one if there is one."""
        row = tx.one(OF_PRINCIPAL, (account, principal))
        return None if row is None else self.get(tx, row[0])

    def all(self, tx: Transaction) -> list[AccessKeyInfo]:
        """Return every key pair, without its secret."""
        return [
            AccessKeyInfo(
                id=row[0], account=row[1], principal=row[2], active=row[3] != 0, created_ms=row[4]
            )
            for row in tx.all(LIST)
        ]

    def set_active(self, tx: Transaction, access_key_id: str, *, active: bool) -> bool:
        """Turn a key pair on or off; False when there is none."""
        return tx.run(SET_ACTIVE, (int(active), access_key_id)) == 1

    def delete(self, tx: Transaction, access_key_id: str) -> bool:
        """Remove a key pair; False when there is none."""
        return tx.run(DELETE, (access_key_id,)) == 1

    def any(self, tx: Transaction) -> bool:
        """Tell whether there is any key pair."""
        row = tx.one(COUNT)
        return row is not None and row[0] > 0


def _context(key_id: str, account: str) -> str:
    return f"access_keys/{account}/{key_id}"
