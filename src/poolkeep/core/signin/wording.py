"""Texts of sign-in refusals. Source: docs/behaviours/sign-in.md."""

INCORRECT = "Incorrect username or password."
USER_DOES_NOT_EXIST = "User does not exist."
USER_DISABLED = "User is disabled."
NOT_CONFIRMED = "User is not confirmed."
RESET_REQUIRED = "Password reset required for the user"
TEMPORARY_EXPIRED = "Temporary password has expired and must be reset by an administrator."
ATTEMPTS_EXCEEDED = "Password attempts exceeded"
SESSION_INVALID = "Invalid session for the user."
SESSION_EXPIRED = "Invalid session for the user, session is expired."
SESSION_SPENT = "Invalid session for the user, session can only be used once."
METHOD_NOT_SUPPORTED = "Initiate Auth method not supported."
ADMIN_FLOW_OFF = "Auth flow not enabled for this client"
TIMESTAMP_FORMAT = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."
SRP_A_FORMAT = "SRP_A is not a hexadecimal number."
NO_CUSTOM_FUNCTIONS = "Custom auth lambda trigger is not configured for the user pool."
NOT_OFFERED = "The selected challenge is not available."
ACCESS_TOKEN_INVALID = "Invalid Access Token"
ACCESS_TOKEN_ALONE = "ACCESS_TOKEN requires TARGET_ACR_VALUES."
MAX_AGE_FORMAT = "Invalid MAX_AGE."
LEVEL_HELD = "Access token already satisfies the requested level."
LEVEL_UNREACHABLE = "User can't satisfy the requested level."
CODE_WRONG = "Invalid code or auth state for the user."
TOKEN_CODE_WRONG = "Invalid code received for user"
NOT_AMONG_FACTORS = "ANSWER is not one of the MFA types that can be chosen."
NO_USABLE_FACTOR = "User has no MFA method that can be used to sign in."
SECURITY_REASONS = "Unable to login because of security reasons."
MIGRATION_REFUSED = "Exception migrating user in app client {client_id}"


def missing(name: str) -> str:
    """Return the text for an entry that a flow or challenge needs."""
    return f"Missing required parameter {name}"


def flow_off(flow: str) -> str:
    """Return the text for a flow that the client does not allow."""
    return f"{flow} flow not enabled for this client"


def client_does_not_exist(client_id: str) -> str:
    """Return the text for an unknown client, or one of another pool."""
    return f"User pool client {client_id} does not exist."


def attribute_missing(name: str) -> str:
    """Return the text for a required attribute that the answer lacks."""
    return f"Invalid attributes given, {name} is missing"


def already_provided(name: str) -> str:
    """Return the text for an attribute that has a value and may not be sent again."""
    return f"Cannot modify an already provided {name}"
