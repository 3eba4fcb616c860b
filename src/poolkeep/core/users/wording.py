"""What callers read about users, passwords and attributes; clients match on these strings.

Source: docs/behaviours/users.md, docs/behaviours/list-users.md.
"""

from typing import Final

NO_SUCH_USER: Final = "User does not exist."
WRONG_PASSWORD: Final = "Incorrect username or password."
LOCKED_OUT: Final = "Password attempts exceeded"
ATTEMPTS_USED_UP: Final = "Attempt limit exceeded, please try after some time."
TOO_MANY_PASSWORDS_WAITING: Final = "Too many password checks are waiting."

# Passwords: one prefix for each family of operations, one rule for each failure.
SIGN_UP_PREFIX: Final = "Password did not conform with policy: "
ADMIN_PREFIX: Final = "Password did not conform with password policy: "
CHANGE_PREFIX: Final = "Password does not conform to policy: "
TOO_SHORT: Final = "Password not long enough"
NO_UPPERCASE: Final = "Password must have uppercase characters"
NO_LOWERCASE: Final = "Password must have lowercase characters"
NO_NUMBER: Final = "Password must have numeric characters"
NO_SYMBOL: Final = "Password must have symbol characters"
USED_BEFORE: Final = "Password has previously been used"

# Names.
NEED_EMAIL: Final = "Username should be an email."
NEED_PHONE: Final = "Username should be a phone number."
NEED_EITHER: Final = "Username should be either an email or a phone number."
LOOKS_LIKE_EMAIL: Final = (
    "Username cannot be of email format, since user pool is configured for email alias."
)
LOOKS_LIKE_PHONE: Final = (
    "Username cannot be of phone number format, "
    "since user pool is configured for phone number alias."
)
USER_EXISTS: Final = "User already exists"
ACCOUNT_EXISTS: Final = "User account already exists"

# Attributes.
UNAUTHORIZED_ATTRIBUTE: Final = "A client attempted to write unauthorized attribute"
INVALID_EMAIL: Final = "Invalid email address format."
INVALID_PHONE: Final = "Invalid phone number format."
NOT_THE_SUB: Final = "Cannot modify an already provided sub"
NONCONFORMING: Final = "Attributes did not conform to the schema: "
REQUIRED: Final = "The attribute is required"
IS_ALIAS_FORM: Final = "Value has the form of another alias of the user pool."
NOT_AT_SIGN_UP: Final = "Attribute cannot be set at sign up."
EMAIL_TO_VERIFY: Final = "Email is required to verify/un-verify an email"
PHONE_TO_VERIFY: Final = "Phone Number is required to verify/un-verify a phone number"
INVALID_ATTRIBUTES: Final = "Invalid user attributes: "
BAD_CHARACTERS: Final = "Value contains invalid characters"
NOT_A_BOOLEAN: Final = "Boolean must be true or false"
NOT_A_NUMBER: Final = "Number must be an integer"

# Codes.
CODE_MISMATCH: Final = "Invalid verification code provided, please try again."
CODE_EXPIRED: Final = "Invalid code provided, please request a code again."

# Lists.
BAD_FILTER: Final = "Error while parsing filter"
BAD_CUSTOM_FILTER: Final = "Input fails to satisfy the constraints."
BAD_PAGE_TOKEN: Final = "Invalid pagination token given."


def account_exists(attribute: str) -> str:
    """Say that another user owns this address (updates, and names in pools of addresses)."""
    return f"An account with the given {attribute} already exists."


def alias_exists(attribute: str) -> str:
    """Say that another user owns this verified alias (creation and confirmation)."""
    return f"An account with the {attribute} already exists."


def resend_impossible(username: str) -> str:
    """Say that the user has no temporary password any more."""
    return f"Resend not possible. {username} status is not FORCE_CHANGE_PASSWORD"


def unknown_type(attribute: str) -> str:
    """Say at creation that the schema has no such attribute."""
    return f"{NONCONFORMING}Type for attribute {{{attribute}}} could not be determined"


def not_in_schema(attribute: str) -> str:
    """Say at an update that the schema has no such attribute."""
    return f"user.{attribute}: Attribute does not exist in the schema."


def immutable(attribute: str) -> str:
    """Say that the attribute was settled at creation."""
    return f"user.{attribute}: Attribute cannot be updated. (changing an immutable attribute)"


def longer_than(most: str) -> str:
    """Say that a text is too long."""
    return f"String must be no longer than {most} characters"


def shorter_than(least: str) -> str:
    """Say that a text is too short."""
    return f"String must be no shorter than {least} characters"


def more_than(most: str) -> str:
    """Say that a number is too large."""
    return f"Number must be no more than {most}"


def less_than(least: str) -> str:
    """Say that a number is too small."""
    return f"Number must be no less than {least}"


def other_address(attribute: str) -> str:
    """Say that username and attribute are different addresses."""
    return f"Username and {attribute} are not the same."


def no_such_value(attribute: str) -> str:
    """Say that there is nothing to verify."""
    return f"User does not have an attribute of type {attribute}"


def invalid_search_attribute(attribute: str) -> str:
    """Say that ListUsers has no index of this attribute."""
    return f"Invalid search attribute: {attribute}"


def no_such_pool(pool_id: str) -> str:
    """Say that there is no such pool."""
    return f"User pool {pool_id} does not exist."
