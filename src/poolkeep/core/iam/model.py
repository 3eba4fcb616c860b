"""Roles, users, groups, managed policies and identity providers as values."""

from functools import lru_cache
from typing import ClassVar, Final, Literal

import msgspec

from poolkeep.core.iam.policies import Kind, Policy, policy_of

EntityKind = Literal["role", "user", "group", "policy", "oidc-provider", "saml-provider"]
LinkKind = Literal["policy", "boundary", "group"]
Link = tuple[LinkKind, str]

AWS: Final = "aws"
"""The account of the policies that ship with us, as their ARNs have it."""
COMPILED_MAX: Final = 4_096


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all of them have. `id` is never given again, `name` may be after a deletion."""

    KIND: ClassVar[EntityKind]

    account: str
    name: str
    id: str
    created_ms: int
    path: str = "/"
    tags: dict[str, str] = {}

    @property
    def arn(self) -> str:
        """The name by which policies know it."""
        return f"arn:aws:iam::{self.account}:{self.KIND}{self.path}{self.name}"

    def links(self) -> frozenset[Link]:
        """Return what it refers to."""
        return frozenset()


class Holder(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """Who has permissions: `inline` are documents by name, `attached` are ARNs of policies."""

    inline: dict[str, str] = {}
    attached: tuple[str, ...] = ()
    boundary: str | None = None

    def links(self) -> frozenset[Link]:
        """Return what it refers to."""
        found: set[Link] = {("policy", arn) for arn in self.attached}
        if self.boundary is not None:
            found.add(("boundary", self.boundary))
        return frozenset(found)


class Role(Holder, frozen=True, kw_only=True, omit_defaults=True):
    """What can be assumed by those whom the trust policy names.

    `trust_text` is as it was written, and `trust_bound` has the unique ids of users and roles in
    the place of their ARNs, so that who takes over a name does not take over the trust.
    """

    KIND = "role"

    trust_text: str
    trust_bound: str
    description: str | None = None
    max_session_s: int = 3_600

    @property
    def trust(self) -> Policy:
        """The trust policy, compiled."""
        return compiled(self.trust_bound, "trust", self.name)


class User(Holder, frozen=True, kw_only=True, omit_defaults=True):
    """An administrator, or a program; `groups` are ids."""

    KIND = "user"

    groups: tuple[str, ...] = ()

    @property
    def principal(self) -> str:
        """The name by which access keys know it."""
        return f"user{self.path}{self.name}"

    def links(self) -> frozenset[Link]:
        """Return what it refers to."""
        return super().links() | {("group", group) for group in self.groups}


class Group(Holder, frozen=True, kw_only=True, omit_defaults=True):
    """Users that have permissions in common."""

    KIND = "group"


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a managed policy."""

    id: str
    text: str
    created_ms: int


class ManagedPolicy(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A policy that stands for itself; the oldest version comes first."""

    KIND = "policy"

    versions: tuple[PolicyVersion, ...]
    default: str
    next_version: int
    updated_ms: int
    description: str | None = None

    @property
    def text(self) -> str:
        """The document that counts."""
        return next(each.text for each in self.versions if each.id == self.default)

    @property
    def policy(self) -> Policy:
        """The document that counts, compiled."""
        return compiled(self.text, "identity", self.arn)


class OidcProvider(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """Whose tokens are taken; `name` is the issuer without its scheme."""

    KIND = "oidc-provider"

    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    is_plain: bool = False
    """Whether the issuer is reached without TLS: in development, on this machine."""

    @property
    def issuer(self) -> str:
        """The issuer as tokens name it."""
        return f"{'http' if self.is_plain else 'https'}://{self.name}"


class SamlProvider(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """Whose assertions are taken; `metadata` is its XML document."""

    KIND = "saml-provider"

    metadata: str
    valid_until_ms: int | None = None


@lru_cache(COMPILED_MAX)
def compiled(text: str, kind: Kind, name: str) -> Policy:
    """Return a stored document's policy; it was checked when it was stored."""
    return policy_of(text, kind, name)
