"""What a new user may be called. Source: docs/behaviours/sign-up.md, docs/behaviours/users.md."""

from collections.abc import Mapping

from poolkeep.base.refusal import AliasExists, InvalidParameter, Refusal, UsernameExists
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users import wording
from poolkeep.core.users.addresses import is_email, is_phone, looks_like_email
from poolkeep.core.users.names import Login, login_key


def address_kind(pool: LoadedPool, username: str) -> str | None:
    """Return which address the username is in a pool of addresses, None in other pools.

    Refuses InvalidParameter for a name whose form the pool does not take.
    """
    kinds = pool.username_attributes
    if not kinds:
        _check_no_alias_form(pool, username)
        return None
    if "email" in kinds and is_email(username):
        return "email"
    if "phone_number" in kinds and is_phone(username):
        return "phone_number"
    if len(kinds) > 1:
        raise InvalidParameter(wording.NEED_EITHER)
    raise InvalidParameter(wording.NEED_EMAIL if "email" in kinds else wording.NEED_PHONE)


def stored_username(pool: LoadedPool, username: str, user_id: str) -> str:
    """Return what a user is called: in pools of addresses the sub, else the name as typed."""
    return user_id if pool.username_attributes else username


def with_address(pool: LoadedPool, username: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes with the address that the username is.

    Refuses InvalidParameter where they hold another one.
    """
    kind = address_kind(pool, username)
    if kind is None:
        return dict(attributes)
    given = attributes.get(kind)
    if given and login_key(pool, given) != login_key(pool, username):
        raise InvalidParameter(wording.other_address(kind))
    return {**attributes, kind: username}


def taken_name(taken: Login, *, by_admin: bool) -> Refusal:
    """Return the refusal of a creation whose login is another user's."""
    if taken.kind in {"email", "phone_number"}:
        return UsernameExists(wording.account_exists(taken.kind))
    return UsernameExists(wording.ACCOUNT_EXISTS if by_admin else wording.USER_EXISTS)


def taken_at_creation(pool: LoadedPool, taken: Login, *, by_admin: bool) -> Refusal:
    """Return the refusal of a creation: a name that is taken, or a verified alias that is."""
    if taken.kind in pool.aliases:
        return AliasExists(wording.alias_exists(taken.kind))
    return taken_name(taken, by_admin=by_admin)


def alias_form(pool: LoadedPool, name: str) -> str | None:
    """Return the alias that the pool could take the name for, None for none.

    Whoever were called like an address, in whatever letters, would keep its owner from it.
    """
    spellings = (name, login_key(pool, name))
    if "email" in pool.aliases and any(map(looks_like_email, spellings)):
        return "email"
    if "phone_number" in pool.aliases and any(map(is_phone, spellings)):
        return "phone_number"
    return None


def _check_no_alias_form(pool: LoadedPool, username: str) -> None:
    match alias_form(pool, username):
        case "email":
            raise InvalidParameter(wording.LOOKS_LIKE_EMAIL)
        case "phone_number":
            raise InvalidParameter(wording.LOOKS_LIKE_PHONE)
        case _:
            pass
