"""A token issuer of a test's own: discovery, keys and tokens, over HTTP."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from joserfc import jws
from joserfc.jwk import RSAKey

CLIENT: Final = "client-1"


class Issuer:
    """Issues ID tokens at an address of this machine, below the path `/tenant`."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.key = self.new_key("k1")
        self.published = [self.key]
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                self._tell(outer.document(self.path))

            def _tell(self, value: Any) -> None:
                body = json.dumps(value or {}).encode()
                self.send_response(200 if value is not None else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"127.0.0.1:{self._server.server_address[1]}/tenant"
        self.url = f"http://{self.name}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def document(self, path: str) -> Any:
        """Return what is at a path."""
        if path == "/tenant/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        if path == "/tenant/keys":
            return {"keys": [key.as_dict(private=False) for key in self.published]}
        return None

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self.key = self.new_key(f"k{len(self.published) + 1}")
        self.published.append(self.key)

    def token(
        self, sub: str, *, key: RSAKey | None = None, without: str = "", **changes: Any
    ) -> str:
        """Return an ID token."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url, "aud": CLIENT, "sub": sub, "iat": now, "exp": now + 600, **changes,
        }  # fmt: skip
        claims.pop(without, None)
        signer = key or self.key
        header = {"alg": "RS256", "kid": signer.kid}
        return jws.serialize_compact(header, json.dumps(claims).encode(), signer)

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def new_key(kid: str) -> RSAKey:
        """Return a key of this name."""
        return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})
