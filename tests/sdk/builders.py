"""Builders: a pool, an app client, a user; and the calls that an application makes."""

import dataclasses
from typing import Final

from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Json, Wire, attributes, secret_hash, unique

EVERY_FLOW: Final = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
]
SMS_ROLE: Final = {
    "SnsCallerArn": "arn:aws:iam::123456789012:role/sms",
    "ExternalId": "external",
    "SnsRegion": "us-east-1",
}
WEAK_POLICY: Final = {
    "PasswordPolicy": {
        "MinimumLength": 6,
        "RequireUppercase": False,
        "RequireLowercase": False,
        "RequireNumbers": False,
        "RequireSymbols": False,
    }
}


@dataclasses.dataclass(frozen=True)
class App:
    """One app client of one pool, and what an application does through it."""

    wire: Wire
    pool_id: str
    client_id: str
    secret: str | None = None

    def proof(self, username: str, key: str = "SecretHash") -> dict[str, str]:
        """Return the secret hash as the member or parameter `key`; nothing without a secret."""
        if self.secret is None:
            return {}
        return {key: secret_hash(username, self.client_id, self.secret)}

    def call(self, operation: str, username: str, /, **members: Json) -> dict[str, Json]:
        """Call a client-authorised operation about a user."""
        return self.wire.call(
            operation,
            ClientId=self.client_id,
            Username=username,
            **{**self.proof(username), **members},
        )

    def admin(self, operation: str, username: str, /, **members: Json) -> dict[str, Json]:
        """Call an administrator's operation about a user."""
        return self.wire.call(operation, UserPoolId=self.pool_id, Username=username, **members)

    def sign_up(self, username: str, password: str = PASSWORD, /, **values: str) -> dict[str, Json]:
        """Sign a user up with these attributes (`custom__x` stands for `custom:x`)."""
        named = {name.replace("__", ":"): value for name, value in values.items()}
        return self.call("SignUp", username, Password=password, UserAttributes=attributes(named))

    def user(self, username: str = "", password: str = PASSWORD, /, **values: str) -> str:
        """Make a confirmed user with a permanent password and return the name."""
        name = username or unique()
        named = {key.replace("__", ":"): value for key, value in values.items()}
        self.admin(
            "AdminCreateUser",
            name,
            MessageAction="SUPPRESS",
            TemporaryPassword=password,
            UserAttributes=attributes(named),
        )
        self.admin("AdminSetUserPassword", name, Password=password, Permanent=True)
        return name

    def temporary_user(self, username: str = "", /, **members: Json) -> str:
        """Make a user who must change the password `PASSWORD` at the first sign-in."""
        name = username or unique()
        wanted = {"MessageAction": "SUPPRESS", "TemporaryPassword": PASSWORD, **members}
        self.admin("AdminCreateUser", name, **wanted)
        return name

    def initiate(self, flow: str, /, **parameters: str) -> dict[str, Json]:
        """Begin a sign-in; the secret hash is added where there is a user name."""
        proof = self.proof(parameters.get("USERNAME", ""), "SECRET_HASH")
        return self.wire.call(
            "InitiateAuth",
            ClientId=self.client_id,
            AuthFlow=flow,
            AuthParameters={**proof, **parameters},
        )

    def admin_initiate(self, flow: str, /, **parameters: str) -> dict[str, Json]:
        """Begin a sign-in as an administrator."""
        proof = self.proof(parameters.get("USERNAME", ""), "SECRET_HASH")
        return self.wire.call(
            "AdminInitiateAuth",
            UserPoolId=self.pool_id,
            ClientId=self.client_id,
            AuthFlow=flow,
            AuthParameters={**proof, **parameters},
        )

    def respond(self, challenge: str, session: str | None, /, **responses: str) -> dict[str, Json]:
        """Answer a challenge."""
        proof = self.proof(responses.get("USERNAME", ""), "SECRET_HASH")
        carried = {} if session is None else {"Session": session}
        return self.wire.call(
            "RespondToAuthChallenge",
            ClientId=self.client_id,
            ChallengeName=challenge,
            ChallengeResponses={**proof, **responses},
            **carried,
        )

    def password_step(self, username: str, password: str = PASSWORD) -> dict[str, Json]:
        """Sign in by USER_PASSWORD_AUTH and return whatever comes: tokens or a challenge."""
        return self.initiate("USER_PASSWORD_AUTH", USERNAME=username, PASSWORD=password)

    def sign_in(self, username: str, password: str = PASSWORD) -> dict[str, Json]:
        """Sign in by USER_PASSWORD_AUTH and return the tokens."""
        return result_of(self.password_step(username, password))

    def srp_step(self, username: str, password: str = PASSWORD) -> dict[str, Json]:
        """Sign in by SRP and return whatever comes: tokens or a challenge."""
        srp = SrpClient(self.pool_id)
        asked = self.initiate("USER_SRP_AUTH", USERNAME=username, SRP_A=srp.public)
        answers = srp.answers(asked["ChallengeParameters"], password)
        return self.respond("PASSWORD_VERIFIER", asked.get("Session"), **answers)

    def refresh(self, token: str, username: str = "") -> dict[str, Json]:
        """Refresh by REFRESH_TOKEN_AUTH and return the tokens."""
        proof = self.proof(username, "SECRET_HASH")
        return result_of(self.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token, **proof))

    def another_client(self, **settings: Json) -> "App":
        """Make a second client of the same pool."""
        return an_app(self.wire, self.pool_id, **settings)


def result_of(step: dict[str, Json]) -> dict[str, Json]:
    """Return the tokens of a finished sign-in."""
    assert "AuthenticationResult" in step, step
    tokens: dict[str, Json] = step["AuthenticationResult"]
    return tokens


def a_pool(wire: Wire, /, **settings: Json) -> str:
    """Make a pool and return its id."""
    made = wire.call("CreateUserPool", **{"PoolName": unique("pool"), **settings})
    pool_id: str = made["UserPool"]["Id"]
    return pool_id


def an_app(wire: Wire, pool_id: str = "", /, **settings: Json) -> App:
    """Make a client that allows every password flow; `settings` replace the defaults."""
    pool = pool_id or a_pool(wire)
    wanted = {"ClientName": unique("client"), "ExplicitAuthFlows": EVERY_FLOW, **settings}
    made = wire.call("CreateUserPoolClient", UserPoolId=pool, **wanted)["UserPoolClient"]
    return App(wire, pool, made["ClientId"], made.get("ClientSecret"))
