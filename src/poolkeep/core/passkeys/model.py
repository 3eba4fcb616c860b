"""Passkeys as values."""

import msgspec


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """One WebAuthn credential. `id` and `public_key` (COSE) are raw bytes; times in ms."""

    id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...] = ()
    attachment: str | None = None
    friendly_name: str
    relying_party_id: str
    created_ms: int
