"""What a request is about, in the words of policies: the ARN and the condition keys.

The generated operations say which kind of resource a policy names for each; here the request's
members become the ARN. Where nothing is named (lists, most of what makes something) it is `*`.
Source: docs/behaviours/policies.md.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from poolkeep.core.iam.book import IamBook
from poolkeep.core.iam.model import Entity, Group, Holder, Role, User
from poolkeep.core.iam.patterns import Value
from poolkeep.core.iam.providers import issuer_name
from poolkeep.crypto.envelope import EnvelopeBroken
from poolkeep.crypto.envelope import key_id_of as key_id_of_sealed
from poolkeep.http.aws.caller import Identity
from poolkeep.wire.service import Operation

ANY: Final = "*"
USER_POOLS: Final = "cognito-idp.amazonaws.com"

ROLES_GIVEN: Final = {
    "cognito-idp": ("role_arn", "cloud_watch_logs_role_arn"),
}
"""Members by which an operation gives a role to its service."""

_KEY_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")


class Passed(NamedTuple):
    """A role that a request gives to a service."""

    role_arn: str
    service: str


class Place(NamedTuple):
    """Where a request is: at which service, whose account, which region, and who asks."""

    service: str
    account: str
    region: str
    principal: str


async def resource_of(
    book: IamBook, operation: Operation, identity: Identity, request: msgspec.Struct | None
) -> str:
    """Return the ARN that a policy must name for this request."""
    find = _FINDERS.get(operation.resource)
    if find is None:
        return ANY
    place = Place(operation.service, identity.account, identity.region, identity.principal)
    return await find(book, place, request) or ANY


def moved_to(resource: str, request: msgspec.Struct | None) -> str | None:
    """Return the ARN that an entity of IAM is to have; None when it keeps its own.

    Who moves an entity must be allowed to act on both.
    """
    new_path = getattr(request, "new_path", None)
    new_name = getattr(request, "new_user_name", None) or getattr(request, "new_group_name", None)
    if new_path is None and new_name is None:
        return None
    front, kind, rest = resource.rpartition(":")[0], *resource.rpartition(":")[2].split("/", 1)
    path, _, name = f"/{rest}".rpartition("/")
    return f"{front}:{kind}{new_path or path + '/'}{new_name or name}"


def context_of(request: msgspec.Struct | None) -> dict[str, Value]:
    """Return the condition keys that the request itself carries, in lower case."""
    context: dict[str, Value] = {}
    tags = _tags(request)
    if tags is not None:
        context["aws:tagkeys"] = tuple(sorted(tags))
        context.update({f"aws:requesttag/{key.lower()}": text for key, text in tags.items()})
    removed = getattr(request, "tag_keys", None)
    if removed:
        context["aws:tagkeys"] = tuple(sorted(removed))
    for member, key in (
        ("policy_arn", "iam:policyarn"),
        ("permissions_boundary", "iam:permissionsboundary"),
    ):
        given = getattr(request, member, None)
        if isinstance(given, str):
            context[key] = given
    return context


async def entity_context(book: IamBook, resource: str) -> dict[str, Value]:
    """Return the condition keys that tell of an entity of IAM: its tags and its boundary."""
    found: Entity | None = await book.role_by_arn(resource) or await book.user_by_arn(resource)
    if found is None and ":policy/" in resource:
        found = await book.managed(resource)
    if found is None:
        return {}
    context = resource_tags(found.tags)
    if isinstance(found, Holder) and found.boundary is not None:
        context["iam:permissionsboundary"] = found.boundary
    return context


def resource_tags(tags: Mapping[str, str]) -> dict[str, Value]:
    """Return a resource's tags as condition keys."""
    return {f"aws:resourcetag/{key.lower()}": text for key, text in tags.items()}


def roles_passed(operation: Operation, request: msgspec.Struct | None) -> list[Passed]:
    """Return the roles that the request gives to the service, which asks for iam:PassRole."""
    if operation.service == "cognito-idp":
        given = [getattr(request, member, None) for member in ROLES_GIVEN["cognito-idp"]]
        messages = getattr(request, "sms_configuration", None) or getattr(
            getattr(request, "sms_mfa_configuration", None), "sms_configuration", None
        )
        given.append(getattr(messages, "sns_caller_arn", None))
        return [Passed(arn, USER_POOLS) for arn in given if isinstance(arn, str)]
    return []  # identity pools ask for themselves, and refuse in words of their own


def _tags(request: msgspec.Struct | None) -> dict[str, str] | None:
    for member in ("tags", "user_pool_tags", "identity_pool_tags"):
        given: Any = getattr(request, member, None)
        if isinstance(given, Mapping):
            return {str(key): str(text) for key, text in given.items() if text is not None}
        if given:
            return dict(map(_pair, given))
    return None


