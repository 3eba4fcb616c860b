"""Consult a function: build its event, run it, judge its reply."""

from typing import TypeVar, cast

import msgspec

from poolkeep.base.refusal import InvalidLambdaResponse, UnexpectedLambda, UserLambdaValidation
from poolkeep.core.pools.loaded import LoadedPool
from poolkeep.core.triggers.ports import FunctionError, FunctionUnavailable, Triggers
from poolkeep.core.triggers.sources import CallerContext, Event, Trigger, Wire
from poolkeep.core.users.model import User

R = TypeVar("R", bound=Wire)

UNRECOGNIZABLE = "Unrecognizable lambda output"
REPLY_BYTES_MAX = 6 * 1024 * 1024


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """About whom a function is asked, and on whose behalf."""

    username: str
    client_id: str | None = None


class _Answer(msgspec.Struct, frozen=True):
    response: msgspec.Raw = msgspec.Raw(b"null")  # in a union, Raw would take only null


_encoder = msgspec.json.Encoder()
_answers = msgspec.json.Decoder(_Answer)


def attributes_of(user: User) -> dict[str, str]:
    """Return the attributes that a function sees: with `sub` and the status."""
    return {"sub": user.id, "cognito:user_status": user.status, **user.attributes}


def metadata(given: dict[str, str] | None) -> dict[str, str] | msgspec.UnsetType:
    """Return client metadata as an event has it: left out when the caller sent none."""
    return given or msgspec.UNSET


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
        return cast("str | None", getattr(config, trigger.member))

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
        arn = self.function(pool, trigger)
        if arn is None:
            return None
        event = Event(
            version=self.event_version(pool, trigger),
            region=pool.pool.region,
            user_pool_id=pool.pool.id,
            user_name=subject.username,
            caller_context=CallerContext(client_id=subject.client_id or "CLIENT_ID_NOT_APPLICABLE"),
            trigger_source=f"{trigger.name}_{source}" if "_" not in source else source,
            request=request,
            response=reply(),
        )
        try:
            answer = await self._triggers.call(arn, _encoder.encode(event))
        except FunctionError as error:
            raise UserLambdaValidation(f"{trigger.name} failed with error {error}.") from error
        except FunctionUnavailable as error:
            raise UnexpectedLambda(
                f"{trigger.name} invocation failed due to error {error}."
            ) from error
        return decode_reply(answer, reply)


def decode_reply(answer: bytes, reply: type[R]) -> R:
    """Return the typed `response` of an answer; refuses what does not have its shape."""
    if len(answer) > REPLY_BYTES_MAX:
        raise InvalidLambdaResponse(UNRECOGNIZABLE)
    try:
        raw = bytes(_answers.decode(answer).response)
        if raw == b"null":
            return reply()
        return msgspec.json.decode(raw, type=reply)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidLambdaResponse(UNRECOGNIZABLE) from error
