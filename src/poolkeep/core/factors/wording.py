"""Texts of refusals about factors. Source: docs/behaviours/mfa.md."""

from typing import Final

ONE_PREFERRED: Final = "Only one MFA can be set as preferred"
PREFERRED_IS_OFF: Final = "An MFA that is not enabled cannot be set as preferred"
PASSKEY_NEEDS_ANOTHER: Final = (
    "WEB_AUTHN can be enabled only beside another MFA such as SMS, TOTP or email"
)
ONLY_SMS_SETTINGS: Final = (
    "MFAOptions take only the DeliveryMedium SMS with the AttributeName phone_number"
)
TOTP_OFF: Final = "Software Token MFA has not been enabled by the userPool"
NO_TOKEN: Final = "Software token MFA not enabled"
CODE_WRONG_AT_SETUP: Final = "Code mismatch"
TOKEN_OR_SESSION: Final = "Either AccessToken or Session is required"
TOKEN_AND_SESSION: Final = "AccessToken and Session cannot be given together"
NOT_CONFIRMED: Final = "User is not confirmed."
TOKEN_USED: Final = "Your software token has already been used once."


def no_delivery(factor: str) -> str:
    """Return the text for a factor that the user has no address or device for."""
    return f"User does not have delivery config set to turn on {factor}"


def not_enabled_for_pool(factor: str) -> str:
    """Return the text for a factor that the pool does not offer."""
    return f"{factor} not enabled for the user pool"
