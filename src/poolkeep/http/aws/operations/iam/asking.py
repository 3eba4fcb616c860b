"""What handlers of IAM have in common: who changes what, which part of a list is wanted."""

from collections.abc import Iterable
from typing import Any, Final

from poolkeep.core.iam import wording
from poolkeep.core.iam.desk import Change, tags_of
from poolkeep.core.iam.model import Group, Holder, Role, User
from poolkeep.core.iam.reading import Asked
from poolkeep.core.iam.refusals import InvalidRequest
from poolkeep.http.aws.registry import Call
from poolkeep.wire.iam import shapes

HOLDERS: Final[dict[str, type[Holder]]] = {"Role": Role, "User": User, "Group": Group}
"""Who has policies, by the word that operations' names have for them."""


def change(call: Call, operation: str) -> Change:
    """Return who changes, by which operation."""
    return Change(actor=call.actor, operation=operation)


def asked(request: Any) -> Asked:  # noqa: ANN401  any request of a list
    """Return which part of a list is wanted."""
    return Asked(
        marker=request.marker,
        max_items=request.max_items,
        prefix=getattr(request, "path_prefix", None),
    )


def named(request: Any, kind: str) -> str:  # noqa: ANN401  any request that names an entity
    """Return the name of the role, user or group that a request is about."""
    return str(getattr(request, f"{kind.lower()}_name"))


def tags_in(listed: Iterable[shapes.Tag] | None) -> dict[str, str]:
    """Return a request's tags."""
    return tags_of((tag.key, tag.value) for tag in listed or ())


def user_name(call: Call, given: str | None) -> str:
    """Return whom a request is about: the caller, when it names nobody."""
    if given is not None:
        return given
    front, _, name = call.principal.rpartition("/")
    if not front.startswith("user"):
        raise InvalidRequest(wording.USER_NAME_MISSING)
    return name
