"""What is asked of the token service, as values."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Session policies: the inline one, and managed ones by ARN."""

    policy: str | None = None
    policy_arns: tuple[str, ...] = ()


class RoleAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A role, for how long, under which name."""

    role_arn: str
    session_name: str
    duration_s: int | None = None
    limits: Limits = Limits()


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What a signed caller of AssumeRole may say besides."""

    tags: tuple[tuple[str, str], ...] = ()
    transitive: tuple[str, ...] = ()
    external_id: str | None = None
    source_identity: str = ""


class Federated(msgspec.Struct, frozen=True, kw_only=True):
    """What GetFederationToken is asked."""

    name: str
    duration_s: int | None = None
    limits: Limits = Limits()
    tags: tuple[tuple[str, str], ...] = ()
