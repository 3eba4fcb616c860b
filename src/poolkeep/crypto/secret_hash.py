"""SECRET_HASH, with which a client shows that it knows its secret.

Base64(HMAC-SHA256(client secret, username ‖ client id)), where the username is exactly the
text of the same call, not normalised.
"""

import base64
import hmac

from poolkeep.base.secret import constant_time_equal


def secret_hash(secret: str, username: str, client_id: str) -> str:
    """Return what a client with this secret sends."""
    message = (username + client_id).encode("utf-8", "surrogatepass")
    digest = hmac.digest(secret.encode("utf-8", "surrogatepass"), message, "sha256")
    return base64.b64encode(digest).decode("ascii")


def matches(claimed: str, secret: str, username: str, client_id: str) -> bool:
    """Say whether `claimed` is the hash under this secret, in constant time."""
    return constant_time_equal(secret_hash(secret, username, client_id), claimed)
