"""What sign-up needs from sign-in, which stands beside it."""

from typing import Protocol

from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.users.model import User


class Continuation(Protocol):
    """Sessions that lead from a sign-up into a sign-in without asking again."""

    def continuation(
        self, pool: LoadedPool, client: AppClient, user: User, *, by_pages: bool = False
    ) -> str | None:
        """Return a session for InitiateAuth, None where the client has no choice-based flow."""
        ...

    def check_continuation(
        self, pool: LoadedPool, client: AppClient, user: User, session: str
    ) -> None:
        """Refuse NotAuthorized unless `session` came from this very user's sign-up."""
        ...


class NoContinuation:
    """Nobody goes on without signing in."""

    def continuation(
        self, pool: LoadedPool, client: AppClient, user: User, *, by_pages: bool = False
    ) -> str | None:
        """Return None."""
        return None

    def check_continuation(
        self, pool: LoadedPool, client: AppClient, user: User, session: str
    ) -> None:
        """Accept: nothing follows from the session."""
