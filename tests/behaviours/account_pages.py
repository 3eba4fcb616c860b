"""An application whose users come by the hosted pages, and a person in front of them."""

import dataclasses
import json
import urllib.parse
from collections.abc import Mapping
from typing import Final

from tests.behaviours.passkeys import FLOWS
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, claims_of, unique
from tests.support.visitor import Seen, Visitor

CALLBACK: Final = "http://localhost:9/callback"
BY_EMAIL: Final = {
    "AutoVerifiedAttributes": ["email"],
    "Schema": [{"Name": "email", "Required": True, "Mutable": True}],
}
CLIENT: Final = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"],
    "CallbackURLs": [CALLBACK],
    "LogoutURLs": [CALLBACK],
    "SupportedIdentityProviders": ["COGNITO"],
}
PASSKEYS: Final = {
    "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
}


@dataclasses.dataclass
class Site:
    """The pages of a pool, below its path."""

    app: App
    query: str
    base: str

    def url(self, path: str, **more: str) -> str:
        """Return the address of a page for this application's request."""
        extra = f"&{urllib.parse.urlencode(more)}" if more else ""
        return f"{self.base}{path}?{self.query}{extra}"

    def tokens(self, seen: Seen) -> dict[str, Json]:
        """Return what the application gets for the code at the end of a visit."""
        assert seen.url.startswith(CALLBACK), seen.text[:1500]
        back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(seen.url).query))
        assert back["state"] == "the state", back
        form = {
            "grant_type": "authorization_code",
            "code": back["code"],
            "redirect_uri": CALLBACK,
            "client_id": self.app.client_id,
        }
        told = Visitor().ask(
            f"{self.base}/oauth2/token",
            {**form, **({"client_secret": self.app.secret} if self.app.secret else {})},
        )
        found: dict[str, Json] = _json(told)
        return found

    def username(self, seen: Seen) -> str:
        """Return who the application hears of at the end of a visit."""
        name: str = claims_of(self.tokens(seen)["access_token"])["username"]
        return name


def a_site(
    wire: Wire, pool: Mapping[str, Json] | None = None, *, version: int = 2, **client: Json
) -> Site:
    """Return the pages of a new pool whose users confirm an address by e-mail."""
    made = a_pool(wire, **(BY_EMAIL if pool is None else pool))
    app = an_app(wire, made, **{"ExplicitAuthFlows": FLOWS, **CLIENT, **client})
    return pages_of(app, version=version)


def pages_of(app: App, *, version: int = 2, domain: bool = True) -> Site:
    """Return the pages for an application."""
    if domain:
        app.wire.call(
            "CreateUserPoolDomain",
            UserPoolId=app.pool_id,
            Domain=unique("pages"),
            ManagedLoginVersion=version,
        )
    if version == 2:
        app.wire.call(
            "CreateManagedLoginBranding",
            UserPoolId=app.pool_id,
            ClientId=app.client_id,
            UseCognitoProvidedValues=True,
        )
    request = {
        "client_id": app.client_id,
        "response_type": "code",
        "scope": "openid aws.cognito.signin.user.admin",
        "redirect_uri": CALLBACK,
        "state": "the state",
    }
    return Site(app, urllib.parse.urlencode(request), f"{app.wire.base_url}/{app.pool_id}")


def sign_up(
    site: Site, visitor: Visitor, name: str, *, password: str = PASSWORD, **values: str
) -> Seen:
    """Fill the form of /signup in and send it; return where that leads."""
    seen = visitor.visit(site.url("/signup"))
    attributes = {f"requiredAttributes[{key}]": value for key, value in values.items()}
    form = {
        "username": name,
        "password": password,
        "confirmPassword": password,
        **attributes,
    }
    return visitor.submit(seen, until=CALLBACK, **form)


def path(seen: Seen) -> str:
    """Return which page of the pool somebody has come to."""
    return "/" + urllib.parse.urlsplit(seen.url).path.split("/", 2)[-1]


def _json(seen: Seen) -> dict[str, Json]:
    assert seen.status == 200, seen.text
    found: dict[str, Json] = json.loads(seen.text)
    return found
