"""Sessions that lead from a sign-up into a sign-in. Source: docs/behaviours/user-auth.md.

    SignUp ─▶ Session ─▶ ConfirmSignUp ─▶ Session ─▶ InitiateAuth (USER_AUTH) ─▶ tokens

Each remembers where the user stood when it was given, so that the first confirms nothing and signs
nobody in; only the second, given once the code was right, does. Both are sealed for one pool and
one client, and live as long as any session of that client. The second is good once.
"""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_flows, auth_session_ms
from poolkeep.core.signin import handles, wording
from poolkeep.core.users.model import Status, User
from poolkeep.crypto.envelope import EnvelopeBroken, Purpose

VERSION = 1


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What such a session holds; `status` is the user's when it was given."""

    version: int = VERSION
    handle: str
    user_id: str
    status: str
    expires_ms: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Ticket)


class Continuations:
    """Gives such sessions out. Implements `core.signup.ports.Continuation`."""

    def __init__(self, *, clock: Clock, entropy: Entropy) -> None:
        """Date them by `clock`."""
        self._clock = clock
        self._entropy = entropy

    def continuation(
        self, pool: LoadedPool, client: AppClient, user: User, *, by_pages: bool = False
    ) -> str | None:
        """Return a session for the user as they stand; None without the choice-based flow.

        The hosted pages need no flow, and keep the session to themselves.
        """
        if not by_pages and "USER_AUTH" not in auth_flows(client):
            return None
        ticket = Ticket(
            handle=uuid4(self._entropy),
            user_id=user.id,
            status=user.status,
            expires_ms=self._clock.now_ms() + auth_session_ms(client),
        )
        sealed = pool.keys.seal_salted(
            Purpose.SESSION, _encoder.encode(ticket), context=_context(pool, client)
        )
        return handles.to_text(sealed)

    def check_continuation(
        self, pool: LoadedPool, client: AppClient, user: User, session: str
    ) -> None:
        """Refuse unless `session` came from this very user's sign-up."""
        redeem(pool, client, user, session=session, now_ms=self._clock.now_ms())


def redeem(
    pool: LoadedPool, client: AppClient, user: User | None, *, session: str, now_ms: int
) -> Ticket:
    """Return what a session holds.

    Refuses one that is foreign, altered or too old, of another user, or of an earlier status.
    """
    try:
        ticket = _decoder.decode(
            pool.keys.open(
                Purpose.SESSION, handles.from_text(session), context=_context(pool, client)
            )
        )
    except (EnvelopeBroken, msgspec.DecodeError):
        raise NotAuthorized(wording.SESSION_INVALID) from None
    if (
        ticket.version != VERSION
        or user is None
        or ticket.user_id != user.id
        or ticket.status != user.status
        or user.status not in {Status.UNCONFIRMED, Status.CONFIRMED}
    ):
        raise NotAuthorized(wording.SESSION_INVALID)
    if ticket.expires_ms <= now_ms:
        raise NotAuthorized(wording.SESSION_EXPIRED)
    return ticket


def _context(pool: LoadedPool, client: AppClient) -> str:
    return f"continuation/{pool.pool.region}/{pool.pool.id}/{client.id}"
