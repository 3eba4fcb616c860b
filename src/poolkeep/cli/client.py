"""A small client of a running server: enough of SigV4 and JSON 1.1 for `demo` and `inbox`.

Written here rather than taken from an SDK, because the installed package has none.
"""

import configparser
import hashlib
import hmac
import http.client
import json
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from poolkeep.base.clock import Clock
from poolkeep.base.secret import Secret

DEFAULT_URL: Final = "http://127.0.0.1:9229"
TIMEOUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 16_777_216
SERVICE: Final = "cognito-idp"
TARGET_PREFIX: Final = "AWSCognitoIdentityProviderService."


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """An access key."""

    key_id: str
    secret: Secret[str]


class CallFailed(Exception):
    """The server said no, or nothing."""


class Client:
    """Calls one server."""

    def __init__(
        self,
        url: str,
        region: str,
        *,
        clock: Clock,
        credentials: Credentials | None = None,
        ca_file: Path | None = None,
    ) -> None:
        """Call `url`; sign with `credentials` for `region`; trust the authority of `ca_file`, too.

        The file need not exist.
        """
        self._ca_file = ca_file
        self.url = url.rstrip("/")
        self.region = region
        self._clock = clock
        self._credentials = credentials
        self._parts = urlsplit(self.url)
        if self._parts.scheme not in {"http", "https"} or not self._parts.hostname:
            raise CallFailed(f"{url} is not the URL of a server. Use a form such as {DEFAULT_URL}.")

    def call(self, operation: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401  a JSON value
        """Call an operation of user pools and return its answer."""
        body = json.dumps(members).encode()
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "host": self._parts.netloc,
            "x-amz-target": TARGET_PREFIX + operation,
        }
        if self._credentials is not None:
            stamp = datetime.fromtimestamp(self._clock.now_ms() // 1000, UTC)
            headers["x-amz-date"] = stamp.strftime("%Y%m%dT%H%M%SZ")
            headers["authorization"] = authorization(
                headers, body, region=self.region, credentials=self._credentials
            )
        status, text = self._exchange("POST", "/", headers, body=body, timeout_s=TIMEOUT_S)
        answer = _decoded(text)
        if status != http.HTTPStatus.OK:
            code = str(answer.get("__type", f"HTTP {status}")).rpartition("#")[2]
            raise CallFailed(f"{operation}: {code}: {answer.get('message', '')}")
        return answer

    def get(self, path: str, *, wait_s: float = 0, **query: str) -> tuple[int, dict[str, Any]]:
        """Return status and JSON of a GET."""
        target = f"{path}?{urlencode(query)}" if query else path
        headers = {"host": self._parts.netloc}
        status, text = self._exchange("GET", target, headers, timeout_s=TIMEOUT_S + wait_s)
        return status, _decoded(text)

    def _exchange(
        self,
        method: str,
        target: str,
        headers: dict[str, str],
        *,
        body: bytes = b"",
        timeout_s: float,
    ) -> tuple[int, bytes]:
        host, port = self._parts.hostname or "", self._parts.port
        connection: http.client.HTTPConnection
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            if self._ca_file is not None and self._ca_file.exists():
                context.load_verify_locations(self._ca_file)
            connection = http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        try:
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.read(ANSWER_BYTES_MAX)
        except ssl.SSLCertVerificationError as error:
            raise CallFailed(
                f"the certificate of {self.url} is not trusted ({error.verify_message}). "
                "Name its authority's PEM file in SSL_CERT_FILE, or use the name that it is for."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise CallFailed(
                f"no server answers at {self.url}. Start one with `poolkeep serve`, or give --url."
            ) from error
        finally:
            connection.close()


def authorization(
    headers: dict[str, str], body: bytes, *, region: str, credentials: Credentials
) -> str:
    """Return the Authorization header that signs `headers` (lower-case names) and `body`."""
    stamp = headers["x-amz-date"]
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        [
            "POST",
            "/",
            "",
            *(f"{name}:{headers[name].strip()}" for name in sorted(headers)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{stamp[:8]}/{region}/{SERVICE}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
    key = b"AWS4" + credentials.secret.reveal().encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return (
        f"AWS4-HMAC-SHA256 Credential={credentials.key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )


def read_credentials(path: Path) -> Credentials:
    """Return the key pair of the AWS CLI's file format. Raises CallFailed when it is not there."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text())
        section = parser["default"]
        return Credentials(
            key_id=section["aws_access_key_id"], secret=Secret(section["aws_secret_access_key"])
        )
    except (OSError, KeyError, configparser.Error) as error:
        raise CallFailed(
            f"no key pair in {path}. Give the server's --data, or a key as "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error


def _decoded(text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text or b"{}")
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"message": "the answer is not JSON"}
