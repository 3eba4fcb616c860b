"""Users as Cognito answers them: `sub` first, then the attributes in the order of the schema."""

from collections.abc import Container, Iterable

from poolkeep.core.factors.model import SMS_MFA
from poolkeep.core.factors.preferences import preferences_of
from poolkeep.core.users.model import CodeDelivery, User
from poolkeep.wire.cognito_idp import shapes

MS_PER_S = 1_000
SMS_OPTION = shapes.MFAOptionType(delivery_medium="SMS", attribute_name="phone_number")


def attributes_list(
    user: User, allowed: Container[str] | None = None
) -> list[shapes.AttributeType]:
    """Return `sub` and the attributes among `allowed` (None: all). They are kept in order."""
    listed = [shapes.AttributeType(name="sub", value=user.id)]
    listed += [
        shapes.AttributeType(name=name, value=value)
        for name, value in user.attributes.items()
        if allowed is None or name in allowed
    ]
    return listed


def mfa_options(user: User) -> list[shapes.MFAOptionType] | None:
    """Return the older form of the user's factors, which knows only codes by SMS; None: omitted."""
    return [SMS_OPTION] if SMS_MFA in preferences_of(user).enabled else None


def mfa_list(user: User) -> tuple[str, ...] | None:
    """Return what the user has turned on; None: omitted."""
    return preferences_of(user).enabled or None


def user_type(user: User, only: Container[str] | None = None) -> shapes.UserType:
    """Return a user of a list; `only` limits the attributes, `sub` included."""
    listed = attributes_list(user, only)
    if only is not None and "sub" not in only:
        del listed[0]
    return shapes.UserType(
        username=user.username,
        attributes=listed,
        user_create_date=user.created_ms / MS_PER_S,
        user_last_modified_date=user.modified_ms / MS_PER_S,
        enabled=user.enabled,
        user_status=user.status,
        mfa_options=mfa_options(user),
    )


def user_types(users: Iterable[User], only: Container[str] | None = None) -> list[shapes.UserType]:
    """Return the users of a list."""
    return [user_type(user, only) for user in users]


def code_delivery(details: CodeDelivery) -> shapes.CodeDeliveryDetailsType:
    """Return where a code went."""
    return shapes.CodeDeliveryDetailsType(
        destination=details.destination,
        delivery_medium=details.delivery_medium,
        attribute_name=details.attribute_name,
    )
