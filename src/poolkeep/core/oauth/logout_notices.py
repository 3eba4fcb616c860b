"""Tell applications that a user has signed out (OpenID Connect Back-Channel Logout 1.0).

Strict profile only. Where a client wants to hear of it is a tag of the pool:

    poolkeep:backchannel-logout-uri:<client id>     https://app.example/backchannel-logout

Every client with such an address hears of every user who signs out of the pages: to an
application that knows no session of the user, a notice is nothing to do. Notices wait in the
outbox beside messages, so none is lost with a process.
"""

from typing import Final
from urllib.parse import urlsplit

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.transaction import Transaction
from poolkeep.core.messages.model import LOGOUT, Message
from poolkeep.core.messages.service import Messenger, seal_message
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.tokens.issuer import Issuers
from poolkeep.crypto.jose import sign

TAG: Final = "backchannel-logout-uri:"
EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LIFE_S: Final = 900
"""More than the two minutes that the standard recommends: a notice is tried again for so long."""
MS_PER_S: Final = 1_000
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def addresses(pool: LoadedPool) -> dict[str, str]:
    """Return where clients want to hear of it, by client id; unusable addresses are left out."""
    profile = profile_of(pool)
    if not profile.strict:
        return {}
    return {
        name.removeprefix(TAG): uri
        for name, uri in profile.tags.items()
        if name.startswith(TAG) and _usable(uri)
    }


class LogoutNotices:
    """Notices of every pool of a region."""

    def __init__(
        self, *, messenger: Messenger, issuers: Issuers, clock: Clock, entropy: Entropy
    ) -> None:
        """Leave notices with `messenger`."""
        self._messenger = messenger
        self._issuers = issuers
        self._clock = clock
        self._entropy = entropy

    def enqueue(self, tx: Transaction, pool: LoadedPool, user_id: str) -> bool:
        """Leave a notice for each client, in the write that ends the session; False for none."""
        found = addresses(pool)
        for client_id, uri in found.items():
            notice = self._notice(pool, user_id, client_id, uri)
            self._messenger.enqueue(tx, seal_message(pool, notice))
        return bool(found)

    def wake(self) -> None:
        """Tell the sweep, after the commit."""
        self._messenger.wake()

    def _notice(self, pool: LoadedPool, user_id: str, client_id: str, uri: str) -> Message:
        now_ms = self._clock.now_ms()
        issued_s = now_ms // MS_PER_S
        claims = {
            "iss": self._issuers.of(pool.pool),
            "sub": user_id,
            "aud": client_id,
            "iat": issued_s,
            "exp": issued_s + LIFE_S,
            "jti": uuid4(self._entropy),
            "events": {EVENT: {}},
        }
        return Message(
            id=uuid4(self._entropy),
            account=pool.pool.account,
            pool_id=pool.pool.id,
            medium=LOGOUT,
            kind="BackchannelLogout",
            destination=uri,
            body=sign(pool.signing.signer("id", now_ms), msgspec.json.encode(claims)),
            created_ms=now_ms,
        )


def _usable(uri: str) -> bool:
    """Tell whether a notice may be sent there: https, or this very machine; no fragment."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.fragment or "@" in parts.netloc or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
