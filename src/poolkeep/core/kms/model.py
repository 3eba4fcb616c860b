"""Keys and callers as values."""

import msgspec


class KmsKey(msgspec.Struct, frozen=True, kw_only=True):
    """A symmetric key; its material stays in the store."""

    id: str
    account: str
    region: str
    description: str
    created_ms: int

    @property
    def arn(self) -> str:
        """The name by which pools and functions know it."""
        return f"arn:aws:kms:{self.region}:{self.account}:key/{self.id}"


class KmsCaller(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to use a key."""

    account: str
    principal: str
