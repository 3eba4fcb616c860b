"""Who has which domain. Implements `core.directory.ports.DomainNames`.

The primary key is the one place where a name is taken, whichever account asks. What else there is
to know of a domain stands in its pool's document.
"""

from typing import Final

from poolkeep.base.transaction import Transaction
from poolkeep.core.directory.model import DomainKind

CLAIM: Final = """
INSERT INTO domains (domain, pool_id, account, kind) VALUES (?, ?, ?, ?)
ON CONFLICT (domain) DO NOTHING"""
OWNER: Final = "SELECT pool_id FROM domains WHERE domain = ?"
RELEASE: Final = "DELETE FROM domains WHERE domain = ? AND pool_id = ?"
COUNT: Final = "SELECT COUNT(*) FROM domains WHERE account = ? AND kind = ?"


class DomainStore:
    """The `domains` table."""

    def claim(
        self, tx: Transaction, name: str, *, pool_id: str, account: str, kind: DomainKind
    ) -> bool:
        """Take a name for a pool; False when it is taken."""
        return tx.run(CLAIM, (name, pool_id, account, kind)) == 1

    def owner(self, tx: Transaction, name: str) -> str | None:
        """Return the id of the pool that has the name."""
        row = tx.one(OWNER, (name,))
        return str(row[0]) if row else None

    def release(self, tx: Transaction, name: str, pool_id: str) -> bool:
        """Free a name; False when the pool does not have it."""
        return tx.run(RELEASE, (name, pool_id)) == 1

    def count(self, tx: Transaction, account: str, kind: DomainKind) -> int:
        """Return how many names of a kind the account has."""
        row = tx.one(COUNT, (account, kind))
        return int(row[0]) if row else 0
