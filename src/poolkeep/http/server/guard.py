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
from typing import Final, Literal
from urllib.parse import unquote

import httptools
from uvicorn._types import ASGIVersions
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from poolkeep.base import ids
from poolkeep.http.server import head, refusals
from poolkeep.http.server.answer import Answer
from poolkeep.http.server.one_write import OneWrite
from poolkeep.http.server.policy import Policy
from poolkeep.http.server.refusals import HttpRefusal, Refused

BODY_PROGRESS_BYTES: Final = 1_024
WRITE_PROGRESS_BYTES: Final = 16_384
LINGER_S: Final = 2.0  # a refused sender gets this long to read why
LINGER_BYTES: Final = 1_048_576  # and may send this much more, unread
FRAMING_BYTES: Final = 65_536  # chunk framing allowed beyond eight bytes a byte of data
PIPELINED_MAX: Final = 32

ASGI: Final[ASGIVersions] = {"version": "3.0", "spec_version": "2.3"}

Phase = Literal["idle", "header", "body", "refused"]


class NoTrailers(list[tuple[bytes, bytes]]):
    """Stands where header lines were collected, and takes no more."""

    def append(self, line: tuple[bytes, bytes]) -> None:
        """Refuse a trailer."""
        raise Refused(refusals.TRAILERS)


