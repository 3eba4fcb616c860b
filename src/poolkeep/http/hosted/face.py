"""The front door of a pool's domain: from a request to a handler, and back.

    place ──▶ size ──▶ path ──▶ handler, method ──▶ parameters ──▶ handler's answer ──▶ headers
     404      413      404        404, 405, 403      400, 429         500, 503

Every answer gets the headers of hosted pages, the refusals above too. What a handler did not
foresee is logged under the request id that the answer shows, and nothing else of it is told.
Source: docs/behaviours/domains.md.
"""

import base64
import re
import time
from typing import Final
from urllib.parse import urlsplit

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.entropy import Entropy
from poolkeep.base.hosts import is_loopback
from poolkeep.base.ids import uuid4
from poolkeep.base.log import Log
from poolkeep.base.refusal import OperationNotEnabled, Refusal, TooManyRequests, Unavailable
from poolkeep.core.messages.languages import spoken
from poolkeep.core.oauth.model import Params
from poolkeep.http.hosted import copies, reading, registry
from poolkeep.http.hosted.places import Nowhere, Place
from poolkeep.http.hosted.plain import plain
from poolkeep.http.hosted.policy import page_headers, security_headers
from poolkeep.http.hosted.refusals import guarded
from poolkeep.http.hosted.rendering import chosen_language
from poolkeep.http.hosted.throttle import DomainThrottle
from poolkeep.http.hosted.web import Answer, Visit
from poolkeep.http.server.ports import Receive, Scope, Send

BODY_BYTES_MAX: Final = 262_144
"""A SAML response of 100,000 characters, escaped throughout, has room."""
NONCE_BYTES: Final = 16
NO_PARAMS: Final = Params(())
TOO_MANY: Final = "There are too many requests. Please try again in a moment."
BODILESS: Final = frozenset({204, 304})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a request before its pool's handlers are asked."""

    id: str
    nonce: str
    origin: str
    method: str
    headers: dict[str, str]
    source_ip: str

    @property
    def wants_page(self) -> bool:
        """Whether somebody looks at the answer, rather than a program."""
        return "text/html" in self.headers.get("accept", "")


