"""One connection under guard: uvicorn's protocol with the limits that it lacks.

    idle ──first byte──▶ header ──blank line──▶ body ──last byte──▶ idle (the answer is under way)
              │ 408, 414, 431, 400, 421          │ 408, 413, 400
              └──────────────▶ refused: the answer is written, input is thrown away, then closed ◀┘

Measured against uvicorn 0.54 and httptools 0.9 alone: half a header, a silent connection and a
stopped body stayed open for ever, and two Host headers or 20,000 header lines were served.
This file depends on the inside of uvicorn's `HttpToolsProtocol`; the version is pinned, and
tests/unit/http and tests/faults/test_http_abuse.py would tell if it changed.
"""

import asyncio
import ipaddress
from typing import Final, Literal, NoReturn

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from poolkeep.base import ids
from poolkeep.http.server import refusals
from poolkeep.http.server.policy import Policy
from poolkeep.http.server.refusals import HttpRefusal, Refused

BODY_PROGRESS_BYTES: Final = 1_024
WRITE_PROGRESS_BYTES: Final = 16_384
LINGER_S: Final = 2.0  # a refused sender gets this long to read why
LINGER_BYTES: Final = 1_048_576  # and may send this much more, unread
FRAMING_BYTES: Final = 65_536  # chunk framing allowed beyond eight bytes a byte of data
PIPELINED_MAX: Final = 32
METHODS: Final = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"))

_NOTED: Final = frozenset(
    (b"host", b"content-length", b"content-encoding", b"transfer-encoding", b"x-amz-target",
     b"content-type", b"expect")
)  # fmt: skip

Phase = Literal["idle", "header", "body", "refused"]


