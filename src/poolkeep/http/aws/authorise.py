"""Every signed operation of every service is decided by IAM, here.

    identity ──▶ asker ─┐
    request  ──▶ action, resource, condition keys ──▶ Authority ──▶ allowed, or AccessDenied
                        └▶ a role that it gives to a service: iam:PassRole, too

The account's root is not asked about. Operations that decide for themselves, since a trust policy
has a say, are named in `DECIDED_ELSEWHERE`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.core.iam.authority import USER, Asker, Authority
from poolkeep.core.iam.book import IamBook
from poolkeep.core.iam.evaluation import Decision
from poolkeep.core.iam.ports import KeyUse
from poolkeep.http.aws.caller import AccessDenied, Identity
from poolkeep.http.aws.request import HttpRequest
from poolkeep.http.aws.resources import (
    ANY,
    context_of,
    entity_context,
    moved_to,
    resource_of,
    resource_tags,
    roles_passed,
)
from poolkeep.wire.service import Operation

DECIDED_ELSEWHERE: Final = frozenset(
    {"sts:AssumeRole", "sts:GetCallerIdentity", "sts:GetSessionToken"}
)
PASS_ROLE: Final = "iam:PassRole"
USE_NOTED_MS: Final = 15 * 60 * 1_000
KEYS_NOTED_MAX: Final = 10_000

TagsOf = Callable[[], Awaitable[Mapping[str, str]]]
NoteUse = Callable[[str, KeyUse], Awaitable[None]]


class Gate:
    """Lets pass what IAM allows."""

    def __init__(
        self,
        *,
        authority: Authority,
        book: IamBook,
        note_use: NoteUse,
        clock: Clock,
        is_secure: bool,
    ) -> None:
        """Ask `authority`; `is_secure` tells whether callers reach the installation by TLS."""
        self._authority = authority
        self._book = book
        self._note_use = note_use
        self._clock = clock
        self._is_secure = is_secure
        self._noted: dict[str, int] = {}

    def asker(self, identity: Identity, sent: HttpRequest) -> Asker:
        """Return the caller as IAM sees it."""
        return Asker(
            account=identity.account,
            principal=identity.principal,
            now_ms=self._clock.now_ms(),
            session=identity.session,
            source_ip=sent.source_ip,
            is_secure=self._is_secure,
            user_agent=sent.header(b"user-agent") or "",
            region=identity.region,
        )

    async def authorise(
        self,
        operation: Operation,
        identity: Identity,
        request: msgspec.Struct | None,
        *,
        sent: HttpRequest,
        tags_of: TagsOf,
        trace: dict[str, object],
    ) -> None:
        """Refuse what IAM does not allow, in its words; `trace` hears what decided.

        `tags_of` tells the tags of the resource, where it has any.
        """
        await self._note(identity, operation.service)
        asker = self.asker(identity, sent)
        if asker.is_root or operation.iam_action in DECIDED_ELSEWHERE:
            return
        resource = await resource_of(self._book, operation, identity, request)
        context = context_of(request)
        if resource != ANY:
            context.update(resource_tags(await tags_of()))
            if operation.service == "iam":
                context = {**await entity_context(self._book, resource), **context}
        moved = moved_to(resource, request) if operation.service == "iam" else None
        for each in [resource] if moved is None else [resource, moved]:
            decision = await self._authority.decide(
                asker,
                action=operation.iam_action,
                resource=each,
                context=context,
                resource_account=_owner(each),
            )
            trace["decision"], trace["decided_by"] = decision.effect, decision.told()
            check(asker, decision, action=operation.iam_action, resource=each)
        for role_arn, service in roles_passed(operation, request):
            decision = await self._authority.decide(
                asker,
                action=PASS_ROLE,
                resource=role_arn,
                context={"iam:PassedToService": service},
                resource_account=_owner(role_arn),
            )
            trace["decision"], trace["decided_by"] = decision.effect, decision.told()
            check(asker, decision, action=PASS_ROLE, resource=role_arn)

    async def decide(
        self, identity: Identity, sent: HttpRequest, *, action: str, resource: str
    ) -> None:
        """Refuse an action on a resource that is no operation of ours."""
        asker = self.asker(identity, sent)
        decision = Decision(effect="allowed")
        if not asker.is_root or _owner(resource) not in {None, asker.account}:
            decision = await self._authority.decide(
                asker,
                action=action,
                resource=resource,
                context={},
                resource_account=_owner(resource),
            )
        check(asker, decision, action=action, resource=resource)

    async def _note(self, identity: Identity, service: str) -> None:
        """Keep, now and then, when a user's key was used."""
        key_id = identity.access_key_id
        if not key_id or not identity.principal.startswith(USER):
            return
        now_ms = self._clock.now_ms()
        if now_ms - self._noted.get(key_id, -USE_NOTED_MS) < USE_NOTED_MS:
            return
        if len(self._noted) >= KEYS_NOTED_MAX:
            self._noted.clear()
        self._noted[key_id] = now_ms
        await self._note_use(
            key_id, KeyUse(used_ms=now_ms, service=service, region=identity.region)
        )


def check(asker: Asker, decision: Decision, *, action: str, resource: str) -> None:
    """Refuse what was not allowed, in IAM's words."""
    if not decision.is_allowed:
        on = "" if resource == ANY else f" on resource: {resource}"
        raise AccessDenied(
            f"User: {asker.arn} is not authorized to perform: {action}{on} "
            f"{decision.because(action)}"
        )


def _owner(resource: str) -> str | None:
    """Return whose a resource is; None where the ARN does not say."""
    fields = resource.split(":", 5)
    account = fields[4] if len(fields) > 5 else ""
    return account if account.isdigit() else None
