"""Who calls, as a function is told: the SDK in whose name a request came.

The face notes it for the task that carries the request; it reaches the event without passing
through every use case. Source: docs/behaviours/triggers.md.
"""

import re
from contextvars import ContextVar
from typing import Final

UNKNOWN_SDK: Final = "aws-sdk-unknown-unknown"
USER_AGENT_CHARACTERS_MAX: Final = 512
_SDK: Final = re.compile(r"(?<![\w/-])(aws-sdk-[a-z0-9-]{1,32})/(\d[\w.-]{0,31})", re.ASCII)

_user_agent: ContextVar[str] = ContextVar("user_agent", default="")


def note_caller(user_agent: str) -> None:
    """Remember, for the rest of this task, what the caller says that it is."""
    _user_agent.set(user_agent[:USER_AGENT_CHARACTERS_MAX])


def sdk_version() -> str:
    """Return `awsSdkVersion`: name and version of the SDK, where the caller tells it."""
    found = _SDK.search(_user_agent.get())
    return f"{found[1]}-{found[2]}" if found else UNKNOWN_SDK
