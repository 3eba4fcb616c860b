"""Policy documents: from text to statements that can be evaluated. Pure.

Nothing is guessed: an element that the language does not have, a member named twice, a value of
the wrong kind refuse the document. Source: docs/behaviours/policies.md.
"""

import json
import re
from typing import Any, Final, Literal, NoReturn

from poolkeep.core.iam.conditions import BadValue, Condition, UnknownOperator
from poolkeep.core.iam.patterns import BadPattern, Context, Pattern, without_variables

Kind = Literal["identity", "trust", "resource"]
"""Identity policies say what their owner may do; trust and resource policies also say who."""

NEW: Final = "2012-10-17"
VERSIONS: Final = (NEW, "2008-10-17")
ELEMENTS: Final = frozenset(
    {
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
        "NotResource", "Condition",
    }
)  # fmt: skip
PRINCIPALS: Final = frozenset({"AWS", "Federated", "Service", "CanonicalUser"})
ANYBODY: Final = ("*", "*")
ANY_OF_AWS: Final = ("AWS", "*")
"""Users, roles, accounts and who does not sign, but nobody whom a provider vouches for."""
ARN_COLONS: Final = 5

_SID: Final = re.compile(r"[A-Za-z0-9]*")
_ACTION: Final = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_ACCOUNT: Final = re.compile(r"\d{12}")

SYNTAX: Final = "Syntax errors in policy."
NO_ACTIONS: Final = "Policy statement must contain actions."
NO_RESOURCES: Final = "Policy statement must contain resources."
NO_PRINCIPALS: Final = "Policy statement must contain principals."
NO_PRINCIPAL_ALLOWED: Final = "Policy document should not specify a principal."
NO_RESOURCE_ALLOWED: Final = "Has prohibited field Resource."
SAME_SID: Final = "Statement IDs (SID) in a single policy must be unique."
NO_VENDOR: Final = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


class MalformedPolicy(ValueError):
    """A document that is no policy of its kind; the message is IAM's."""


