"""Quotas of resources, with units. Source: Cognito's quota page; docs/behaviours/pools.md.

Rates and attempt limits are settings; these are the sizes that a deployment has no reason to
change one by one.
"""

from typing import Final

POOLS_PER_ACCOUNT: Final = 1_000
"""User pools of one account in one region."""

CLIENTS_PER_POOL: Final = 1_000
GROUPS_PER_POOL: Final = 10_000
GROUPS_PER_USER: Final = 100
IDENTITY_PROVIDERS_PER_POOL: Final = 300
IDENTIFIERS_PER_IDENTITY_PROVIDER: Final = 50
RESOURCE_SERVERS_PER_POOL: Final = 25
SCOPES_PER_RESOURCE_SERVER: Final = 100
SCOPES_PER_CLIENT: Final = 50
REDIRECT_URLS_PER_CLIENT: Final = 100
"""Of callback and of sign-out addresses, each."""

SECRETS_PER_CLIENT: Final = 2
CUSTOM_ATTRIBUTES_PER_POOL: Final = 50
CUSTOM_ATTRIBUTES_PER_CALL: Final = 25
ATTRIBUTE_VALUE_CHARACTERS: Final = 2_048
TAGS_PER_POOL: Final = 50
LINKED_IDENTITIES_PER_USER: Final = 5
PASSKEYS_PER_USER: Final = 20
DEVICES_PER_USER: Final = 100
"""Beyond them a new one takes the place of the one that is missed least."""

CUSTOM_DOMAINS_PER_ACCOUNT: Final = 4
BRANDING_STYLES_PER_POOL: Final = 20
TERMS_PER_POOL: Final = 40
IMPORT_JOBS_PER_POOL: Final = 1_000
IMPORT_FILE_BYTES: Final = 100 * 1024 * 1024
"""Of the CSV file of an import job."""

IMPORT_ROWS: Final = 500_000
"""Users in that file."""

CLAIMS_CHANGED_BY_TRIGGER: Final = 5_000
PAGE_ENTRIES_MAX: Final = 60
"""Entries of one page of most lists, and how many come when the caller names no number."""
