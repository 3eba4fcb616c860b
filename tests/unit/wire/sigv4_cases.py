"""What botocore signs: the requests of tests/golden/sigv4/requests.json, and how they were made.

    python -m tests.unit.wire.sigv4_cases

writes that file anew. The signatures in it are botocore's, none are ours, so that our verifier
agrees with them only if both are right; the file is kept so that a change of either is seen.
"""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from unittest import mock

import msgspec
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from poolkeep.wire.sigv4 import Sent

FILE: Final = Path(__file__).resolve().parents[2] / "golden" / "sigv4" / "requests.json"
ACCESS_KEY: Final = "AKIAIOSFODNN7EXAMPLE"
SECRET: Final = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW_MS: Final = 1_800_000_000_000
REGION: Final = "eu-north-1"
HOST: Final = "https://cognito.example:8443"
TOKEN: Final = "IQoJb3JpZ2luX2VjE/+=//Token+with/every=sign=="
EXPIRES_S: Final = 600

JSON: Final = "application/x-amz-json-1.1"
FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
SYNC: Final = "/identitypools/eu-north-1%3A1234/identities/eu-north-1%3A12/datasets"
PATHS: Final = (
    "", "/", "//", "///", "/.", "/./", "/..", "/../..", "/a", "/a/", "/a//b", "//a//b//",
    "/a/.", "/a/./", "/a/./b", "/a/..", "/a/../", "/a/../b", "/a/b/..", "/a/b/../c/.", "/...",
    "/.a/..b", "/%2F", "/a%2Fb", "/a%2fb", "/%2E%2E/a", "/a+b", "/a%20b", "/a%2Bb", "/%25",
    "/%2525", "/%E2%98%83", "/%C3%A9/%F0%9F%94%91", "/~a_b-c.d", "/a:b@c", "/!$&'()*,;=",
    f"{SYNC}/a%2Fb", f"{SYNC}/..", f"{SYNC}/.",
)  # fmt: skip
QUERIES: Final = (
    "a=1", "a=", "a", "a=1&a=2", "a=2&a=1", "b=1&a=2&A=3&B=4", "a=%20", "a=%2B", "a=%252B",
    "a=b%3Dc", "a=%26%3D%3F%2F", "a=~-_.", "a=%C3%A9&%C3%A9=a", "%E2%98%83=%F0%9F%94%91",
    "a-b=1&a.b=2&a_b=3&a=4&ab=5", "Action=GetCallerIdentity&Version=2011-06-15",
    "nextToken=a%2Bb%2Fc%3D%3D&maxResults=5", "X-Amz-Meta=1&x-amz-meta=2", "a=1&b",
)  # fmt: skip
VALUES: Final = {
    "blanks at the ends": "  one  ",
    "blanks inside": "one    two   three",
    "tabs": "\tone\t\ttwo \t three",
    "only blanks": "     ",
    "nothing": "",
    "quoted blanks": '"a   b"  "c"',
    "commas": "a,b , c,,d",
    "colons": "a:b: c",
    "unicode": "snow ☃ and é",
    "long": "word   " * 300,
}
BODIES: Final = {
    "none": b"",
    "empty object": b"{}",
    "unicode": '{"Name":"☃ é 🔑"}'.encode(),
    "blanks": b" \t\r\n  { }  \r\n\r\n",
    "zero bytes": bytes(range(256)),
    "one megabyte": b"{" + b" " * (1 << 20) + b"}",
}


