"""Users' sign-in events, kept where the pool asks for them. Source: docs/behaviours/sign-in.md."""

from typing import Final, Protocol

import msgspec

from poolkeep.base.transaction import Database, Transaction
from poolkeep.core.pools.loaded import LoadedPool

EVENTS_KEPT_MS: Final = 2 * 365 * 86_400_000
"""Two years."""


class ChallengeOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One proof of an attempt: Password or Mfa, Success or Failure."""

    challenge_name: str
    challenge_response: str


class EventFeedback(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said of an event: Valid or Invalid, by Admin or User."""

    feedback_value: str
    provider: str
    at_ms: int


class AuthEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one user."""

    id: str
    pool_id: str
    user_id: str
    client_id: str
    event_type: str
    event_response: str
    at_ms: int
    ip_address: str = ""
    user_agent: str = ""
    challenges: tuple[ChallengeOutcome, ...] = ()
    risk_decision: str = "NoRisk"
    feedback: EventFeedback | None = None


class AuthEventRows(Protocol):
    """Where events are kept."""

    def add(self, tx: Transaction, event: AuthEvent) -> None:
        """Append an event."""
        ...


def wants_events(pool: LoadedPool) -> bool:
    """Tell whether the pool keeps auth events: threat protection in AUDIT or ENFORCED."""
    add_ons = pool.pool.settings.user_pool_add_ons
    return add_ons is not None and add_ons.advanced_security_mode in {"AUDIT", "ENFORCED"}


class AuthEvents:
    """Writes events before the answer leaves."""

    def __init__(self, database: Database, rows: AuthEventRows) -> None:
        """Append to `rows`."""
        self._database = database
        self._rows = rows

    async def record(self, pool: LoadedPool, event: AuthEvent) -> None:
        """Keep `event` if the pool asks for events; in a transaction of its own."""
        if wants_events(pool):
            await self._database.write(lambda tx: self._rows.add(tx, event))
