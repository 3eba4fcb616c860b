"""Passkeys as values."""

import msgspec


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """One WebAuthn credential. `id` and `public_key` (COSE) are raw bytes; times in ms.

    `sign_count` is the highest that its authenticator has shown; one that does not count shows 0.
    """

    id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...] = ()
    attachment: str | None = None
    friendly_name: str
    relying_party_id: str
    aaguid: str = ""
    backup_eligible: bool = False
    backed_up: bool = False
    created_ms: int
    used_ms: int = 0


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """A registration under way: what was asked, through which client, until when."""

    challenge: bytes
    client_id: str
    expires_ms: int


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The page that a ceremony of the hosted pages takes place on, and for whom it does."""

    party: str
    origin: str


class PasskeyPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of a user's passkeys ends."""

    created_ms: int = -1
    credential_id: str = ""
