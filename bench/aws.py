"""Requests as an AWS SDK sends them, as bytes."""

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

SERVICE: Final = "cognito-idp"
REGION: Final = "us-east-1"
TARGET: Final = "AWSCognitoIdentityProviderService"
CONTENT_TYPE: Final = "application/x-amz-json-1.1"


class Credentials(NamedTuple):
    """An access key pair."""

    key_id: str
    secret: str


ANY: Final = Credentials("testing", "testing")
"""For servers that look at nothing but the form."""


def credentials_of(data: Path) -> Credentials:
    """Return the root key pair that a server's first start has left in its data directory."""
    lines = (data / "credentials").read_text().splitlines()
    given = {name.strip(): value.strip() for name, _, value in (x.partition("=") for x in lines)}
    return Credentials(given["aws_access_key_id"], given["aws_secret_access_key"])


def request(port: int, operation: str, body: dict[str, Any]) -> bytes:
    """Return an unsigned request of Cognito's user pools."""
    content = msgspec.json.encode(body)
    return _assemble(port, operation, content, {})


def signed(port: int, operation: str, body: dict[str, Any], by: Credentials) -> bytes:
    """Return a request signed now (SigV4); it stays good for five minutes."""
    content = msgspec.json.encode(body)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/{REGION}/{SERVICE}/aws4_request"
    headers = {
        "content-type": CONTENT_TYPE,
        "host": f"127.0.0.1:{port}",
        "x-amz-date": now,
        "x-amz-target": f"{TARGET}.{operation}",
    }
    names = ";".join(headers)
    canonical = "\n".join(
        [
            "POST", "/", "", *(f"{name}:{value}" for name, value in headers.items()), "", names,
            hashlib.sha256(content).hexdigest(),
        ]
    )  # fmt: skip
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{by.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{digest}".encode(), "sha256")
    return _assemble(
        port, operation, content,
        {
            "X-Amz-Date": now,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={by.key_id}/{scope}, "
            f"SignedHeaders={names}, Signature={signature.hex()}",
        },
    )  # fmt: skip


def _assemble(port: int, operation: str, content: bytes, more: dict[str, str]) -> bytes:
    """Return the request with the headers that boto3 sends."""
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Accept-Encoding": "identity",
        "X-Amz-Target": f"{TARGET}.{operation}",
        "Content-Type": CONTENT_TYPE,
        "User-Agent": "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux lang/python#3.11",
        **more,
        "amz-sdk-invocation-id": "8d2f0f7e-2a5e-4a5c-9b1e-1d8f2c6f0a11",
        "amz-sdk-request": "attempt=1",
        "Content-Length": str(len(content)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + content
