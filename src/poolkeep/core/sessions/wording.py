"""What callers read about sessions. Source: docs/behaviours/sessions.md."""

from typing import Final

NOT_TRACKED: Final = "User session tracking is not enabled for this user pool."
NO_SESSION: Final = "Session does not exist."
CURRENT_SESSION: Final = "Cannot revoke the current session."
FEATURE: Final = "User Session Tracking"
