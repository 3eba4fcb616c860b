"""A pool with everything that a request needs of it: settings, keys, schema.

Loaded once per process and kept until the configuration changes; immutable, so requests share
it without locks.
"""

from typing import Protocol

import msgspec

from poolkeep.core.directory.model import Domain
from poolkeep.core.pools.model import AppClient, SchemaAttribute, UserPool
from poolkeep.core.pools.signing import NO_KEYS, SigningKeys


class PoolKeys(Protocol):
    """Sealing under the pool's own keys. Purposes are labels of `crypto.envelope.Purpose`."""

    def seal(self, purpose: str, plaintext: bytes, *, context: str) -> bytes:
        """Return an envelope bound to purpose and context (table, row)."""
        ...

    def seal_salted(self, purpose: str, plaintext: bytes, *, context: str) -> bytes:
        """Return an envelope in the form for high volumes (session handles)."""
        ...

    def open(self, purpose: str, sealed: bytes, *, context: str) -> bytes:
        """Return the plaintext; raises `crypto.envelope.EnvelopeBroken`."""
        ...

    def key(self, purpose: str, key_id: str | None = None) -> bytes:
        """Return the 32-byte key of a purpose (the current version unless `key_id` names one).

        For keyed hashes and token envelopes. Raises `crypto.envelope.EnvelopeBroken` for an
        unknown version.
        """
        ...

    @property
    def key_id(self) -> str:
        """The version that seals."""
        ...


class LoadedPool:
    """A pool in memory."""

    __slots__ = (
        "aliases",
        "case_sensitive",
        "derived",
        "host",
        "keys",
        "pool",
        "schema",
        "signing",
        "username_attributes",
    )

    def __init__(
        self,
        pool: UserPool,
        keys: PoolKeys,
        signing: SigningKeys = NO_KEYS,
        *,
        host: str = "localhost",
    ) -> None:
        """Derive what every request would derive again.

        `host` is the name under which addresses of this installation stand.
        """
        settings = pool.settings
        self.pool = pool
        self.keys = keys
        self.signing = signing
        self.host = host
        self.derived: dict[object, object] = {}
        """What a package worked out for this pool once (a decoder, a set of names)."""
        self.schema: dict[str, SchemaAttribute] = {
            attribute.name or "": attribute for attribute in settings.schema_attributes
        }
        names = settings.username_configuration
        self.case_sensitive = names is None or names.case_sensitive is not False
        self.username_attributes = settings.username_attributes or ()
        self.aliases = settings.alias_attributes or ()

    def at(self, domain: Domain) -> "LoadedPool":
        """Return this pool under the domain of the one that it is a copy of."""
        lent = msgspec.structs.replace(self.pool, domains=(domain,))
        return LoadedPool(lent, self.keys, self.signing, host=self.host)

    @property
    def domain(self) -> str | None:
        """The whole name of the pool's domain, its own before the one that it has from us."""
        if (own := self.pool.domain("custom")) is not None:
            return own.name
        ours = self.pool.domain("prefix")
        return None if ours is None else f"{ours.name}.auth.{self.host}"


class PoolBook(Protocol):
    """Pools and clients by id, from memory where possible."""

    async def pool(self, pool_id: str) -> LoadedPool | None:
        """Return the pool, or None when there is none of this id."""
        ...

    async def client(self, client_id: str) -> tuple[LoadedPool, AppClient] | None:
        """Return a client with its pool, or None."""
        ...

    def changed(self) -> None:
        """Forget what is in memory: this process has just changed the configuration."""
        ...
