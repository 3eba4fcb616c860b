"""One wide JSON event per request, and plain sentences for the operator.

Every event is one line of ASCII JSON, so that nothing a caller sends (line ends, terminal
escapes, bidirectional marks, half a surrogate pair) can forge or disguise a record. A `Secret`
writes itself as `***`, and so does every value under a name that sounds like one. An exception
is logged as its type and its frames, never as its text, which may quote what a caller sent.
Writing never raises: an event that cannot be written is counted in `lost`, and the request goes on.
"""

import json
import logging
import os
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, Literal, cast

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.secret import Secret

Level = Literal["debug", "info", "warning", "error"]
Write = Callable[[bytes], object]

HIDDEN: Final = "***"
TEXT_MAX: Final = 1_024  # characters of one value; a longer one is cut and marked
FRAMES_MAX: Final = 12  # innermost frames of an exception

_RANK: Final[dict[str, int]] = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_SENSITIVE_PARTS: Final = (
    "password", "secret", "token", "authorization", "cookie", "verifier", "signature",
    "private", "credential", "passwd", "proof",
)  # fmt: skip
_SENSITIVE_NAMES: Final = frozenset(
    ("code", "otp", "pin", "seed", "session", "salt", "confirmation_code", "user_code",
     "sms_mfa_code", "software_token_mfa_code", "email_otp_code", "srp_a", "srp_b", "body")
)  # fmt: skip
_SCALARS: Final = frozenset((int, float, bool, type(None)))
_NAMES_MAX: Final = 4_096  # names are constants of ours; the bound only guards against a mistake


def write_to_stderr(line: bytes) -> None:
    """Write one event to standard error."""
    os.write(2, line)


class Log:
    """Write events of at least `level` through `write`."""

    def __init__(self, clock: Clock, level: Level = "info", write: Write = write_to_stderr) -> None:
        self._clock = clock
        self._least = _RANK[level]
        self._write = write
        self._encode = msgspec.json.Encoder(enc_hook=_plain).encode
        self._sensitive: dict[str, bool] = {}
        self._second = -1
        self._stamp = ""
        self.lost = 0

    def request(self, fields: Mapping[str, object]) -> None:
        """Write the one event of a request."""
        if self._least <= 20:
            self._event("info", "request", fields)

    def debug(self, event: str, **fields: object) -> None:
        """Write what only someone looking for a fault wants to see."""
        if self._least <= 10:
            self._event("debug", event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Write what an operator may want to know."""
        if self._least <= 20:
            self._event("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Write what an operator should look at some day."""
        if self._least <= 30:
            self._event("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Write what an operator should look at now."""
        self._event("error", event, fields)

    def defect(self, event: str, error: BaseException, **fields: object) -> None:
        """Write an unexpected exception: its type and frames, not its text."""
        self._event("error", event, {**fields, **described(error)})

    def _event(self, level: str, event: str, fields: Mapping[str, object]) -> None:
        now_ms = self._clock.now_ms()
        second = now_ms // 1000
        if second != self._second:
            self._stamp = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
            self._second = second
        record: dict[str, object] = {
            "at": f"{self._stamp}{now_ms % 1000:03d}Z",
            "level": level,
            "event": event,
        }
        sensitive = self._sensitive
        for name, value in fields.items():
            kind = type(value)
            if sensitive.get(name) is not False:
                record[name] = self._judged(name, value)
            elif kind is int or (kind is str and len(cast("str", value)) <= TEXT_MAX):
                record[name] = value  # nearly every value of nearly every event
            else:
                record[name] = self._shown(value)
        try:
            self._write(self._line(record))
        except OSError:
            self.lost += 1

    def _line(self, record: dict[str, object]) -> bytes:
        try:
            line = self._encode(record)
        except (TypeError, ValueError, RecursionError):
            line = b"\xff"  # not ASCII: take the careful way
        if line.isascii() and b"\x7f" not in line:
            return line + b"\n"
        return json.dumps(record, default=_plain).replace("\x7f", "\\u007f").encode() + b"\n"

    def _judged(self, name: str, value: object) -> object:
        """Return what may be shown of a value, and remember what its name sounds like."""
        hide = sounds_secret(name)
        if len(self._sensitive) < _NAMES_MAX:
            self._sensitive[name] = hide
        if not hide:
            return self._shown(value)
        return None if value is None else HIDDEN

    def _shown(self, value: object) -> object:
        if isinstance(value, str):
            return value if len(value) <= TEXT_MAX else value[:TEXT_MAX] + "…"
        return value if type(value) in _SCALARS else self._nested(value, 0)

    def _nested(self, value: object, depth: int) -> object:
        if depth > 4:
            return "…"
        if isinstance(value, Mapping):
            return {
                str(name): HIDDEN if sounds_secret(str(name)) else self._nested(inner, depth + 1)
                for name, inner in value.items()
            }
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._nested(inner, depth + 1) for inner in value]
        if isinstance(value, str) and len(value) > TEXT_MAX:
            return value[:TEXT_MAX] + "…"
        return value


class Bridge(logging.Handler):
    """Send what libraries log through ours, without the text of exceptions."""

    def __init__(self, log: Log) -> None:
        super().__init__(level=logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record of the standard library's logging."""
        fields: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            fields |= described(record.exc_info[1])
        # The format string is the library's own; its arguments may be a caller's.
        fields["message"] = record.msg.strip() if isinstance(record.msg, str) else "?"
        if record.levelno >= logging.ERROR:
            self._log.error("library", **fields)
        else:
            self._log.warning("library", **fields)

    def install(self) -> None:
        """Make this the only handler of the root logger."""
        root = logging.getLogger()
        root.handlers[:] = [self]
        root.setLevel(logging.WARNING)


def say(text: str) -> None:
    """Print one plain sentence for the operator to standard error."""
    try:
        os.write(2, f"poolkeep: {printable(text)}\n".encode())
    except OSError:
        return  # nobody listens


def printable(text: str) -> str:
    """Return `text` with everything that a terminal could obey shown as an escape."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
        for char in text
    )


def sounds_secret(name: str) -> bool:
    """Say whether a value of this name must not be written."""
    lower = name.lower().replace("-", "_")
    return lower in _SENSITIVE_NAMES or any(part in lower for part in _SENSITIVE_PARTS)


def described(error: BaseException) -> dict[str, object]:
    """Return type and innermost frames of `error`, and of what caused it."""
    fields: dict[str, object] = {"error": _type(error), "frames": _frames(error)}
    cause = error.__cause__ or error.__context__
    if cause is not None:
        fields |= {"cause": _type(cause), "cause_frames": _frames(cause)}
    return fields


def _type(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    return [
        f"{'/'.join(frame.filename.rsplit('/', 3)[-3:])}:{frame.lineno} {frame.name}"
        for frame in frames
    ]


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        return HIDDEN
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return f"<{type(value).__name__}>"
