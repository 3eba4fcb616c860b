"""What a face asks of sign-in, and what it gets."""

from collections.abc import Mapping

import msgspec

from poolkeep.core.devices.model import NewDevice
from poolkeep.core.sessions import Activity
from poolkeep.core.tokens import IssuedTokens


class Origin(Activity, frozen=True, kw_only=True):
    """Where a request comes from."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """InitiateAuth, AdminInitiateAuth (then with pool and account), or the hosted pages.

    `session` is what ConfirmSignUp returned, for USER_AUTH.
    """

    flow: str
    client_id: str
    parameters: Mapping[str, str]
    session: str | None = None
    client_metadata: Mapping[str, str] = {}
    origin: Origin = Origin()
    pool_id: str | None = None
    account: str | None = None
    authorization_request: str | None = None

    @property
    def by_admin(self) -> bool:
        """Whether an administrator signs the user in."""
        return self.pool_id is not None


class Respond(msgspec.Struct, frozen=True, kw_only=True):
    """RespondToAuthChallenge or AdminRespondToAuthChallenge."""

    client_id: str
    challenge: str
    answers: Mapping[str, str]
    session: str | None = None
    client_metadata: Mapping[str, str] = {}
    origin: Origin = Origin()
    pool_id: str | None = None
    account: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The caller owes one more proof."""

    challenge: str
    parameters: Mapping[str, str]
    session: str | None = None
    available: tuple[str, ...] | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Done: tokens, and for a device that the pool did not know an identity."""

    tokens: IssuedTokens
    new_device: NewDevice | None = None
