"""The token service, wired: one for the installation."""

from collections.abc import Sequence

import msgspec

from poolkeep.adapters.issuer_keys import IssuerKeys, Own
from poolkeep.adapters.outgoing import Outgoing
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Database
from poolkeep.compose.iam import Iam
from poolkeep.core.iam.refusals import NoSuchEntity
from poolkeep.core.identities.openid import OpenIdTokens, OwnTokenRefused
from poolkeep.core.pools.keys import RingKeys
from poolkeep.core.sts.model import WebIdentity
from poolkeep.core.sts.proofs import SAML_AUDIENCE, Proofs
from poolkeep.core.sts.service import Sts
from poolkeep.core.sts.tokens import PREFIX, SessionTokens
from poolkeep.core.webidentity.refusals import SignatureWrong, TokenExpired
from poolkeep.core.webidentity.tokens import ForeignTokens
from poolkeep.settings import Settings
from poolkeep.storage.stores.access_keys import AccessKeyStore

SAML_PATH = "/saml"


class TokenService(msgspec.Struct, frozen=True, kw_only=True):
    """The services behind the operations of sts."""

    roles: Sts
    proofs: Proofs
    tokens: SessionTokens
    database: Database
    access_keys: AccessKeyStore

    async def account_of_key(self, access_key_id: str) -> str:
        """Return whose a long-term key is; a temporary one is told by its token alone.

        Raises NoSuchEntity.
        """
        found = None
        if not access_key_id.startswith(PREFIX):
            found = await self.database.read(lambda tx: self.access_keys.get(tx, access_key_id))
        if found is None:
            raise NoSuchEntity("The access key cannot be found.")
        return found.account


class _OwnTokens:
    """Our identities' tokens, with the refusals of anybody's."""

    def __init__(self, tokens: OpenIdTokens) -> None:
        self._tokens = tokens

    async def read(self, text: str) -> WebIdentity | None:
        """Return whom a token of ours speaks for. Raises TokenRefused."""
        try:
            return await self._tokens.read(text)
        except OwnTokenRefused as refused:
            if refused.exp is not None:
                raise TokenExpired(refused.now_s, refused.exp) from refused
            raise SignatureWrong from refused


def build_sessions(keys: RingKeys, *, clock: Clock, entropy: Entropy) -> SessionTokens:
    """Return what makes and opens session tokens, under the installation's key."""
    return SessionTokens(keys, clock=clock, entropy=entropy)


def build_foreign_tokens(
    settings: Settings, *, own: Own, clock: Clock, wall_clock: Clock
) -> ForeignTokens:
    """Return what verifies other issuers' tokens; in production none is on a private network.

    `own` gives the keys of issuers that are ours.
    """
    outgoing = Outgoing(private_allowed=settings.mode != "production")
    return ForeignTokens(IssuerKeys(outgoing, clock=wall_clock, own=own), clock)


def build_sts(
    database: Database,
    access_keys: AccessKeyStore,
    iam: Iam,
    *,
    sessions: SessionTokens,
    foreign: ForeignTokens,
    openid: OpenIdTokens,
    settings: Settings,
    clock: Clock,
) -> TokenService:
    """Return the token service."""
    places: Sequence[str] = (SAML_AUDIENCE, settings.base_url.rstrip("/") + SAML_PATH)
    return TokenService(
        roles=Sts(
            book=iam.book,
            authority=iam.authority,
            tokens=sessions,
            clock=clock,
            root_assumes=settings.mode == "dev",
        ),
        proofs=Proofs(
            book=iam.book,
            foreign=foreign,
            own=_OwnTokens(openid),
            clock=clock,
            saml_places=places,
        ),
        tokens=sessions,
        database=database,
        access_keys=access_keys,
    )
