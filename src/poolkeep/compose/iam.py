"""IAM, wired: one for the installation, in the database of its default region."""

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.transaction import Database
from poolkeep.core.iam.authority import Authority
from poolkeep.core.iam.book import IamBook
from poolkeep.storage.stores.iam import IamEntityStore


class Iam(msgspec.Struct, frozen=True, kw_only=True):
    """IAM's services."""

    book: IamBook
    authority: Authority


def build_iam(database: Database, *, wall_clock: Clock) -> Iam:
    """Return IAM over the default region's database."""
    rows = IamEntityStore()
    book = IamBook(database=database, rows=rows, clock=wall_clock)
    return Iam(book=book, authority=Authority(book))