class Hosted:
    """Answers for the pages and OAuth endpoints of every pool."""

    def __init__(
        self,
        *,
        clock: Clock,
        entropy: Entropy,
        log: Log,
        throttle: DomainThrottle,
        public_url: str | None = None,
    ) -> None:
        """`public_url` is the address that browsers see, where the operator has named it."""
        registry.load()
        self._clock = clock
        self._entropy = entropy
        self._log = log
        self._throttle = throttle
        self._public = urlsplit(public_url) if public_url else None

    async def answer(
        self, place: Place | Nowhere, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer one request to a place."""
        began = time.perf_counter_ns()
        request = self._request(scope)
        body = await _body(receive)
        if body is None:
            return
        answer = await self._answer(place, request, scope, body)
        await self._send(send, request, answer)
        self._log.request({
            "request_id": request.id,
            "operation": f"hosted:{request.method}",
            "pool": place.pool.pool.id if isinstance(place, Place) else "",
            # Nothing below the address of a handler: links carry secrets in their paths, too.
            "path": _named(place.path) if isinstance(place, Place) else "",
            "status": answer.status,
            "us": (time.perf_counter_ns() - began) // 1_000,
            "ip": request.source_ip,
        })  # fmt: skip

    async def _answer(
        self, place: Place | Nowhere, request: _Request, scope: Scope, body: bytes
    ) -> Answer:
        """Return the answer without the headers that every answer has."""
        if isinstance(place, Nowhere):
            return _refusal(request, place.status, place.error, place.why)
        path = reading.path(place.path)
        handlers = registry.found(path) if path is not None else None
        if path is None or handlers is None:
            return _refusal(request, 404, "not_found", "There is no such page.")
        allowed = sorted({*handlers, *(("HEAD",) if "GET" in handlers else ())})
        method = "GET" if request.method == "HEAD" and "HEAD" not in handlers else request.method
        # Scripts of any site may read the errors of what they may call.
        shared = (("Access-Control-Allow-Origin", "*"),) if "OPTIONS" in handlers else ()
        handler = handlers.get(method)
        if handler is None:
            why = "This address does not take that method."
            refused = _refusal(request, 405, "invalid_request", why)
            return refused.with_headers(("Allow", ", ".join(allowed)), *shared)
        if len(body) > BODY_BYTES_MAX:
            refused = _refusal(request, 413, "invalid_request", "The request is too large.")
            return refused.with_headers(*shared)
        try:
            copies.check(place.pool.pool, path)
            visit = self._visit(place, request, scope, path=path, body=body)
            if not self._throttle.takes(visit):
                raise TooManyRequests(TOO_MANY)
            spoken.set(chosen_language(visit))
            answer = await guarded(handler, visit)
            _check(answer, visit)
        except reading.Malformed as error:
            return _refusal(request, 400, "invalid_request", str(error)).with_headers(*shared)
        except OperationNotEnabled as error:
            return _refusal(request, 403, "access_denied", error.text).with_headers(*shared)
        except (Unavailable, TooManyRequests) as error:
            return self._later(request, error).with_headers(("Retry-After", "1"), *shared)
        except Exception as defect:  # noqa: BLE001  the one place that answers for defects
            self._log.defect("defect", defect, request_id=request.id)
            why = "Something went wrong on our side. Please try again."
            return _refusal(request, 500, "server_error", why).with_headers(*shared)
        return await _finished(answer, visit)

    def _later(self, request: _Request, error: Refusal) -> Answer:
        """Return the answer that asks to try again."""
        if isinstance(error, TooManyRequests):
            return _refusal(request, 429, "temporarily_unavailable", TOO_MANY)
        self._log.error("unavailable", request_id=request.id, why=error.text)
        why = "We cannot answer right now. Please try again in a moment."
        return _refusal(request, 503, "temporarily_unavailable", why)

    def _request(self, scope: Scope) -> _Request:
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(scope["headers"])  # the first of a name counts
        }
        client = scope.get("client")
        nonce = base64.urlsafe_b64encode(self._entropy.bytes(NONCE_BYTES)).rstrip(b"=")
        return _Request(
            id=uuid4(self._entropy),
            nonce=nonce.decode(),
            origin=self._origin(scope["scheme"], headers.get("host", "")),
            method=scope["method"],
            headers=headers,
            source_ip=client[0] if client else "",
        )

    def _origin(self, scheme: str, host: str) -> str:
        """Return scheme, host and port as the browser sees them.

        Where the operator has named the public address, its scheme and port count: a proxy need
        not tell them.
        """
        host = host.lower()
        if self._public is None:
            return f"{scheme}://{host}"
        name = _without_port(host)
        port = f":{self._public.port}" if self._public.port else ""
        return f"{self._public.scheme}://{name}{port}"

    def _visit(
        self, place: Place, request: _Request, scope: Scope, *, path: str, body: bytes
    ) -> Visit:
        is_form = reading.is_form(request.headers.get("content-type", ""))
        return Visit(
            method=request.method,
            path=path,
            base=place.base,
            origin=request.origin,
            pool=place.pool,
            domain=place.domain,
            services=place.services,
            query=reading.params(scope.get("query_string", b"")),
            form=reading.params(body) if is_form else NO_PARAMS,
            headers=request.headers,
            cookies=reading.cookies(scope["headers"]),
            body=body,
            source_ip=request.source_ip,
            user_agent=request.headers.get("user-agent", ""),
            request_id=request.id,
            nonce=request.nonce,
            now_ms=self._clock.now_ms(),
            repeated=reading.repeated(scope["headers"]),
        )

    async def _send(self, send: Send, request: _Request, answer: Answer) -> None:
        is_secure = request.origin.startswith("https:")
        keeps_https = is_secure and not is_loopback(urlsplit(request.origin).hostname or "")
        own = {name.lower() for name, _ in answer.headers}
        added = security_headers(request.id, own, keeps_https=keeps_https)
        headers = [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in (*answer.headers, *added)
        ]
        if answer.status not in BODILESS:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if request.method == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})


def _check(answer: Answer, visit: Visit) -> None:
    """Stop an answer whose headers would break up, while another can still be given."""
    for name, value in (*answer.headers, *(cookie.header(visit) for cookie in answer.cookies)):
        value.encode("ascii" if name.lower() == "location" else "latin-1")
        if _CONTROL.search(name) or _CONTROL.search(value):
            message = f"The header {name} holds a control character."
            raise ValueError(message)


async def _finished(answer: Answer, visit: Visit) -> Answer:
    """Return the answer with its cookies and, for a page, its policy as headers."""
    cookies = tuple(cookie.header(visit) for cookie in answer.cookies)
    return answer.with_headers(*await page_headers(answer, visit), *cookies)


def _refusal(request: _Request, status: int, error: str, why: str) -> Answer:
    if request.wants_page:
        return plain(status, why, request_id=request.id, nonce=request.nonce)
    return Answer(
        status=status,
        headers=(("Content-Type", "application/json;charset=UTF-8"),),
        body=msgspec.json.encode({"error": error, "error_description": why}),
    )


async def _body(receive: Receive) -> bytes | None:
    """Return the body, not much more than may be read of it; None when the caller went away."""
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) <= BODY_BYTES_MAX:
            body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and not name.endswith(":") else host


def _named(path: str) -> str:
    """Return the address of the handler of a path, nothing for one without."""
    return registry.name(path) or ""
