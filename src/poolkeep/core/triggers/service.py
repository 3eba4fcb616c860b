"""Consult a function: build its event, run it, judge its reply."""

import re
from typing import Any, Final, TypeVar

import msgspec

from poolkeep.base.refusal import InvalidLambdaResponse, UnexpectedLambda, UserLambdaValidation
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.triggers.calling import sdk_version
from poolkeep.core.triggers.ports import FunctionError, FunctionUnavailable, Triggers, Vouched
from poolkeep.core.triggers.sources import CallerContext, Event, Trigger, Wire

R = TypeVar("R", bound=Wire)

UNRECOGNIZABLE: Final = "Unrecognizable lambda output"
NO_CLIENT: Final = "CLIENT_ID_NOT_APPLICABLE"
REPLY_BYTES_MAX: Final = 6 * 1024 * 1024
RESPONSE_BYTES_MAX: Final = 256 * 1024
"""Of `response` alone: the rest of a reply repeats the event, this is what would be used."""
DEPTH_MAX: Final = 100
"""Of values in values; what is deeper could be read here and not by others."""

_BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """About whom a function is asked, and on whose behalf."""

    username: str
    client_id: str | None = None


class _Answer(msgspec.Struct, frozen=True):
    response: msgspec.Raw


_encoder = msgspec.json.Encoder()
_answers = msgspec.json.Decoder(_Answer)


class Consultant:
    """Asks the pool's functions."""

    def __init__(self, triggers: Triggers) -> None:
        """Run functions through `triggers`."""
        self._triggers = triggers

    def function(self, pool: LoadedPool, trigger: Trigger) -> str | None:
        """Return the function that the pool calls for this trigger, None for none."""
        config = pool.pool.settings.lambda_config
        if config is None:
            return None
        if trigger.member == "pre_token_generation" and config.pre_token_generation_config:
            return config.pre_token_generation_config.lambda_arn
        named: Any = getattr(config, trigger.member)
        return named if named is None or isinstance(named, str) else str(named.lambda_arn)

    def event_version(self, pool: LoadedPool, trigger: Trigger) -> str:
        """Return the event version: 1, or what PreTokenGenerationConfig names."""
        config = pool.pool.settings.lambda_config
        versioned = config.pre_token_generation_config if config else None
        if trigger.member == "pre_token_generation" and versioned:
            return versioned.lambda_version[1]
        return "1"

    async def consult(
        self,
        pool: LoadedPool,
        trigger: Trigger,
        *,
        source: str,
        subject: Subject,
        request: Wire,
        reply: type[R],
    ) -> R | None:
        """Return the function's reply, or None when the pool has no such trigger.

        Refuses UserLambdaValidation when it threw, UnexpectedLambda when it could not be run,
        InvalidLambdaResponse when the reply has the wrong shape.
        """
        answer = await self._answer(
            pool, trigger, source=source, subject=subject, request=request, reply=reply
        )
        return None if answer is None else decode_reply(answer, reply)

    async def consult_vouched(
        self,
        pool: LoadedPool,
        trigger: Trigger,
        *,
        source: str,
        subject: Subject,
        request: Wire,
        reply: type[R],
    ) -> tuple[R, Vouched | None] | None:
        """Return the reply as `consult` does, and with it what only a function of ours can say."""
        answer = await self._answer(
            pool, trigger, source=source, subject=subject, request=request, reply=reply
        )
        if answer is None:
            return None
        return decode_reply(answer, reply), answer if isinstance(answer, Vouched) else None

    async def _answer(
        self,
        pool: LoadedPool,
        trigger: Trigger,
        *,
        source: str,
        subject: Subject,
        request: Wire,
        reply: type[Wire],
    ) -> bytes | None:
        arn = self.function(pool, trigger)
        if arn is None:
            return None
        event = event_of(
            pool,
            trigger,
            source=source,
            subject=subject,
            request=request,
            response=reply(),
            version=self.event_version(pool, trigger),
        )
        try:
            return await self._triggers.call(arn, _encoder.encode(event))
        except FunctionError as error:
            raise UserLambdaValidation(f"{trigger.name} failed with error {error}.") from error
        except FunctionUnavailable as error:
            raise UnexpectedLambda(
                f"{trigger.name} invocation failed due to error {error}."
            ) from error


def event_of(
    pool: LoadedPool,
    trigger: Trigger,
    *,
    source: str,
    subject: Subject,
    request: Wire,
    response: Wire,
    version: str = "1",
) -> Event:
    """Return the event that a function is called with.

    `source` is what follows the trigger's name in `triggerSource`, or the whole of it.
    """
    return Event(
        version=version,
        region=pool.pool.region,
        user_pool_id=pool.pool.id,
        user_name=subject.username,
        caller_context=CallerContext(
            aws_sdk_version=sdk_version(), client_id=subject.client_id or NO_CLIENT
        ),
        trigger_source=source if "_" in source else f"{trigger.name}_{source}",
        request=request,
        response=response,
    )


def decode_reply(answer: bytes, reply: type[R]) -> R:
    """Return the typed `response` of an answer; refuses what does not have its shape."""
    if len(answer) > REPLY_BYTES_MAX:
        raise InvalidLambdaResponse(UNRECOGNIZABLE)
    try:
        raw = bytes(_answers.decode(answer).response)
        if raw == b"null":
            return reply()
        if len(raw) > RESPONSE_BYTES_MAX or _depth(raw) > DEPTH_MAX:
            raise InvalidLambdaResponse(UNRECOGNIZABLE)
        return msgspec.json.decode(raw, type=reply)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidLambdaResponse(UNRECOGNIZABLE) from error


def _depth(raw: bytes) -> int:
    """Return how deep values stand in values; an estimate where that is little."""
    brackets = raw.count(b"[") + raw.count(b"{")
    if brackets <= DEPTH_MAX:
        return brackets
    deepest = depth = 0
    for found in _BRACKETS.finditer(raw):
        match found[0]:
            case b"[" | b"{":
                depth += 1
                deepest = max(deepest, depth)
            case b"]" | b"}":
                depth -= 1
            case _:
                pass  # a text, whose brackets do not count
    return deepest
