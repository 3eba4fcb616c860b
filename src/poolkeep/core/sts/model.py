"""What temporary credentials are, and what is known of those who hold them."""

from typing import Literal

import msgspec

from poolkeep.base.secret import Secret

ContextValue = str | tuple[str, ...]


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The holder of temporary credentials, as the session token tells it.

    `policies` are the session policies as texts: together they limit the session, and None limits
    nothing. `is_guest` adds the limits of guests in the enhanced flow. `context` holds condition
    keys in lower case (`cognito-identity.amazonaws.com:sub`, `saml:iss`) that stay with the
    session.
    """

    access_key_id: str
    account: str
    kind: Literal["role", "federated", "user"]
    arn: str
    unique_id: str
    """`AROA…:<session>`, `<account>:<name>`, or the id of the user."""
    issued_ms: int
    expires_ms: int
    role_arn: str = ""
    role_id: str = ""
    user_name: str = ""
    """Whose session GetSessionToken or GetFederationToken gave; `root` for the account."""
    user_id: str = ""
    """The unique id of that user: another one may have the name by now."""
    session_name: str = ""
    policies: tuple[str, ...] | None = None
    policy_arns: tuple[str, ...] = ()
    is_guest: bool = False
    tags: dict[str, str] = {}
    transitive: tuple[str, ...] = ()
    source_identity: str = ""
    federated_provider: str = ""
    context: dict[str, ContextValue] = {}
    mfa: bool = False
    identity_id: str = ""
    identity_pool_id: str = ""
    auth_provider: str = ""
    """`<provider>,<provider>:CognitoSignIn:<sub>`, as the guarded services tell it on."""


class IssuedSession(msgspec.Struct, frozen=True, kw_only=True):
    """Temporary credentials, for the one answer that shows them."""

    session: Session
    secret: Secret[str]
    token: Secret[str]


class WebIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a verified token speaks for.

    `principal` is the name that a trust policy gives the provider under `Federated`; `context` are
    the condition keys that the token brings, in lower case.
    """

    principal: str
    provider: str
    subject: str
    audience: str
    context: dict[str, ContextValue] = {}
    tags: dict[str, str] = {}
    transitive: tuple[str, ...] = ()
    source_identity: str = ""
