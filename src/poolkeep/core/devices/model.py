"""Devices as values. Times in ms."""

from enum import StrEnum

import msgspec


class Standing(StrEnum):
    """What the store knows of a key; of a key that it has never seen, nothing."""

    CONFIRMED = "confirmed"
    FORGOTTEN = "forgotten"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed device of one user.

    `secret` is the sealed verifier of its password, None for a device that was confirmed without
    one; `tokens_end_ms` is when the last token that names it ends.
    """

    pool_id: str
    user_id: str
    key: str
    group_key: str
    name: str | None = None
    secret: bytes | None = None
    remembered: bool
    created_ms: int
    modified_ms: int
    authenticated_ms: int
    tokens_end_ms: int
    last_ip: str = ""

    @property
    def proves_itself(self) -> bool:
        """Whether a sign-in from it ends with its own proof: remembered, and with a password."""
        return self.remembered and self.secret is not None

    def __repr__(self) -> str:
        """Never show the secret, sealed as it is."""
        return f"Device(key={self.key!r}, remembered={self.remembered})"


class NewDevice(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in from an unknown device gets to identify itself by from now on."""

    key: str
    group_key: str


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """ConfirmDevice: salt and verifier in base64, as the client made them."""

    key: str
    name: str | None = None
    salt: str | None = None
    password_verifier: str | None = None

    def __repr__(self) -> str:
        """Never show the verifier."""
        return f"Confirmation(key={self.key!r})"
