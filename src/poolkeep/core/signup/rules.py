"""Who may sign up, as what, and where the code goes. Pure."""

from collections.abc import Mapping
from typing import Final

from poolkeep.base.refusal import InvalidLambdaResponse, InvalidParameter, NotAuthorized
from poolkeep.core.messages.model import EMAIL, SMS, Target
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.pools.model import AppClient
from poolkeep.core.pools.rules import auth_flows, first_factors
from poolkeep.core.signup import wording
from poolkeep.core.triggers.sources import PreSignUpReply
from poolkeep.core.users.attributes import check_writable, new_attributes
from poolkeep.core.users.model import Status, User
from poolkeep.core.users.usernames import with_address

PASSWORDLESS: Final = frozenset({"EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"})
# A number comes before an address: where both are to be verified, only the SMS is sent.
TARGETS: Final = (("phone_number", SMS), ("email", EMAIL))


def check_open(pool: LoadedPool) -> None:
    """Refuse a sign-up where only administrators make users."""
    config = pool.pool.settings.admin_create_user_config
    if config is not None and config.allow_admin_create_user_only:
        raise NotAuthorized(wording.NOT_PERMITTED)


def check_may_lack_password(pool: LoadedPool, client: AppClient) -> None:
    """Refuse a sign-up without a password unless pool and client know another first factor."""
    other_factor = not PASSWORDLESS.isdisjoint(first_factors(pool))
    if not other_factor or "USER_AUTH" not in auth_flows(client):
        raise InvalidParameter(wording.PASSWORD_REQUIRED)


def attributes_at_sign_up(
    pool: LoadedPool, client: AppClient, username: str, given: Mapping[str, str]
) -> dict[str, str]:
    """Return the new user's attributes.

    Refuses, in this order: what the client may not write, a username of the wrong form, values
    that the schema does not take.
    """
    check_writable(pool, client, given)
    return new_attributes(
        pool, with_address(pool, username, given), demand_required=True, at_sign_up=True
    )


def decided_by_pre_sign_up(
    reply: PreSignUpReply | None, attributes: Mapping[str, str]
) -> tuple[Status, dict[str, str]]:
    """Return the status and the attributes as PreSignUp decides.

    Refuses InvalidLambdaResponse where it vouches for an attribute that is not there.
    """
    decided = dict(attributes)
    if reply is None:
        return Status.UNCONFIRMED, decided
    for vouched, attribute in (
        (reply.auto_verify_email, "email"),
        (reply.auto_verify_phone, "phone_number"),
    ):
        if vouched and attribute not in decided:
            raise InvalidLambdaResponse(wording.NOTHING_TO_VERIFY)
        if vouched:
            decided[f"{attribute}_verified"] = "true"
    return Status.CONFIRMED if reply.auto_confirm_user else Status.UNCONFIRMED, decided


def code_target(pool: LoadedPool, attributes: Mapping[str, str]) -> Target | None:
    """Return where the code goes; None where the pool verifies nothing that was given."""
    verified = pool.pool.settings.auto_verified_attributes or ()
    for attribute, medium in TARGETS:
        if attribute in verified and (value := attributes.get(attribute)):
            return Target(medium=medium, destination=value)
    return None


def decoy_medium(pool: LoadedPool) -> str:
    """Return how an unknown user would get a code; refuses where nobody gets one."""
    verified = pool.pool.settings.auto_verified_attributes or ()
    for attribute, medium in TARGETS:
        if attribute in verified:
            return medium
    raise NotAuthorized(wording.CANNOT_RESEND)


def check_unconfirmed(user: User) -> None:
    """Refuse a user who is past confirmation."""
    if user.status != Status.UNCONFIRMED:
        raise NotAuthorized(wording.cannot_be_confirmed(user.status))