NO_TRAILERS: Final = NoTrailers()


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
        self.headers: list[tuple[bytes, bytes]] = []
        self._read_deadline: float | None = None
        self._write_deadline: float | None = None
        self._write_mark = 0
        self._address: str | None = None
        self._from_proxy = False
        self._out: OneWrite | None = None
        self._began = False
        self._fed_bytes = 0  # of this header, in earlier pieces
        self._piece_bytes = 0  # of anything, in this piece
        self._body_bytes = 0
        self._body_mark = 0
        self._framing_bytes = 0
        self._discarded = 0

    # -- connection ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Count the connection and start the clock of its first header."""
        super().connection_made(transport)
        self._out = OneWrite(transport)
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
            self._fed_bytes = 0
        self._piece_bytes = len(data)
        self._began = phase_before == "idle"
        body_before = self._body_bytes
        self._unset_keepalive_if_required()
        self._feed(data)
        phase = self._now_in()
        if phase == "idle":  # arrived whole: nothing to wait for, and no clock was read
            self._read_deadline = None
            if self._write_deadline is None:
                self._policy.watched.pop(self, None)
        elif phase != "refused" and not self.transport.is_closing():
            self._policy.watched[self] = None
            if phase == "header":
                self._await_header(len(data))
            else:
                self._await_body(phase_before, len(data), body_before=body_before)

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Served without its upgrade; the parser cannot read on after one.
            if self.cycle is not None:
                self.cycle.keep_alive = False
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause.refusal if isinstance(cause, Refused) else refusals.MALFORMED)

    def _await_header(self, fed_bytes: int) -> None:
        if self._began:
            self._read_deadline = self.loop.time() + self._limits.header_s
        else:
            self._fed_bytes += fed_bytes
        fault = self._size_fault()
        if fault is not None:
            self._refuse(fault)

    def _await_body(self, phase_before: Phase, fed_bytes: int, *, body_before: int) -> None:
        if self._began or phase_before != "body":
            self._read_deadline = self.loop.time() + self._limits.body_progress_s
            return
        self._framing_bytes += fed_bytes - (self._body_bytes - body_before)
        if self._framing_bytes > FRAMING_BYTES + 8 * self._body_bytes:
            self._refuse(refusals.CHUNK_OVERHEAD)
        elif self._body_bytes - self._body_mark >= BODY_PROGRESS_BYTES:
            self._body_mark = self._body_bytes
            self._read_deadline = self.loop.time() + self._limits.body_progress_s

    # -- the parser's callbacks ------------------------------------------------------------

    # These replace uvicorn's rather than wrap them: they run for every request, and half of what
    # it does there (a second parse of the URL, checks for upgrades) is settled by ours.

    def on_message_begin(self) -> None:
        """Start counting a message."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._phase = "header"
        self._began = True
        self._fed_bytes = 0
        self._body_bytes = self._body_mark = self._framing_bytes = 0
        if len(self.pipeline) >= PIPELINED_MAX:
            raise Refused(refusals.TOO_MANY_CONNECTIONS)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header line; this runs most often, so it judges nothing."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Refuse what must not reach the application; hand it the rest."""
        lines, url, parser = self.headers, self.url, self.parser
        client = self.client
        scheme: str = self.scheme or "http"
        if self._from_proxy:
            told = head.forwarded(lines, self._policy.trusted, form=self._policy.proxy_headers)
            client = client if told.client is None else (told.client, 0)
            scheme = told.scheme or scheme
            if told.host is not None:
                lines = head.seen_from_outside(lines, told.host)
        headers = dict(lines)
        method = parser.get_method()
        fault = self._size_fault() or head.fault(lines, headers, url, policy=self._policy)
        if fault is None and method not in head.METHODS:
            fault = refusals.METHOD
        if fault is None and parser.should_upgrade() and head.has_body(headers):
            fault = refusals.UPGRADE  # the parser takes what follows for another protocol
        if fault is not None:
            raise Refused(fault)
        self._phase = "body"
        # The application has its header lines; a trailer must not be added to them.
        self.headers = NO_TRAILERS
        self._begin_answer(lines, method, url, client=client, scheme=scheme)

    def _begin_answer(
        self,
        lines: head.Lines,
        method: bytes,
        url: bytes,
        *,
        client: tuple[str, int] | None,
        scheme: str,
    ) -> None:
        """Call the application, or queue the request behind the one that it answers now."""
        raw_path, _, query = url.partition(b"?")
        path = raw_path.decode("ascii")
        version = self.parser.get_http_version()
        self.scope = {
            "type": "http",
            "asgi": ASGI,
            "http_version": version,
            "server": self.server,
            "client": client,
            "scheme": scheme,
            "root_path": "",
            "method": method.decode("ascii"),
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": lines,
            "state": self.app_state.copy(),
        }
        before = self.cycle
        self.cycle = Answer(
            scope=self.scope,
            transport=self._out,  # type: ignore[arg-type]  # has what a cycle uses
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=(b"expect", b"100-continue") in lines,
            keep_alive=version == "1.1" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._body_bytes += len(body)
        size = self._body_bytes
        if size > self._limits.body_bytes_max and size > self._policy.body_bytes_max(self.url):
            raise Refused(refusals.BODY_SIZE)
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        """Note that the request has arrived whole."""
        self._phase = "idle"
        if not self.cycle.response_complete:
            self.cycle.more_body = False
            self.cycle.message_event.set()

    def _now_in(self) -> Phase:
        """Return the phase, which the parser's callbacks have changed meanwhile."""
        return self._phase

    def _size_fault(self) -> HttpRefusal | None:
        limits = self._limits
        if len(self.url) > limits.url_bytes_max:
            return refusals.URL_SIZE
        if len(self.headers) > limits.header_lines_max:
            return refusals.HEADER_SIZE
        if self._fed_bytes + self._piece_bytes <= limits.header_bytes_max:
            return None
        # The pieces may hold a body, or requests before this one; now it pays to count.
        size = len(self.url) + sum([len(name) + len(value) + 4 for name, value in self.headers])
        too_large = max(size, self._fed_bytes) > limits.header_bytes_max
        return refusals.HEADER_SIZE if too_large else None

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
        if self._out is not None:
            self._out.flush()
        super().on_response_complete()
        waiting = self.transport.get_write_buffer_size()
        if waiting and self._write_deadline is None:
            self._expect_reading(waiting)

    # -- refusing and ending ---------------------------------------------------------------

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
        named = dict(self.scope["headers"] if phase == "body" else self.headers)
        target = named.get(b"content-type", b"").startswith(b"application/x-amz-json")
        self.transport.write(
            refusals.answer(
                refusal,
                ids.uuid4(self._policy.entropy),
                json_target=target or b"x-amz-target" in named,
            )
        )
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            # Closing with unread input would reset the connection and take the answer with it.
            self.transport.write_eof()
        else:
            self.transport.close()
