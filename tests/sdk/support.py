"""What the client and behaviour tests share: a running server, and a plain caller of the wire.

The caller is deliberately not an SDK: it shows status, headers and body as they are, sends what
no SDK would send, and adds next to nothing to the time of a request.
"""

import base64
import binascii
import contextlib
import dataclasses
import hashlib
import hmac
import http.client
import itertools
import json
import ssl
import threading
import urllib.parse
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import pytest

Json: TypeAlias = Any  # whatever JSON may hold
REGION: Final = "us-east-1"
PREFIX: Final = "AWSCognitoIdentityProviderService"
PASSWORD: Final = "Correct-Horse-7"

_counter: Final = itertools.count(1)


def holds(*claims: str) -> pytest.MarkDecorator:
    """Name the claims of docs/behaviours that a test holds."""
    return pytest.mark.claim(*claims)


def unique(prefix: str = "user") -> str:
    """Return a name that no other test of this process has."""
    return f"{prefix}-{next(_counter):05d}"


def an_email() -> str:
    """Return an address that no other test of this process has."""
    return f"{unique('mail')}@example.com"


def a_phone() -> str:
    """Return an E.164 number that no other test of this process has."""
    return f"+1206555{next(_counter):05d}"


def an_account() -> str:
    """Return a 12-digit account number; the development server gives each its own world."""
    return f"{uuid.uuid4().int % 10**12:012d}"


