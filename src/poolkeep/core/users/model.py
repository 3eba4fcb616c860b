"""Users and groups as values."""

from enum import StrEnum
from typing import Any

import msgspec


class Status(StrEnum):
    """Where a user stands. Source: docs/behaviours/users.md."""

    UNCONFIRMED = "UNCONFIRMED"
    CONFIRMED = "CONFIRMED"
    FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"
    RESET_REQUIRED = "RESET_REQUIRED"
    EXTERNAL_PROVIDER = "EXTERNAL_PROVIDER"


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A new value that waits for verification while the old one stays in force."""

    value: str


class Moved(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That the user came from elsewhere: when, by which function, and whether with the sub."""

    at_ms: int
    function: str
    kept_sub: bool = False


class UserDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the store keeps of a user beside its columns.

    `attributes` never holds `sub`. `pending` maps an attribute to its unverified new value.
    `temporary_password_expires_ms` is set while status is FORCE_CHANGE_PASSWORD.
    `mfa` holds preferences, factor records and the like for the factor packages. `moved` is set
    for users whom a UserMigration function brought.
    """

    attributes: dict[str, str] = {}
    pending: dict[str, Pending] = {}
    temporary_password_expires_ms: int | None = None
    mfa: dict[str, Any] = {}
    moved: Moved | None = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user as loaded.

    `credential` is still sealed; `signed_out_ms` is the last global sign-out.
    """

    pool_id: str
    id: str
    username: str
    status: str
    enabled: bool
    created_ms: int
    modified_ms: int
    version: int
    signed_out_ms: int
    document: UserDocument
    credential: bytes | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """Every attribute but `sub`, by name."""
        return self.document.attributes


class Credential(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The unsealed password material: one of the three, and former ones for the history.

    `verifier` is `crypto.passwords.StoredVerifier.encode()`; `argon2` a PHC string; `foreign` a
    hash that another system made, in the spelling of `crypto.foreign_hashes.parse`.
    """

    verifier: bytes | None = None
    argon2: str | None = None
    foreign: str | None = None
    history: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        """Never show the material."""
        return "Credential(***)"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group; the lowest precedence wins, none counts last."""

    pool_id: str
    group_name: str
    description: str | None = None
    role_arn: str | None = None
    precedence: int | None = None
    created_ms: int
    modified_ms: int


class CodeDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """Where a code went, masked for the caller."""

    destination: str
    delivery_medium: str
    attribute_name: str
