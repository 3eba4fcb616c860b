"""`/_poolkeep/imports/<pool>/<job>`: where the pre-signed URL of an import job leads.

Only PUT, with the header that the URL was signed for; answers are as S3 gives them. The body is
passed on piece by piece, and the connection guard lets it be larger than other bodies here.
"""

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from poolkeep.core.imports.uploads import PATH, SIGNED_HEADER, UploadRefused
from poolkeep.http.aws.regions import Regions
from poolkeep.http.server.ports import Receive, Scope, Send

QUERY_FIELDS_MAX: Final = 16


class ImportUploads:
    """Takes the files of import jobs of every region."""

    def __init__(self, regions: Regions) -> None:
        """Find pools in `regions`."""
        self._regions = regions

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            etag = await self._take(scope, receive)
        except _GoneAway:
            return
        except UploadRefused as refused:
            body = _error(refused)
            headers = [(b"content-type", b"application/xml")]
            await _send(send, refused.status, headers, body)
            return
        await _send(send, 200, [(b"etag", f'"{etag}"'.encode())], b"")

    async def _take(self, scope: Scope, receive: Receive) -> str:
        if scope["method"] != "PUT":
            text = "The specified method is not allowed against this resource."
            raise UploadRefused(405, "MethodNotAllowed", text)
        path: str = scope["path"]
        pool_id, _, job_id = path.removeprefix(PATH).partition("/")
        encryption = None
        for name, value in scope["headers"]:
            if name == SIGNED_HEADER.encode():
                encryption = value.decode("latin-1")
        query = _query(scope)
        refused = UploadRefused(403, "AccessDenied", "Access Denied")
        for region in self._regions.all():  # a pool and its replica have one id
            uploads = region.services.imports.uploads
            try:
                admitted = await uploads.admit(pool_id, job_id, query, encryption)
            except UploadRefused as refusal:
                refused = refusal
                continue
            etag: str = await uploads.take(admitted, _pieces(receive))
            return etag
        raise refused


class _GoneAway(Exception):
    """The sender left before the file was complete; nobody waits for an answer."""


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneAway
        more = message.get("more_body", False)
        if piece := message.get("body", b""):
            yield piece


def _query(scope: Scope) -> dict[str, str]:
    try:
        text = scope.get("query_string", b"").decode("ascii")
        return dict(parse_qsl(text, max_num_fields=QUERY_FIELDS_MAX))
    except ValueError:
        return {}


def _error(refused: UploadRefused) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{refused.code}</Code><Message>{escape(refused.text)}</Message></Error>"
    ).encode()


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    always = [(b"cache-control", b"no-store"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *always]})
    await send({"type": "http.response.body", "body": body})
