"""Who asks, with all that limits them; and what is decided.

    asker ──▶ standing: principal, policies of every layer, condition keys ──▶ decision

The account's root may do everything, and so may `role/functions`, whose key pair the installation
gives to its own functions. Source: docs/behaviours/iam.md.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from poolkeep.core.iam.book import Grants, IamBook
from poolkeep.core.iam.evaluation import Decision, Policies, Principal, Request, decide
from poolkeep.core.iam.model import Role, User, compiled
from poolkeep.core.iam.patterns import Value
from poolkeep.core.iam.policies import MalformedPolicy, Policy
from poolkeep.core.iam.shipped import everything, guest_limits
from poolkeep.core.sts.model import Session

ROOT: Final = "root"
FUNCTIONS: Final = "role/functions"
USER: Final = "user/"
NEVER_DENIED: Final = frozenset({"sts:getcalleridentity"})
NOTHING: Final = Grants(identity=())
MS_PER_S: Final = 1_000
SECONDS_REMEMBERED: Final = 256

PRINCIPAL_TYPES: Final = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, from where and when. `principal` is as access keys have it."""

    account: str
    principal: str
    now_ms: int
    session: Session | None = None
    source_ip: str = ""
    is_secure: bool = False
    user_agent: str = ""
    region: str = ""

    @property
    def arn(self) -> str:
        """The caller's name in refusals and in GetCallerIdentity."""
        if self.session is not None:
            return self.session.arn
        return f"arn:aws:iam::{self.account}:{self.principal}"

    @property
    def is_root(self) -> bool:
        """Whether it is the account itself, or a function of the installation."""
        return self.session is None and self.principal in {ROOT, FUNCTIONS}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An asker with the policies of every layer, and the condition keys that tell of it.

    `is_known` is False for a user or a role that is not there any more.
    """

    principal: Principal
    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    guest: tuple[Policy, ...] | None = None
    context: dict[str, Value] = {}
    is_known: bool = True


class Authority:
    """Decides who may do what."""

    def __init__(self, book: IamBook) -> None:
        """Decide by what stands in `book`."""
        self._book = book

    async def decide(
        self,
        asker: Asker,
        *,
        action: str,
        resource: str,
        context: dict[str, Value],
        resource_policy: Policy | None = None,
        resource_account: str | None = None,
        trusts: bool = False,
    ) -> Decision:
        """Return whether the asker may do this, and why.

        `context` holds the request's own condition keys. `trusts` says that `resource_policy` is
        the trust policy of a role.
        """
        if action.lower() in NEVER_DENIED:
            return Decision(effect="allowed")
        standing = await self.standing(asker)
        if not standing.is_known or _is_closed(asker.session, action):
            return Decision(effect="implicitDeny", lacking="identity")
        return decide(
            Request(
                principal=standing.principal,
                action=action,
                resource=resource,
                context={**{key.lower(): value for key, value in context.items()},
                         **standing.context},
                resource_account=resource_account,
            ),
            Policies(
                identity=standing.identity,
                resource=() if resource_policy is None else (resource_policy,),
                boundary=standing.boundary,
                session=standing.session,
                guest=standing.guest,
                trusts=trusts,
            ),
        )  # fmt: skip

    async def may_pass_role(self, asker: Asker, role_arn: str, service: str) -> bool:
        """Tell whether the asker may give a role to a service: there is no such operation."""
        decision = await self.decide(
            asker,
            action="iam:PassRole",
            resource=role_arn,
            context={"iam:PassedToService": service},
        )
        return decision.is_allowed

    async def standing(self, asker: Asker) -> Standing:
        """Return who asks, with every policy that applies."""
        session = asker.session
        if session is None:
            if asker.is_root:
                return self._root(asker)
            user = await self._user(asker.account, asker.principal.removeprefix(USER))
            return await self._as_user(asker, user)
        if session.kind == "role":
            return await self._in_role(asker, session)
        if session.user_name == ROOT:
            user, grants = None, Grants(identity=everything())
        else:
            user = await self._user(session.account, session.user_name)
            if user is not None and user.id != session.user_id:
                user = None  # the name is another one's by now
            grants = NOTHING if user is None else await self._book.grants(user)
        if session.kind == "user":
            if user is None and session.user_name == ROOT:
                return self._root(asker)
            return await self._as_user(asker, user)
        is_known = user is not None or session.user_name == ROOT
        federated = await self._federated(asker, session, grants)
        return msgspec.structs.replace(federated, is_known=is_known)

    async def _user(self, account: str, name: str) -> User | None:
        """Return a user by its name, which may have its path before it."""
        return await self._book.user(account, name.rpartition("/")[2])

    def _root(self, asker: Asker) -> Standing:
        principal = Principal(account=asker.account, arn=asker.arn, kind="root")
        keys = _keys(asker, principal, user_id=asker.account, principal_arn=asker.arn)
        return Standing(principal=principal, context=keys)

    async def _as_user(self, asker: Asker, user: User | None) -> Standing:
        arn = asker.arn if user is None else user.arn
        user_id = None if user is None else user.id
        principal = Principal(account=asker.account, arn=arn, kind="user", user_id=user_id)
        renamed = user is not None and asker.session is None and user.principal != asker.principal
        if user is None or renamed:
            return Standing(principal=principal, is_known=False)
        grants = await self._book.grants(user)
        keys = _keys(asker, principal, user_id=user.id, principal_arn=arn, tags=user.tags)
        keys["aws:username"] = user.name
        return Standing(
            principal=principal, identity=grants.identity, boundary=grants.boundary, context=keys
        )

    async def _in_role(self, asker: Asker, session: Session) -> Standing:
        role: Role | None = await self._book.role_by_arn(session.role_arn)
        principal = Principal(
            account=session.account,
            arn=session.arn,
            kind="role",
            role_arn=session.role_arn,
            role_id=session.role_id,
        )
        if role is None or role.id != session.role_id:
            return Standing(principal=principal, is_known=False)
        grants = await self._book.grants(role)
        return Standing(
            principal=principal,
            identity=grants.identity,
            boundary=grants.boundary,
            session=await self._limits(session),
            guest=guest_limits() if session.is_guest else None,
            context=_keys(
                asker,
                principal,
                user_id=session.unique_id,
                principal_arn=role.arn,
                tags={**role.tags, **session.tags},
            ),
        )

    async def _federated(self, asker: Asker, session: Session, grants: Grants) -> Standing:
        principal = Principal(account=session.account, arn=session.arn, kind="federated")
        limits = await self._limits(session)
        return Standing(
            principal=principal,
            identity=grants.identity,
            boundary=grants.boundary,
            session=() if limits is None else limits,
            context=_keys(
                asker,
                principal,
                user_id=session.unique_id,
                principal_arn=session.arn,
                tags=session.tags,
            ),
        )

    async def _limits(self, session: Session) -> tuple[Policy, ...] | None:
        """Return the session policies; None when there are none, which limits nothing."""
        if session.policies is None and not session.policy_arns:
            return None
        try:
            inline = tuple(
                compiled(text, "identity", "session policy") for text in session.policies or ()
            )
        except MalformedPolicy:  # of a release with another language: better nothing than all
            return ()
        return inline + await self._book.policies(session.policy_arns)


def _is_closed(session: Session | None, action: str) -> bool:
    """Tell whether IAM is closed to a session that a key pair was traded for."""
    if session is None or session.kind == "role" or not action.lower().startswith("iam:"):
        return False
    return session.kind == "federated" or not session.mfa


def _keys(
    asker: Asker,
    principal: Principal,
    *,
    user_id: str,
    principal_arn: str,
    tags: dict[str, str] | None = None,
) -> dict[str, Value]:
    """Return the condition keys that every request of an asker has, in lower case."""
    session = asker.session
    keys: dict[str, Value] = dict(session.context) if session is not None else {}
    keys.update({
        "aws:principalarn": principal_arn,
        "aws:principalaccount": principal.account,
        "aws:principaltype": PRINCIPAL_TYPES[principal.kind],
        "aws:userid": user_id,
        "aws:currenttime": moment(asker.now_ms),
        "aws:epochtime": str(asker.now_ms // MS_PER_S),
        "aws:securetransport": "true" if asker.is_secure else "false",
    })  # fmt: skip
    if asker.source_ip:
        keys["aws:sourceip"] = asker.source_ip
    if asker.user_agent:
        keys["aws:useragent"] = asker.user_agent
    if asker.region:
        keys["aws:requestedregion"] = asker.region
    keys.update({f"aws:principaltag/{key.lower()}": text for key, text in (tags or {}).items()})
    if session is not None:
        keys["aws:tokenissuetime"] = moment(session.issued_ms)
        keys["aws:multifactorauthpresent"] = "true" if session.mfa else "false"
        if session.source_identity:
            keys["aws:sourceidentity"] = session.source_identity
        if session.federated_provider:
            keys["aws:federatedprovider"] = session.federated_provider
    return keys


def moment(at_ms: int) -> str:
    """Return a moment as condition keys have it."""
    return _second(at_ms // MS_PER_S)


@lru_cache(SECONDS_REMEMBERED)
def _second(at_s: int) -> str:
    """Return a second as text. Remembered: many requests come in one."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
