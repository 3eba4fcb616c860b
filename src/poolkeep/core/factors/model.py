"""Factors as values."""

import msgspec


class SoftwareToken(msgspec.Struct, frozen=True, kw_only=True):
    """A verified authenticator app.

    `seed` is unsealed; `used_step` is the newest time step that has proven something, None while
    none has: no code works twice.
    """

    seed: bytes
    used_step: int | None = None
    friendly_name: str | None = None

    def __repr__(self) -> str:
        """Never show the seed."""
        return f"SoftwareToken(friendly_name={self.friendly_name!r})"