def _pair(tag: Any) -> tuple[str, str]:  # noqa: ANN401  each service has a shape of its own
    if hasattr(tag, "tag_key"):  # the key service's
        return tag.tag_key, tag.tag_value
    return tag.key, tag.value


async def _user_pool(_: IamBook, place: Place, request: Any) -> str | None:  # noqa: ANN401  by name
    # Of an ARN in the request only the pool counts: the rest is where we are, not what is said.
    named = getattr(request, "user_pool_id", None) or _last(request)
    front = f"arn:aws:cognito-idp:{place.region}:{place.account}:userpool"
    return f"{front}/{named}" if named else None


async def _identity_pool(_: IamBook, place: Place, request: Any) -> str | None:  # noqa: ANN401  by name
    named = getattr(request, "identity_pool_id", None) or _last(request)
    front = f"arn:aws:{place.service}:{place.region}:{place.account}:identitypool"
    return f"{front}/{named}" if named else None


def _last(request: Any) -> str | None:  # noqa: ANN401  by name
    named: str = getattr(request, "resource_arn", None) or ""
    return named.rpartition("/")[2] or None


async def _identity(_: IamBook, place: Place, request: Any) -> str | None:  # noqa: ANN401  by name
    pool_id = getattr(request, "identity_pool_id", None)
    who = getattr(request, "identity_id", None)
    dataset = getattr(request, "dataset_name", None)
    if not pool_id or not who:
        return None
    front = f"arn:aws:cognito-sync:{place.region}:{place.account}:identitypool"
    return f"{front}/{pool_id}/identity/{who}" + (f"/dataset/{dataset}" if dataset else "")


def _holder(
    of: type[Holder], member: str
) -> Callable[[IamBook, Place, Any], Awaitable[str | None]]:
    """Return what finds the ARN of a role, user or group, whose path the request leaves out."""

    async def find(book: IamBook, place: Place, request: Any) -> str | None:  # noqa: ANN401  by name
        if of is Role and (arn := _named(request, "role_arn")):
            return arn
        if of is User and (guest := getattr(request, "name", None)):  # GetFederationToken
            return f"arn:aws:sts::{place.account}:federated-user/{guest}"
        name = getattr(request, member, None)
        if name is None and of is User and member in getattr(request, "__struct_fields__", ()):
            return f"arn:aws:iam::{place.account}:{place.principal}"
        if name is None:
            return None
        found = await book.holder(of, place.account, name)
        path = getattr(request, "path", None) or "/"
        return found.arn if found else f"arn:aws:iam::{place.account}:{of.KIND}{path}{name}"

    return find


async def _policy(_: IamBook, place: Place, request: Any) -> str | None:  # noqa: ANN401  by name
    name = getattr(request, "policy_name", None)
    path = getattr(request, "path", None) or "/"
    return _named(request, "policy_arn") or (
        f"arn:aws:iam::{place.account}:policy{path}{name}" if name else None
    )


async def _oidc_provider(_: IamBook, place: Place, request: Any) -> str | None:  # noqa: ANN401  by name
    url = getattr(request, "url", None)
    return _named(request, "open_id_connect_provider_arn") or (
        f"arn:aws:iam::{place.account}:oidc-provider/{issuer_name(url)}" if url else None
    )


async def _saml_provider(_: IamBook, place: Place, request: Any) -> str | None:  # noqa: ANN401  by name
    name = getattr(request, "name", None)
    return _named(request, "saml_provider_arn") or (
        f"arn:aws:iam::{place.account}:saml-provider/{name}" if name else None
    )


async def _principal(_: IamBook, _place: Place, request: Any) -> str | None:  # noqa: ANN401  by name
    return _named(request, "policy_source_arn")


async def _key(_: IamBook, place: Place, request: Any) -> str | None:  # noqa: ANN401  by name
    name = getattr(request, "key_id", None)
    if name is None and getattr(request, "ciphertext_blob", None):
        try:
            name = key_id_of_sealed(request.ciphertext_blob)
        except EnvelopeBroken:
            return None
    if name is None or name.startswith("arn:"):
        return name
    front = f"arn:aws:kms:{place.region}:{place.account}:key"
    return f"{front}/{name}" if _KEY_ID.fullmatch(name) else None


def _named(request: Any, member: str) -> str | None:  # noqa: ANN401  by name
    named = getattr(request, member, None)
    return str(named) if named else None


_FINDERS: Final[dict[str, Callable[[IamBook, Place, Any], Awaitable[str | None]]]] = {
    "userpool": _user_pool,
    "identitypool": _identity_pool,
    "identity": _identity,
    "dataset": _identity,
    "role": _holder(Role, "role_name"),
    "user": _holder(User, "user_name"),
    "group": _holder(Group, "group_name"),
    "policy": _policy,
    "oidc-provider": _oidc_provider,
    "saml-provider": _saml_provider,
    "principal": _principal,
    "key": _key,
}
