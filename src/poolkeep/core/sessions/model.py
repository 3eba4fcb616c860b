"""Sessions as values. Times in ms."""

import msgspec


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """From where a session is used; the address as seen, the user agent as sent."""

    ip_address: str = ""
    user_agent: str = ""


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in at one client and every refresh token that descends from it."""

    pool_id: str
    user_id: str
    client_id: str
    origin_jti: str
    issued_ms: int
    expires_ms: int
    sso_session_id: str | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A token session (with `origin_jti`), or the SSO session of a browser (without).

    `authenticated_ms` is the last fresh authentication, from which the reuse of an SSO session
    is counted.
    """

    id: str
    pool_id: str
    user_id: str
    client_id: str
    origin_jti: str | None = None
    origin_session_id: str | None = None
    created_ms: int
    authenticated_ms: int
    last_active_ms: int
    expires_ms: int
    ip_address: str = ""
    device_type: str = ""

    @property
    def is_sso(self) -> bool:
        """Whether this is a browser's session with the pages."""
        return self.origin_jti is None
