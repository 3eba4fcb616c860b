"""Second factors, devices, passkeys."""

import base64
import hashlib
import hmac
import time

from tests.matrix.case import case, has, nothing
from tests.matrix.pool_cases import IPE, RNF
from tests.matrix.user_cases import NAE, UNF, a_user, bad_token, nobody, with_token
from tests.matrix.world import World
from tests.sdk.support import Json
from tests.support.authenticator import Authenticator


def totp(secret: str, at_s: float | None = None) -> str:
    """Return the code of an authenticator app, worked out here once more."""
    padded = secret + "=" * (-len(secret) % 8)
    step = int((time.time() if at_s is None else at_s) // 30)
    digest = hmac.digest(base64.b32decode(padded), step.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def _associated(world: World) -> dict[str, Json]:
    token = world.token()
    secret = world.app.associate_software_token(AccessToken=token)["SecretCode"]
    return {"AccessToken": token, "UserCode": totp(secret)}


def _verified(world: World) -> dict[str, Json]:
    name = world.user()
    token = world.token(name)
    secret = world.app.associate_software_token(AccessToken=token)["SecretCode"]
    world.app.verify_software_token(AccessToken=token, UserCode=totp(secret))
    return {"UserPoolId": world.pool, "Username": name, "AccessToken": token}


def _named(members: dict[str, Json]) -> dict[str, Json]:
    return {name: members[name] for name in ("UserPoolId", "Username")}


def _wrong_code(world: World) -> dict[str, Json]:
    told = _associated(world)
    return {**told, "UserCode": f"{(int(told['UserCode']) + 1) % 10**6:06d}"}


ON = {"Enabled": True, "PreferredMfa": True}
SMS = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
PHONE = {"phone_number": "+12065550100"}


def _phone_user(world: World) -> dict[str, Json]:
    return {"UserPoolId": world.pool, "Username": world.user(**PHONE)}


case("AssociateSoftwareToken", with_token,
     lambda w: {**with_token(w), "Session": "x" * 40}, IPE, has("SecretCode"))  # fmt: skip
case("VerifySoftwareToken", _associated, _wrong_code, "EnableSoftwareTokenMFAException",
     lambda answer: answer["Status"] == "SUCCESS")  # fmt: skip
case("AdminDeleteSoftwareToken", lambda w: _named(_verified(w)), nobody, UNF, nothing)
case("AdminSetUserMFAPreference",
     lambda w: {**_named(_verified(w)), "SoftwareTokenMfaSettings": ON},
     lambda w: {**a_user(w), "SoftwareTokenMfaSettings": ON}, IPE, nothing)  # fmt: skip
case("SetUserMFAPreference",
     lambda w: {"AccessToken": _verified(w)["AccessToken"], "SoftwareTokenMfaSettings": ON},
     lambda w: {**with_token(w), "SMSMfaSettings": ON}, IPE, nothing)  # fmt: skip
case("AdminSetUserSettings", lambda w: {**_phone_user(w), "MFAOptions": SMS},
     lambda w: {**nobody(w), "MFAOptions": SMS}, UNF, nothing)  # fmt: skip
case("SetUserSettings",
     lambda w: {"AccessToken": w.token(w.user(**PHONE)), "MFAOptions": SMS},
     lambda w: {**with_token(w), "MFAOptions": SMS}, IPE, nothing)  # fmt: skip
case("GetUserAuthFactors", with_token, bad_token, NAE,
     lambda answer: "PASSWORD" in answer["ConfiguredUserAuthFactors"])  # fmt: skip

# -- devices


def _device(world: World) -> dict[str, Json]:
    told = world.device()
    return {"AccessToken": told["AccessToken"], "DeviceKey": told["DeviceKey"]}


def _admin_device(world: World) -> dict[str, Json]:
    told = world.device()
    return {
        "UserPoolId": world.pool,
        "Username": told["Username"],
        "DeviceKey": told["DeviceKey"],
    }


NO_DEVICE = {"DeviceKey": "us-east-1_11111111-2222-4333-8444-555555555555"}
REMEMBERED = {"DeviceRememberedStatus": "remembered"}


def _new_device(world: World) -> dict[str, Json]:
    tokens = world.tokens()
    told = tokens["NewDeviceMetadata"]
    verifier = {
        "PasswordVerifier": base64.b64encode(bytes([1]) * 384).decode(),
        "Salt": base64.b64encode(bytes([7]) * 16).decode(),
    }
    return {
        "AccessToken": tokens["AccessToken"],
        "DeviceKey": told["DeviceKey"],
        "DeviceSecretVerifierConfig": verifier,
        "DeviceName": "phone",
    }


case("ConfirmDevice", _new_device, lambda w: {**_new_device(w), **NO_DEVICE}, IPE,
     has("UserConfirmationNecessary"))  # fmt: skip
case("GetDevice", _device, lambda w: {**with_token(w), **NO_DEVICE}, RNF, has("Device"))
case("ListDevices", lambda w: {"AccessToken": _device(w)["AccessToken"]}, bad_token, NAE,
     lambda answer: len(answer["Devices"]) == 1)  # fmt: skip
case("ForgetDevice", _device, lambda w: {**with_token(w), **NO_DEVICE}, RNF, nothing)
case("UpdateDeviceStatus", lambda w: {**_device(w), **REMEMBERED},
     lambda w: {**with_token(w), **NO_DEVICE, **REMEMBERED}, RNF, nothing)  # fmt: skip
case("AdminGetDevice", _admin_device, lambda w: {**a_user(w), **NO_DEVICE}, RNF, has("Device"))
case("AdminListDevices", lambda w: _named(_admin_device(w)), nobody, UNF,
     lambda answer: len(answer["Devices"]) == 1)  # fmt: skip
case("AdminForgetDevice", _admin_device, lambda w: {**a_user(w), **NO_DEVICE}, RNF, nothing)
case("AdminUpdateDeviceStatus", lambda w: {**_admin_device(w), **REMEMBERED},
     lambda w: {**a_user(w), **NO_DEVICE, **REMEMBERED}, RNF, nothing)  # fmt: skip

# -- passkeys

ORIGIN = "http://localhost:3000"


def _passwordless(world: World) -> dict[str, Json]:
    """Sign somebody of the passwordless pool in; return the access token."""
    pool = world.passwordless_pool
    tokens = world.tokens(world.user(pool), world.passwordless_client)
    return {"AccessToken": tokens["AccessToken"]}


def _made(world: World, origin: str = ORIGIN) -> dict[str, Json]:
    """Make a passkey that is not registered yet."""
    token = _passwordless(world)
    options = world.app.start_web_authn_registration(**token)["CredentialCreationOptions"]
    return {**token, "Credential": Authenticator(origin=origin).make(options)}


def _registered(world: World) -> dict[str, Json]:
    """Register a passkey; return the access token and the credential's id."""
    made = _made(world)
    world.app.complete_web_authn_registration(**made)
    return {"AccessToken": made["AccessToken"], "CredentialId": made["Credential"]["id"]}


def _owner(world: World) -> dict[str, Json]:
    return {"AccessToken": _registered(world)["AccessToken"]}


case("StartWebAuthnRegistration", _passwordless, with_token, "WebAuthnNotEnabledException",
     lambda answer: answer["CredentialCreationOptions"]["rp"]["id"] == "localhost")  # fmt: skip
case("CompleteWebAuthnRegistration", _made, lambda w: _made(w, "https://evil.example"),
     "WebAuthnOriginNotAllowedException", nothing)  # fmt: skip
case("ListWebAuthnCredentials", _owner, bad_token, NAE,
     lambda answer: len(answer["Credentials"]) == 1)  # fmt: skip
case("DeleteWebAuthnCredential", _registered,
     lambda w: {**_owner(w), "CredentialId": "bm9ib2R5"}, RNF, nothing)  # fmt: skip