class GuardedProtocol(HttpToolsProtocol):
    """A connection that cannot wait, send or read without bound."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        *,
        policy: Policy,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(config, server_state, {}, loop)
        self._policy = policy
        self._limits = policy.http
        self._phase: Phase = "idle"
        self.url = b""
        self._found: HttpRefusal | None = None
        self._read_deadline: float | None = None
        self._write_deadline: float | None = None
        self._write_mark = 0
        self._address: str | None = None
        self._from_proxy = False
        self._began = False
        self._lines = 0
        self._header_bytes = 0
        self._body_bytes = 0
        self._body_mark = 0
        self._framing_bytes = 0
        self._discarded = 0
        self._noted: dict[bytes, bytes] = {}
        self._hosts = 0

    # -- connection ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Count the connection and start the clock of its first header."""
        super().connection_made(transport)
        policy = self._policy
        port = self.server[1] if self.server else None
        listener = "admin" if port is not None and port == policy.admin_port else "public"
        self.app_state = {"listener": listener}
        address = self.client[0] if self.client else None
        self._from_proxy = (
            bool(policy.trusted) and address is not None and address in policy.trusted
        )
        if address is not None and not self._from_proxy:
            self._address = address
            policy.by_address[address] += 1
            most = self._limits.connections_per_ip_max
            if most and policy.by_address[address] > most:
                self._refuse(refusals.TOO_MANY_CONNECTIONS)
                return
        self._read_deadline = self.loop.time() + self._limits.header_s
        policy.watched[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._policy.watched.pop(self, None)
        self._read_deadline = self._write_deadline = None
        if self._address is not None:
            left = self._policy.by_address[self._address] - 1
            if left > 0:
                self._policy.by_address[self._address] = left
            else:
                del self._policy.by_address[self._address]
            self._address = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, then see what the connection now waits for."""
        if self._phase == "refused":
            self._discarded += len(data)
            if self._discarded > LINGER_BYTES:
                self.transport.abort()
            return
        phase_before = self._phase
        if phase_before == "idle":
            # Also for bytes that begin no message (empty lines), which would otherwise stop
            # uvicorn's keep-alive timer and start no other.
            self._phase = "header"
            self._read_deadline = self.loop.time() + self._limits.header_s
        self._began = False
        body_before = self._body_bytes
        super().data_received(data)
        phase = self._now_in()
        if phase == "refused" or self.transport.is_closing():
            return
        if phase == "idle":
            self._read_deadline = None
            if self._write_deadline is None:
                self._policy.watched.pop(self, None)
            return
        self._policy.watched[self] = None
        if phase == "header":
            self._header_bytes += 0 if self._began else len(data)
            if self._header_bytes > self._limits.header_bytes_max:
                url_alone = self._lines == 0 and len(self.url) > self._limits.url_bytes_max
                self._refuse(refusals.URL_SIZE if url_alone else refusals.HEADER_SIZE)
        elif phase_before == "body" and not self._began:
            self._framing_bytes += len(data) - (self._body_bytes - body_before)
            if self._framing_bytes > FRAMING_BYTES + 8 * self._body_bytes:
                self._refuse(refusals.CHUNK_OVERHEAD)
            elif self._body_bytes - self._body_mark >= BODY_PROGRESS_BYTES:
                self._body_mark = self._body_bytes
                self._read_deadline = self.loop.time() + self._limits.body_progress_s

    # -- the parser's callbacks ------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Start counting a message."""
        super().on_message_begin()
        self._phase = "header"
        self._began = True
        self._lines = self._header_bytes = self._hosts = 0
        self._body_bytes = self._body_mark = self._framing_bytes = 0
        self._noted = {}
        if self._read_deadline is None:
            self._read_deadline = self.loop.time() + self._limits.header_s
        if len(self.pipeline) >= PIPELINED_MAX:
            self._stop(refusals.TOO_MANY_CONNECTIONS)

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        super().on_url(url)
        if len(self.url) > self._limits.url_bytes_max:
            self._stop(refusals.URL_SIZE)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header line."""
        if self._phase == "body":  # a trailer; uvicorn would add it to the header it has shown
            self._stop(refusals.TRAILERS)
        name = name.lower()
        self._lines += 1
        self._header_bytes += len(name) + len(value) + 4
        limits = self._limits
        if self._lines > limits.header_lines_max or self._header_bytes > limits.header_bytes_max:
            self._stop(refusals.HEADER_SIZE)
        if name in _NOTED:
            self._noted[name] = value
            if name == b"host":
                self._hosts += 1
            elif name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Refuse what must not reach the application; hand it the rest."""
        fault = self._header_fault()
        if fault is not None:
            self._stop(fault)
        if self._from_proxy:
            self._believe_proxy()
        self._phase = "body"
        self._read_deadline = self.loop.time() + self._limits.body_progress_s
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.body_bytes_max:
            self._stop(refusals.BODY_SIZE)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request has arrived whole."""
        self._phase = "idle"
        self._read_deadline = None
        super().on_message_complete()

    def _now_in(self) -> Phase:
        """Return the phase, which the parser's callbacks have changed meanwhile."""
        return self._phase

    def _stop(self, refusal: HttpRefusal) -> NoReturn:
        """Stop the parser; `send_400_response` then answers `refusal`."""
        self._found = refusal
        raise Refused(refusal)

    def _header_fault(self) -> HttpRefusal | None:
        noted = self._noted
        if self._hosts != 1:
            return refusals.HOST_COUNT
        ours = self._policy.host_is_ours(noted[b"host"])
        if not ours:
            return refusals.HOST_FORM if ours is None else refusals.FOREIGN_HOST
        url = self.url
        if not url.startswith(b"/") or url.startswith(b"//") or b"#" in url:
            return refusals.TARGET_FORM
        if self.parser.get_method() not in METHODS:
            return refusals.METHOD
        if len(noted) > 1:
            return self._body_fault(noted)
        return None

    def _body_fault(self, noted: dict[bytes, bytes]) -> HttpRefusal | None:
        length = noted.get(b"content-length")
        coding = noted.get(b"transfer-encoding")
        if length is not None and int(length) > self._limits.body_bytes_max:
            return refusals.BODY_SIZE
        if coding is not None and coding.lower() != b"chunked":
            return refusals.TRANSFER_CODING
        if noted.get(b"content-encoding", b"identity").lower() not in {b"identity", b""}:
            return refusals.CONTENT_CODING
        has_body = coding is not None or (length is not None and int(length) > 0)
        if has_body and self.parser.should_upgrade():
            return refusals.UPGRADE  # the parser takes what follows for another protocol
        return None

    def _believe_proxy(self) -> None:
        """Take the client's address and scheme from a trusted proxy's headers.

        The address is the last one that no trusted proxy owns: everything before it was written
        by somebody we do not know.
        """
        forwarded: list[bytes] = []
        scheme = b""
        for name, value in self.headers:
            if name == b"x-forwarded-for":
                forwarded += value.split(b",")
            elif name == b"x-forwarded-proto":
                scheme = value.rpartition(b",")[2].strip().lower()
        if scheme in {b"http", b"https"}:
            self.scope["scheme"] = scheme.decode("ascii")
        for hop in reversed(forwarded[-16:]):
            address = hop.strip().decode("latin-1")
            if not _is_address(address):
                return
            self.scope["client"] = (address, 0)
            if address not in self._policy.trusted:
                return

    # -- deadlines -------------------------------------------------------------------------

    def check(self, now: float) -> None:
        """Close or refuse what is overdue."""
        if self._write_deadline is not None and now >= self._write_deadline:
            self._check_reader(now)
        if self._read_deadline is not None and now >= self._read_deadline:
            self._check_sender(now)
        if self._read_deadline is None and self._write_deadline is None:
            self._policy.watched.pop(self, None)

    def _check_sender(self, now: float) -> None:
        if self._phase == "refused":
            self.transport.abort()
        elif self._phase == "idle":
            self.transport.close()  # connected and never said a word
        elif self._phase == "body" and self.flow.read_paused:
            # The application has not asked for more yet; the sender is not to blame.
            self._read_deadline = now + self._limits.body_progress_s
        else:
            self._refuse(refusals.TIMED_OUT)

    def _check_reader(self, now: float) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting == 0:
            self._write_deadline = None
        elif self._write_mark - waiting >= WRITE_PROGRESS_BYTES:
            self._expect_reading(waiting)
        else:
            self.transport.abort()

    def _expect_reading(self, waiting: int) -> None:
        self._write_mark = waiting
        self._write_deadline = self.loop.time() + self._limits.write_progress_s
        self._policy.watched[self] = None

    def pause_writing(self) -> None:
        """Hold the application, and give the reader its time."""
        super().pause_writing()
        self._expect_reading(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Let the application go on."""
        super().resume_writing()
        waiting = self.transport.get_write_buffer_size()
        if waiting:
            self._expect_reading(waiting)
        else:
            self._write_deadline = None

    def on_response_complete(self) -> None:
        """Watch an answer that is written but not yet taken; closing alone would wait for ever."""
        super().on_response_complete()
        waiting = self.transport.get_write_buffer_size()
        if waiting and self._write_deadline is None:
            self._expect_reading(waiting)

    # -- refusing and ending ---------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser, or a callback of ours, found."""
        self._refuse(self._found or refusals.MALFORMED)

    def _unsupported_upgrade_warning(self) -> None:
        """Serve the request without its upgrade; the parser cannot read on after one."""
        if self.cycle is not None:
            self.cycle.keep_alive = False

    def _refuse(self, refusal: HttpRefusal) -> None:
        """Answer with `refusal` where an answer can still be placed, and let the connection end."""
        phase: Phase = self._phase
        self._phase = "refused"
        self._policy.count(refusal)
        self._read_deadline = self.loop.time() + LINGER_S
        self._policy.watched[self] = None
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if phase != "body":
                # An earlier request is being answered; its answer must stay whole.
                cycle.keep_alive = False
                self._read_deadline = None
                return
            cycle.disconnected = True
            cycle.message_event.set()
            if self.pipeline or cycle.response_started:
                self.transport.abort()
                return
        target = self._noted.get(b"content-type", b"").startswith(b"application/x-amz-json")
        self.transport.write(
            refusals.answer(
                refusal,
                ids.uuid4(self._policy.entropy),
                json_target=target or b"x-amz-target" in self._noted,
            )
        )
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            # Closing with unread input would reset the connection and take the answer with it.
            self.transport.write_eof()
        else:
            self.transport.close()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
