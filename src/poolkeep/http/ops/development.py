"""What only development offers: other times, and empty accounts."""

import re
from datetime import UTC, datetime
from typing import Final

import msgspec

from poolkeep.http.ops.inbox import moment
from poolkeep.http.ops.ports import Emptier, TimeTravel
from poolkeep.http.ops.respond import Asked, Unacceptable

LATEST_S: Final = 253_402_300_799  # the last second of the year 9999
_ACCOUNT: Final = re.compile("[0-9]{12}")


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of: seconds to go forward (or back), seconds from the real time, or a moment."""

    advance_s: float | None = None
    offset_s: float | None = None
    now: datetime | None = None


class Which(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The account to empty."""

    account: str | None = None


async def answer_clock(asked: Asked, time_travel: TimeTravel) -> None:
    """Move the clock as the body says, and answer with the time that it now shows."""
    try:
        move = msgspec.json.decode(await asked.body() or b"{}", type=Move)
    except (msgspec.DecodeError, ValueError) as error:
        raise Unacceptable(400, _CLOCK_ADVICE) from error
    match (move.advance_s, move.offset_s, move.now):
        case (None, None, None):
            now_ms = await time_travel.advance(0)
        case (float(seconds), None, None):
            now_ms = await time_travel.advance(_ms(seconds))
        case (None, float(seconds), None):
            now_ms = await time_travel.set_offset(_ms(seconds))
        case (None, None, datetime() as now):
            aware = now if now.tzinfo else now.replace(tzinfo=UTC)
            now_ms = await time_travel.set_now(_ms(aware.timestamp()))
        case _:
            raise Unacceptable(400, _CLOCK_ADVICE)
    await asked.json(200, {"now": moment(now_ms), "now_ms": now_ms})


async def answer_reset(asked: Asked, emptier: Emptier, default_account: str) -> None:
    """Empty the account that the body names, or the default one."""
    try:
        which = msgspec.json.decode(await asked.body() or b"{}", type=Which)
    except (msgspec.DecodeError, ValueError) as error:
        raise Unacceptable(400, _RESET_ADVICE) from error
    account = which.account or default_account
    if not _ACCOUNT.fullmatch(account):
        raise Unacceptable(400, _RESET_ADVICE)
    await emptier.empty(account)
    await asked.json(200, {"account": account, "emptied": True})


def _ms(seconds: float) -> int:
    if not -LATEST_S <= seconds <= LATEST_S:
        raise Unacceptable(400, _CLOCK_ADVICE)
    return round(seconds * 1000)


_CLOCK_ADVICE: Final = (
    'Send one of {"advance_s": 3600}, {"offset_s": 0} or {"now": "2030-01-01T00:00:00Z"}.'
)
_RESET_ADVICE: Final = 'Send nothing, or {"account": "123456789012"}.'
