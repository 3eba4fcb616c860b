"""The ASGI application: one port for the AWS face, the published keys, and our own addresses.

/_poolkeep/imports/…                           where an import job's pre-signed URL leads
/_poolkeep/…                                   the operator's face
/<pool id>/.well-known/jwks.json               a pool's published keys
/<pool id>/.well-known/openid-configuration    a pool's discovery document
/confirmUser                                   the page of confirmation links
/logos/…                                       pictures of classic pages
/2015-03-31/functions/…                        Lambda's Invoke, for the functions that we run
/<pool id>/…                                   the pool's pages and OAuth endpoints
everything else                                the AWS face

On the host of a pool's domain there is nothing but that pool: its pages and endpoints, and what
it publishes.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from poolkeep.base.refusal import Unavailable
from poolkeep.core.directory.ui_customization import LOGOS
from poolkeep.core.imports.uploads import PATH as UPLOAD_PATH
from poolkeep.http.aws.invoke import PATH as INVOKE_PATH
from poolkeep.http.aws.invoke import InvokeFace
from poolkeep.http.aws.pipeline import Face
from poolkeep.http.aws.request import HttpRequest
from poolkeep.http.confirm import PATH as CONFIRM_PATH
from poolkeep.http.confirm import Confirmation
from poolkeep.http.discovery import Discovery
from poolkeep.http.hosted.face import Hosted
from poolkeep.http.hosted.places import Nowhere, Place, Places
from poolkeep.http.logos import Logos
from poolkeep.http.server.policy import Hosts
from poolkeep.http.server.ports import Receive, Scope, Send
from poolkeep.http.server.refusals import FOREIGN_HOST, text_of
from poolkeep.http.uploads import ImportUploads

OPS_PREFIX: Final = "/_poolkeep/"
WELL_KNOWN: Final = "/.well-known/"
AWAY: Final = b'{"message":"The database is away; try again."}'

# Browsers call the public operations directly. Source: docs/behaviours/wire.md.
CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
    ),
)
PREFLIGHT_AGE: Final = b"172800"
DEFAULT_HEADERS: Final = (
    b"authorization,cache-control,content-type,x-amz-content-sha256,x-amz-date,x-amz-target,"
    b"x-amz-user-agent,x-amz-security-token,amz-sdk-invocation-id,amz-sdk-request"
)


class Application:
    """Dispatches requests to the faces."""

    def __init__(  # noqa: PLR0913  one name for each face
        self,
        *,
        face: Face,
        discovery: Discovery,
        confirmation: Confirmation,
        logos: Logos,
        uploads: ImportUploads,
        invocations: InvokeFace | None = None,
        hosted: Hosted,
        places: Places,
        hosts: Hosts,
        ops: Callable[[Scope, Receive, Send], Awaitable[None]],
        on_startup: Callable[[], Awaitable[None]],
        on_shutdown: Callable[[], Awaitable[None]],
        before_request: Callable[[], Awaitable[None]] | None = None,
        home: str | None = None,
    ) -> None:
        """Take the faces; `before_request` runs first (development's clock).

        `hosts` are the installation's own names, `home` is where a browser that opens the bare
        address is sent.
        """
        self._face = face
        self._discovery = discovery
        self._confirmation = confirmation
        self._logos = logos
        self._uploads = uploads
        self._hosted = hosted
        self._places = places
        self._hosts = hosts
        self._ops = ops
        self._invocations = invocations
        self._on_startup = on_startup
        self._on_shutdown = on_shutdown
        self._before_request = before_request
        self._home = home

    def is_ours(self, name: str) -> bool:
        """Tell whether the installation answers for a host name, pools' domains aside."""
        return name in self._hosts

    async def startup(self) -> None:
        """Start background work."""
        await self._on_startup()

    async def shutdown(self) -> None:
        """Stop background work and close databases."""
        await self._on_shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            await self._answer(scope, receive, send)
        except Unavailable:  # the AWS face says so itself, in its own form
            kind = (b"content-type", b"application/json")
            await _send(send, 503, [kind, (b"cache-control", b"no-store")], AWAY)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._before_request is not None:
            await self._before_request()
        name = _host(scope)
        place = None if self._places.is_own(name) else await self._on_host(name, scope)
        if place is not None:
            await self._hosted.answer(place, scope, receive, send)
        elif self.is_ours(name):
            await self._on_installation(scope, receive, send)
        else:
            await self._misdirected(scope, send)

    async def _misdirected(self, scope: Scope, send: Send) -> None:
        """Refuse a host that is nobody's, as the server refuses those that cannot be anybody's."""
        is_call = any(name == b"x-amz-target" for name, _ in scope["headers"])
        kind = b"application/x-amz-json-1.1" if is_call else b"application/json"
        body = text_of(FOREIGN_HOST, json_target=is_call)
        headers = [
            (b"content-type", kind),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        await _send(send, FOREIGN_HOST.status, headers, body)

    async def _on_installation(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer on the installation's own host."""
        path: str = scope["path"]
        method: str = scope["method"]
        if path.startswith(UPLOAD_PATH):
            await self._uploads.answer(scope, receive, send)
        elif path.startswith(OPS_PREFIX):
            await self._ops(scope, receive, send)
        elif WELL_KNOWN in path:
            await _send(send, *await self._discovery.answer(method, path))
        elif path == CONFIRM_PATH:
            request = await _request(scope, receive)
            if request is None:
                return
            link = await self._confirmation.place(request)
            await self._hosted.answer(link, scope, _again(request.body), send)
        elif path.startswith(LOGOS):
            await _send(send, *await self._logos.answer(method, path))
        elif (below := await self._places.below_path(raw_path(scope))) is not None:
            await self._hosted.answer(below, scope, receive, send)
        elif self._home is not None and _is_a_visit(scope):
            location = (b"location", self._home.encode())
            await _send(send, 302, [location, (b"cache-control", b"no-store")], b"", shared=False)
        elif method == "OPTIONS":
            await _send(send, 200, _preflight(scope), b"")
        else:
            request = await _request(scope, receive)
            if request is None:
                return
            face: Face | InvokeFace = self._face
            if self._invocations is not None and path.startswith(INVOKE_PATH):
                face = self._invocations
            reply = await face.answer(request)
            headers = [(name.encode(), value.encode()) for name, value in reply.headers]
            await _send(send, reply.status, headers, reply.body)

    async def _on_host(self, name: str, scope: Scope) -> Place | Nowhere | None:
        """Return the pool whose domain a host name is."""
        try:
            return await self._places.on_host(name, raw_path(scope))
        except Unavailable:
            # A region that is away may have the name. The API has nothing to do with names, and
            # goes on for the other regions.
            if scope["method"] == "POST" and scope["path"] == "/":
                return None
            raise


async def _request(scope: Scope, receive: Receive) -> HttpRequest | None:
    """Return the request with its whole body, whose size the connection guard bounds.

    None when the caller went away before the body was complete: half a request is none.
    """
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    client = scope.get("client")
    state: dict[str, Any] = scope.get("state") or {}
    return HttpRequest(
        method=scope["method"],
        raw_path=scope.get("raw_path") or scope["path"].encode(),
        raw_query=scope.get("query_string", b""),
        headers=scope["headers"],
        body=body,
        source_ip=client[0] if client else "",
        listener=state.get("listener", "public"),
    )


def _again(body: bytes) -> Receive:
    """Return what tells of a body that was read already."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _host(scope: Scope) -> str:
    """Return the host name of a request: lower case, without port and final dot."""
    for name, value in scope["headers"]:
        if name == b"host":
            host: str = value.decode("latin-1").lower()
            bare, colon, port = host.rpartition(":")
            return (bare if colon and port.isdigit() else host).rstrip(".")
    return ""


def raw_path(scope: Scope) -> str:
    """Return the path as it was sent, escapes and all."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1")


def _is_a_visit(scope: Scope) -> bool:
    """Tell a browser at the bare address from a client of the API."""
    if scope["method"] != "GET" or scope["path"] != "/" or scope.get("query_string"):
        return False
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _preflight(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Answer a browser's preflight: whatever headers it asks for."""
    asked = next(
        (value for name, value in scope["headers"] if name == b"access-control-request-headers"),
        DEFAULT_HEADERS,
    )
    return [
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", PREFLIGHT_AGE),
    ]


async def _send(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes, *, shared: bool = True
) -> None:
    """Send an answer; pages of any origin may read it if it is `shared`."""
    length = (b"content-length", str(len(body)).encode())
    extra = CORS if shared else ()
    await send(
        {"type": "http.response.start", "status": status, "headers": [*headers, *extra, length]}
    )
    await send({"type": "http.response.body", "body": body})
