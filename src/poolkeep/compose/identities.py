"""Identity pools, wired: the pools of each region, one set of signing keys for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from poolkeep.adapters.issuer_keys import IssuerKeys
from poolkeep.adapters.login_providers import ProviderQuestions
from poolkeep.adapters.outgoing import Outgoing
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.paging import PageTokens
from poolkeep.base.refusal import NotBuilt
from poolkeep.compose.installation import Installation
from poolkeep.compose.region import RegionParts
from poolkeep.core.audit import AuditTrail
from poolkeep.core.identities.classic import ClassicFlow
from poolkeep.core.identities.developers import Developers
from poolkeep.core.identities.enhanced import EnhancedFlow
from poolkeep.core.identities.keyring import Keyring
from poolkeep.core.identities.logins import Checker, Logins
from poolkeep.core.identities.naming import AMAZON, FACEBOOK, TWITTER, Names
from poolkeep.core.identities.openid import AWS_ISSUER, PLACE, OpenIdTokens
from poolkeep.core.identities.openid_logins import (
    IssuedTokens,
    LimitedLogins,
    OpenIdLogins,
    PoolsElsewhere,
)
from poolkeep.core.identities.people import People
from poolkeep.core.identities.pools import IdentityPools
from poolkeep.core.identities.saml_logins import SamlLogins
from poolkeep.core.identities.social_logins import (
    AmazonLogins,
    FacebookLogins,
    TwitterLogins,
)
from poolkeep.core.identities.user_pool_logins import UserPoolLogins
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.sts.model import IssuedSession, WebIdentity
from poolkeep.core.tokens import Issuers
from poolkeep.core.tokens.issuer import pool_of_issuer
from poolkeep.core.users.model import User
from poolkeep.core.webidentity.tokens import ForeignTokens
from poolkeep.crypto.envelope import Purpose
from poolkeep.http.aws.regions import Regions
from poolkeep.settings import Settings
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.identity_pools import IdentityPoolStore
from poolkeep.storage.stores.identity_pools_keys import IdentityKeyStore
from poolkeep.storage.stores.identity_pools_people import PoolIdentityStore
from poolkeep.storage.stores.tokens import SqlTokens

VENDOR = "aws"
SELF = "self"


class Identities(msgspec.Struct, frozen=True, kw_only=True):
    """The identity pools of one region."""

    pools: IdentityPools
    people: People
    tokens: OpenIdTokens
    classic: ClassicFlow
    enhanced: EnhancedFlow
    developers: Developers


def build_openid(
    default: RegionParts, *, settings: Settings, clock: Clock, wall_clock: Clock, entropy: Entropy
) -> OpenIdTokens:
    """Return what signs and reads OpenID tokens of identities."""
    place = f"{settings.base_url}/{PLACE}"
    issuer = settings.identity_issuer or AWS_ISSUER
    return OpenIdTokens(
        Keyring(
            database=default.database,
            rows=IdentityKeyStore(default.installation_keys),
            clock=wall_clock,
            entropy=entropy,
            region=default.name,
        ),
        issuer=place if issuer == SELF else issuer.rstrip("/"),
        place=place,
        clock=clock,
    )


def build_identities(
    parts: Mapping[str, RegionParts],
    regions: Regions,
    openid: OpenIdTokens,
    installation: Installation,
    *,
    settings: Settings,
    clock: Clock,
    wall_clock: Clock,
    entropy: Entropy,
) -> dict[str, Identities]:
    """Return the identity pools of every region, by its name."""
    user_pools = InstalledUserPools(parts, regions, settings, clock)
    names = Names(user_pools.addresses)
    book = installation.iam.book
    issued = IssuedTokens(
        ForeignTokens(
            IssuerKeys(
                Outgoing(private_allowed=settings.mode != "production"),
                clock=wall_clock,
                own=user_pools.keys_of,
            ),
            clock,
        )
    )
    logins = Logins(
        names,
        user_pools=UserPoolLogins(
            names,
            user_pools,
            clock,
            elsewhere=PoolsElsewhere(issued),
        ),
        openid=OpenIdLogins(book, issued, urls=settings.login_providers),
        saml=SamlLogins(
            book, clock, recipients=(*settings.saml_recipients, f"{settings.base_url}/saml")
        ),
        social=social(settings, issued, clock=wall_clock, entropy=entropy),
    )
    sessions = SharedSessions(installation)
    audit = AuditTrail(SqlAudit(), entropy)
    pool_rows, rows = IdentityPoolStore(), PoolIdentityStore()

    def build(part: RegionParts) -> Identities:
        pages = PageTokens(part.installation_keys.key(Purpose.CURSOR))
        people = People(
            database=part.database,
            pools=pool_rows,
            rows=rows,
            logins=logins,
            audit=audit,
            pages=pages,
            clock=clock,
            entropy=entropy,
            region=part.name,
        )
        return Identities(
            pools=IdentityPools(
                database=part.database,
                rows=pool_rows,
                names=names,
                audit=audit,
                pages=pages,
                clock=clock,
                entropy=entropy,
                region=part.name,
            ),
            people=people,
            tokens=openid,
            classic=ClassicFlow(people, openid),
            enhanced=EnhancedFlow(people, openid, sessions),
            developers=Developers(
                database=part.database,
                pools=pool_rows,
                rows=rows,
                people=people,
                logins=logins,
                tokens=openid,
                audit=audit,
                pages=pages,
                clock=clock,
            ),
        )

    return {name: build(part) for name, part in parts.items()}


def social(
    settings: Settings, issued: IssuedTokens, *, clock: Clock, entropy: Entropy
) -> dict[str, Checker]:
    """Return the checkers of providers that must be asked, by their key."""
    # Their addresses are their own or the operator's, never a tenant's.
    questions = ProviderQuestions(Outgoing(private_allowed=True))
    urls = settings.login_providers
    return {
        FACEBOOK: FacebookLogins(questions, urls.get(FACEBOOK), limited=LimitedLogins(issued)),
        AMAZON: AmazonLogins(questions, urls.get(AMAZON)),
        TWITTER: TwitterLogins(questions, urls.get(TWITTER), clock=clock, entropy=entropy),
    }


class SharedSessions:
    """The installation's token service. Implements `core.identities.ports.Sessions`.

    It is built after identity pools, whose tokens it takes.
    """

    def __init__(self, installation: Installation) -> None:
        """Ask whatever `installation` has when it is asked."""
        self._installation = installation

    async def for_web_identity(
        self,
        *,
        account: str,
        role_arn: str,
        session_name: str,
        who: WebIdentity,
        duration_s: int,
        is_guest: bool = False,
        facts: Mapping[str, str],
    ) -> IssuedSession:
        """Return a session of a role, as far as its trust policy allows."""
        if self._installation.sts is None:
            raise NotBuilt("Temporary credentials are not built yet.")
        issued: IssuedSession = await self._installation.sts.for_web_identity(
            account=account,
            role_arn=role_arn,
            session_name=session_name,
            who=who,
            duration_s=duration_s,
            is_guest=is_guest,
            facts=dict(facts),
        )
        return issued


class InstalledUserPools:
    """The user pools of every region. Implements `core.identities.ports.UserPools`."""

    def __init__(
        self,
        parts: Mapping[str, RegionParts],
        regions: Regions,
        settings: Settings,
        clock: Clock,
    ) -> None:
        """Find pools in `regions`."""
        self._parts = parts
        self._regions = regions
        self._clock = clock
        base = (settings.issuer or settings.base_url).rstrip("/")
        self._issuers = Issuers(base)
        self._host = "" if base == VENDOR else base.partition("://")[2]
        self._tokens = SqlTokens()

    async def pool(self, pool_id: str) -> LoadedPool | None:
        """Return a pool of any region."""
        region = await self._regions.of_pool(pool_id, copy_will_do=True)
        if region is None:
            return None
        found: LoadedPool | None = await region.services.book.pool(pool_id)
        return found

    async def keys_of(self, issuer_url: str) -> Sequence[Mapping[str, Any]] | None:
        """Return the published keys of an issuer that is one of our user pools."""
        pool = await self.pool(pool_of_issuer(issuer_url))
        if pool is None or not self.accepts(pool, issuer_url):
            return None
        return pool.signing.published(self._clock.now_ms()).keys

    def accepts(self, pool: LoadedPool, issuer: str) -> bool:
        """Tell whether a pool's tokens may name this issuer."""
        return self._issuers.accepts(pool.pool, issuer)

    def addresses(self, pool_id: str) -> tuple[str, ...]:
        """Return the keys under which logins of a pool may come, Cognito's own aside."""
        if not self._host:
            return ()
        return f"{self._host}/{pool_id}", f"{self._host}/issuer/{pool_id}"

    async def owner(self, pool: LoadedPool, sub: str, origin_jti: str) -> tuple[User, bool] | None:
        """Return a user, and whether the sign-in was revoked."""
        pool_id = pool.pool.id
        region = await self._regions.of_pool(pool_id, copy_will_do=True)
        if region is None:
            return None
        return await self._parts[region.name].database.read(
            lambda tx: self._tokens.owner(tx, pool_id, sub, origin_jti)
        )
