"""What would be decided: policies tried on actions and resources, nothing done.

documents ──▶ statements with their places in the text
action and resource ──▶ decision, statements that matched, condition keys without a value
"""

import itertools
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from poolkeep.core.iam.evaluation import Decision, Match, Policies, Principal, Request, decide
from poolkeep.core.iam.patterns import Value
from poolkeep.core.iam.policies import Kind, MalformedPolicy, Policy, policy_of
from poolkeep.core.iam.refusals import InvalidInput

PAIRS_MAX: Final = 10_000
WORK_MAX: Final = 10_000
"""Statements that one answer tries, which take some tenths of a second."""
LISTS: Final = "List"

_BREAK: Final = re.compile("\n")
_SPACE: Final = re.compile(r"[ \t\r\n,:]*")
_VARIABLE: Final = re.compile(r"\$\{\s*([^},'*?$\s]+)")
_USER: Final = re.compile(r"arn:aws:iam::(?P<account>\d{12}):user/(?:.*/)?(?P<name>[^/]+)")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as text, by the name under which results quote it."""

    name: str
    text: str


class Point(NamedTuple):
    """A place in a text, both counted from one."""

    line: int
    column: int


class Span(NamedTuple):
    """Where a statement stands."""

    start: Point
    end: Point


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried. A boundary of None limits nothing; `owner` is whose the resources are."""

    actions: Sequence[str]
    resources: Sequence[str]
    identity: Sequence[Document] = ()
    boundary: Sequence[Document] | None = None
    resource_policy: Document | None = None
    caller: Principal
    owner: str | None = None
    context: Mapping[str, Value] = {}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one action on one resource comes to."""

    action: str
    resource: str
    decision: Decision
    missing: tuple[str, ...] = ()
    within_boundary: bool | None = None


class Simulation:
    """Policies, read once, and tried on every pair of action and resource."""

    def __init__(self, scenario: Scenario) -> None:
        """Read the documents. Raises InvalidInput."""
        if len(scenario.actions) * len(scenario.resources) > PAIRS_MAX:
            raise InvalidInput("Too many actions and resources for one simulation.")
        self._scenario = scenario
        self._identity = [_read(each) for each in scenario.identity]
        limits = scenario.boundary
        self._boundary = None if limits is None else [_read(each) for each in limits]
        given = scenario.resource_policy
        self._resource = [] if given is None else [_read(given, "resource")]
        documents = [*scenario.identity, *(limits or ()), *([given] if given else [])]
        self._spans = {each.name: spans(each.text) for each in documents}
        self._keys = {
            each.name: [keys_of(said) for said, _ in self._spans[each.name]] for each in documents
        }
        self.pairs = list(itertools.product(scenario.actions, scenario.resources))

    @property
    def at_once(self) -> int:
        """How many pairs one answer may tell of, so that nobody else waits long."""
        return max(1, WORK_MAX // max(1, sum(map(len, self._keys.values()))))

    def span(self, match: Match) -> Span:
        """Return where a statement that matched stands in its document."""
        return self._spans[match.policy][match.where][1]

    def verdict(self, action: str, resource: str) -> Verdict:
        """Return what a pair comes to."""
        scenario = self._scenario
        context = {key.lower(): value for key, value in scenario.context.items()}
        request = Request(
            principal=scenario.caller,
            action=action,
            resource=resource,
            context=context,
            resource_account=scenario.owner,
        )
        policies = Policies(
            identity=self._identity, boundary=self._boundary, resource=self._resource
        )
        within = (
            None
            if self._boundary is None
            else decide(request, Policies(identity=self._boundary)).is_allowed
        )
        return Verdict(
            action=action,
            resource=resource,
            decision=decide(request, policies),
            missing=self._missing(request),
            within_boundary=within,
        )

    def _missing(self, request: Request) -> tuple[str, ...]:
        """Return the keys that statements about this action ask for and nobody gave."""
        missing: dict[str, str] = {}
        for policy in (*self._identity, *(self._boundary or ()), *self._resource):
            listed = self._keys[policy.name]
            for statement in policy.statements:
                if not statement.is_about(request.action):
                    continue
                for key in listed[statement.where]:
                    if key.lower() not in request.context:
                        missing.setdefault(key.lower(), key)
        return tuple(missing[key] for key in sorted(missing))


def caller_of(arn: str) -> Principal:
    """Return the user that CallerArn names. Raises InvalidInput."""
    found = _USER.fullmatch(arn)
    if found is None:
        raise InvalidInput(f"Invalid caller ARN: {arn}. It must be the ARN of a user.")
    return Principal(account=found["account"], arn=arn, kind="user")


def context_of(entries: Iterable[tuple[str, Sequence[str], str]]) -> dict[str, Value]:
    """Return condition keys from a request's entries: name, values and type."""
    found: dict[str, Value] = {}
    for name, values, kind in entries:
        if not kind.endswith(LISTS) and len(values) > 1:
            raise InvalidInput(f"Context key {name} of type {kind} has more than one value.")
        if kind.endswith(LISTS):
            found[name.lower()] = tuple(values)
        elif values:
            found[name.lower()] = values[0]
    return found


def context_keys(documents: Iterable[Document]) -> list[str]:
    """Return the condition keys and variables that policies ask for. Raises InvalidInput."""
    found: dict[str, str] = {}
    for document in documents:
        _read(document)
        for statement, _ in spans(document.text):
            for key in keys_of(statement):
                found.setdefault(key.lower(), key)
    return [found[key] for key in sorted(found)]


def keys_of(statement: Mapping[str, Any]) -> list[str]:
    """Return the keys in a statement's conditions, and those of its variables."""
    conditions = statement.get("Condition", {})
    keys = [key for operator in conditions.values() for key in operator]
    resources = [statement.get("Resource"), statement.get("NotResource")]
    texts = json.dumps([conditions, resources])
    return keys + _VARIABLE.findall(texts)


def spans(text: str) -> list[tuple[dict[str, Any], Span]]:
    """Return a valid document's statements with their places."""
    decoder = json.JSONDecoder()
    at = _after_space(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = decoder.raw_decode(text, at)
        at = _after_space(text, at)
        if name == "Statement":
            return _statements(decoder, text, at)
        _, at = decoder.raw_decode(text, at)
        at = _after_space(text, at)
    return []


def _statements(decoder: json.JSONDecoder, text: str, at: int) -> list[tuple[dict[str, Any], Span]]:
    breaks = [each.start() for each in _BREAK.finditer(text)]
    if text[at] == "{":
        said, end = decoder.raw_decode(text, at)
        return [(said, Span(_point(breaks, at), _point(breaks, end)))]
    found = []
    at = _after_space(text, at + 1)
    while text[at] != "]":
        said, end = decoder.raw_decode(text, at)
        found.append((said, Span(_point(breaks, at), _point(breaks, end))))
        at = _after_space(text, end)
    return found


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _point(breaks: Sequence[int], at: int) -> Point:
    """Return line and column of a place, by where the lines before it end."""
    line = bisect_left(breaks, at)
    return Point(line + 1, at - (breaks[line - 1] if line else -1))


def _read(document: Document, kind: Kind = "identity") -> Policy:
    try:
        return policy_of(document.text, kind, document.name)
    except MalformedPolicy as error:
        raise InvalidInput(f"{document.name}: {error}") from error
