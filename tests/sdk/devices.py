"""A device of a user, as an application keeps it: two keys, and a password of its own making."""

import base64
import dataclasses
import datetime as dt
import secrets
from typing import Final

from tests.sdk.builders import SMS_ROLE, App, result_of
from tests.sdk.srp import G, N, SrpClient, number, padded, sha256
from tests.sdk.support import PASSWORD, Json, a_phone

TRACKED: Final[dict[str, Json]] = {"DeviceConfiguration": {}}
OPT_IN: Final = {"DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": True}}
SPARING: Final = {"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True}}
SRP_AUTH: Final = "DEVICE_SRP_AUTH"
VERIFIER: Final = "DEVICE_PASSWORD_VERIFIER"
NO_DEVICE: Final = ("ResourceNotFoundException", "Device does not exist.")
NOBODYS: Final = "us-east-1_11111111-2222-4333-8444-555555555555"
SMS_FACTOR: Final[dict[str, Json]] = {
    "MfaConfiguration": "ON",
    "SmsConfiguration": SMS_ROLE,
    "AccountRecoverySetting": {
        "RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}],
    },
}


@dataclasses.dataclass(frozen=True)
class Device:
    """What a client stores after a sign-in from a new device."""

    key: str
    group: str
    password: str = dataclasses.field(
        default_factory=lambda: base64.b64encode(secrets.token_bytes(40)).decode()
    )
    salt: int = dataclasses.field(default_factory=lambda: number(secrets.token_bytes(16)))

    @classmethod
    def of(cls, result: dict[str, Json]) -> "Device":
        """Return the device that a sign-in's answer makes known."""
        told = result["NewDeviceMetadata"]
        return cls(told["DeviceKey"], told["DeviceGroupKey"])

    def verifier(self) -> dict[str, str]:
        """Return DeviceSecretVerifierConfig."""
        inner = sha256(f"{self.group}{self.key}:{self.password}".encode())
        x = number(sha256(padded(self.salt), inner))
        return {
            "Salt": base64.b64encode(padded(self.salt)).decode(),
            "PasswordVerifier": base64.b64encode(padded(pow(G, x, N))).decode(),
        }

    def confirm(self, app: App, access_token: str, **members: Json) -> bool:
        """Confirm the device; return whether the user is to be asked."""
        wanted = {
            "DeviceKey": self.key,
            "DeviceSecretVerifierConfig": self.verifier(),
            "DeviceName": "bench",
        }
        answer = app.wire.call(
            "ConfirmDevice", **{"AccessToken": access_token, **wanted, **members}
        )
        waits = answer["UserConfirmationNecessary"]
        assert isinstance(waits, bool)
        return waits

    def srp(self) -> SrpClient:
        """Return an SRP client in the name of the device."""
        return SrpClient(f"_{self.group}")

    def answers(
        self,
        srp: SrpClient,
        parameters: dict[str, str],
        *,
        password: str = "",
        moment: dt.datetime | None = None,
    ) -> dict[str, str]:
        """Return the answer to DEVICE_PASSWORD_VERIFIER."""
        asked = {**parameters, "USER_ID_FOR_SRP": self.key}
        proof = srp.answers(asked, password or self.password, moment=moment)
        return {**proof, "USERNAME": parameters["USERNAME"], "DEVICE_KEY": self.key}

    def ask(
        self, app: App, step: dict[str, Json], *, with_session: bool = True
    ) -> tuple[SrpClient, dict[str, Json]]:
        """Answer DEVICE_SRP_AUTH; return the SRP client and what is asked next."""
        assert step["ChallengeName"] == SRP_AUTH, step
        srp = self.srp()
        asked = app.respond(
            SRP_AUTH,
            step["Session"] if with_session else None,
            USERNAME=step["ChallengeParameters"]["USERNAME"],
            DEVICE_KEY=self.key,
            SRP_A=srp.public,
        )
        assert asked["ChallengeName"] == VERIFIER, asked
        return srp, asked

    def prove(
        self, app: App, step: dict[str, Json], *, with_session: bool = True
    ) -> dict[str, Json]:
        """Go through both steps of a device and return whatever comes then."""
        srp, asked = self.ask(app, step, with_session=with_session)
        return app.respond(
            VERIFIER,
            asked["Session"] if with_session else None,
            **self.answers(srp, asked["ChallengeParameters"]),
        )


def password_step(app: App, name: str, device: Device) -> dict[str, Json]:
    """Begin a sign-in by password from a device."""
    return app.initiate(
        "USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD, DEVICE_KEY=device.key
    )


def srp_step(app: App, name: str, device: Device) -> dict[str, Json]:
    """Begin a sign-in by SRP from a device, and prove the password."""
    srp = SrpClient(app.pool_id)
    asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public, DEVICE_KEY=device.key)
    answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
    return app.respond("PASSWORD_VERIFIER", None, **answers, DEVICE_KEY=device.key)


def confirmed(app: App, name: str) -> tuple[Device, dict[str, Json]]:
    """Sign a user in from a new device and confirm it; return the device and the tokens."""
    tokens = app.sign_in(name)
    device = Device.of(tokens)
    device.confirm(app, tokens["AccessToken"])
    return device, tokens


def attributes_of(device: dict[str, Json]) -> dict[str, str]:
    """Return DeviceAttributes as a map."""
    return {entry["Name"]: entry["Value"] for entry in device["DeviceAttributes"]}


def signed_in(step: dict[str, Json]) -> dict[str, Json]:
    """Return the tokens of a finished sign-in from a device that is known."""
    tokens = result_of(step)
    assert "NewDeviceMetadata" not in tokens
    return tokens


def texted(app: App, name: str, step: dict[str, Json], phone: str) -> dict[str, Json]:
    """Answer SMS_MFA and return whatever comes then."""
    assert step["ChallengeName"] == "SMS_MFA", step
    return app.respond("SMS_MFA", step["Session"], USERNAME=name, SMS_MFA_CODE=app.wire.code(phone))


def confirmed_with_code(app: App) -> tuple[str, str, Device]:
    """Sign a new user in with both factors, and confirm the device."""
    phone = a_phone()
    name = app.user("", phone_number=phone)
    tokens = result_of(texted(app, name, app.password_step(name), phone))
    device = Device.of(tokens)
    device.confirm(app, tokens["AccessToken"])
    return name, phone, device
