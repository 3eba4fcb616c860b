"""Requests that botocore signed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from poolkeep.base.secret import Secret
from poolkeep.wire import sigv4
from poolkeep.wire.sigv4 import Headers, Sent

ACCESS_KEY: Final = "AKIAIOSFODNN7EXAMPLE"
SECRET: Final = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW_MS: Final = 1_800_000_000_000
REGION: Final = "eu-north-1"


def signed(  # noqa: PLR0913  a request has that many parts
    *,
    method: str = "POST",
    target: str = "/",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    presigned: bool = False,
    token: str | None = None,
    service: str = "cognito-idp",
    at_ms: int = NOW_MS,
    expires: int = 600,
    monkeypatch: pytest.MonkeyPatch,
) -> Sent:
    """Return a request that botocore signed."""
    if body is None:  # a presigned request has none
        body = b"" if presigned else b'{"MaxResults":5}'
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: moment)
    request = AWSRequest(
        method=method, url=f"https://cognito.example:8443{target}", data=body, headers=headers or {}
    )
    credentials = Credentials(ACCESS_KEY, SECRET, token)
    signer: Any = (
        SigV4QueryAuth(credentials, service, REGION, expires=expires)
        if presigned
        else SigV4Auth(credentials, service, REGION)
    )
    signer.add_auth(request)
    prepared = request.prepare()
    path, _, query = prepared.url.removeprefix("https://cognito.example:8443").partition("?")
    given = [
        (n.encode(), v if isinstance(v, bytes) else v.encode()) for n, v in prepared.headers.items()
    ]
    if not any(n.lower() == b"host" for n, _ in given):
        given.append((b"Host", b"cognito.example:8443"))
    return Sent(
        method=method, raw_path=path.encode(), raw_query=query.encode(), headers=given, body=body
    )


def accept(sent: Sent, *, now_ms: int = NOW_MS, service: str = "cognito-idp") -> None:
    claimed = sigv4.parse(sent.headers, sent.raw_query)
    assert claimed is not None
    assert claimed.access_key_id == ACCESS_KEY
    sigv4.verify(
        claimed,
        Secret(SECRET),
        sent=sent,
        now_ms=now_ms,
        service=service,
        regions=[REGION, "x-y-1"],
    )


JSON_HEADERS: Final = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AWSCognitoIdentityProviderService.ListUserPools",
    "X-Amz-Date-Like": "  inner   blanks\tcollapse ",
}


def changed(headers: Headers, name: bytes, change: Callable[[bytes], bytes]) -> Headers:
    return [(n, change(v) if n.lower() == name else v) for n, v in headers]


def with_headers(sent: Sent, headers: Headers) -> Sent:
    return Sent(
        method=sent.method,
        raw_path=sent.raw_path,
        raw_query=sent.raw_query,
        headers=headers,
        body=sent.body,
    )