class Signed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request with its signature; `body` is base64, long ones are told by `repeated`."""

    name: str
    service: str
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: str = ""
    token: str = ""
    refused: bool = False

    def sent(self) -> Sent:
        """Return it as it comes over the wire."""
        return Sent(
            method=self.method,
            raw_path=self.path.encode(),
            raw_query=self.query.encode(),
            headers=[(name.encode(), value.encode()) for name, value in self.headers],
            body=body_of(self.body),
        )


def body_of(text: str) -> bytes:
    """Return a body by how the file tells it: base64, or the name of a long one."""
    return BODIES[text[1:]] if text.startswith("=") else base64.b64decode(text)


def signed(  # noqa: PLR0913  a request has that many parts
    name: str,
    *,
    service: str = "cognito-idp",
    method: str = "POST",
    path: str = "/",
    query: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    body: str = "empty object",
    token: str = "",
    presigned: bool = False,
    refused: bool = False,
    change: Callable[[AWSRequest], None] | None = None,
) -> Signed:
    """Return a request that botocore signs."""
    data = BODIES[body]
    request = AWSRequest(method=method, url=f"{HOST}{path}{'?' if query else ''}{query}", data=data)
    for each, value in headers:
        request.headers.add_header(each, value)
    if change is not None:
        change(request)
    credentials = Credentials(ACCESS_KEY, SECRET, token or None)
    signer: Any = (
        SigV4QueryAuth(credentials, service, REGION, expires=EXPIRES_S)
        if presigned
        else SigV4Auth(credentials, service, REGION)
    )
    moment = datetime.fromtimestamp(NOW_MS / 1000, UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        signer.add_auth(request)
    raw_path, _, raw_query = request.url.removeprefix(HOST).partition("?")
    return Signed(
        name=name,
        service=service,
        method=method,
        path=raw_path,
        query=raw_query,
        headers=[*request.headers.items(), ("Host", HOST.rpartition("/")[2])],
        body=f"={body}" if len(data) > 1_000 else base64.b64encode(data).decode(),
        token=token,
        refused=refused,
    )


TARGET: Final = (
    ("Content-Type", JSON),
    ("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools"),
)
CALLER: Final = "Action=GetCallerIdentity&Version=2011-06-15"


def cases() -> Iterator[Signed]:
    """Yield every request."""
    for body in BODIES:
        yield signed(f"json, body: {body}", headers=TARGET, body=body)
    yield signed("json with a token", headers=TARGET, token=TOKEN)
    yield signed("form with a token", service="sts", headers=(("Content-Type", FORM),), token=TOKEN)
    for path in PATHS:
        yield signed(f"path {path}", method="GET", service="cognito-sync", path=path, body="none")
    for query in QUERIES:
        yield signed(
            f"query {query}", method="GET", service="cognito-sync", query=query, body="none"
        )
    for name, value in VALUES.items():
        yield signed(f"value: {name}", headers=(("X-Odd", value), ("My-Header1", value)))
    yield from _repeated()
    yield from _presigned()
    yield from _refused()


def _repeated() -> Iterator[Signed]:
    twice = (("X-Many", "b"), ("X-Many", "a"), ("x-many", " c  d "))
    yield signed("a header three times", headers=(*TARGET, *twice))
    yield signed("a header twice, another between", headers=(twice[0], ("X-Other", "1"), twice[1]))
    yield signed("a header twice alike", headers=(twice[0], twice[0]))
    yield signed("names of any case", headers=(("x-ODD", "A"), ("ACCEPT", "b"), ("accept", "c")))
    yield signed("headers that are not signed", headers=(*TARGET, ("User-Agent", "Boto3/1")))


def _presigned() -> Iterator[Signed]:
    told: dict[str, Any] = {
        "service": "sts", "method": "GET", "body": "none", "presigned": True, "query": CALLER
    }  # fmt: skip
    yield signed("presigned", **told)
    yield signed("presigned with a token", token=TOKEN, **told)
    yield signed("presigned with a header", headers=(("X-Amz-Nonce", "  a   b "),), **told)
    yield signed("presigned with a cluster", headers=(("x-k8s-aws-id", "here"),), **told)
    yield signed("presigned with unicode", **{**told, "query": f"{CALLER}&x=%E2%98%83%20%2B"})
    for path in ("", "//a/../b", "/%E2%98%83/a%2Fb"):
        yield signed(f"presigned, path {path}", token=TOKEN, path=path, **told)


def _refused() -> Iterator[Signed]:
    """Yield what botocore signs for other services: none of ours leaves a body unsigned."""
    for text in ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        yield signed(text, headers=(*TARGET, ("X-Amz-Content-SHA256", text)), refused=True)
    streaming = (("X-Amz-Content-SHA256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),)
    yield signed("signed chunks", headers=streaming, refused=True)

    def unsigned(request: AWSRequest) -> None:
        request.context["payload_signing_enabled"] = False

    yield signed("a body that is not signed", headers=TARGET, change=unsigned, refused=True)


def generated() -> str:
    """Return the file's text."""
    rows = [msgspec.to_builtins(case) for case in cases()]
    lines = ",\n".join(json.dumps(row, ensure_ascii=True) for row in rows)
    return f"[\n{lines}\n]\n"


def kept() -> list[Signed]:
    """Return what the file holds."""
    return msgspec.json.decode(FILE.read_bytes(), type=list[Signed])


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(generated())
