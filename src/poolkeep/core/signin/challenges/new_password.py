"""NEW_PASSWORD_REQUIRED: a temporary password gives way. Source: docs/behaviours/sign-in.md."""

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter, NotAuthorized
from poolkeep.core.pools.rules import readable
from poolkeep.core.signin import wording
from poolkeep.core.signin.attempt import Attempt
from poolkeep.core.signin.facts import Facts
from poolkeep.core.signin.steps import Ask, ChangePassword, Step
from poolkeep.core.users.model import Status, User

NAME: Final = "NEW_PASSWORD_REQUIRED"
PREFIX: Final = "userAttributes."


def prompt(attempt: Attempt, facts: Facts, user: User) -> Ask:
    """Ask for a new password and the required attributes that have no value yet."""
    allowed = readable(facts.pool, facts.client)
    shown = {name: value for name, value in user.attributes.items() if name in allowed}
    return Ask(
        attempt=msgspec.structs.replace(attempt, awaiting=NAME, credential_mark=_mark(user)),
        challenge=NAME,
        parameters={
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": _json(
                [PREFIX + name for name in missing_attributes(facts, user)]
            ),
            "userAttributes": _json(shown),
        },
    )


def check(attempt: Attempt, facts: Facts, answers: Mapping[str, str]) -> Attempt | Step:
    """Take the new password and the attributes that came with it."""
    password = answers.get("NEW_PASSWORD")
    if not password:
        raise InvalidParameter(wording.missing("NEW_PASSWORD"))
    user = facts.user
    if user is None:
        raise NotAuthorized(wording.SESSION_INVALID)
    if user.status != Status.FORCE_CHANGE_PASSWORD or attempt.credential_mark != _mark(user):
        # The temporary password that opened it gave way, by this session or by another one.
        raise NotAuthorized(wording.SESSION_SPENT)
    attributes = {
        name.removeprefix(PREFIX): value
        for name, value in answers.items()
        if name.startswith(PREFIX)
    }
    for name in attributes:
        if user.attributes.get(name):
            raise NotAuthorized(wording.already_provided(name))
    for name in missing_attributes(facts, user):
        if not attributes.get(name):
            raise InvalidParameter(wording.attribute_missing(name))
    return ChangePassword(attempt=attempt, password=password, attributes=attributes)


def missing_attributes(facts: Facts, user: User) -> list[str]:
    """Return the required attributes that the user has no value for, in schema order."""
    return [
        name for name, attribute in facts.pool.schema.items()
        if attribute.required and name != "sub" and not user.attributes.get(name)
    ]  # fmt: skip


def _mark(user: User) -> bytes:
    """Return what changes with the password: a digest of its sealed form."""
    return hashlib.sha256(user.credential or b"").digest()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
