"""Second factors for tests: an authenticator app of our own, pools that demand, users that have."""

import base64
import dataclasses
import hmac
import time
import urllib.parse
from typing import Final

from tests.sdk.builders import SMS_ROLE, App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, a_phone, an_email

SMS: Final = "SMS_MFA"
TOTP: Final = "SOFTWARE_TOKEN_MFA"
MAIL: Final = "EMAIL_OTP"
ALL: Final = (SMS, TOTP, MAIL)
SETTING: Final = {SMS: "SMSMfaSettings", TOTP: "SoftwareTokenMfaSettings", MAIL: "EmailMfaSettings"}
SENDER: Final = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
}
STEP_S: Final = 30


class Authenticator:
    """What is on the user's phone: the arithmetic of RFC 6238, written from its text.

    `code` never shows the code of one step twice, and works twice within a step: the server
    accepts a step to either side.
    """

    def __init__(self, secret: str) -> None:
        """Take the secret as AssociateSoftwareToken answers it."""
        self.secret = secret
        self._seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
        self._shown = -1

    def at(self, step: int) -> str:
        """Return the code of a step."""
        digest = hmac.new(self._seed, step.to_bytes(8, "big"), "sha1").digest()
        start = digest[-1] & 15
        number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"

    def code(self) -> str:
        """Return a code that was not shown before."""
        self._shown = max(now(), self._shown + 1)
        return self.at(self._shown)

    def shown(self) -> str:
        """Return the last code once more."""
        return self.at(self._shown)

    def wrong(self) -> str:
        """Return a code that is none, now or soon."""
        near = {self.at(step) for step in range(now() - 5, now() + 6)}
        return next(f"{number:06}" for number in range(20) if f"{number:06}" not in near)


def now() -> int:
    """Return the present step."""
    return int(time.time()) // STEP_S


def an_mfa_app(wire: Wire, mode: str, *factors: str, **settings: Json) -> App:
    """Make a client of a pool with second factors."""
    app = an_app(wire, a_pool(wire, EmailConfiguration=SENDER, **settings))
    set_mfa(app, mode, *factors)
    return app


def set_mfa(app: App, mode: str, *factors: str) -> dict[str, Json]:
    """Set a pool's second factors."""
    members: dict[str, Json] = {"MfaConfiguration": mode}
    if SMS in factors:
        members["SmsMfaConfiguration"] = {"SmsConfiguration": SMS_ROLE}
    if TOTP in factors:
        members["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
    if MAIL in factors:
        members["EmailMfaConfiguration"] = {}
    return app.wire.call("SetUserPoolMfaConfig", UserPoolId=app.pool_id, **members)


@dataclasses.dataclass
class Person:
    """A user with an address and a number, and perhaps an app."""

    name: str
    email: str
    phone: str
    app: Authenticator | None = None
    _seen: dict[str, str] = dataclasses.field(default_factory=dict)

    def to(self, factor: str) -> str:
        """Return where a code of the factor goes."""
        return self.phone if factor == SMS else self.email

    def code(self, wire: Wire, factor: str) -> str:
        """Return a code that the user has not used yet, and wait for it if need be."""
        if factor == TOTP:
            assert self.app is not None
            return self.app.code()
        query = {"to": self.to(factor), "wait": "10", "after": self._seen.get(factor, "")}
        reply = wire.exchange("GET", f"/_poolkeep/inbox.json?{urllib.parse.urlencode(query)}")
        newest = reply.json()["messages"][0]
        self._seen[factor] = newest["id"]
        code: str = newest["code"]
        return code


def a_person(app: App, *enabled: str, preferred: str = "") -> Person:
    """Make a confirmed user with these factors turned on; the pool must be OPTIONAL for an app."""
    email, phone = an_email(), a_phone()
    name = app.user("", email=email, phone_number=phone)
    person = Person(name, email, phone)
    if TOTP in enabled:
        person.app = registered(app, name)
    if enabled:
        prefer(app, name, *enabled, preferred=preferred)
    return person


def prefer(app: App, name: str, *enabled: str, preferred: str = "") -> None:
    """Turn a user's factors on as an administrator."""
    settings = {
        SETTING[factor]: {"Enabled": True, "PreferredMfa": factor == preferred}
        for factor in enabled
    }
    app.admin("AdminSetUserMFAPreference", name, **settings)


def registered(app: App, name: str, password: str = PASSWORD) -> Authenticator:
    """Register an app for a user who signs in without a second factor."""
    token = app.sign_in(name, password)["AccessToken"]
    secret = app.wire.call("AssociateSoftwareToken", AccessToken=token)["SecretCode"]
    phone = Authenticator(secret)
    app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=phone.code())
    return phone


def list_of(app: App, name: str) -> list[str]:
    """Return what a user has turned on."""
    found: list[str] = app.admin("AdminGetUser", name).get("UserMFASettingList", [])
    return found


def answer(app: App, step: dict[str, Json], name: str, code: str) -> dict[str, Json]:
    """Answer a challenge for a code."""
    challenge = step["ChallengeName"]
    key = {SMS: "SMS_MFA_CODE", MAIL: "EMAIL_OTP_CODE", TOTP: "SOFTWARE_TOKEN_MFA_CODE"}[challenge]
    return app.respond(challenge, step["Session"], USERNAME=name, **{key: code})
