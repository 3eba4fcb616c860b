"""What a policy document must be before IAM keeps it. Pure, but for the look-up of principals.

A trust policy is kept twice: as it was written, and with the unique ids of the users and roles
that it names in the place of their ARNs. Source: docs/behaviours/iam.md.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from poolkeep.core.iam import wording
from poolkeep.core.iam.policies import NEW, Kind, MalformedPolicy, Policy, Statement, policy_of
from poolkeep.core.iam.refusals import LimitExceeded, MalformedDocument

IDENTITIES: Final = "cognito-identity.amazonaws.com"
AUDIENCE: Final = f"{IDENTITIES}:aud"
BY_WEB: Final = "sts:AssumeRoleWithWebIdentity"
NAMING: Final = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike"})
TRUST_MAX: Final = 4_096
MANAGED_MAX: Final = 6_144
TRUST_ACTIONS: Final = re.compile(
    r"sts:(\*|Assume\*|AssumeRole\*?|AssumeRoleWithSAML|AssumeRoleWithWebIdentity|TagSession"
    r"|SetSourceIdentity|SetContext)",
    re.IGNORECASE,
)
FUNCTIONS: Final = re.compile(r"arn:aws:iam::\d{12}:role/functions")

_OWN: Final = re.compile(r"arn:aws:iam::\d{12}:(?:user|role)/.+")
_ID: Final = re.compile(r"A(?:IDA|ROA)[A-Z2-7]{17}")

Found = Callable[[str], str | None]
"""found(ARN) → unique id, or found(unique id) → ARN; None when there is no such principal."""


def checked(text: str, kind: Kind = "identity") -> Policy:
    """Return a document's policy. Raises MalformedDocument."""
    try:
        policy = policy_of(text, kind)
    except MalformedPolicy as error:
        raise MalformedDocument(str(error)) from error
    if "${" in text and json.loads(text).get("Version") != NEW:
        # The old language has no variables: such a policy would never mean what it says.
        raise MalformedDocument(wording.OLD_VERSION)
    return policy


def checked_trust(text: str, *, names_pools: bool) -> None:
    """Refuse what is no trust policy; `names_pools` asks that identity pools are named."""
    policy = checked(text, "trust")
    if size(text) > TRUST_MAX:
        raise LimitExceeded(wording.quota("ACLSizePerRole", TRUST_MAX))
    for statement in policy.statements:
        if not all(TRUST_ACTIONS.fullmatch(action) for action in statement.actions):
            raise MalformedDocument(wording.ONLY_STS)
        if names_pools and not _names_pools(statement):
            raise MalformedDocument(wording.POOLS_UNNAMED)


def size(text: str) -> int:
    """Return how long a document is, white space left out."""
    return len(re.sub(r"\s", "", text))


def bound(text: str, id_of: Found) -> str:
    """Return a trust policy with unique ids for ARNs. Raises MalformedDocument."""

    def replaced(name: str) -> str:
        if _OWN.fullmatch(name) is None:
            return name
        found = id_of(name)
        if found is None and FUNCTIONS.fullmatch(name) is None:
            raise MalformedDocument(wording.invalid_principal("AWS", name))
        return found or name

    return _with_principals(text, replaced)


def shown(written: str, kept: str, arn_of: Found) -> str:
    """Return a trust policy as it is told: the id stays where the principal is gone."""
    told = _with_principals(
        kept, lambda name: (arn_of(name) or name) if _ID.fullmatch(name) else name
    )
    return written if json.loads(told) == json.loads(written) else told


def _with_principals(text: str, replaced: Callable[[str], str]) -> str:
    document: dict[str, Any] = json.loads(text)
    said = document["Statement"]
    changed = False
    for statement in said if isinstance(said, list) else [said]:
        for element in ("Principal", "NotPrincipal"):
            principals = statement.get(element)
            if not isinstance(principals, dict) or "AWS" not in principals:
                continue
            named = principals["AWS"]
            new = [replaced(each) for each in named] if isinstance(named, list) else replaced(named)
            changed = changed or new != named
            principals["AWS"] = new
    return json.dumps(document, separators=(",", ":")) if changed else text


def _names_pools(statement: Statement) -> bool:
    """Tell whether a statement is not for identities, or says for those of which pools."""
    is_for_them = statement.could_name(("Federated", IDENTITIES)) and statement.is_about(BY_WEB)
    if not statement.is_allow or not is_for_them:
        return True
    return any(
        condition.key == AUDIENCE
        and condition.operator.removeprefix("ForAnyValue:") in NAMING
        and condition.values
        and not any(set(value) & set("*?$") for value in condition.values)
        for condition in statement.conditions
    )
