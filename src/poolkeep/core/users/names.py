"""Which strings sign a user in, and by which values a user is found.

A login key is unique in its pool whatever its kind (a username, a sub, a verified alias), so
that nobody can take a name that already signs somebody else in.
Source: docs/behaviours/users.md.
"""

import hashlib
import unicodedata

import msgspec

from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.users.model import Status, User

INDEXED = (
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
)
"""Attributes (beside username, status and sub) that ListUsers can filter by."""

INDEX_KEY_CHARACTERS = 256
"""A filter is at most 256 characters long, so a longer key would never be read."""

LOGIN_KEY_CHARACTERS = 256
"""A longer key ends in its digest: names come unbounded, and an index row has a size."""


class Login(msgspec.Struct, frozen=True):
    """One string that signs a user in.

    `kind`: username, sub, email, phone_number or preferred_username.
    """

    key: str
    kind: str


class IndexRow(msgspec.Struct, frozen=True):
    """One value by which ListUsers finds a user."""

    attribute: str
    key: str


def login_key(pool: LoadedPool, name: str) -> str:
    """Return the form in which the pool compares sign-in names.

    Without regard to case, letters that only look different (full-width ones, the Kelvin sign,
    ligatures) are the same as well, so that nobody can pass for somebody else.
    """
    key = name if pool.case_sensitive else _folded(name)
    if len(key) <= LOGIN_KEY_CHARACTERS:
        return key
    # Longer than every key that is not cut, so that nobody can be called like a cut one.
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{key[:LOGIN_KEY_CHARACTERS]}{digest}"


def _folded(name: str) -> str:
    if name.isascii():
        return name.lower()
    if len(name) > LOGIN_KEY_CHARACTERS:
        # Combining marks are put in order in time by the square of their number.
        return name.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def logins_of(pool: LoadedPool, user: User) -> tuple[Login, ...]:
    """Return every login of the user, the username first."""
    found = {login_key(pool, user.username): "username"}
    found.setdefault(user.id, "sub")
    attributes = user.attributes
    for attribute in pool.username_attributes:  # verified or not
        if value := attributes.get(attribute):
            found.setdefault(login_key(pool, value), attribute)
    for alias in pool.aliases:
        value = attributes.get(alias)
        proven = alias == "preferred_username" or attributes.get(f"{alias}_verified") == "true"
        if value and proven:
            found.setdefault(login_key(pool, value), alias)
    return tuple(Login(key, kind) for key, kind in found.items())


def index_key(attribute: str, value: str) -> str:
    """Return the stored form: username and status as they are, the rest without case."""
    folded = value if attribute in {"username", "status"} else value.lower()
    return folded[:INDEX_KEY_CHARACTERS]


def index_of(user: User) -> tuple[IndexRow, ...]:
    """Return the rows by which ListUsers finds the user; `sub` is the table's own key."""
    rows = [
        IndexRow("username", index_key("username", user.username)),
        IndexRow("status", "Enabled" if user.enabled else "Disabled"),
        IndexRow("cognito:user_status", index_key("cognito:user_status", user.status)),
    ]
    attributes = user.attributes
    for name in INDEXED:
        if value := attributes.get(name):
            rows.append(IndexRow(name, index_key(name, value)))  # noqa: PERF401  half the time
    return tuple(rows)


def is_confirmed(user: User) -> bool:
    """Tell whether the sign-up is behind the user."""
    return user.status != Status.UNCONFIRMED
