"""What callers and the log of a job read about imports. Source: docs/behaviours/imports.md."""

from typing import Final

STOPPED: Final = "The Import Job was stopped by the developer."
TOO_MANY_FAILED: Final = "Too many users have failed or been skipped during the import."
HEADER: Final = (
    "The header of the CSV file does not hold exactly the columns that GetCSVHeader returns."
)
NO_HEADER: Final = "The CSV file is empty."
MARK: Final = "The CSV file begins with a byte order mark; save it as UTF-8 without one."
POOL_GONE: Final = "The user pool was deleted."
FILE_GONE: Final = "The CSV file cannot be read."

IMPORTED: Final = "The import succeeded."
EXISTS: Final = "The user already exists."
NOT_VERIFIED: Final = (
    "The User Record does not set any of the auto verified attributes to true. "
    "(Example: email_verified to true)."
)
NOT_UTF8: Final = "The row is not valid UTF-8."
NO_USERNAME: Final = "cognito:username: The value is required."
BAD_USERNAME: Final = "cognito:username: The value holds blanks or is longer than 128 characters."
BAD_MFA: Final = "cognito:mfa_enabled: The value must be true or false."
MFA_MUST_BE_ON: Final = (
    "cognito:mfa_enabled: The value must be true, as the user pool requires MFA."
)
MFA_MUST_BE_OFF: Final = (
    "cognito:mfa_enabled: The value must be false, as the user pool has no MFA."
)
BAD_BIRTHDATE: Final = "birthdate: The value must be a date in the format mm/dd/yyyy."
NOT_AN_OBJECT: Final = "The line is not a JSON object of texts."
INTERNAL: Final = "The user could not be imported due to an internal error."

NO_SUCH_JOB: Final = "User import job not found."
TOO_MANY_JOBS: Final = "The user pool has reached its limit of user import jobs."


def columns(found: int, expected: int) -> str:
    """Say that a row has another number of values than the header."""
    return f"The row has {found} values, and the header {expected}."


def too_long(most: int) -> str:
    """Say that a row is too long."""
    return f"The row is longer than {most} characters."


def too_many_rows(most: int) -> str:
    """Say that a file has too many rows."""
    return f"The CSV file has more than {most} rows."


def unknown_column(name: str) -> str:
    """Say that a JSON line has a member that the pool has no attribute for."""
    return f"{name}: There is no such column."


def password_hash(why: str) -> str:
    """Say why a hash is not taken."""
    return f"cognito:password_hash: The value is not taken: {why}."


def wrong_state(job_id: str, status: str) -> str:
    """Say that a job cannot be started or stopped any more, or not yet."""
    return f"User Import Job {job_id} is in the state {status}."


def no_file(job_id: str) -> str:
    """Say that no file was uploaded."""
    return f"User Import Job {job_id} has no CSV file: upload one to its pre-signed URL first."


def nothing_verified(job_id: str) -> str:
    """Say that the pool verifies no attribute."""
    return (
        f"User Import Job {job_id} cannot be started: "
        "the user pool has no auto verified attributes."
    )


def another_is_active(job_id: str) -> str:
    """Say that the account has a job under way."""
    return f"User Import Job {job_id} cannot be started while another one of the account is active."