class Statement:
    """One statement, compiled."""

    __slots__ = (
        "_actions", "_conditions", "_not_actions", "_not_principals", "_not_resources",
        "_principals", "_resources", "is_allow", "sid", "where",
    )  # fmt: skip

    def __init__(self, said: dict[str, Any], kind: Kind, *, new: bool, where: int) -> None:
        """Compile a statement; raises MalformedPolicy. `where` is its place in the document."""
        if not ELEMENTS.issuperset(said):
            raise MalformedPolicy(SYNTAX)
        self.where = where
        self.sid = _sid(said)
        if said.get("Effect") not in {"Allow", "Deny"}:
            raise MalformedPolicy(SYNTAX)
        self.is_allow = said["Effect"] == "Allow"
        self._actions, self._not_actions = _one_of(said, "Action", NO_ACTIONS, _action)
        self._resources: tuple[Pattern, ...] | None = None
        self._not_resources: tuple[Pattern, ...] | None = None
        if kind == "trust":
            if "Resource" in said or "NotResource" in said:
                raise MalformedPolicy(NO_RESOURCE_ALLOWED)
        else:
            self._resources, self._not_resources = _one_of(
                said, "Resource", NO_RESOURCES, lambda text: _resource(text, variables=new)
            )
        self._principals, self._not_principals = _who(said, kind)
        if self._not_principals is not None and self.is_allow:
            raise MalformedPolicy(SYNTAX)
        self._conditions = _conditions(said.get("Condition", {}), variables=new)

    def is_about(self, action: str) -> bool:
        """Tell whether the statement is about this action, on whatever resource."""
        if self._actions is not None:
            return _any(self._actions, action, {})
        return not _any(self._not_actions or (), action, {})

    def concerns(self, action: str, resource: str, context: Context) -> bool:
        """Tell whether the statement is about this action on this resource."""
        if not self.is_about(action):
            return False
        if self._resources is not None:
            return _any(self._resources, resource, context)
        if self._not_resources is not None:
            # A variable without a value: nobody knows what is left out, so nothing is meant.
            return all(
                each.resolves(context) and not each.matches(resource, context)
                for each in self._not_resources
            )
        return True

    def names(self, principals: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Return under which of its names the statement names a caller; `ANYBODY` by a star."""
        if self._principals is not None:
            # A Deny for all of AWS is meant for everybody; an Allow opens to no more than it says.
            return _named(principals, self._principals, widely=not self.is_allow)
        if self._not_principals is not None:
            hit = _named(principals, self._not_principals, widely=False)
            return frozenset() if hit else principals
        return principals

    def could_name(self, name: tuple[str, str]) -> bool:
        """Tell whether the statement's principals include this one."""
        return bool(self.names(frozenset({name})))

    @property
    def actions(self) -> tuple[str, ...]:
        """What it is about, as written; of NotAction, anything."""
        return ("*",) if self._actions is None else tuple(each.text for each in self._actions)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Its conditions."""
        return self._conditions

    def meets(self, context: Context) -> bool:
        """Tell whether every condition holds."""
        return all(condition.holds(context) for condition in self._conditions)

    def keys(self) -> frozenset[str]:
        """Return the condition keys that it asks for, in lower case."""
        return frozenset(condition.key for condition in self._conditions)


class Policy:
    """A document, compiled. `name` says where it comes from."""

    __slots__ = ("kind", "name", "statements")

    def __init__(self, statements: tuple[Statement, ...], kind: Kind, name: str) -> None:
        """Take statements; `policy_of` reads them."""
        self.statements = statements
        self.kind = kind
        self.name = name


def _any(patterns: tuple[Pattern, ...], value: str, context: Context) -> bool:
    """Tell whether one of the patterns matches. A loop: a generator takes longer than most do."""
    for each in patterns:  # noqa: SIM110  see above
        if each.matches(value, context):
            return True
    return False


def policy_of(text: str, kind: Kind = "identity", name: str = "") -> Policy:
    """Return a document's policy. Raises MalformedPolicy."""
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_never)
    except (ValueError, RecursionError) as error:
        raise MalformedPolicy(SYNTAX) from error
    if not isinstance(document, dict) or not {"Version", "Id", "Statement"}.issuperset(document):
        raise MalformedPolicy(SYNTAX)
    version = document.get("Version", VERSIONS[1])
    if version not in VERSIONS or not isinstance(document.get("Id", ""), str):
        raise MalformedPolicy(SYNTAX)
    said = document.get("Statement")
    listed = said if isinstance(said, list) else [said]
    if not listed or not all(isinstance(each, dict) for each in listed):
        raise MalformedPolicy(SYNTAX)
    statements = tuple(
        Statement(each, kind, new=version == NEW, where=where) for where, each in enumerate(listed)
    )
    sids = [statement.sid for statement in statements if statement.sid]
    if len(set(sids)) != len(sids):
        raise MalformedPolicy(SAME_SID)
    return Policy(statements, kind, name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member named twice")
    return found


def _never(_text: str) -> NoReturn:
    raise ValueError("not JSON")


def _texts(value: object) -> tuple[str, ...]:
    """Return one text or a list of them."""
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in listed):
        raise MalformedPolicy(SYNTAX)
    return tuple(listed)


def _sid(said: dict[str, Any]) -> str:
    sid = said.get("Sid", "")
    if not isinstance(sid, str) or _SID.fullmatch(sid) is None:
        raise MalformedPolicy(SYNTAX)
    return sid


