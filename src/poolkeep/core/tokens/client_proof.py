"""A confidential client proves itself by its secret, not by a hash of it."""

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.pools.model import AppClient
from poolkeep.core.tokens import wording


def is_secret_of(client: AppClient, claimed: str) -> bool:
    """Compare with every active secret, always all of them."""
    verdicts = [secret.secret().equals(claimed) for secret in client.secrets]
    return any(verdicts)


def demand_secret(client: AppClient, claimed: str | None) -> None:
    """Refuse a missing or wrong secret of a client that has one."""
    if not client.secrets:
        return
    if not claimed:
        raise NotAuthorized(wording.secret_missing(client.id))
    if not is_secret_of(client, claimed):
        raise NotAuthorized(wording.secret_wrong(client.id))
