"""Restores under way. Implements `core.export.ports.Restores`.

A claim is a row of `meta`: the token of who restores, and when it last moved. Rows that a killed
restore has left belong to no pool; a claim that has not moved for an hour becomes a purge.
"""

from typing import Final

from poolkeep.base.transaction import Transaction

PREFIX: Final = "restore/"
STALE_MS: Final = 60 * 60 * 1000
GET = "SELECT value FROM meta WHERE name = ?"
HAS_POOL = "SELECT 1 FROM user_pools WHERE pool_id = ?"
CLAIM = """
INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
MOVE = "UPDATE meta SET value = ? WHERE name = ? AND value = ?"
END = "DELETE FROM meta WHERE name = ? AND value = ?"
ALL = "SELECT name, value FROM meta WHERE name >= 'restore/' AND name < 'restore0'"
NOTE_PURGE = "INSERT INTO meta (name, value) VALUES (?, '') ON CONFLICT (name) DO NOTHING"


class RestoreStore:
    """The rows of `meta` that begin with `restore/`."""

    def begin(
        self, tx: Transaction, pool_id: str, token: str, *, now_ms: int, take_over: bool
    ) -> str:
        """Claim the restore of a pool: `begun`, or why not: `exists`, `deleting`, `running`."""
        if tx.one(HAS_POOL, (pool_id,)) is not None:
            return "exists"
        if tx.one(GET, (f"purge/{pool_id}",)) is not None:
            return "deleting"
        held = tx.one(GET, (PREFIX + pool_id,))
        if held is not None and not take_over and now_ms - _moved_ms(held[0]) < STALE_MS:
            return "running"
        tx.run(CLAIM, (PREFIX + pool_id, f"{token} {now_ms}"))
        return "begun"

    def moved(self, tx: Transaction, pool_id: str, token: str, *, now_ms: int) -> bool:
        """Say that the restore goes on; False when another one has taken it over."""
        held = tx.one(GET, (PREFIX + pool_id,))
        if held is None or held[0].partition(" ")[0] != token:
            return False
        # Compared again in the statement: on PostgreSQL somebody may have come in between.
        return tx.run(MOVE, (f"{token} {now_ms}", PREFIX + pool_id, held[0])) == 1

    def end(self, tx: Transaction, pool_id: str, token: str) -> bool:
        """Forget the claim; False when another one has taken it over."""
        held = tx.one(GET, (PREFIX + pool_id,))
        if held is None or held[0].partition(" ")[0] != token:
            return False
        return tx.run(END, (PREFIX + pool_id, held[0])) == 1

    def abandon(self, tx: Transaction, *, now_ms: int) -> int:
        """Turn claims that have not moved for an hour into purges; return how many."""
        stale = [
            (name, value) for name, value in tx.all(ALL) if now_ms - _moved_ms(value) >= STALE_MS
        ]
        for name, value in stale:
            if tx.run(END, (name, value)):
                tx.run(NOTE_PURGE, (f"purge/{name.removeprefix(PREFIX)}",))
        return len(stale)


def _moved_ms(value: str) -> int:
    return int(value.rpartition(" ")[2])
