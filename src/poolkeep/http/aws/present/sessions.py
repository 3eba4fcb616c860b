"""Sessions as Cognito answers them."""

from collections.abc import Iterable
from typing import Final

from poolkeep.core.sessions import Session
from poolkeep.core.sessions.rules import UNKNOWN
from poolkeep.wire.cognito_idp import shapes

MS_PER_S: Final = 1_000


def session_types(
    sessions: Iterable[Session], *, current: str | None
) -> list[shapes.SessionDescriptionType]:
    """Return sessions as listed; `current` is the caller's own. No database tells of places."""
    return [
        shapes.SessionDescriptionType(
            session_id=session.id,
            session_type="SSO" if session.is_sso else "TOKEN",
            client_id=session.client_id,
            create_date=session.created_ms / MS_PER_S,
            last_active_date=session.last_active_ms / MS_PER_S,
            device_type=session.device_type,
            last_ip_address=session.ip_address,
            last_location=shapes.SessionLocationType(country=UNKNOWN),
            origin_session_id=session.origin_session_id,
            is_current_session=session.id == current,
        )
        for session in sessions
    ]
