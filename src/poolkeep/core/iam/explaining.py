"""Why somebody may do something or not, layer by layer: for operators.

The same authority decides that decides requests; a role is looked at as one of its sessions.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.iam.authority import Asker, Authority, Standing
from poolkeep.core.iam.book import IamBook
from poolkeep.core.iam.evaluation import LAYER_WORDS, Policies, Principal, Request, decide
from poolkeep.core.iam.model import Role
from poolkeep.core.iam.patterns import Value
from poolkeep.core.iam.policies import Policy
from poolkeep.core.sts.model import Session

SESSION: Final = "explain"
HOUR_MS: Final = 3_600_000


class LayerTold(msgspec.Struct, frozen=True, kw_only=True):
    """One layer: the policies in it, whether it allows, and the statements that apply."""

    name: str
    policies: tuple[str, ...]
    effect: str
    statements: tuple[str, ...] = ()


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with its reasons."""

    who: str
    action: str
    resource: str
    effect: str
    reason: str
    layers: tuple[LayerTold, ...]
    keys: dict[str, str]


class Explainer:
    """Asks the authority, and tells of every layer."""

    def __init__(self, authority: Authority, book: IamBook) -> None:
        """Explain what `authority` decides."""
        self._authority = authority
        self._book = book

    async def explain(
        self,
        account: str,
        who: str,
        *,
        action: str,
        resource: str,
        context: Mapping[str, str],
        now_ms: int,
        is_guest: bool = False,
    ) -> Explanation:
        """Say whether `who` may do this, and why.

        `who` is `root`, an ARN, `user/<name>` or `role/<name>`; with `is_guest` a role is taken
        as guests of an identity pool have it.
        """
        asker = await self._asker(account, who, now_ms=now_ms, is_guest=is_guest)
        given: dict[str, Value] = {key.lower(): value for key, value in context.items()}
        decision = await self._authority.decide(
            asker, action=action, resource=resource, context=given
        )
        standing = await self._authority.standing(asker)
        keys = {**given, **standing.context}
        request = Request(
            principal=Principal(account=account, arn=standing.principal.arn, kind="user"),
            action=action,
            resource=resource,
            context=keys,
        )
        return Explanation(
            who=asker.arn,
            action=action,
            resource=resource,
            effect=decision.effect,
            reason=decision.told(),
            layers=tuple(_layers(standing, request)),
            keys={
                key: value if isinstance(value, str) else ", ".join(value)
                for key, value in sorted(keys.items())
            },
        )

    async def _asker(self, account: str, who: str, *, now_ms: int, is_guest: bool) -> Asker:
        short = who.removeprefix(f"arn:aws:iam::{account}:")
        if short == "root":
            return Asker(account=account, principal="root", now_ms=now_ms)
        kind, _, name = short.partition("/")
        name = name.rpartition("/")[2]
        if kind == "user" and (user := await self._book.user(account, name)) is not None:
            return Asker(account=account, principal=user.principal, now_ms=now_ms)
        if kind == "role" and (role := await self._book.role(account, name)) is not None:
            session = _session_of(role, now_ms=now_ms, is_guest=is_guest)
            principal = f"assumed-role/{role.name}/{SESSION}"
            return Asker(account=account, principal=principal, now_ms=now_ms, session=session)
        raise InvalidParameter(
            f"There is no {who} in the account {account}: name root, user/<name>, role/<name>, "
            "or an ARN of them."
        )


def _session_of(role: Role, *, now_ms: int, is_guest: bool) -> Session:
    return Session(
        access_key_id="",
        account=role.account,
        kind="role",
        arn=f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{SESSION}",
        unique_id=f"{role.id}:{SESSION}",
        issued_ms=now_ms,
        expires_ms=now_ms + HOUR_MS,
        role_arn=role.arn,
        role_id=role.id,
        session_name=SESSION,
        is_guest=is_guest,
    )


def _layers(standing: Standing, request: Request) -> list[LayerTold]:
    if standing.principal.kind == "root":
        return []
    listed: list[tuple[str, tuple[Policy, ...] | None]] = [
        (LAYER_WORDS["identity"], standing.identity),
        (LAYER_WORDS["boundary"], standing.boundary),
        (LAYER_WORDS["session"], standing.session),
        ("limits of guests", standing.guest),
    ]
    return [_told(name, found, request) for name, found in listed if found is not None]


def _told(name: str, policies: tuple[Policy, ...], request: Request) -> LayerTold:
    """Return what a layer says when it is asked alone."""
    decision = decide(request, Policies(identity=policies))
    statements = tuple(
        f"{'allow' if match.is_allow else 'deny'}: {match.policy}, statement {match.where}"
        + (f" ({match.sid})" if match.sid else "")
        for match in decision.matches
    )
    return LayerTold(
        name=name,
        policies=tuple(policy.name for policy in policies),
        effect=decision.effect,
        statements=statements,
    )
