"""What callers ask of sign-up, and its answer."""

from collections.abc import Mapping

import msgspec

from poolkeep.core.users.model import CodeDelivery


class PublicCall(msgspec.Struct, frozen=True, kw_only=True):
    """What every call of a client carries.

    The hosted pages call for every client (`by_pages`): they prove no secret, and what a user has
    proven there leads into a sign-in whatever flows the client has.
    """

    client_id: str
    username: str
    secret_hash: str | None = None
    client_metadata: Mapping[str, str] | None = None
    ip_address: str | None = None
    source_ip: str = ""
    user_agent: str = ""
    by_pages: bool = False


class SignUp(PublicCall, frozen=True, kw_only=True):
    """SignUp. `ip_address` is the claim of UserContextData, `source_ip` the connection's."""

    password: str | None = None
    user_attributes: Mapping[str, str] = {}
    validation_data: Mapping[str, str] | None = None


class ConfirmSignUp(PublicCall, frozen=True, kw_only=True):
    """ConfirmSignUp."""

    confirmation_code: str
    force_alias_creation: bool = False
    session: str | None = None


class ResendCode(PublicCall, frozen=True, kw_only=True):
    """ResendConfirmationCode."""


class SignedUp(msgspec.Struct, frozen=True, kw_only=True):
    """SignUp's answer."""

    user_confirmed: bool
    user_sub: str
    code_delivery_details: CodeDelivery | None = None
    session: str | None = None
