"""Sessions as answers of the token service have them."""

from poolkeep.core.sts.model import IssuedSession
from poolkeep.wire.sts import shapes

MS_PER_S = 1_000


def credentials(issued: IssuedSession) -> shapes.Credentials:
    """Return temporary credentials, secret and all."""
    return shapes.Credentials(
        access_key_id=issued.session.access_key_id,
        secret_access_key=issued.secret.reveal(),
        session_token=issued.token.reveal(),
        expiration=issued.session.expires_ms // MS_PER_S,
    )


def assumed(issued: IssuedSession) -> shapes.AssumedRoleUser:
    """Return who the holder of a role's session is."""
    return shapes.AssumedRoleUser(assumed_role_id=issued.session.unique_id, arn=issued.session.arn)
