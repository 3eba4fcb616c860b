"""Browsers that are signed in to a pool's pages: what is kept, and for how long it counts.

The cookie holds 32 random bytes and nothing else. What it stands for is a row, sealed, which goes
when its user signs out on the pages, is disabled or is deleted; tokens live and die apart from it.
Source: docs/behaviours/oauth.md.
"""

from typing import Final, NamedTuple

import msgspec

from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Transaction
from poolkeep.core.oauth.hashing import PURPOSE, hashed
from poolkeep.core.oauth.model import BrowserSession
from poolkeep.core.oauth.ports import BrowserSessionRows, SessionRow
from poolkeep.core.oauth.profile import profile_of
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.sessions.ports import SessionRows
from poolkeep.core.users.model import User
from poolkeep.crypto import base64url
from poolkeep.crypto.envelope import EnvelopeBroken

COOKIE_BYTES: Final = 32
COOKIE_CHARACTERS: Final = 43
MINUTES: Final = 60
"""From the last interactive sign-in, and not sliding, where the pool does not track sessions."""
MINUTES_MIN: Final = 5
MINUTES_MAX: Final = 30 * 24 * 60
MINUTES_TAG: Final = "session-minutes"
"""The pool's tag that sets another life."""
MS_PER_MINUTE: Final = 60_000


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed part of a session."""

    factors: tuple[str, ...] = ()
    level: int | None = None
    device_key: str | None = None
    sso_session_id: str | None = None


class Known(NamedTuple):
    """A browser's session that counts, and whose it is."""

    session: BrowserSession
    user: User


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Kept).decode


def new_cookie(entropy: Entropy) -> str:
    """Return a value for the session cookie."""
    return base64url.encode(entropy.bytes(COOKIE_BYTES)).decode()


def key_of(pool: LoadedPool, cookie: str) -> bytes:
    """Return the name under which the cookie's session is kept."""
    return hashed(pool, "session", cookie)


def minutes_of(pool: LoadedPool) -> int:
    """Return for how many minutes a sign-in counts in a pool that does not track sessions."""
    asked = profile_of(pool).tags.get(MINUTES_TAG, "")
    if not (asked.isascii() and asked.isdigit()):
        return MINUTES
    return min(max(int(asked), MINUTES_MIN), MINUTES_MAX)


def put(tx: Transaction, rows: BrowserSessionRows, pool: LoadedPool, made: BrowserSession) -> None:
    """Store a session."""
    kept = Kept(
        factors=made.factors,
        level=made.level,
        device_key=made.device_key,
        sso_session_id=made.sso_session_id,
    )
    rows.insert(
        tx,
        SessionRow(
            pool_id=made.pool_id,
            key=made.key,
            user_id=made.user_id,
            client_id=made.client_id,
            provider=made.provider,
            sealed=pool.keys.seal(PURPOSE, _encode(kept), context=_context(made.pool_id, made.key)),
            authenticated_ms=made.authenticated_ms,
            expires_ms=made.expires_ms,
        ),
    )


def find(
    tx: Transaction,
    rows: BrowserSessionRows,
    tracked: SessionRows,
    *,
    pool: LoadedPool,
    cookie: str | None,
    now_ms: int,
) -> Known | None:
    """Return the session of a cookie and its user, while both count.

    Where the pool tracks sessions, one whose record was ended or revoked counts no more.
    """
    if cookie is None or len(cookie) != COOKIE_CHARACTERS:
        return None
    pool_id = pool.pool.id
    found = rows.get(tx, pool_id, key_of(pool, cookie))
    if found is None or found[0].expires_ms <= now_ms or not found[1].enabled:
        return None
    session = _opened(pool, found[0])
    if session is None:
        return None
    if pool.pool.session_tracking and session.sso_session_id is not None:
        record = tracked.get(tx, pool_id, session.sso_session_id)
        if record is None or record.expires_ms <= now_ms:
            return None
    return Known(session, found[1])


def _opened(pool: LoadedPool, row: SessionRow) -> BrowserSession | None:
    try:
        kept = _decode(pool.keys.open(PURPOSE, row.sealed, context=_context(row.pool_id, row.key)))
    except EnvelopeBroken:
        return None
    return BrowserSession(
        key=row.key,
        pool_id=row.pool_id,
        user_id=row.user_id,
        client_id=row.client_id,
        provider=row.provider,
        factors=kept.factors,
        authenticated_ms=row.authenticated_ms,
        expires_ms=row.expires_ms,
        level=kept.level,
        device_key=kept.device_key,
        sso_session_id=kept.sso_session_id,
    )


def _context(pool_id: str, key: bytes) -> str:
    return f"browser_sessions/{pool_id}/{key.hex()}"
