"""Rates that accounts have set. Implements `core.quotas.service.ProvisionedRows`."""

from poolkeep.base.transaction import Transaction

OF_ACCOUNT = "SELECT category, value FROM provisioned_limits WHERE account = ?"
PUT = """
INSERT INTO provisioned_limits (account, category, value, modified_ms) VALUES (?, ?, ?, ?)
ON CONFLICT (account, category)
DO UPDATE SET value = excluded.value, modified_ms = excluded.modified_ms"""


class ProvisionedLimitStore:
    """The `provisioned_limits` table."""

    def of_account(self, tx: Transaction, account: str) -> dict[str, int]:
        """Return the rates that an account has set, by category."""
        return {category: int(value) for category, value in tx.all(OF_ACCOUNT, (account,))}

    def put(self, tx: Transaction, account: str, category: str, *, value: int, now_ms: int) -> None:
        """Set a rate."""
        tx.run(PUT, (account, category, value, now_ms))
