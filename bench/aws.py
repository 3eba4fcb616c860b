"""Requests as an AWS SDK sends them, as bytes."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import msgspec

SERVICE: Final = "cognito-idp"
REGION: Final = "us-east-1"
TARGETS: Final = {
    SERVICE: "AWSCognitoIdentityProviderService",
    "cognito-identity": "AWSCognitoIdentityService",
}
"""Services that take JSON, and how a request's target begins."""
VERSIONS: Final = {"sts": "2011-06-15", "iam": "2010-05-08"}
"""Services that take forms."""
JSON: Final = "application/x-amz-json-1.1"
FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"


class Credentials(NamedTuple):
    """An access key pair; a temporary one has a token."""

    key_id: str
    secret: str
    token: str = ""


class Message(NamedTuple):
    """What is asked of a service, not signed yet."""

    service: str
    headers: dict[str, str]
    content: bytes


ANY: Final = Credentials("testing", "testing")
"""For servers that look at nothing but the form."""


def credentials_of(data: Path) -> Credentials:
    """Return the root key pair that a server's first start has left in its data directory."""
    lines = (data / "credentials").read_text().splitlines()
    given = {name.strip(): value.strip() for name, _, value in (x.partition("=") for x in lines)}
    return Credentials(given["aws_access_key_id"], given["aws_secret_access_key"])


def message(operation: str, body: Mapping[str, Any], service: str = SERVICE) -> Message:
    """Return what to ask a service, as its protocol has it."""
    if service in VERSIONS:
        form = {"Action": operation, "Version": VERSIONS[service], **body}
        return Message(service, {"Content-Type": FORM}, urlencode(form).encode())
    headers = {"X-Amz-Target": f"{TARGETS[service]}.{operation}", "Content-Type": JSON}
    return Message(service, headers, msgspec.json.encode(body))


def request(port: int, operation: str, body: Mapping[str, Any], service: str = SERVICE) -> bytes:
    """Return an unsigned request, of Cognito's user pools unless told otherwise."""
    return _assemble(port, message(operation, body, service), {})


def signed(
    port: int, operation: str, body: Mapping[str, Any], by: Credentials, *, service: str = SERVICE
) -> bytes:
    """Return a request signed now (SigV4); it stays good for five minutes."""
    said = message(operation, body, service)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/{REGION}/{service}/aws4_request"
    headers = {
        "content-type": said.headers["Content-Type"],
        "host": f"127.0.0.1:{port}",
        "x-amz-date": now,
    }
    more = {"X-Amz-Date": now}
    if by.token:
        headers["x-amz-security-token"] = more["X-Amz-Security-Token"] = by.token
    if "X-Amz-Target" in said.headers:
        headers["x-amz-target"] = said.headers["X-Amz-Target"]
    names = ";".join(headers)
    canonical = "\n".join(
        [
            "POST", "/", "", *(f"{name}:{value}" for name, value in headers.items()), "", names,
            hashlib.sha256(said.content).hexdigest(),
        ]
    )  # fmt: skip
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{by.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{digest}".encode(), "sha256")
    more["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={by.key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature.hex()}"
    )
    return _assemble(port, said, more)


def _assemble(port: int, said: Message, more: Mapping[str, str]) -> bytes:
    """Return the request with the headers that boto3 sends."""
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Accept-Encoding": "identity",
        **said.headers,
        "User-Agent": "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux lang/python#3.11",
        **more,
        "amz-sdk-invocation-id": "8d2f0f7e-2a5e-4a5c-9b1e-1d8f2c6f0a11",
        "amz-sdk-request": "attempt=1",
        "Content-Length": str(len(said.content)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + said.content
