"""Texts that callers read at recovery. Source: docs/behaviours/recovery.md."""

from typing import Final

NO_COMBINATION: Final = "Username/client id combination not found."
ADMINISTRATOR_ONLY: Final = "Contact administrator to reset password."
NO_CONTACT: Final = (
    "Cannot reset password for the user as there is no registered/verified email or phone_number"
)
NOT_IN_THIS_STATE: Final = "User password cannot be reset in the current state."
DISABLED: Final = "User is disabled."
DISABLED_FOR_ADMINISTRATORS: Final = "User is disabled"
"""Without a full stop, unlike what users read."""
