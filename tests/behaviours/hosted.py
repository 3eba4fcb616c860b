"""What the tests of managed login share: a site with a domain, and people with browsers."""

import base64
import dataclasses
import hashlib
import json
import urllib.parse
from typing import Final

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, unique
from tests.support.visitor import Seen, Visitor

CALLBACK: Final = "https://app.example.com/cb"
SECOND_CALLBACK: Final = "https://app.example.com/cb?from=pool"
BYE: Final = "https://app.example.com/bye"
ELSEWHERE: Final = "https://app.example.com/"
VERIFIER: Final = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE: Final = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
OAUTH: Final[dict[str, Json]] = {
    "SupportedIdentityProviders": ["COGNITO"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code", "implicit"],
    "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
    "CallbackURLs": [CALLBACK, SECOND_CALLBACK],
    "LogoutURLs": [BYE],
}


@dataclasses.dataclass(frozen=True)
class Site:
    """One client of a pool that has a domain."""

    app: App
    base: str

    def at(self, path: str, **params: str | None) -> str:
        """Return an address of the domain."""
        given = {name: value for name, value in params.items() if value is not None}
        query = urllib.parse.urlencode(given)
        return f"{self.base}{path}?{query}" if query else f"{self.base}{path}"

    def asking(self, **params: str | None) -> dict[str, str | None]:
        """Return the parameters of a request for a code, some changed."""
        usual: dict[str, str | None] = {
            "client_id": self.app.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "state": "s1",
        }
        return {**usual, **params}

    def authorize(self, **params: str | None) -> str:
        """Return the address of a request for a code, some of its parameters changed."""
        return self.at("/oauth2/authorize", **self.asking(**params))

    def another(self, **settings: Json) -> "Site":
        """Return another client of the same pool."""
        return Site(_client(self.app.wire, self.app.pool_id, **settings), self.base)

    def signed_in(self, username: str, visitor: Visitor | None = None, **params: str) -> Visitor:
        """Return a browser in which this user has signed in."""
        found = visitor or Visitor()
        assert self.sign_in(found, username, **params).get("code")
        return found

    def sign_in(self, visitor: Visitor, username: str, **params: str) -> dict[str, str]:
        """Sign in on the pages and return what the application gets."""
        url = self.authorize(**params)
        return brought(visitor.sign_in(url, username, PASSWORD, until=ELSEWHERE))

    def redeem(self, code: str, **more: str) -> tuple[int, dict[str, Json]]:
        """Bring a code to the token endpoint; return status and answer."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.app.client_id,
            "code": code,
            "redirect_uri": CALLBACK,
            **more,
        }
        seen = Visitor().ask(self.at("/oauth2/token"), form)
        return seen.status, json.loads(seen.text)


def brought(seen: Seen) -> dict[str, str]:
    """Return what an address outside brings to the application, from query and fragment."""
    assert seen.status == 0, f"{seen.url} ({seen.status})\n{seen.text[:2000]}"
    parts = urllib.parse.urlsplit(seen.url)
    return dict(urllib.parse.parse_qsl(parts.fragment or parts.query, keep_blank_values=True))


def location(seen: Seen) -> str:
    """Return where a redirect leads."""
    assert seen.status in {302, 303}, f"{seen.url} ({seen.status})\n{seen.text[:2000]}"
    return str(seen.headers["Location"])


def silent(site: Site, visitor: Visitor, **params: str) -> dict[str, str]:
    """Ask without anybody to ask, and return what the application gets."""
    url = site.authorize(**{"prompt": "none", **params})
    return brought(visitor.visit(url, until=ELSEWHERE))


def a_site(wire: Wire, profile: str = "compat", *, tags: Json = None, **settings: Json) -> Site:
    """Make a pool with a domain and a client whose pages have Cognito's own style."""
    pool_id = a_pool(wire, UserPoolTags={"poolkeep:profile": profile, **(tags or {})}, **settings)
    wire.call(
        "CreateUserPoolDomain", UserPoolId=pool_id, Domain=unique("site"), ManagedLoginVersion=2
    )
    return Site(_client(wire, pool_id), f"{wire.base_url}/{pool_id}")


def _client(wire: Wire, pool_id: str, **settings: Json) -> App:
    app = an_app(wire, pool_id, **{**OAUTH, **settings})
    wire.call(
        "CreateManagedLoginBranding",
        UserPoolId=pool_id,
        ClientId=app.client_id,
        UseCognitoProvidedValues=True,
    )
    return app