def _one_of(
    said: dict[str, Any],
    name: str,
    missing: str,
    compiled: Any,  # noqa: ANN401  text → Pattern
) -> tuple[tuple[Pattern, ...] | None, tuple[Pattern, ...] | None]:
    """Return what is listed under a name or under its opposite, of which one must be there."""
    opposite = f"Not{name}"
    if (name in said) == (opposite in said):
        raise MalformedPolicy(SYNTAX if name in said else missing)
    texts = _texts(said[name] if name in said else said[opposite])
    if not texts:
        raise MalformedPolicy(missing)
    patterns = tuple(compiled(text) for text in texts)
    return (patterns, None) if name in said else (None, patterns)


def _action(text: str) -> Pattern:
    if ":" not in text and text != "*":
        raise MalformedPolicy(NO_VENDOR)
    if _ACTION.fullmatch(text) is None:
        raise MalformedPolicy(SYNTAX)
    return Pattern(text, variables=False, fold=True)


def _resource(text: str, *, variables: bool) -> Pattern:
    plain = without_variables(text) if variables else text
    fields = plain.split(":")
    if plain != "*":
        is_whole = len(fields) > ARN_COLONS or plain.endswith("*")
        if fields[0] != "arn" or not is_whole or (len(fields) > 3 and set(fields[2]) & set("*?")):
            raise MalformedPolicy(SYNTAX)
    try:
        return Pattern(text, variables=variables)
    except BadPattern as error:
        raise MalformedPolicy(SYNTAX) from error


def _who(
    said: dict[str, Any], kind: Kind
) -> tuple[frozenset[tuple[str, str]] | None, frozenset[tuple[str, str]] | None]:
    has, has_not = "Principal" in said, "NotPrincipal" in said
    if kind == "identity":
        if has or has_not:
            raise MalformedPolicy(NO_PRINCIPAL_ALLOWED)
        return None, None
    if has == has_not:
        raise MalformedPolicy(SYNTAX if has else NO_PRINCIPALS)
    found = _principals(said["Principal"] if has else said["NotPrincipal"])
    return (found, None) if has else (None, found)


def _principals(value: object) -> frozenset[tuple[str, str]]:
    if value == "*":
        return frozenset({ANYBODY})
    if not isinstance(value, dict) or not value or not PRINCIPALS.issuperset(value):
        raise MalformedPolicy(SYNTAX)
    found = set()
    for kind, listed in value.items():
        for name in _texts(listed):
            if kind == "AWS" and _ACCOUNT.fullmatch(name):
                found.add((kind, f"arn:aws:iam::{name}:root"))
            elif kind == "AWS" and name == "*":
                found.add(ANY_OF_AWS)
            elif not name or "*" in name or "?" in name:
                raise MalformedPolicy(f'Invalid principal in policy: "{kind}":"{name}"')
            else:
                found.add((kind, name))
    if not found:
        raise MalformedPolicy(SYNTAX)
    return frozenset(found)


def _named(
    names: frozenset[tuple[str, str]], listed: frozenset[tuple[str, str]], *, widely: bool
) -> frozenset[tuple[str, str]]:
    """Return the names that are listed, `ANYBODY` among them when a star stands for all."""
    found = names & listed
    by_star = ANY_OF_AWS in listed and (widely or any(kind == "AWS" for kind, _ in names))
    return found | {ANYBODY} if by_star or ANYBODY in listed else found


def _conditions(value: object, *, variables: bool) -> tuple[Condition, ...]:
    if not isinstance(value, dict):
        raise MalformedPolicy(SYNTAX)
    found = []
    for operator, keys in value.items():
        if not isinstance(keys, dict):
            raise MalformedPolicy(SYNTAX)
        for key, values in keys.items():
            if ":" not in key:
                raise MalformedPolicy(NO_VENDOR)
            listed = tuple(_value_text(each) for each in _listed(values))
            try:
                found.append(Condition(operator, key, listed, variables=variables))
            except (UnknownOperator, BadValue, BadPattern) as error:
                raise MalformedPolicy(SYNTAX) from error
    return tuple(found)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _value_text(value: object) -> str:
    """Return a policy's value as the text that is compared: numbers and truths as JSON has them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise MalformedPolicy(SYNTAX)
