"""The `iss` of a pool's tokens, and the addresses where its keys are published.

The issuer follows from settings alone, never from a request's Host header, so that it is the
same behind a proxy, on every node and in a forged request.
"""

from poolkeep.base.ids import region_of_pool
from poolkeep.core.pools.model import UserPool

VENDOR = "aws"


class Issuers:
    """Issuers of one installation."""

    def __init__(self, base: str) -> None:
        """Take the installation's own URL, or `aws` for the vendor's form."""
        self._base = base.rstrip("/")

    def of(self, pool: UserPool) -> str:
        """Return what new tokens of the pool say."""
        configuration = pool.settings.issuer_configuration
        updated = configuration is not None and configuration.type == "UPDATED"
        return self.form(pool, updated=updated)

    def accepts(self, pool: UserPool, issuer: str) -> bool:
        """Tell whether a token of the pool may say so; both forms live on after a switch."""
        return issuer in {self.form(pool, updated=False), self.form(pool, updated=True)}

    def form(self, pool: UserPool, *, updated: bool) -> str:
        """Return one of the pool's two issuers."""
        if self._base == VENDOR:
            host = "issuer-cognito-idp" if updated else "cognito-idp"
            # Of the region that made the pool: a copy, and a restored pool, sign the same.
            return f"https://{host}.{region_of_pool(pool.id)}.amazonaws.com/{pool.id}"
        return f"{self._base}/issuer/{pool.id}" if updated else f"{self._base}/{pool.id}"


def pool_of_issuer(issuer: str) -> str:
    """Return the pool id that an issuer ends with (not yet proven to be one)."""
    return issuer.rpartition("/")[2]
