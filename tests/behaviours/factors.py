"""Second factors and passkeys for tests of sign-in: pools that offer them, users who have them."""

import base64
import hashlib
import hmac
import json
import time
from typing import Final

from tests.behaviours.choice import FLOWS, a_choice_pool, begin
from tests.sdk.builders import SMS_ROLE, App, an_app, result_of
from tests.sdk.support import PASSWORD, Json, Wire
from tests.support.authenticator import Authenticator

PARTY: Final = "example.com"
SENDER: Final = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/sender@example.com",
}
EVERY_FACTOR: Final = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
MULTI_FACTOR: Final = "MULTI_FACTOR_WITH_USER_VERIFICATION"
SETTINGS_OF: Final = {
    "SMS_MFA": "SMSMfaSettings",
    "EMAIL_OTP": "EmailMfaSettings",
    "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaSettings",
}
STEP_S: Final = 30


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


def totp(secret: str, steps: int = 0) -> str:
    """Return the code of an authenticator app, so many time steps from now."""
    padded = secret + "=" * (-len(secret) % 8)
    counter = int(time.time() // STEP_S) + steps
    digest = hmac.digest(base64.b32decode(padded), counter.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def an_app_token(app: App, access_token: str) -> str:
    """Give a user an authenticator app and return its secret; the present step is used up."""
    made = app.wire.call("AssociateSoftwareToken", AccessToken=access_token)
    secret: str = made["SecretCode"]
    # One step back, so that the present and the next one are still good.
    given = {"AccessToken": access_token, "UserCode": totp(secret, -1)}
    assert app.wire.call("VerifySoftwareToken", **given)["Status"] == "SUCCESS"
    return secret


def turn_on(app: App, name: str, *factors: str, preferred: str = "") -> None:
    """Let a user owe one of these second factors from now on."""
    settings = {
        SETTINGS_OF[factor]: {"Enabled": True, "PreferredMfa": factor == preferred}
        for factor in factors
    }
    app.admin("AdminSetUserMFAPreference", name, **settings)


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
