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
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "data"
REGION: Final = "us-east-1"
PREFIX: Final = "AWSCognitoIdentityProviderService"
PASSWORD: Final = "Correct-Horse-7"
START_S: Final = 30.0

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


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of a JWT, unverified."""
    return segment(token, 1)


def segment(token: str, index: int) -> dict[str, Any]:
    """Return the decoded JSON of one segment of a JWT (0 header, 1 claims)."""
    text = token.split(".")[index]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
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
def refused(code: str, text: str | None = None) -> Iterator[None]:
    """Expect a refusal with this code and, where given, exactly this text."""
    try:
        yield
    except RefusedError as error:
        found = (error.code, error.text) if text is not None else (error.code,)
        wanted = (code, text) if text is not None else (code,)
        assert found == wanted, f"{error} instead of {wanted}"
        assert error.status == 400, error
    else:
        pytest.fail(f"not refused; expected {code} {text or ''}")


@dataclasses.dataclass(frozen=True)
class Reply:
    """One HTTP reply, untouched."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Wire:
    """A caller of one server on behalf of one account; one connection per thread."""

    def __init__(self, base_url: str, account: str = "", region: str = REGION) -> None:
        """Call `base_url` as `account` (a fresh one when not given)."""
        self.base_url = base_url
        self.account = account or an_account()
        self.region = region
        parts = urllib.parse.urlsplit(base_url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._local = threading.local()

    def authorization(self, key: str = "", signature: str = "0" * 64) -> str:
        """Return a SigV4 header whose signature proves nothing; development accepts any."""
        scope = f"{key or self.account}/20260105/{self.region}/cognito-idp/aws4_request"
        return (
            f"AWS4-HMAC-SHA256 Credential={scope}, "
            f"SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}"
        )

    def exchange(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request as it stands and return the reply as it stands."""
        for attempt in (1, 2):
            connection: http.client.HTTPConnection | None = getattr(self._local, "open", None)
            fresh = connection is None
            if connection is None:
                connection = http.client.HTTPConnection(*self._address, timeout=60)
                self._local.open = connection
            try:
                connection.request(method, path, body=body, headers=dict(headers or {}))
                response = connection.getresponse()
                content = response.read()
            except (http.client.HTTPException, ConnectionError):
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

    def call(self, operation: str, /, **members: Any) -> dict[str, Any]:
        """Call an operation; raise RefusedError unless the answer is a success."""
        reply = self.send(operation, json.dumps(members).encode())
        if reply.status == 200:
            answer: dict[str, Any] = reply.json() if reply.body else {}
            return answer
        try:
            told = reply.json()
        except (ValueError, UnicodeDecodeError):
            told = {"__type": "(not JSON)", "message": repr(reply.body[:200])}
        raise RefusedError(
            operation, told.get("__type", ""), told.get("message", ""), reply.status
        )

    def code(self, to: str, wait_s: float = 10) -> str:
        """Return the newest code that was sent to an address or number."""
        found = self.messages(to, wait_s)
        assert found, f"no message for {to}"
        code = found[0]["code"]
        assert isinstance(code, str), found[0]
        return code

    def messages(self, to: str, wait_s: float = 0) -> list[dict[str, Any]]:
        """Return what the development inbox holds for an address, newest first."""
        query = urllib.parse.urlencode({"to": to, "wait": f"{wait_s:g}"})
        reply = self.exchange("GET", f"/_poolkeep/inbox.json?{query}")
        assert reply.status == 200, reply
        found: list[dict[str, Any]] = reply.json()
        return found

    def advance(self, seconds: float) -> None:
        """Move the development server's clock forward."""
        body = json.dumps({"advance_s": seconds}).encode()
        reply = self.exchange(
            "POST", "/_poolkeep/clock", body, {"Content-Type": "application/json"}
        )
        assert reply.status == 200, reply


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server process of our own; stopped by its process id, never by name."""

    def __init__(self, data: Path, *arguments: str, mode: str = "--dev") -> None:
        """Prepare to serve from `data`; nothing runs until entered."""
        self.data = data
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "poolkeep", "serve"]
        self._command += [*([mode] if mode else []), "--port", str(self.port)]
        self._command += ["--data", str(data), *arguments]
        self._log = data.parent / f"{data.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start, and wait until the server says it is ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "POOLKEEP_"))},
            "PYTHONPATH": str(ROOT / "src"),
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=environment, cwd=ROOT
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if Wire(self.base_url).exchange("GET", "/_poolkeep/health").status == 200:
                    return self
            time.sleep(0.05)
        self.__exit__()
        pytest.fail(f"the server did not start:\n{self._log.read_text()[-3000:]}")

    def __exit__(self, *_: object) -> None:
        """Stop the process, by force if it must be."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def looks_base64(text: str) -> bool:
    """Tell whether a text decodes as standard base64."""
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True
