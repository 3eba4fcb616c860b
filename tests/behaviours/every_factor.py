"""First factors beside second ones for tests: pools that offer every kind, and passkeys."""

import json
from typing import Final

from tests.behaviours.choice import FLOWS, a_choice_pool, begin
from tests.behaviours.factors import SENDER
from tests.behaviours.factors import Authenticator as CodeApp
from tests.sdk.builders import SMS_ROLE, App, an_app, result_of
from tests.sdk.support import PASSWORD, Json, Wire
from tests.support.authenticator import Authenticator

PARTY: Final = "example.com"
EVERY_FACTOR: Final = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
MULTI_FACTOR: Final = "MULTI_FACTOR_WITH_USER_VERIFICATION"


def a_factor_app(
    wire: Wire,
    factors: list[str] | None = None,
    /,
    *,
    mfa: str = "OPTIONAL",
    passkeys: str = "",
    pool: dict[str, Json] | None = None,
    **client: Json,
) -> App:
    """Make a client of a pool with these first factors (every one unless said) and every second."""
    pool_id = a_choice_pool(wire, ["PASSWORD"], EmailConfiguration=SENDER, **(pool or {}))
    second = {} if mfa == "OFF" else {
        "SmsMfaConfiguration": {"SmsConfiguration": SMS_ROLE},
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
        "EmailMfaConfiguration": {},
    }  # fmt: skip
    kind = {"FactorConfiguration": passkeys} if passkeys else {}
    wire.call(
        "SetUserPoolMfaConfig",
        UserPoolId=pool_id,
        MfaConfiguration=mfa,
        WebAuthnConfiguration={"RelyingPartyId": PARTY, **kind},
        **second,
    )
    described = wire.call("DescribeUserPool", UserPoolId=pool_id)["UserPool"]
    kept = ("AutoVerifiedAttributes", "SmsConfiguration", "EmailConfiguration", "MfaConfiguration")
    wire.call(
        "UpdateUserPool",
        UserPoolId=pool_id,
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": factors or EVERY_FACTOR}},
        **{name: described[name] for name in kept if name in described},
        **(pool or {}),
    )
    return an_app(wire, pool_id, **{"ExplicitAuthFlows": FLOWS, **client})


def by_password(app: App, name: str, password: str = PASSWORD) -> dict[str, Json]:
    """Sign in by password through USER_AUTH and return the tokens."""
    return result_of(begin(app, name, "PASSWORD", PASSWORD=password))


def an_app_token(app: App, access_token: str) -> CodeApp:
    """Give a user an authenticator app; whether it is in use is another question."""
    made = app.wire.call("AssociateSoftwareToken", AccessToken=access_token)
    phone = CodeApp(made["SecretCode"])
    given = {"AccessToken": access_token, "UserCode": phone.code()}
    assert app.wire.call("VerifySoftwareToken", **given)["Status"] == "SUCCESS"
    return phone


def an_authenticator(**settings: Json) -> Authenticator:
    """Return an authenticator in a browser at the relying party."""
    return Authenticator(origin=f"https://{PARTY}", **settings)


def a_passkey(app: App, access_token: str, authenticator: Authenticator) -> None:
    """Register a passkey for the token's owner."""
    asked = app.wire.call("StartWebAuthnRegistration", AccessToken=access_token)
    made = authenticator.make(asked["CredentialCreationOptions"])
    app.wire.call("CompleteWebAuthnRegistration", AccessToken=access_token, Credential=made)


def sign(
    app: App, step: dict[str, Json], name: str, authenticator: Authenticator
) -> dict[str, Json]:
    """Answer WEB_AUTHN."""
    options = json.loads(step["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    credential = json.dumps(authenticator.get(options))
    return app.respond("WEB_AUTHN", step["Session"], USERNAME=name, CREDENTIAL=credential)
