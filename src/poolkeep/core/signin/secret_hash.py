"""Check SECRET_HASH where a client has a secret. Source: docs/behaviours/wire.md."""

from poolkeep.base.refusal import NotAuthorized
from poolkeep.core.pools.model import AppClient
from poolkeep.crypto.secret_hash import matches


def check_secret_hash(client: AppClient, username: str, given: str | None) -> None:
    """Refuse a missing or wrong hash; a client without a secret ignores it.

    `username` is the string of this very call, not normalised. Any active secret may match.
    """
    if not client.secrets:
        return
    if not given:
        raise NotAuthorized(
            f"Client {client.id} is configured with secret but SECRET_HASH was not received"
        )
    verdicts = [matches(given, secret.value, username, client.id) for secret in client.secrets]
    if not any(verdicts):
        raise NotAuthorized(f"Unable to verify secret hash for client {client.id}")
