"""One request of the AWS face, from bytes to bytes.

    match operation ─▶ identify caller ─▶ decode and check ─▶ throttle ─▶ authorise
                    ─▶ handler ─▶ encode

Each step returns what the next needs. Around them: refusals are translated, one event is logged.
"""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.ids import uuid4
from poolkeep.base.log import Log
from poolkeep.base.refusal import InvalidParameter, NotBuilt, Refusal, ResourceNotFound
from poolkeep.base.trace import begin
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.replicas import check_challenge, check_operation
from poolkeep.core.triggers.calling import note_caller
from poolkeep.http.aws import registry
from poolkeep.http.aws.authorise import Gate
from poolkeep.http.aws.caller import Callers, Identity
from poolkeep.http.aws.match import Matched, UnknownOperation, error, match
from poolkeep.http.aws.named_pool import named_pool
from poolkeep.http.aws.refusals import Defect, for_caller, status_of
from poolkeep.http.aws.regions import Region, Regions
from poolkeep.http.aws.request import HttpRequest
from poolkeep.http.aws.throttle import NOTHING, Counted, Throttle, counted
from poolkeep.wire.protocols.reply import Reply

OPERATIONS_PAGE = "docs/reference/operations.md"
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Face:
    """The AWS face of one installation."""

    def __init__(
        self,
        *,
        regions: Regions,
        callers: Callers,
        gate: Gate,
        throttle: Throttle,
        clock: Clock,
        entropy: Entropy,
        log: Log,
        installation: object = None,
    ) -> None:
        """Serve `regions`; `installation` are the services that all of them share."""
        self._installation = installation
        self._regions = regions
        self._may_be_copies = len(regions.names()) > 1
        self._callers = callers
        self._gate = gate
        self._throttle = throttle
        self._clock = clock
        self._entropy = entropy
        self._log = log

    async def answer(self, request: HttpRequest) -> Reply:
        """Return the reply, whatever the request."""
        began = time.perf_counter_ns()
        request_id = uuid4(self._entropy)
        found: Matched | None = None
        code = ""
        trace = begin()
        try:
            found = match(request)
            reply = await self._run(request, found, request_id, trace)
        except Refusal as refusal:
            service = found.service if found else None
            told = for_caller(refusal)
            code = told.code
            if told is not refusal:
                self._log.error("unavailable", request_id=request_id, why=refusal.text)
            reply = error(service, told, status=status_of(service, refusal), request_id=request_id)
        except Exception as defect:  # noqa: BLE001  the one place that answers for defects
            service = found.service if found else None
            code = Defect.code
            self._log.defect("defect", defect, request_id=request_id)
            reply = error(service, Defect(), status=500, request_id=request_id)
        self._log.request({
            "request_id": request_id,
            "operation": f"{found.service.name}:{found.operation.name}" if found else "",
            "status": reply.status,
            "error": code,
            "us": (time.perf_counter_ns() - began) // 1_000,
            "ip": request.source_ip,
            **trace,
        })  # fmt: skip
        return reply

    async def _run(
        self, request: HttpRequest, found: Matched, request_id: str, trace: dict[str, object]
    ) -> Reply:
        service, operation = found.service, found.operation
        identity = await self._identify(request, found)
        if b"\\" in request.body and NUL.search(request.body):
            # No member of any operation can hold it, and PostgreSQL cannot store it.
            raise InvalidParameter("Request must not contain the character U+0000.")
        decoded = found.decode()
        region = await self._regions.of(identity, request, decoded)
        account = identity.account if identity else ""
        pool: LoadedPool | None = None
        if self._throttle.is_on or self._may_be_copies:
            pool = await named_pool(region.services.book, decoded)
            if pool is not None and identity is not None and pool.pool.account != account:
                pool = None  # for this caller it does not exist
        counts: Counted | None = None
        if self._throttle.is_on:
            counts = counted(operation.name, operation.category, decoded)
            payer = account or (pool.pool.account if pool else "")
            rates = await region.services.quotas.rates(payer) if payer else NOTHING
            self._throttle.take(payer, region.name, counts, rates)
        if identity is not None:
            await self._gate.authorise(
                operation,
                identity,
                decoded,
                sent=request,
                tags_of=lambda: self._tags_of(region, decoded, account),
                trace=trace,
            )
        if pool is not None:
            check_operation(pool.pool, operation.name)
            check_challenge(pool.pool, getattr(decoded, "challenge_name", None))
        user_agent = request.header(b"user-agent") or ""
        note_caller(request.header(b"x-amz-user-agent") or user_agent)  # browsers keep their own
        handler = registry.handler(service.name, operation.name)
        if handler is None:
            raise NotBuilt(
                f"{operation.name} of {service.name} is not built yet; "
                f"{OPERATIONS_PAGE} lists what is."
            )
        call = registry.Call(
            region=region.services,
            account=account,
            principal=identity.principal if identity else "",
            now_ms=self._clock.now_ms(),
            source_ip=request.source_ip,
            user_agent=user_agent,
            request_id=request_id,
            region_name=region.name,
            installation=self._installation,
            identity=identity,
            asker=self._gate.asker(identity, request) if identity is not None else None,
        )
        response = await handler(call, decoded)
        if pool is not None:
            check_challenge(pool.pool, getattr(response, "challenge_name", None))
        if counts is not None:
            self._throttle.charge(region.name, counts)
        return found.success(response, request_id)

    async def _tags_of(
        self, region: Region, decoded: msgspec.Struct | None, account: str
    ) -> Mapping[str, str]:
        """Return the tags of the account's pool that a request names."""
        named_arn: str = getattr(decoded, "resource_arn", None) or ""
        identity_pool: str | None = getattr(decoded, "identity_pool_id", None)
        if identity_pool is None and ":identitypool/" in named_arn:
            identity_pool = named_arn.rpartition("/")[2]
        if identity_pool is not None:
            services: Mapping[str, Any] = getattr(self._installation, "identities", {})
            identities = services[region.name]
            with suppress(ResourceNotFound):
                found = await identities.people.pool(identity_pool)
                return found.tags if found.account == account else {}
            return {}
        named = await named_pool(region.services.book, decoded)
        if named is None or named.pool.account != account:
            return {}
        return plain(named.pool.settings.user_pool_tags)

    async def _identify(self, request: HttpRequest, found: Matched) -> Identity | None:
        """Return who signs; None for an operation that nobody signs."""
        operation = found.operation
        unsigned = operation.optional_signature and request.header(b"authorization") is None
        if not operation.signed or unsigned:
            return None
        if not self._callers.answers_at(request):
            raise UnknownOperation
        return await self._callers.identify(request, found.service.name)


def plain(value: Mapping[str, str] | None) -> dict[str, str]:
    """Return a map of the request without the entries whose value is null."""
    return {key: text for key, text in (value or {}).items() if text is not None}


def convert(value: Any, shape: type[msgspec.Struct]) -> Any:  # noqa: ANN401  by attribute
    """Return a core value as a response shape, member by member of the same name."""
    return msgspec.convert(value, shape, from_attributes=True)
