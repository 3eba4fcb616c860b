"""Local stand-ins of login providers, which answer as the real ones do."""

import hashlib
import hmac
import json
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

GRAPH: Final = {"error": {"message": "Invalid OAuth access token.", "type": "OAuthException"}}
CONSUMER: Final = ("twitter-consumer", "twitter-consumer-secret")
FACEBOOK_TOKENS: Final = {"fb-good": ("424242", "1001"), "fb-other-app": ("999", "1002")}
AMAZON_APP: Final = "amzn1.application.aaaa"
AMAZON_TOKENS: Final = {
    "Atza|good": (AMAZON_APP, "amzn1.account.ONE"),
    "Atza|other": ("amzn1.application.bbbb", "amzn1.account.TWO"),
}
TWITTER_TOKENS: Final = {"tw-token": ("tw-secret", "777")}


class Providers:
    """A server that is Facebook, Amazon and Twitter at once."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer by the path."""
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        token = query.get("access_token", "")
        if token.endswith("away"):
            self._tell(503, {})
        elif parts.path in {"/app", "/me"}:
            self._facebook(parts.path, FACEBOOK_TOKENS.get(token))
        elif parts.path == "/auth/o2/tokeninfo":
            self._amazon(AMAZON_TOKENS.get(token))
        elif parts.path == "/1.1/account/verify_credentials.json":
            self._twitter(parts.path)
        else:
            self._tell(404, {})

    def _facebook(self, path: str, found: tuple[str, str] | None) -> None:
        if found is None:
            self._tell(400, GRAPH)
        else:
            self._tell(200, {"id": found[0] if path == "/app" else found[1]})

    def _amazon(self, found: tuple[str, str] | None) -> None:
        if found is None:
            self._tell(400, {"error": "invalid_token"})
            return
        self._tell(200, {
            "iss": "https://www.amazon.com", "user_id": found[1], "app_id": found[0],
            "aud": "amzn1.application-oa2-client.x", "exp": 3597, "iat": 1_400_000_000,
        })  # fmt: skip

    def _twitter(self, path: str) -> None:
        header = self.headers.get("Authorization", "")
        given = dict(part.split("=", 1) for part in header.removeprefix("OAuth ").split(", "))
        told = {key: unquote(text.strip('"')) for key, text in given.items()}
        signature = told.pop("oauth_signature", "")
        secret, person = TWITTER_TOKENS.get(told.get("oauth_token", ""), ("", ""))
        pairs = "&".join(f"{_escaped(key)}={_escaped(text)}" for key, text in sorted(told.items()))
        url = f"http://{self.headers['Host']}{path}"
        base = f"GET&{_escaped(url)}&{_escaped(pairs)}"
        key = f"{_escaped(CONSUMER[1])}&{_escaped(secret)}"
        wanted = b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha1)).decode()
        if person and signature == wanted and told["oauth_consumer_key"] == CONSUMER[0]:
            self._tell(200, {"id": int(person), "id_str": person, "screen_name": "somebody"})
        else:
            self._tell(401, {"errors": [{"code": 32, "message": "Could not authenticate you."}]})

    def _tell(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")
