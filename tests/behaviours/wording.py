"""Cognito's words, each written once for the tests: `(exception, message)`."""

from typing import Final

from tests.sdk.support import RefusedError

Words = tuple[str, str]

INCORRECT: Final = ("NotAuthorizedException", "Incorrect username or password.")
DISABLED: Final = ("NotAuthorizedException", "User is disabled.")
LOCKED: Final = ("NotAuthorizedException", "Password attempts exceeded")
UNCONFIRMED: Final = ("UserNotConfirmedException", "User is not confirmed.")
RESET: Final = ("PasswordResetRequiredException", "Password reset required for the user")
NO_USER: Final = ("UserNotFoundException", "User does not exist.")
NO_COMBINATION: Final = (
    "UserNotFoundException",
    "Username/client id combination not found.",
)
WRONG_CODE: Final = (
    "CodeMismatchException",
    "Invalid verification code provided, please try again.",
)
STALE_CODE: Final = (
    "ExpiredCodeException",
    "Invalid code provided, please request a code again.",
)
LIMIT: Final = (
    "LimitExceededException",
    "Attempt limit exceeded, please try after some time.",
)
UNWRITABLE: Final = (
    "NotAuthorizedException",
    "A client attempted to write unauthorized attribute",
)
BAD_EMAIL: Final = ("InvalidParameterException", "Invalid email address format.")
BAD_PHONE: Final = ("InvalidParameterException", "Invalid phone number format.")
CONFIRMED_ALREADY: Final = (
    "NotAuthorizedException",
    "User cannot be confirmed. Current status is CONFIRMED",
)
NO_RESET: Final = (
    "NotAuthorizedException",
    "User password cannot be reset in the current state.",
)
NO_CONTACT: Final = (
    "InvalidParameterException",
    ("Cannot reset password for the user as there is no registered/verified email or phone_number"),
)
BAD_SESSION: Final = ("NotAuthorizedException", "Invalid session for the user.")
OLD_SESSION: Final = (
    "NotAuthorizedException",
    "Invalid session for the user, session is expired.",
)
USED_SESSION: Final = (
    "NotAuthorizedException",
    "Invalid session for the user, session can only be used once.",
)
BAD_REFRESH: Final = ("NotAuthorizedException", "Invalid Refresh Token")
OLD_REFRESH: Final = ("NotAuthorizedException", "Refresh Token has expired")
REVOKED_REFRESH: Final = ("NotAuthorizedException", "Refresh Token has been revoked")
BAD_ACCESS: Final = ("NotAuthorizedException", "Invalid Access Token")
FORGED_ACCESS: Final = (
    "NotAuthorizedException",
    "Could not verify signature for Access Token",
)
OLD_ACCESS: Final = ("NotAuthorizedException", "Access Token has expired")
REVOKED_ACCESS: Final = ("NotAuthorizedException", "Access Token has been revoked")
BAD_VALIDITY: Final = ("InvalidParameterException", "Invalid range for token validity.")
BAD_PAGE: Final = ("InvalidParameterException", "Invalid pagination token given.")

# The rules of the password policy, in the order in which they are judged, with a password that
# keeps all the rules before.
POLICY_BREACHES: Final = [
    ("aB-1", "Password not long enough"),
    ("lower-case-1", "Password must have uppercase characters"),
    ("UPPER-CASE-1", "Password must have lowercase characters"),
    ("No-Digits-At-All", "Password must have numeric characters"),
    ("NoSymbols1", "Password must have symbol characters"),
]


def missing(name: str) -> Words:
    """Return the words for an absent parameter."""
    return ("InvalidParameterException", f"Missing required parameter {name}")


def no_client(client_id: str) -> Words:
    """Return the words for a client that is not there."""
    return ("ResourceNotFoundException", f"User pool client {client_id} does not exist.")


def no_pool(pool_id: str) -> Words:
    """Return the words for a pool that is not there."""
    return ("ResourceNotFoundException", f"User pool {pool_id} does not exist.")


def invalid(text: str) -> Words:
    """Return an InvalidParameterException of this text."""
    return ("InvalidParameterException", text)


def words_of(refusal: RefusedError) -> Words:
    """Return what a refusal said."""
    return (refusal.code, refusal.text)
