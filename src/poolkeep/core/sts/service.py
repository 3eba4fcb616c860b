"""Give temporary credentials: who is trusted by a role, and what its sessions carry.

    asked ──▶ role ──▶ its trust policy ──▶ duration, session policies, tags ──▶ session

That there is no such role, and that it does not trust the caller, are one refusal.
Source: docs/behaviours/sts.md.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.trace import note
from poolkeep.core.iam.authority import ROOT, USER, Asker, Authority, moment
from poolkeep.core.iam.book import IamBook
from poolkeep.core.iam.evaluation import Policies, Principal, Request, decide
from poolkeep.core.iam.model import Role
from poolkeep.core.sts import rules, wording
from poolkeep.core.sts.asking import Chosen, Federated, Limits, RoleAsked
from poolkeep.core.sts.model import ContextValue, IssuedSession, Session, WebIdentity
from poolkeep.core.sts.refusals import AccessDenied, InvalidRequest
from poolkeep.core.sts.tokens import SessionTokens

S_TO_MS: Final = 1_000
BY_WEB: Final = "sts:AssumeRoleWithWebIdentity"
BY_SAML: Final = "sts:AssumeRoleWithSAML"
TAG_SESSION: Final = "sts:TagSession"
ROLE_ARN: Final = re.compile(r"arn:aws:iam::(\d{12}):role/.+")
WORDS: Final = {BY_WEB: wording.NOT_BY_WEB, BY_SAML: wording.NOT_BY_SAML}


class Sts:
    """The token service of an installation."""

    def __init__(
        self,
        *,
        book: IamBook,
        authority: Authority,
        tokens: SessionTokens,
        clock: Clock,
        root_assumes: bool = False,
    ) -> None:
        """`root_assumes` lets the account itself assume roles, as every caller in development is.

        `clock` is the one by which sessions begin and end.
        """
        self._book = book
        self._authority = authority
        self.tokens = tokens
        self._clock = clock
        self._root_assumes = root_assumes

    async def assume_role(
        self, asker: Asker, asked: RoleAsked, chosen: Chosen
    ) -> tuple[IssuedSession, int | None]:
        """Return a session of a role, and how full its policies and tags are, in percent.

        Raises AccessDenied, InvalidRequest, MalformedPolicy, PackedPolicyTooLarge.
        """
        if asker.is_root and not self._root_assumes:
            raise AccessDenied(wording.ROOT_ASSUMES)
        if asker.session is not None and asker.session.kind == "federated":
            raise AccessDenied(wording.FEDERATED_ASSUMES)
        held, source = _held(asker.session), chosen.source_identity
        if asker.session is not None and asker.session.source_identity:
            if source not in {"", asker.session.source_identity}:
                raise AccessDenied(wording.SOURCE_SET)
            source = asker.session.source_identity
        try:
            tags, transitive = rules.inherited(
                rules.checked_tags(chosen.tags), chosen.transitive, held
            )
        except ValueError as error:
            raise AccessDenied(str(error)) from error
        role = await self._book.role_by_arn(asked.role_arn)
        context = rules.asked_context(
            session_name=asked.session_name,
            tags=rules.checked_tags(chosen.tags),
            transitive=chosen.transitive,
            source_identity=chosen.source_identity,
            external_id=chosen.external_id,
        )
        actions = ["sts:AssumeRole"]
        actions += [TAG_SESSION] if chosen.tags else []
        actions += ["sts:SetSourceIdentity"] if chosen.source_identity else []
        for action in actions:
            decision = await self._authority.decide(
                asker,
                action=action,
                resource=asked.role_arn,
                context=dict(context),
                # A role that is not there is one that trusts nobody, and is told like one.
                resource_policy=None if role is None else role.trust,
                resource_account=account_of(asked.role_arn),
                trusts=True,
            )
            note(trust=decision.told())
            if role is None or not decision.is_allowed:
                # That the trust policy lacks would tell that there is one.
                why = "" if decision.lacking == "resource" else decision.because(action)
                raise AccessDenied(wording.not_allowed(asker.arn, action, asked.role_arn, why))
        assert role is not None  # noqa: S101  one that is not there was refused
        chained = asker.session is not None and asker.session.kind == "role"
        session = await self._role_session(
            role, asked, chained=chained, tags=tags, transitive=transitive, source=source
        )
        return self._issued(session)

    async def for_web_identity(
        self,
        *,
        account: str,
        role_arn: str,
        session_name: str,
        who: WebIdentity,
        duration_s: int,
        is_guest: bool = False,
        facts: Mapping[str, str],
    ) -> IssuedSession:
        """Return a session of a role for whom identity pools have proven themselves.

        `facts` are members of `Session`. The role's longest session does not count: Cognito's are
        an hour. Raises as AssumeRoleWithWebIdentity does.
        """
        asked = RoleAsked(role_arn=role_arn, session_name=session_name, duration_s=duration_s)
        role = await self._trusting(asked, who, BY_WEB, account=account)
        session = await self._role_session(
            msgspec.structs.replace(role, max_session_s=max(role.max_session_s, duration_s)),
            asked,
            tags=who.tags,
            transitive=who.transitive,
            source=who.source_identity,
            who=who,
        )
        told = msgspec.structs.replace(session, is_guest=is_guest, **facts)
        return self._issued(told)[0]

    async def by_proof(
        self, asked: RoleAsked, who: WebIdentity, action: str, *, source_ip: str = ""
    ) -> tuple[IssuedSession, int | None]:
        """Return a session of a role for whom a token or an assertion speaks."""
        role = await self._trusting(asked, who, action, source_ip=source_ip)
        session = await self._role_session(
            role,
            asked,
            tags=who.tags,
            transitive=who.transitive,
            source=who.source_identity,
            who=who,
        )
        return self._issued(session)

    async def session_token(self, asker: Asker, duration_s: int | None) -> IssuedSession:
        """Return temporary credentials of the caller's own. Raises AccessDenied."""
        if asker.session is not None:
            raise AccessDenied(wording.NO_SESSION_TOKEN)
        return self._issued(await self._own_session(asker, duration_s))[0]

    async def federation_token(
        self, asker: Asker, asked: Federated
    ) -> tuple[IssuedSession, int | None]:
        """Return credentials for somebody whom the caller vouches for.

        Raises AccessDenied, InvalidRequest, MalformedPolicy, PackedPolicyTooLarge.
        """
        if asker.session is not None:
            raise AccessDenied(wording.NO_FEDERATION_TOKEN)
        own = await self._own_session(asker, asked.duration_s)
        limits, tags = asked.limits, rules.checked_tags(asked.tags)
        arn = f"arn:aws:sts::{asker.account}:federated-user/{asked.name}"
        if tags:
            # What the user's own policies allow may hang on tags.
            await self._check_tagging(asker, arn, rules.asked_context(tags=tags))
        await self._check_arns(asker.account, limits)
        return self._issued(
            msgspec.structs.replace(
                own,
                kind="federated",
                arn=arn,
                unique_id=f"{asker.account}:{asked.name}",
                session_name=asked.name,
                # Without a policy nothing is allowed, which is what an empty list says.
                policies=rules.checked_policies(limits.policy, limits.policy_arns) or (),
                policy_arns=limits.policy_arns,
                tags=tags,
            )
        )

    async def user_id(self, asker: Asker) -> str:
        """Return the caller's unique id: `AIDA…`, `AROA…:<session>`, or the account."""
        if asker.session is not None:
            return asker.session.unique_id
        if not asker.principal.startswith(USER):
            return asker.account
        user = await self._book.user(asker.account, asker.principal.rpartition("/")[2])
        return asker.account if user is None else user.id

    async def _trusting(
        self,
        asked: RoleAsked,
        who: WebIdentity,
        action: str,
        *,
        account: str | None = None,
        source_ip: str = "",
    ) -> Role:
        """Return the role, which trusts whom the token speaks for. Raises AccessDenied."""
        role = await self._book.role_by_arn(asked.role_arn)
        if role is None or account not in {None, role.account}:
            note(trust="there is no such role")
            raise AccessDenied(WORDS[action])
        more: dict[str, ContextValue] = {
            **who.context,
            "aws:federatedprovider": who.principal,
            "aws:currenttime": moment(self._clock.now_ms()),
            "aws:epochtime": str(self._clock.now_ms() // S_TO_MS),
        }
        if source_ip:
            more["aws:sourceip"] = source_ip
        context = rules.asked_context(
            session_name=asked.session_name,
            tags=who.tags,
            transitive=who.transitive,
            source_identity=who.source_identity,
            more=more,
        )
        principal = Principal(
            account=role.account,
            arn="",
            kind="anonymous",
            names=frozenset({("Federated", who.principal)}),
        )
        actions = [action]
        actions += [TAG_SESSION] if who.tags else []
        actions += ["sts:SetSourceIdentity"] if who.source_identity else []
        for each in actions:
            request = Request(principal=principal, action=each, resource=role.arn, context=context)
            decision = decide(request, Policies(resource=(role.trust,), trusts=True))
            note(trust=f"{each}: {decision.told()}")
            if not decision.is_allowed:
                raise AccessDenied(WORDS[action])
        return role

    async def _role_session(
        self,
        role: Role,
        asked: RoleAsked,
        *,
        chained: bool = False,
        tags: Mapping[str, str],
        transitive: tuple[str, ...],
        source: str,
        who: WebIdentity | None = None,
    ) -> Session:
        limits = asked.limits
        await self._check_arns(role.account, limits)
        life_s = rules.role_duration(asked.duration_s, role.max_session_s, chained=chained)
        now_ms = self._clock.now_ms()
        return Session(
            access_key_id=self.tokens.new_id(),
            account=role.account,
            kind="role",
            arn=f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{asked.session_name}",
            unique_id=f"{role.id}:{asked.session_name}",
            issued_ms=now_ms,
            expires_ms=now_ms + life_s * S_TO_MS,
            role_arn=role.arn,
            role_id=role.id,
            session_name=asked.session_name,
            policies=rules.checked_policies(limits.policy, limits.policy_arns),
            policy_arns=limits.policy_arns,
            tags=dict(tags),
            transitive=transitive,
            source_identity=source,
            federated_provider="" if who is None else who.principal,
            context={} if who is None else who.context,
        )

    async def _own_session(self, asker: Asker, duration_s: int | None) -> Session:
        now_ms = self._clock.now_ms()
        life_s = rules.own_duration(duration_s, is_root=asker.is_root)
        name = ROOT if asker.is_root else asker.principal.removeprefix(USER)
        user_id = await self.user_id(asker)
        return Session(
            access_key_id=self.tokens.new_id(),
            account=asker.account,
            kind="user",
            arn=asker.arn,
            unique_id=user_id,
            issued_ms=now_ms,
            expires_ms=now_ms + life_s * S_TO_MS,
            user_name=name,
            user_id=user_id,
        )

    async def _check_tagging(
        self, asker: Asker, arn: str, context: Mapping[str, ContextValue]
    ) -> None:
        decision = await self._authority.decide(
            asker, action=TAG_SESSION, resource=arn, context=dict(context)
        )
        if not decision.is_allowed:
            because = decision.because(TAG_SESSION)
            raise AccessDenied(wording.not_allowed(asker.arn, TAG_SESSION, arn, because))

    async def _check_arns(self, account: str, limits: Limits) -> None:
        """Refuse managed session policies that the role's account does not have."""
        for arn in limits.policy_arns:
            owner = arn.split(":")[4] if arn.count(":") > 4 else ""
            if owner not in {account, "aws"} or await self._book.managed(arn) is None:
                raise InvalidRequest(wording.FOREIGN_POLICY.format(arn))

    def _issued(self, session: Session) -> tuple[IssuedSession, int | None]:
        size = rules.packed_size(session.policies, session.policy_arns, session.tags)
        return self.tokens.issue(session), size


def account_of(role_arn: str) -> str | None:
    """Return the account of a role's ARN."""
    found = ROLE_ARN.fullmatch(role_arn)
    return None if found is None else found[1]


def _held(session: Session | None) -> dict[str, str]:
    """Return the tags of a session that those who follow it inherit."""
    if session is None:
        return {}
    keys = {key.lower() for key in session.transitive}
    return {key: value for key, value in session.tags.items() if key.lower() in keys}
