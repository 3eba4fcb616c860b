"""Provisioned limits as values. Source: docs/behaviours/provisioned-limits.md."""

from typing import Final

import msgspec

API_CATEGORY: Final = "API_CATEGORY"
CATEGORY: Final = "Category"
ADJUSTABLE: Final = frozenset(
    {"UserAuthentication", "UserCreation", "UserFederation", "UserRead", "UserToken",
     "UserResourceRead"}
)  # fmt: skip
"""Categories whose rate an account may set; the others are fixed."""

OF_MANAGED_LOGIN: Final = frozenset({"UserAuthentication", "UserFederation"})
"""Categories that are fixed while a pool of the account has managed login."""


class ProvisionedLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A category's rates in requests per second: what is enforced, and what is free."""

    category: str
    provisioned: int
    free: int
