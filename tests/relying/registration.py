"""What an application is given: a pool with managed login, a client, and a user to sign in."""

import base64
import dataclasses
import hashlib
import json
import urllib.parse
from typing import Final

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, unique
from tests.support.visitor import Seen, Visitor

COMPAT: Final = "compat"
STRICT: Final = "strict"
PROFILES: Final = (COMPAT, STRICT)
SCOPES: Final = ["openid", "email", "profile", "aws.cognito.signin.user.admin"]
CALLBACK: Final = "http://localhost:4000/callback"
VERIFIER: Final = "a-verifier-of-the-tests-that-is-long-enough-for-the-rule"
SIGNED_OUT: Final = "http://localhost:4000/signed-out"


@dataclasses.dataclass(frozen=True)
class Registration:
    """A client of a pool, and a user."""

    app: App
    issuer: str
    username: str
    email: str
    domain: str

    def settings(self, **more: Json) -> dict[str, Json]:
        """Return what a script needs to know."""
        return {
            "issuer": self.issuer,
            "pool": self.app.pool_id,
            "client": self.app.client_id,
            "secret": self.app.secret,
            "username": self.username,
            "email": self.email,
            "password": PASSWORD,
            "callback": CALLBACK,
            "signedOut": SIGNED_OUT,
            **more,
        }

    def authorize_url(self, **more: str) -> str:
        """Return the address where the user's sign-in begins."""
        challenge = hashlib.sha256(VERIFIER.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid email",
            "state": "state",
            "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            **more,
        }
        return f"{self.issuer}/oauth2/authorize?{urllib.parse.urlencode(asked)}"

    def tokens(self, visitor: Visitor, **more: str) -> dict[str, Json]:
        """Sign the user in by the code flow and return the tokens."""
        url = self.authorize_url(**more)
        back = visitor.sign_in(url, self.username, PASSWORD, until=CALLBACK).url
        told = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
        assert "code" in told, back
        seen = self.post(
            visitor,
            "/oauth2/token",
            grant_type="authorization_code",
            code=told["code"],
            redirect_uri=CALLBACK,
            code_verifier=VERIFIER,
        )
        assert seen.status == 200, seen.text
        found: dict[str, Json] = json.loads(seen.text)
        return found

    def post(self, visitor: Visitor, path: str, **form: str) -> Seen:
        """Send a form to an endpoint as this client; the visitor's cookies make no difference."""
        known = {"client_id": self.app.client_id}
        if self.app.secret:
            known["client_secret"] = self.app.secret
        return visitor.ask(f"{self.issuer}{path}", {**known, **form})


def register(
    wire: Wire,
    profile: str = COMPAT,
    *,
    secret: bool = True,
    callbacks: tuple[str, ...] = (CALLBACK,),
    logouts: tuple[str, ...] = (SIGNED_OUT,),
    **client: Json,
) -> Registration:
    """Make a pool of a profile, with pages of its own, one client and one user."""
    pool_id = a_pool(
        wire, AutoVerifiedAttributes=["email"], UserPoolTags={"poolkeep:profile": profile}
    )
    domain = unique("party")
    wire.call("CreateUserPoolDomain", UserPoolId=pool_id, Domain=domain, ManagedLoginVersion=2)
    wanted: dict[str, Json] = {
        "GenerateSecret": secret,
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": SCOPES,
        "CallbackURLs": list(callbacks),
        "LogoutURLs": list(logouts),
        "SupportedIdentityProviders": ["COGNITO"],
    }
    app = an_app(wire, pool_id, **{**wanted, **client})
    wire.call(
        "CreateManagedLoginBranding",
        UserPoolId=pool_id,
        ClientId=app.client_id,
        UseCognitoProvidedValues=True,
    )
    name = unique("ada")
    email = f"{name}@example.com"
    app.user(name, PASSWORD, email=email, email_verified="true", name="Ada Lovelace")
    return Registration(app, f"{wire.base_url}/{pool_id}", name, email, domain)
