"""A pool's token keys: which one signs now, which ones verify.

A key's state follows from its times, so nothing has to switch it:

    created ─ next ─ active_from ─ signing ─ retired ─ verifying only ─ gone

A key is published from its creation until it is gone, so that a verifier that caches the key set
has seen a key before the first token that it signs. Source: docs/behaviours/tokens.md.
"""

from typing import Final, Literal

import msgspec

from poolkeep.crypto.jose import SigningKey, VerifyingKey, jwk

TokenUse = Literal["id", "access"]

NEVER_MS: Final = 253_402_300_799_000
"""The end of the year 9999: a key that waits to be made the next one."""


class KeyRecord:
    """One key pair of a pool and its times, in ms."""

    __slots__ = (
        "active_from_ms", "created_ms", "gone_ms", "key", "retired_ms", "use", "verifying",
    )  # fmt: skip

    def __init__(
        self,
        key: SigningKey,
        *,
        use: TokenUse,
        active_from_ms: int,
        retired_ms: int = NEVER_MS,
        gone_ms: int = NEVER_MS,
        created_ms: int = 0,
    ) -> None:
        """Describe a loaded key."""
        self.key = key
        self.verifying: VerifyingKey = key.verifying_key()
        self.use = use
        self.active_from_ms = active_from_ms
        self.retired_ms = retired_ms
        self.gone_ms = gone_ms
        self.created_ms = created_ms


class JwkSet(msgspec.Struct, frozen=True):
    """A published key set."""

    keys: list[dict[str, str]]


class SigningKeys:
    """Every key of a pool that is not gone."""

    __slots__ = ("_by_kid", "_records")

    def __init__(self, records: tuple[KeyRecord, ...]) -> None:
        """Take the keys in order of creation."""
        self._records = records
        self._by_kid = {record.key.kid: record for record in records}

    def signer(self, use: TokenUse, now_ms: int) -> SigningKey:
        """Return the key that signs tokens of this use now."""
        best: KeyRecord | None = None
        for record in self._records:
            signs_now = record.use == use and record.active_from_ms <= now_ms < record.retired_ms
            if signs_now and (best is None or record.active_from_ms > best.active_from_ms):
                best = record
        if best is None:
            message = f"no {use} key signs at {now_ms}"
            raise RuntimeError(message)
        return best.key

    def verifier(self, kid: str, use: TokenUse, now_ms: int) -> VerifyingKey | None:
        """Return the key of exactly this id and use, unless it is gone."""
        record = self._by_kid.get(kid)
        if record is None or record.use != use or record.gone_ms <= now_ms:
            return None
        return record.verifying

    def published(self, now_ms: int) -> JwkSet:
        """Return what the JWKS address shows."""
        return JwkSet(
            [jwk(record.verifying) for record in self._records if now_ms < record.gone_ms]
        )

    def records(self) -> tuple[KeyRecord, ...]:
        """Return the keys with their times."""
        return self._records


NO_KEYS: Final = SigningKeys(())
