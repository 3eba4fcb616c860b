"""What a face asks of sign-in, and what it gets."""

from collections.abc import Mapping

import msgspec

from poolkeep.core.devices.model import NewDevice
from poolkeep.core.passkeys.model import Place
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.sessions import Activity
from poolkeep.core.tokens import IssuedTokens
from poolkeep.core.users.model import Group, User


class Origin(Activity, frozen=True, kw_only=True):
    """Where a request comes from."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """InitiateAuth, AdminInitiateAuth (then with pool and account), or the hosted pages.

    `session` is what ConfirmSignUp returned, for USER_AUTH. `authorization_request` makes it a
    sign-in of the pages: it names the request that is to be answered, the client needs neither
    the flow nor a secret hash, and the end is `Authenticated` in place of tokens.
    `passkey_place` is the page that passkeys are used on, and `passkey_challenge` what it has asked
    the browser to sign before it knew who is there.
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
    passkey_place: Place | None = None
    passkey_challenge: bytes | None = None

    @property
    def by_pages(self) -> bool:
        """Whether the hosted pages sign the user in."""
        return self.authorization_request is not None

    @property
    def by_admin(self) -> bool:
        """Whether an administrator signs the user in."""
        return self.pool_id is not None


class Respond(msgspec.Struct, frozen=True, kw_only=True):
    """RespondToAuthChallenge, AdminRespondToAuthChallenge, or the hosted pages.

    `authorization_request` is that of the pages, as at the start.
    """

    client_id: str
    challenge: str
    answers: Mapping[str, str]
    session: str | None = None
    client_metadata: Mapping[str, str] = {}
    origin: Origin = Origin()
    pool_id: str | None = None
    account: str | None = None
    authorization_request: str | None = None

    @property
    def by_pages(self) -> bool:
        """Whether the hosted pages carry the answer."""
        return self.authorization_request is not None


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


class Authenticated(msgspec.Struct, frozen=True, kw_only=True):
    """Done on the pages: who has signed in, how and when; tokens come later, for a code.

    `level` is an identity provider's word on what the proofs are worth.
    """

    pool: LoadedPool
    client: AppClient
    user: User
    groups: tuple[Group, ...]
    factors: tuple[str, ...]
    authenticated_ms: int
    event_id: str
    level: int | None = None
    device_key: str | None = None
    new_device: NewDevice | None = None
