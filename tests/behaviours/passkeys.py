"""Apps whose users have passkeys, and the steps that they take."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Final

from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.support import Json, Wire
from tests.support.authenticator import Authenticator

INCORRECT: Final = ("NotAuthorizedException", "Incorrect username or password.")
INVALID_DATA: Final = ("InvalidParameterException", "Credential data is not valid")
SPENT: Final = (
    "NotAuthorizedException",
    "Invalid session for the user, session can only be used once.",
)
PARTY: Final = "login.example.org"
ORIGIN: Final = f"https://{PARTY}"
FLOWS: Final = [
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
MULTI_FACTOR: Final = {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}


def a_passkey_pool(wire: Wire, /, *factors: str, **passkeys: str) -> str:
    """Make a pool that lets its users have passkeys; `passkeys` is its WebAuthnConfiguration."""
    allowed = ["PASSWORD", "WEB_AUTHN", *factors]
    pool_id = a_pool(wire, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": allowed}})
    configure(wire, pool_id, **{"RelyingPartyId": PARTY, **passkeys})
    return pool_id


def configure(wire: Wire, pool_id: str, /, **passkeys: str) -> None:
    """Set a pool's passkey settings."""
    wire.call("SetUserPoolMfaConfig", UserPoolId=pool_id, WebAuthnConfiguration=passkeys)


def a_passkey_app(wire: Wire, /, *factors: str, **passkeys: str) -> App:
    """Make a client of such a pool."""
    return an_app(wire, a_passkey_pool(wire, *factors, **passkeys), ExplicitAuthFlows=FLOWS)


@dataclasses.dataclass
class Holder:
    """A user, an access token, and an authenticator."""

    app: App
    name: str
    token: str
    keeper: Authenticator

    def options(self) -> dict[str, Json]:
        """Begin a registration and return the options."""
        answer = self.call("StartWebAuthnRegistration")
        options: dict[str, Json] = answer["CredentialCreationOptions"]
        return options

    def complete(self, credential: Json) -> dict[str, Json]:
        """End a registration."""
        return self.call("CompleteWebAuthnRegistration", Credential=credential)

    def register(self) -> str:
        """Register a passkey and return its id."""
        made = self.keeper.make(self.options())
        self.complete(made)
        name: str = made["id"]
        return name

    def listed(self, **members: Json) -> list[dict[str, Json]]:
        """Return the user's passkeys as told."""
        found: list[dict[str, Json]] = self.call("ListWebAuthnCredentials", **members)[
            "Credentials"
        ]
        return found

    def call(self, operation: str, /, **members: Json) -> dict[str, Json]:
        """Call an operation of the token's holder."""
        return self.app.wire.call(operation, AccessToken=self.token, **members)

    def asked(self) -> dict[str, Json]:
        """Begin a sign-in by passkey."""
        return ask(self.app, self.name)

    def sign_in(self, **misbehaviour: Json) -> dict[str, Json]:
        """Sign in by passkey and return whatever comes."""
        asked = self.asked()
        return respond(self.app, self.name, asked, self.keeper.get(wanted(asked), **misbehaviour))


def a_holder(app: App, *, registered: bool = True, name: str = "", **keeper: Json) -> Holder:
    """Make a user with an authenticator, and a passkey unless said otherwise."""
    user = name or app.user()
    token = app.sign_in(user)["AccessToken"]
    made = Holder(app, user, token, Authenticator(**{"origin": ORIGIN, **keeper}))
    if registered:
        made.register()
    return made


def ask(app: App, name: str) -> dict[str, Json]:
    """Begin a sign-in by passkey."""
    return app.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="WEB_AUTHN")


def wanted(asked: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a browser is asked for."""
    assert asked["ChallengeName"] == "WEB_AUTHN", asked
    options: dict[str, Json] = json.loads(
        asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]
    )
    return options


def respond(app: App, name: str, asked: Mapping[str, Json], credential: Json) -> dict[str, Json]:
    """Answer with a credential, as a text or as what becomes one."""
    text = credential if isinstance(credential, str) else json.dumps(credential)
    return app.respond("WEB_AUTHN", asked["Session"], USERNAME=name, CREDENTIAL=text)


def tokens(step: dict[str, Json]) -> dict[str, Json]:
    """Return the tokens of a finished sign-in."""
    return result_of(step)
