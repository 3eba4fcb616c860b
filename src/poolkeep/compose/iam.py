"""IAM, wired: one for the installation, in the database of its default region."""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.transaction import Database
from poolkeep.core.audit import AuditTrail
from poolkeep.core.iam.authority import Authority
from poolkeep.core.iam.book import IamBook
from poolkeep.core.iam.desk import Desk, IamLimits
from poolkeep.core.iam.explaining import Explainer
from poolkeep.core.iam.holders import HolderPolicies
from poolkeep.core.iam.managed import ManagedPolicies
from poolkeep.core.iam.people import People
from poolkeep.core.iam.providers import Providers
from poolkeep.core.iam.reading import Reading
from poolkeep.core.iam.roles import Roles
from poolkeep.settings import Settings
from poolkeep.storage.stores.access_keys import AccessKeyStore
from poolkeep.storage.stores.audit import SqlAudit
from poolkeep.storage.stores.iam import IamEntityStore
from poolkeep.storage.stores.iam_keys import IamKeyStore


class Iam(msgspec.Struct, frozen=True, kw_only=True):
    """IAM's services."""

    book: IamBook
    authority: Authority
    reading: Reading
    roles: Roles
    holders: HolderPolicies
    people: People
    managed: ManagedPolicies
    providers: Providers
    desk: Desk


def build_iam(
    database: Database,
    access_keys: AccessKeyStore,
    *,
    settings: Settings,
    wall_clock: Clock,
    clock: Clock,
    entropy: Entropy,
) -> Iam:
    """Return IAM over the default region's database."""
    rows = IamEntityStore()
    book = IamBook(database=database, rows=rows, clock=wall_clock)
    desk = Desk(
        database=database,
        rows=rows,
        book=book,
        audit=AuditTrail(SqlAudit(), entropy),
        clock=clock,
        entropy=entropy,
        limits=IamLimits(),
    )
    return Iam(
        book=book,
        authority=Authority(book),
        reading=Reading(desk),
        roles=Roles(desk, names_pools=settings.iam_names_pools),
        holders=HolderPolicies(desk),
        people=People(desk, IamKeyStore(access_keys)),
        managed=ManagedPolicies(desk),
        providers=Providers(desk, plain_issuers=settings.mode == "dev"),
        desk=desk,
    )


def build_explainer(database: Database, *, wall_clock: Clock) -> Explainer:
    """Return what tells operators why somebody may do something."""
    book = IamBook(database=database, rows=IamEntityStore(), clock=wall_clock)
    return Explainer(Authority(book), book)
