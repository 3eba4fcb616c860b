"""The keys that sign OpenID tokens of identities: made when first needed, kept in memory."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.identities.model import COGNITO
from poolkeep.crypto.certificates import new_key, self_signed
from poolkeep.crypto.identity_tokens import IdentityKey

FRESH_MS: Final = 60_000
FIRST: Final = 1


class KeyRows(Protocol):
    """Where keys are kept."""

    def all(self, tx: Transaction) -> list[IdentityKey]:
        """Return every key, the newest first."""
        ...

    def add(
        self, tx: Transaction, number: int, kid: str, *, private: bytes, certificate: bytes,
        now_ms: int,
    ) -> bool:  # fmt: skip
        """Store a key; False when there is one of that number."""
        ...


class Keyring:
    """The keys of an installation, from the database of its default region."""

    def __init__(
        self, *, database: Database, rows: KeyRows, clock: Clock, entropy: Entropy, region: str
    ) -> None:
        """Keep keys in `database`; `region` is in their names, `clock` is the machine's own."""
        self._database = database
        self._rows = rows
        self._clock = clock
        self._entropy = entropy
        self._region = region
        self._kept: Sequence[IdentityKey] = ()
        self._read_ms = 0
        self._making = asyncio.Lock()

    async def all(self) -> Sequence[IdentityKey]:
        """Return the keys, the newest first; the first call of all makes one."""
        now_ms = self._clock.now_ms()
        if not self._kept or not 0 <= now_ms - self._read_ms < FRESH_MS:
            async with self._making:
                kept = await self._database.read(self._rows.all)
                self._kept = kept or await self._first(now_ms)
                self._read_ms = now_ms
        return self._kept

    async def _first(self, now_ms: int) -> Sequence[IdentityKey]:
        private = await asyncio.to_thread(new_key)
        certificate = self_signed(private, name=COGNITO, now_ms=now_ms, entropy=self._entropy)
        kid = f"{self._region}-{FIRST}"

        def work(tx: Transaction) -> None:
            self._rows.add(tx, FIRST, kid, private=private, certificate=certificate, now_ms=now_ms)

        await self._database.write(work)
        # Another process may have been faster; then its key is the first.
        return await self._database.read(self._rows.all)
