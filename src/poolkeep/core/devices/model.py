"""Devices as values."""

import msgspec


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed device of one user. Times in ms.

    `group_key` and `verifier` are its SRP identity and password verifier
    (`crypto.passwords.StoredVerifier.encode()`), unsealed.
    """

    key: str
    group_key: str
    verifier: bytes
    name: str | None = None
    remembered: bool
    created_ms: int
    modified_ms: int
    authenticated_ms: int
    last_ip: str = ""

    def __repr__(self) -> str:
        """Never show the verifier."""
        return f"Device(key={self.key!r}, remembered={self.remembered})"


class NewDevice(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in from an unknown device gets to identify itself by from now on."""

    key: str
    group_key: str