def secret_hash(username: str, client_id: str, secret: str) -> str:
    """Return the SECRET_HASH that proves knowledge of a client secret."""
    digest = hmac.new(secret.encode(), (username + client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def claims_of(token: str) -> dict[str, Json]:
    """Return the claims of a JWT, unverified."""
    return segment(token, 1)


def segment(token: str, index: int) -> dict[str, Json]:
    """Return the decoded JSON of one segment of a JWT (0 header, 1 claims)."""
    text = token.split(".")[index]
    decoded: dict[str, Json] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return decoded


def tampered(text: str, position: int = -8) -> str:
    """Return `text` with one character changed, kept inside its alphabet."""
    position %= len(text)
    other = "A" if text[position] != "A" else "B"
    return text[:position] + other + text[position + 1 :]


def attributes(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return attributes in the wire's list form."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


def attribute_map(listed: list[dict[str, str]]) -> dict[str, str]:
    """Return the wire's attribute list as a map."""
    return {entry["Name"]: entry.get("Value", "") for entry in listed}


class RefusedError(Exception):
    """The server refused; what a caller can see of it."""

    def __init__(self, operation: str, code: str, text: str, status: int) -> None:
        """Carry the parts of the refusal."""
        super().__init__(f"{operation}: {status} {code}: {text}")
        self.code = code
        self.text = text
        self.status = status


@contextlib.contextmanager
def refused(code: str, text: str | None = None) -> Iterator[pytest.ExceptionInfo[RefusedError]]:
    """Expect a refusal with this code and, where given, exactly this text."""
    with pytest.raises(RefusedError) as caught:
        yield caught
    told = caught.value
    wanted = (code, told.text if text is None else text, 400)
    assert (told.code, told.text, told.status) == wanted, str(told)


@dataclasses.dataclass(frozen=True)
class Reply:
    """One HTTP reply, untouched."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Json:
        """Return the body as JSON."""
        return json.loads(self.body)


class Connection(http.client.HTTPConnection):
    """A connection that is closed with its thread, rather than left to complain."""

    def __del__(self) -> None:
        """Close quietly."""
        self.close()


class SecureConnection(http.client.HTTPSConnection):
    """The same with TLS."""

    def __del__(self) -> None:
        """Close quietly."""
        self.close()


class Wire:
    """A caller of one server on behalf of one account; one connection per thread."""

    def __init__(
        self, base_url: str, account: str = "", *, context: ssl.SSLContext | None = None
    ) -> None:
        """Call `base_url` as `account` (a fresh one when not given); `context` is for https."""
        self.base_url = base_url
        self.account = account or an_account()
        self.region = REGION
        parts = urllib.parse.urlsplit(base_url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._local = threading.local()
        self._context = context

    def authorization(self, key: str = "", signature: str = "0" * 64) -> str:
        """Return a SigV4 header whose signature proves nothing; development accepts any."""
        scope = f"{key or self.account}/20260105/{self.region}/cognito-idp/aws4_request"
        return (
            f"AWS4-HMAC-SHA256 Credential={scope}, "
            f"SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}"
        )

    def _connection(self) -> "Connection | SecureConnection":
        if self._context is None:
            return Connection(*self._address, timeout=60)
        return SecureConnection(*self._address, timeout=60, context=self._context)

    def exchange(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request as it stands and return the reply as it stands."""
        for attempt in (1, 2):
            connection: Connection | SecureConnection | None = getattr(self._local, "open", None)
            fresh = connection is None
            if connection is None:
                connection = self._connection()
                self._local.open = connection
            try:
                connection.request(method, path, body=body, headers=dict(headers or {}))
                response = connection.getresponse()
                content = response.read()
            except (http.client.HTTPException, ConnectionError, ssl.SSLEOFError):
                connection.close()
                self._local.open = None
                if fresh or attempt == 2:  # only a stale kept-alive connection earns a retry
                    raise
                continue
            seen = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, seen, content)
        raise AssertionError("unreachable")

    def send(
        self,
        operation: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        without: tuple[str, ...] = (),
    ) -> Reply:
        """Post a body to an operation; `headers` replace the usual ones, `without` drops some."""
        usual = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{PREFIX}.{operation}",
            "X-Amz-Date": "20260105T080910Z",
            "Authorization": self.authorization(),
            **(headers or {}),
        }
        kept = {name: value for name, value in usual.items() if name not in without}
        return self.exchange("POST", "/", body, kept)

    def call(self, operation: str, /, **members: Json) -> dict[str, Json]:
        """Call an operation; raise RefusedError unless the answer is a success."""
        reply = self.send(operation, json.dumps(members).encode())
        if reply.status == 200:
            answer: dict[str, Json] = reply.json() if reply.body else {}
            return answer
        try:
            told = reply.json()
        except (ValueError, UnicodeDecodeError):
            told = {"__type": "(not JSON)", "message": repr(reply.body[:200])}
        raise RefusedError(operation, told.get("__type", ""), told.get("message", ""), reply.status)

    def code(self, to: str, wait_s: float = 10) -> str:
        """Return the newest code that was sent to an address or number."""
        found = self.messages(to, wait_s)
        assert found, f"no message for {to}"
        code = found[0]["code"]
        assert isinstance(code, str), found[0]
        return code

    def messages(self, to: str, wait_s: float = 0) -> list[dict[str, Json]]:
        """Return what the development inbox holds for an address, newest first."""
        query = urllib.parse.urlencode({"to": to, "wait": f"{wait_s:g}"})
        reply = self.exchange("GET", f"/_poolkeep/inbox.json?{query}")
        assert reply.status == 200, reply
        found: list[dict[str, Json]] = reply.json()["messages"]
        return found

    def advance(self, seconds: float) -> None:
        """Move the development server's clock forward."""
        body = json.dumps({"advance_s": seconds}).encode()
        reply = self.exchange("POST", "/_poolkeep/clock", body)
        assert reply.status == 200, reply


def looks_base64(text: str) -> bool:
    """Tell whether a text decodes as standard base64."""
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def race(count: int, act: Callable[[], Json]) -> tuple[list[Json], list[RefusedError]]:
    """Do one thing from many threads at one moment; return what succeeded and what did not."""
    ready = threading.Barrier(count)
    done: list[Json] = []
    refusals: list[RefusedError] = []

    def run() -> None:
        ready.wait()
        try:
            done.append(act())
        except RefusedError as refusal:
            refusals.append(refusal)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) + len(refusals) == count, "a racer died"
    return done, refusals
