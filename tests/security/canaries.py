"""A life full of secrets, each of them known to the test: what must never be found anywhere."""

import base64
import dataclasses
import hashlib
import json
from typing import Final

from tests.behaviours.factors import (
    ALL,
    MAIL,
    TOTP,
    an_mfa_app,
    answer,
    prefer,
    registered,
    set_mfa,
)
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.devices import TRACKED, Device
from tests.sdk.srp import G, N, SrpClient, padded
from tests.sdk.support import (
    Json,
    RefusedError,
    Wire,
    attributes,
    secret_hash,
    unique,
)

PASSWORDS: Final = {
    "password": "Canary-Sign-Up-1",
    "changed password": "Canary-Changed-2",
    "reset password": "Canary-Reset-3",
    "temporary password": "Canary-Temporary-4",
    "chosen password": "Canary-Chosen-5",
    "set password": "Canary-Set-6",
    "mistyped password": "Canary-Mistyped-7",
    "weak password": "canary-weak",
    "broken password": "Canary-Broken-8",
}


@dataclasses.dataclass
class Canaries:
    """Secrets by name, codes apart (six digits are found by chance), and whom they are about."""

    secrets: dict[str, bytes | str]
    codes: list[str]
    people: dict[str, str]


def verifier(pool_id: str, username: str, password: str, salt: str) -> bytes:
    """Return the SRP verifier that the server must keep to itself."""
    identity = f"{pool_id.partition('_')[2]}{username}:{password}".encode()
    inner = hashlib.sha256(identity).digest()
    x = hashlib.sha256(padded(int(salt, 16)) + inner).digest()
    v = pow(G, int.from_bytes(x, "big"), N)
    return v.to_bytes((v.bit_length() + 7) // 8, "big")


class Life:
    """Goes through every flow and gathers the secrets."""

    def __init__(self, wire: Wire) -> None:
        """Use an installation through `wire`."""
        self.wire = wire
        self.found: dict[str, bytes | str] = dict(PASSWORDS)
        self.codes: list[str] = []
        self.people: dict[str, str] = {}

    def live(self) -> Canaries:
        """Return what came up."""
        rules = {"MinimumLength": 8, "RequireUppercase": True, "PasswordHistorySize": 3}
        pool_id = a_pool(
            self.wire,
            AutoVerifiedAttributes=["email"],
            Policies={"PasswordPolicy": rules},
            UserPoolTier="PLUS",
            UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"},
        )
        app = an_app(self.wire, pool_id, GenerateSecret=True)
        assert app.secret is not None
        self.found["client secret"] = app.secret
        self._person(app)
        self._many_codes(app)
        self._invited(app)
        self._rotating(app)
        self._remembered()
        self._second_factors()
        self._directory(app)
        return Canaries(self.found, self.codes, self.people)

    def _person(self, app: App) -> None:
        name, email = unique("canary"), "canary.person@example.com"
        self.people |= {"username": name, "email": email, "phone": "+12065559999"}
        self.found["secret hash"] = secret_hash(name, app.client_id, str(app.secret))
        app.sign_up(name, self._is("password"), email=email, phone_number="+12065559999")
        self.codes.append(self.wire.code(email))
        self._refused(app, "ConfirmSignUp", name, ConfirmationCode="000000")
        app.call("ConfirmSignUp", name, ConfirmationCode=self.codes[-1])
        self._refused_sign_in(app, name, "mistyped password")
        self._tokens("first", app.sign_in(name, self._is("password")))
        self._srp(app, name, "password")
        access = str(self.found["first AccessToken"])
        for proposed in ("weak password", "changed password"):
            given = {"PreviousPassword": self._is("password")}
            given |= {"AccessToken": access, "ProposedPassword": self._is(proposed)}
            try:
                self.wire.call("ChangePassword", **given)
            except RefusedError as refusal:
                if refusal.code != "InvalidPasswordException":
                    raise
        app.call("ForgotPassword", name)
        self.codes.append(self.wire.code(email))
        chosen = {"ConfirmationCode": self.codes[-1], "Password": self._is("reset password")}
        app.call("ConfirmForgotPassword", name, **chosen)
        moved = attributes({"email": "canary.moved@example.com"})
        self.wire.call("UpdateUserAttributes", AccessToken=access, UserAttributes=moved)
        self.codes.append(self.wire.code("canary.moved@example.com"))
        self.people["moved"] = "canary.moved@example.com"
        refresh = str(self.found["first RefreshToken"])
        proof = secret_hash(name, app.client_id, str(app.secret))
        self._tokens("second", result_of(
            app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=refresh, SECRET_HASH=proof)
        ))  # fmt: skip
        self.wire.call(
            "RevokeToken", Token=refresh, ClientId=app.client_id, ClientSecret=app.secret
        )
        app.admin("AdminSetUserPassword", name, Password=self._is("set password"), Permanent=True)

    def _remembered(self) -> None:
        """A device, whose password's verifier and whose waiting sign-in the store keeps."""
        app = an_app(self.wire, a_pool(self.wire, **TRACKED))
        name = app.user("", PASSWORDS["set password"])
        tokens = app.sign_in(name, PASSWORDS["set password"])
        device = Device.of(tokens)
        device.confirm(app, tokens["AccessToken"])
        self.found["device password"] = device.password
        encoded = device.verifier()["PasswordVerifier"]
        self.found["device verifier"] = base64.b64decode(encoded).lstrip(b"\0")
        step = app.initiate(
            "USER_PASSWORD_AUTH",
            USERNAME=name,
            PASSWORD=PASSWORDS["set password"],
            DEVICE_KEY=device.key,
        )
        session = step["Session"]
        self.found["device session"] = session
        self.found["device handle"] = base64.urlsafe_b64decode(session + "=" * (-len(session) % 4))

    def _second_factors(self) -> None:
        """Seeds of apps: in force, waiting, and in the session of a sign-in; codes by message."""
        app = an_mfa_app(self.wire, "OPTIONAL", *ALL)
        name, email = unique("canary"), "canary.factor@example.com"
        password = PASSWORDS["set password"]
        app.user(name, password, email=email)
        access = app.sign_in(name, password)["AccessToken"]
        phone = registered(app, name, password)
        self._seed("seed in force", phone.secret)
        waiting = self.wire.call("AssociateSoftwareToken", AccessToken=access)
        self._seed("seed that waits", waiting["SecretCode"])
        prefer(app, name, TOTP)
        step = app.password_step(name, password)
        answer(app, step, name, phone.code())
        prefer(app, name, MAIL, preferred=MAIL)
        app.password_step(name, password)
        self.codes.append(self.wire.code(email))
        set_mfa(app, "ON", TOTP)
        step = app.password_step(app.user("", password), password)
        told = self.wire.call("AssociateSoftwareToken", Session=step["Session"])
        self.found["session of an app"] = told["Session"]
        self._seed("seed of a session", told["SecretCode"])

    def _seed(self, name: str, secret: str) -> None:
        self.found[f"{name} in letters"] = secret
        self.found[name] = base64.b32decode(secret + "=" * (-len(secret) % 8))

    def _many_codes(self, app: App) -> None:
        for number in range(6):
            name, email = unique("canary"), f"canary.{number}@example.com"
            app.sign_up(name, self._is("password"), email=email)
            self.codes.append(self.wire.code(email))
            app.call("ResendConfirmationCode", name)
            self.codes.append(self.wire.code(email))

    def _invited(self, app: App) -> None:
        name, email = unique("canary"), "canary.invited@example.com"
        self.people |= {"invited": name, "invited email": email}
        app.admin(
            "AdminCreateUser",
            name,
            TemporaryPassword=self._is("temporary password"),
            UserAttributes=attributes({"email": email, "email_verified": "true"}),
            DesiredDeliveryMediums=["EMAIL"],
        )
        step = app.password_step(name, self._is("temporary password"))
        self.found["session"] = step["Session"]
        chosen = {"USERNAME": name, "NEW_PASSWORD": self._is("chosen password")}
        self._tokens("third", result_of(
            app.respond("NEW_PASSWORD_REQUIRED", step["Session"], **chosen)
        ))  # fmt: skip

    def _rotating(self, app: App) -> None:
        client = app.another_client(
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
            RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
        )
        tokens = client.sign_in(self.people["invited"], self._is("chosen password"))
        given = {"ClientId": client.client_id, "RefreshToken": tokens["RefreshToken"]}
        self._tokens("rotated", tokens)
        successor = self.wire.call("GetTokensFromRefreshToken", **given)["AuthenticationResult"]
        self._tokens("successor", successor)

    def _directory(self, app: App) -> None:
        secret = self.found["provider secret"] = "Canary-Provider-Secret-9"
        self.wire.call(
            "CreateIdentityProvider",
            UserPoolId=app.pool_id,
            ProviderName="Google",
            ProviderType="Google",
            ProviderDetails={
                "client_id": "canary",
                "client_secret": secret,
                "authorize_scopes": "openid",
            },
        )
        key = self.found["provider key"] = "Canary-Provider-Private-Key-10"
        apple = {"client_id": "c", "team_id": "t", "key_id": "k", "authorize_scopes": "email"}
        self.wire.call(
            "CreateIdentityProvider",
            UserPoolId=app.pool_id,
            ProviderName="SignInWithApple",
            ProviderType="SignInWithApple",
            ProviderDetails={**apple, "private_key": key},
        )
        self.wire.call("GetSigningCertificate", UserPoolId=app.pool_id)

    def break_things(self, app: App) -> None:
        """Put secrets into requests that go wrong in every way."""
        password = self._is("broken password")
        for body in (
            f'{{"Password": "{password}',
            f'{{"Password": ["{password}"]}}',
            json.dumps({"Password": password * 30, "ClientId": app.client_id, "Username": "x"}),
            json.dumps({"AuthFlow": password, "AuthParameters": {"PASSWORD": password}}),
        ):
            for operation in ("SignUp", "InitiateAuth", "ChangePassword"):
                self.wire.send(operation, body.encode())
        self.wire.send(f"Sign{password}", b"{}")
        self.wire.exchange("GET", f"/{password}?password={password}")
        headers = {"Authorization": f"Basic {password}", "Cookie": f"session={password}"}
        self.wire.send("ListUsers", b"{}", {**headers, "User-Agent": password})

    def _srp(self, app: App, name: str, password: str) -> None:
        srp = SrpClient(app.pool_id)
        asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
        parameters = asked["ChallengeParameters"]
        answers = srp.answers(parameters, self._is(password))
        self._tokens("srp", result_of(app.respond("PASSWORD_VERIFIER", None, **answers)))
        self.found |= {
            "SRP A": srp.public,
            "SRP B": parameters["SRP_B"],
            "secret block": parameters["SECRET_BLOCK"],
            "claim": answers["PASSWORD_CLAIM_SIGNATURE"],
            "verifier": verifier(app.pool_id, name, self._is(password), parameters["SALT"]),
        }

    def _tokens(self, name: str, tokens: dict[str, Json]) -> None:
        for kind in ("AccessToken", "IdToken", "RefreshToken"):
            if kind in tokens:
                self.found[f"{name} {kind}"] = tokens[kind]
                self.found[f"{name} {kind} end"] = tokens[kind][-40:]

    def _is(self, name: str) -> str:
        return PASSWORDS[name]

    def _refused(self, app: App, operation: str, name: str, **members: Json) -> None:
        try:
            app.call(operation, name, **members)
        except RefusedError:
            return
        raise AssertionError("accepted")

    def _refused_sign_in(self, app: App, name: str, password: str) -> None:
        for sign_in in (app.password_step, app.srp_step):
            try:
                sign_in(name, self._is(password))
            except RefusedError:
                continue
            raise AssertionError("accepted")
