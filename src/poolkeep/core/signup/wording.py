"""Texts that callers read at sign-up and confirmation. Source: docs/behaviours/sign-up.md."""

from typing import Final

NOT_PERMITTED: Final = "SignUp is not permitted for this user pool"
PASSWORD_REQUIRED: Final = "Password is required"
NO_COMBINATION: Final = "Username/client id combination not found."
ALREADY_CONFIRMED: Final = "User is already confirmed."
CANNOT_RESEND: Final = "Cannot resend codes. Auto verification not turned on."
DISABLED: Final = "User is disabled."
INVALID_IP: Final = "Invalid IP address."
NOTHING_TO_VERIFY: Final = "Unrecognizable lambda output"


def cannot_be_confirmed(status: str) -> str:
    """Say that the user is past confirmation."""
    return f"User cannot be confirmed. Current status is {status}"
