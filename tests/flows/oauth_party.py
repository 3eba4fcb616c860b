"""A client of a pool's OAuth endpoints, with codes as the pages would have issued them.

The whole application runs in this process, so that a code needs no page, and the clock is ours.
"""

import base64
import dataclasses
import hashlib
from typing import Final
from urllib.parse import quote_plus, urlencode

from poolkeep.base.transaction import Transaction
from poolkeep.compose.services import Services
from poolkeep.core.oauth.model import AuthorizationRequest, Code
from tests.flows.in_process import InProcessWire
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import REGION, Json, Reply, an_email, unique

CALLBACK: Final = "https://app.example.com/callback"
VERIFIER: Final = "v" * 43
STRICT: Final = {"poolkeep:profile": "strict"}
FORM: Final = "application/x-www-form-urlencoded"
READ, WRITE = "api.example/read", "api.example/write"
REGISTER: Final = "aws.cognito/dcr/register"
OIDC: Final = ("openid", "email", "phone", "profile")
USER_ADMIN: Final = "aws.cognito.signin.user.admin"
SERVER: Final = {
    "Identifier": "api.example",
    "Name": "API",
    "Scopes": [
        {"ScopeName": "read", "ScopeDescription": "read"},
        {"ScopeName": "write", "ScopeDescription": "write"},
    ],
}
ATTRIBUTES: Final = {
    "email_verified": "true",
    "phone_number": "+12065550100",
    "phone_number_verified": "false",
    "name": "Ada Lovelace",
    "updated_at": "1700000000",
}


@dataclasses.dataclass(frozen=True)
class Told:
    """An answer in JSON."""

    reply: Reply

    @property
    def status(self) -> int:
        """What HTTP says."""
        return self.reply.status

    @property
    def members(self) -> dict[str, Json]:
        """What the answer says."""
        found: dict[str, Json] = self.reply.json()
        return found

    @property
    def error(self) -> tuple[int, str]:
        """Status and code of a refusal."""
        return self.reply.status, self.members["error"]

    def __getitem__(self, name: str) -> Json:
        """Return a member of a success."""
        assert self.reply.status in {200, 201}, self.reply
        return self.members[name]


@dataclasses.dataclass(frozen=True)
class Party:
    """One app client, and what its application does."""

    app: App
    wire: InProcessWire

    @property
    def pool_id(self) -> str:
        """The pool."""
        return self.app.pool_id

    def basic(self, client_id: str | None = None, secret: str | None = None) -> dict[str, str]:
        """Return the header that proves the client, or claims what is given."""
        pair = (client_id or self.app.client_id, secret or self.app.secret or "")
        text = ":".join(quote_plus(each) for each in pair)
        return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}

    def user(self, **more: str) -> str:
        """Make a user with attributes of every scope."""
        return self.app.user("", **{"email": an_email(), **ATTRIBUTES, **more})

    def code(self, username: str, scopes: str = "openid", **request: Json) -> str:
        """Return a code for a user who has just signed in on the pages."""
        services = services_of(self.wire)
        told = self.app.admin("AdminGetUser", username)
        user_id = next(a["Value"] for a in told["UserAttributes"] if a["Name"] == "sub")
        now_ms = services.oauth.codes._clock.now_ms()
        wanted = {
            "client_id": self.app.client_id,
            "redirect_uri": CALLBACK,
            "response_types": ("code",),
            "response_mode": "query",
            "scopes": tuple(scopes.split()),
            **request,
        }
        code = Code(
            request=AuthorizationRequest(**wanted),
            user_id=user_id,
            factors=("pwd",),
            authenticated_ms=now_ms,
            issued_ms=now_ms,
            event_id="5e1f2c9e-0000-4000-8000-000000000001",
            provider="COGNITO",
        )

        async def put() -> str:
            pool = await services.book.pool(self.pool_id)
            assert pool is not None
            codes = services.oauth.codes
            text = codes.new_text()

            def save(tx: Transaction) -> None:
                codes.put(tx, pool, text, code)

            await codes._database.write(save)
            return text

        return self.wire._loop.run(put())

    def post(
        self,
        endpoint: str,
        form: dict[str, Json] | list[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        *,
        anonymous: bool = False,
    ) -> Told:
        """Post a form as this client, by Basic where it has a secret."""
        proof: dict[str, str] = {}
        pairs = list((form or {}).items()) if isinstance(form, dict) or form is None else form
        if not anonymous and self.app.secret is not None:
            proof = self.basic()
        elif not anonymous:
            pairs = [("client_id", self.app.client_id), *pairs]
        body = urlencode([(name, value) for name, value in pairs if value is not None]).encode()
        sent = {"Content-Type": FORM, **proof, **(headers or {})}
        return Told(self.wire.exchange("POST", self.at(endpoint), body, sent))

    def get(self, endpoint: str, headers: dict[str, str] | None = None) -> Told:
        """Get something from the pool's domain."""
        return Told(self.wire.exchange("GET", self.at(endpoint), headers=headers))

    def at(self, endpoint: str) -> str:
        """Return the path of an endpoint, where the pool has no host of its own."""
        return f"/{self.pool_id}{endpoint}"

    def token(self, **form: Json) -> Told:
        """Ask the token endpoint."""
        return self.post("/oauth2/token", form)

    def redeem(self, code: str, **more: Json) -> Told:
        """Redeem a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return self.token(**form, **more)

    def signed_in(self, scopes: str = "openid", username: str = "", **request: Json) -> Told:
        """Return the tokens of a new user, or this one."""
        told = self.redeem(self.code(username or self.user(), scopes, **request))
        assert told.status == 200, told.reply
        return told

    def refresh(self, token: str, **more: Json) -> Told:
        """Refresh."""
        return self.token(grant_type="refresh_token", refresh_token=token, **more)

    def user_info(self, access_token: str) -> Told:
        """Ask who the user is."""
        return self.get("/oauth2/userInfo", {"Authorization": f"Bearer {access_token}"})

    def beside(self, **settings: Json) -> "Party":
        """Return another client of the same pool."""
        return a_party(self.wire, self.pool_id, **settings)


def services_of(wire: InProcessWire) -> Services:
    """Return the services behind a wire."""
    region = wire._application._discovery._regions.named(REGION)
    assert region is not None
    found: Services = region.services
    return found


def a_domain(wire: InProcessWire, **settings: Json) -> str:
    """Make a pool with a resource server and a domain; return its id."""
    pool_id = a_pool(wire, **settings)
    wire.call("CreateResourceServer", UserPoolId=pool_id, **SERVER)
    name = unique("domain")
    wire.call("CreateUserPoolDomain", UserPoolId=pool_id, Domain=name, ManagedLoginVersion=2)
    return pool_id


def a_party(wire: InProcessWire, pool_id: str, **settings: Json) -> Party:
    """Return a client with a secret that may ask for every scope by code."""
    wanted = {
        "GenerateSecret": True,
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": [*OIDC, READ, WRITE, USER_ADMIN],
        "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": ["COGNITO"],
        **settings,
    }
    return Party(an_app(wire, pool_id, **wanted), wire)


def a_machine(wire: InProcessWire, pool_id: str, **settings: Json) -> Party:
    """Return a client that speaks for itself."""
    wanted = {
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": [READ, WRITE],
        **settings,
    }
    return a_party(wire, pool_id, **wanted)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
