"""How long sessions may be, what they may carry, and what a trust policy is asked. Pure."""

import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from poolkeep.core.iam.policies import MalformedPolicy as BadPolicy
from poolkeep.core.iam.policies import policy_of
from poolkeep.core.sts import wording
from poolkeep.core.sts.model import ContextValue
from poolkeep.core.sts.refusals import (
    InvalidRequest,
    MalformedPolicy,
    PackedPolicyTooLarge,
    RejectedClaim,
)

HOUR_S: Final = 3_600
LONGEST_S: Final = 129_600
HALF_DAY_S: Final = 43_200
PLAIN_MAX: Final = 2_048
PACKED_MAX: Final = 2_048
TAGS_MAX: Final = 50
TAG_KEY_MAX: Final = 128
TAG_VALUE_MAX: Final = 256
TAGS_CLAIM: Final = "https://aws.amazon.com/tags"
SOURCE_CLAIM: Final = "https://aws.amazon.com/source_identity"
_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_TAG: Final = re.compile(r"[\w\s.:/=+\-@]*")


def role_duration(asked_s: int | None, max_s: int, *, chained: bool) -> int:
    """Return how long a role's session lasts. Raises InvalidRequest."""
    if asked_s is None:
        return HOUR_S
    if chained and asked_s > HOUR_S:
        raise InvalidRequest(wording.CHAINED_TOO_LONG)
    if asked_s > max_s:
        raise InvalidRequest(wording.TOO_LONG)
    return asked_s


def own_duration(asked_s: int | None, *, is_root: bool) -> int:
    """Return how long a session of a user's own key lasts; the account's lasts an hour."""
    wanted = HALF_DAY_S if asked_s is None else min(asked_s, LONGEST_S)
    return min(wanted, HOUR_S) if is_root else wanted


def is_name(text: str) -> bool:
    """Tell whether a session may be called so; more would read like another ARN."""
    return _NAME.fullmatch(text) is not None


def checked_source(told: object) -> str:
    """Return the source identity that a token or an assertion brings. Raises RejectedClaim."""
    if told == "":
        return ""
    if not isinstance(told, str) or not is_name(told):
        raise RejectedClaim(wording.BAD_SOURCE)
    return told


def checked_policies(policy: str | None, arns: Iterable[str]) -> tuple[str, ...] | None:
    """Return the inline session policy; None when there is none and no managed one either.

    Raises MalformedPolicy and PackedPolicyTooLarge.
    """
    listed = tuple(arns)
    if policy is None:
        return () if listed else None
    if len(policy) + sum(map(len, listed)) > PLAIN_MAX:
        raise PackedPolicyTooLarge(wording.PLAIN_POLICIES)
    try:
        policy_of(policy)
    except BadPolicy as error:
        raise MalformedPolicy(str(error)) from error
    return (policy,)


def checked_tags(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return session tags. Raises InvalidRequest; keys count without case."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for key, value in pairs:
        if key.lower() in seen:
            raise InvalidRequest(wording.SAME_TAG)
        if key.lower().startswith("aws:"):
            raise InvalidRequest(wording.RESERVED_TAG)
        if not (_TAG.fullmatch(key) and _TAG.fullmatch(value)):
            raise InvalidRequest("Tags have letters, digits, white space and _.:/=+-@ only.")
        seen.add(key.lower())
        found[key] = value
    if len(found) > TAGS_MAX:
        raise InvalidRequest(f"A session has {TAGS_MAX} tags at most.")
    return found


def inherited(
    tags: dict[str, str], transitive: tuple[str, ...], held: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return tags and transitive keys with those `held` from the calling session.

    Raises InvalidRequest for a transitive key without a tag, ValueError when an inherited tag is
    to be changed.
    """
    asked = {key.lower() for key in tags}
    if any(key.lower() not in asked for key in transitive):
        raise InvalidRequest(wording.NOT_TRANSITIVE)
    if any(key.lower() in asked for key in held):
        raise ValueError(wording.TRANSITIVE)
    return {**tags, **held}, (*transitive, *held)


def packed_size(
    policies: tuple[str, ...] | None, arns: Iterable[str], tags: Mapping[str, str]
) -> int | None:
    """Return how much of the room policies and tags take, in percent; None without any.

    Raises PackedPolicyTooLarge.
    """
    listed = [*(policies or ()), *arns, *(text for pair in tags.items() for text in pair)]
    if not listed:
        return None
    packed = len(zlib.compress("\n".join(listed).encode(), 9))
    percent = -(-100 * packed // PACKED_MAX)
    if percent > 100:
        raise PackedPolicyTooLarge(wording.PACKED.format(percent))
    return percent


def asked_context(
    *,
    session_name: str = "",
    tags: Mapping[str, str],
    transitive: tuple[str, ...] = (),
    source_identity: str = "",
    external_id: str | None = None,
    more: Mapping[str, ContextValue] | None = None,
) -> dict[str, ContextValue]:
    """Return the condition keys of a request for a role, in lower case."""
    found: dict[str, ContextValue] = dict(more or {})
    if session_name:
        found["sts:rolesessionname"] = session_name
    if tags:
        found["aws:tagkeys"] = tuple(tags)
        found.update({f"aws:requesttag/{key.lower()}": value for key, value in tags.items()})
    if transitive:
        found["sts:transitivetagkeys"] = transitive
    if source_identity:
        found["sts:sourceidentity"] = source_identity
    if external_id is not None:
        found["sts:externalid"] = external_id
    return found


def token_tags(claims: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the tags and transitive keys that a token brings. Raises InvalidRequest."""
    told = claims.get(TAGS_CLAIM)
    if not isinstance(told, dict):
        return {}, ()
    pairs = told.get("principal_tags", {})
    if not isinstance(pairs, dict):
        raise InvalidRequest("The principal tags of the token are malformed.")
    tags: list[tuple[str, str]] = []
    for key, values in pairs.items():
        first = values[0] if isinstance(values, list) and values else values
        if not isinstance(first, str) or len(key) > TAG_KEY_MAX or len(first) > TAG_VALUE_MAX:
            raise InvalidRequest("The principal tags of the token are malformed.")
        tags.append((key, first))
    keys = told.get("transitive_tag_keys") or []
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise InvalidRequest("The transitive tag keys of the token are malformed.")
    return checked_tags(tags), tuple(keys)
