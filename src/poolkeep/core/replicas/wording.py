"""Texts that callers of the replica operations see."""

from typing import Final

MANY_REPLICAS: Final = "A user pool can have only one replica."
NO_REPLICA: Final = "The user pool has no replica in this Region."
OWN_REGION: Final = "A replica must be in another Region than the primary user pool."
PRIMARY_AS_TARGET: Final = "The operation is for replicas, not for the primary user pool."
NEEDS_KEY: Final = (
    "A replicated user pool needs a KeyConfiguration with a multi-Region customer managed key."
)
POOL_THERE: Final = "A user pool of the same ID exists in this Region."
NOT_INACTIVE: Final = "Only an INACTIVE replica can be deleted."
FEATURE: Final = "Multi-Region Replication"


def no_region(name: str) -> str:
    """Refuse a region that the installation lacks."""
    return f"Region {name} is not available."


def not_now(status: str) -> str:
    """Refuse a change while the replica comes or goes."""
    return f"The replica is {status}. Try again when it is ACTIVE or INACTIVE."


def not_enabled(operation: str, status: str) -> str:
    """Refuse an operation that a copy does not offer."""
    return f"{operation} is not enabled in this Region: the user pool is a replica, {status}."


def primary_only(what: str, region: str) -> str:
    """Refuse a step of a sign-in that changes the user."""
    return f"{what} is not enabled in this Region. Sign in in the primary Region, {region}."
