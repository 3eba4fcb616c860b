"""Identity pools, wired: the pools of each region, one set of signing keys for all of them."""

from collections.abc import Mapping

import msgspec

from poolkeep.adapters.external_sts import ANSWER_BYTES_MAX, ANSWER_S, ExternalTokenService
from poolkeep.adapters.login_providers import ProviderQuestions
from poolkeep.adapters.outgoing import Outgoing
from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.paging import PageTokens
from poolkeep.compose.installation import Installation
from poolkeep.compose.region import RegionParts
from poolkeep.compose.user_pools import InstalledUserPools
from poolkeep.core.audit import AuditTrail
from poolkeep.core.identities.classic import ClassicFlow
from poolkeep.core.identities.developers import Developers
from poolkeep.core.identities.enhanced import EnhancedFlow
from poolkeep.core.identities.external import ExternalSessions
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
from poolkeep.core.webidentity.tokens import ForeignTokens
from poolkeep.crypto.envelope import Purpose
from poolkeep.settings import Settings
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.identity_pools import IdentityPoolStore
from poolkeep.storage.stores.identity_pools_keys import IdentityKeyStore
from poolkeep.storage.stores.identity_pools_people import PoolIdentityStore

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
    installation: Installation,
    *,
    openid: OpenIdTokens,
    user_pools: InstalledUserPools,
    foreign: ForeignTokens,
    settings: Settings,
    clock: Clock,
    wall_clock: Clock,
    entropy: Entropy,
) -> dict[str, Identities]:
    """Return the identity pools of every region, by its name."""
    book = installation.iam.book
    names = Names(user_pools.addresses)
    issued = IssuedTokens(foreign)
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
    external = external_sessions(settings, openid)
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
                is_elsewhere=lambda pool_id: external.place_of(pool_id) is not None,
            ),
            people=people,
            tokens=openid,
            classic=ClassicFlow(people, openid),
            enhanced=EnhancedFlow(people, openid, installation.sts.roles, external=external),
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


def external_sessions(settings: Settings, openid: OpenIdTokens) -> ExternalSessions:
    """Return what asks the token services of others, of which the operator names each."""
    outgoing = Outgoing(private_allowed=True, timeout_s=ANSWER_S, answer_bytes_max=ANSWER_BYTES_MAX)
    return ExternalSessions(
        openid,
        ExternalTokenService(outgoing),
        place_of=settings.identity_sts.of,
        guest_actions=settings.identity_sts.guest_actions,
    )


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
