"""From policies to a decision, and to the reason of it. Pure.

    a Deny anywhere ──▶ denied
    the account's root ──▶ allowed
    resource policy that names the caller, of the same account ──▶ may be enough
    identity ∩ boundary ∩ session ──▶ allowed;  another account's resource asks for both
    otherwise ──▶ denied, since nothing allows

Source: docs/behaviours/policies.md.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from poolkeep.core.iam.patterns import Context
from poolkeep.core.iam.policies import ANYBODY, Policy, Statement

Effect = Literal["allowed", "explicitDeny", "implicitDeny"]
Layer = Literal["identity", "resource", "boundary", "session"]
Names = frozenset[tuple[str, str]]

LAYER_WORDS: Final = {
    "identity": "identity-based policy",
    "resource": "resource-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
}


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. `names` are the ways in which a policy may name the caller: kind and name.

    `arn` is the user's or the role session's, `role_arn` the role behind a session. A session of
    GetFederationToken, and an anonymous caller, have no role. `user_id` and `role_id` are the
    unique ids by which trust policies know users and roles.
    """

    account: str
    arn: str
    kind: Literal["root", "user", "role", "federated", "anonymous"]
    role_arn: str | None = None
    names: Names = frozenset()
    user_id: str | None = None
    role_id: str | None = None

    def all_names(self) -> Names:
        """Return every name, the account's own among them."""
        if self.kind == "anonymous" and self.names:  # a provider vouches: nobody of AWS
            return self.names
        own = {("AWS", self.arn)}
        if self.kind != "anonymous":
            own.add(("AWS", f"arn:aws:iam::{self.account}:root"))
        if self.role_arn is not None:
            own.add(("AWS", self.role_arn))
        own.update(("AWS", each) for each in (self.user_id, self.role_id) if each is not None)
        return frozenset(own) | self.names


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: may the principal do this to that, with these condition keys.

    `resource_account` is whose the resource is, where that is not the caller's account.
    """

    principal: Principal
    action: str
    resource: str
    context: Context = {}
    resource_account: str | None = None


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """Every policy that applies; None is "there is none", and an empty list allows nothing.

    `guest` limits the sessions of guests in addition to `session`.
    """

    identity: Sequence[Policy] = ()
    resource: Sequence[Policy] = ()
    boundary: Sequence[Policy] | None = None
    session: Sequence[Policy] | None = None
    guest: Sequence[Policy] | None = None
    trusts: bool = False
    """Whether `resource` is a role's trust policy: then nothing goes without it."""


class Match(msgspec.Struct, frozen=True):
    """A statement that applied."""

    layer: Layer
    policy: str
    sid: str
    where: int
    is_allow: bool

    def told(self) -> str:
        """Return the statement's place: layer, policy, number and Sid."""
        effect = "allow" if self.is_allow else "deny"
        sid = f" ({self.sid})" if self.sid else ""
        return f"{effect} by {LAYER_WORDS[self.layer]} {self.policy} statement {self.where}{sid}"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, by which statements; `lacking` is the layer that did not allow."""

    effect: Effect
    matches: tuple[Match, ...] = ()
    lacking: Layer | None = None

    @property
    def is_allowed(self) -> bool:
        """Whether it may be done."""
        return self.effect == "allowed"

    def told(self) -> str:
        """Return what decided, for an operator: the statements, or the layer that was lacking."""
        if self.effect == "implicitDeny":
            return f"no {LAYER_WORDS[self.lacking or 'identity']} allows it"
        decisive = [match for match in self.matches if match.is_allow == self.is_allowed]
        return "; ".join(match.told() for match in decisive) or "the account's root"

    def because(self, action: str) -> str:
        """Return the reason of a refusal in IAM's words."""
        if self.effect == "explicitDeny":
            layer = next(match.layer for match in self.matches if not match.is_allow)
            article = "an" if layer == "identity" else "a"
            return f"with an explicit deny in {article} {LAYER_WORDS[layer]}"
        words = LAYER_WORDS[self.lacking or "identity"]
        return f"because no {words} allows the {action} action"


def decide(request: Request, policies: Policies) -> Decision:
    """Decide. Every layer is looked at, since a Deny counts wherever it stands."""
    principal = request.principal
    names = principal.all_names()
    found = {
        "identity": _applying(request, policies.identity, "identity"),
        "boundary": _applying(request, policies.boundary or (), "boundary"),
        "session": _applying(request, policies.session or (), "session"),
        "guest": _applying(request, policies.guest or (), "session"),
    }
    by_resource = [
        (match, named)
        for policy in policies.resource
        for statement in policy.statements
        if (named := statement.names(names)) and _applies(statement, request)
        for match in (_match("resource", policy, statement),)
    ]
    matches = tuple(match for layer in found.values() for match in layer) + tuple(
        match for match, _ in by_resource
    )
    denials = tuple(match for match in matches if not match.is_allow)
    if denials:
        return Decision(effect="explicitDeny", matches=denials)
    identity = bool(found["identity"])
    limits: tuple[tuple[Layer, bool], ...] = (
        ("boundary", policies.boundary is None or bool(found["boundary"])),
        ("session", policies.session is None or bool(found["session"])),
        ("session", policies.guest is None or bool(found["guest"])),
    )
    named = frozenset[tuple[str, str]]().union(*(names for _, names in by_resource))
    lacking = _lacking(request, policies, named=named, identity=identity, limits=limits)
    if lacking is None:
        return Decision(effect="allowed", matches=matches)
    return Decision(effect="implicitDeny", matches=matches, lacking=lacking)


def _lacking(
    request: Request,
    policies: Policies,
    *,
    named: Names,
    identity: bool,
    limits: Sequence[tuple[Layer, bool]],
) -> Layer | None:
    """Return the layer for want of which it may not be done, None when it may."""
    principal = request.principal
    limited = next((layer for layer, allows in limits if not allows), None)
    foreign = request.resource_account not in {None, principal.account}
    if principal.kind == "anonymous":
        return None if named else "resource"
    if foreign or policies.trusts:
        if not named:
            return "resource"
        if foreign:
            return limited if identity else "identity"
    elif principal.kind == "root":
        return None
    own = named - {("AWS", f"arn:aws:iam::{principal.account}:root")}
    if own:
        # Named as the very session, or as the user, nothing limits; as the role, or by a star that
        # stands for every session, both do.
        return None if own - _as_role(principal) else limited
    if principal.kind == "root":
        return None
    return limited if identity else "identity"


def _as_role(principal: Principal) -> Names:
    """Return the names under which a session is not meant itself; of a user there are none."""
    if principal.kind not in {"role", "federated"}:
        return frozenset()
    named = (principal.role_arn, principal.role_id)
    return frozenset({ANYBODY, *(("AWS", each) for each in named if each is not None)})


def _applying(request: Request, policies: Sequence[Policy], layer: Layer) -> tuple[Match, ...]:
    return tuple(
        _match(layer, policy, statement)
        for policy in policies
        for statement in policy.statements
        if _applies(statement, request)
    )


def _applies(statement: Statement, request: Request) -> bool:
    return statement.concerns(request.action, request.resource, request.context) and (
        statement.meets(request.context)
    )


def _match(layer: Layer, policy: Policy, statement: Statement) -> Match:
    return Match(layer, policy.name, statement.sid, statement.where, statement.is_allow)
