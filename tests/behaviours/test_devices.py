"""Devices told, confirmed and kept: docs/behaviours/devices.md. Signing in: test_device_sign_in."""

import base64
import re
from collections.abc import Callable
from functools import partial

import pytest

from tests.behaviours.wording import NO_USER, missing
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.devices import (
    NO_DEVICE,
    NOBODYS,
    OPT_IN,
    TRACKED,
    Device,
    attributes_of,
    confirmed,
    password_step,
    signed_in,
)
from tests.sdk.srp import N
from tests.sdk.support import Json, Wire, claims_of, holds, race, refused, unique

BAD_KEY = ("InvalidParameterException", "Invalid device key given.")
BAD_VERIFIER = ("InvalidParameterException", "Invalid device secret verifier given.")
KEY = re.compile(r"us-east-1_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
Call = Callable[..., dict[str, Json]]


@pytest.fixture(scope="module")
def tracked(wire: Wire) -> App:
    """Return an app of a pool that remembers every confirmed device."""
    return an_app(wire, a_pool(wire, **TRACKED))


@pytest.fixture(scope="module")
def opt_in(wire: Wire) -> App:
    """Return an app of a pool that remembers a device when its user says so."""
    return an_app(wire, a_pool(wire, **OPT_IN))


def own(app: App, operation: str, tokens: dict[str, Json], **members: Json) -> dict[str, Json]:
    return app.wire.call(operation, AccessToken=tokens["AccessToken"], **members)


def listed(app: App, tokens: dict[str, Json]) -> list[str]:
    return [device["DeviceKey"] for device in own(app, "ListDevices", tokens)["Devices"]]


def status_of(app: App, name: str, device: Device) -> str:
    told = app.admin("AdminGetDevice", name, DeviceKey=device.key)["Device"]
    return attributes_of(told)["dev:device_remembered_status"]


# -- tracking


@holds("DEVICE-01", "DEVICE-02")
def test_a_pool_without_tracking_knows_no_devices(app: App) -> None:
    name = app.user()
    tokens = app.sign_in(name)
    assert "NewDeviceMetadata" not in tokens
    assert "device_key" not in claims_of(tokens["AccessToken"])
    words = (
        "InvalidUserPoolConfigurationException",
        f"User pool {app.pool_id} does not support device tracking.",
    )
    one = {"DeviceKey": NOBODYS}
    for operation, members in (
        ("ConfirmDevice", one),
        ("GetDevice", one),
        ("ListDevices", {}),
        ("ForgetDevice", one),
        ("UpdateDeviceStatus", one),
    ):
        with refused(*words):
            own(app, operation, tokens, **members)
    for operation, members in (
        ("AdminGetDevice", one),
        ("AdminListDevices", {}),
        ("AdminForgetDevice", one),
        ("AdminUpdateDeviceStatus", one),
    ):
        with refused(*words):
            app.admin(operation, name, **members)
    assert result_of(password_step(app, name, Device(NOBODYS, "-12345678")))


@holds("DEVICE-03", "DEVICE-05")
@pytest.mark.parametrize("flow", ["password", "srp", "admin"])
def test_a_sign_in_from_an_unknown_device_makes_one_known(tracked: App, flow: str) -> None:
    name = tracked.user()
    step = {
        "password": lambda: tracked.password_step(name),
        "srp": lambda: tracked.srp_step(name),
        "admin": lambda: tracked.admin_initiate(
            "ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD="Correct-Horse-7"
        ),
    }[flow]()
    tokens = result_of(step)
    told = tokens["NewDeviceMetadata"]
    assert KEY.fullmatch(told["DeviceKey"])
    assert re.fullmatch("-[0-9A-Za-z]{8}", told["DeviceGroupKey"])
    assert claims_of(tokens["AccessToken"])["device_key"] == told["DeviceKey"]
    assert "device_key" not in claims_of(tokens["IdToken"])
    assert listed(tracked, tokens) == []
    assert tracked.sign_in(name)["NewDeviceMetadata"] != told


@holds("DEVICE-03")
def test_a_user_with_a_new_password_gets_a_device_too(tracked: App) -> None:
    name = tracked.temporary_user()
    asked = tracked.password_step(name)
    done = tracked.respond(
        "NEW_PASSWORD_REQUIRED", asked["Session"], USERNAME=name, NEW_PASSWORD="Fresh-Horse-8"
    )
    assert KEY.fullmatch(result_of(done)["NewDeviceMetadata"]["DeviceKey"])


# -- confirming


@holds("DEVICE-10")
def test_a_device_is_remembered_at_once_or_when_its_user_says_so(tracked: App, opt_in: App) -> None:
    for app, waits in ((tracked, False), (opt_in, True)):
        name = app.user()
        tokens = app.sign_in(name)
        device = Device.of(tokens)
        assert device.confirm(app, tokens["AccessToken"]) is waits
        assert listed(app, tokens) == [device.key]
        assert status_of(app, name, device) == ("not_remembered" if waits else "remembered")
        said = {"DeviceKey": device.key, "DeviceRememberedStatus": "remembered"}
        own(app, "UpdateDeviceStatus", tokens, **said)
        assert status_of(app, name, device) == "remembered"


@holds("DEVICE-11")
def test_a_token_confirms_its_own_device_only(tracked: App, wire: Wire) -> None:
    name = tracked.user()
    tokens = tracked.sign_in(name)
    device = Device.of(tokens)
    elsewhere = an_app(wire, a_pool(wire, **TRACKED))
    for other in (
        tracked.sign_in(name),
        tracked.sign_in(tracked.user()),
        tracked.another_client().sign_in(name),
        elsewhere.sign_in(elsewhere.user()),
    ):
        with refused(*BAD_KEY):
            device.confirm(tracked, other["AccessToken"])
    with refused(*BAD_KEY):
        Device(NOBODYS, device.group).confirm(tracked, tokens["AccessToken"])
    with refused("InvalidParameterException"):
        device.confirm(tracked, tokens["AccessToken"], DeviceKey="no key")
    device.confirm(tracked, tokens["AccessToken"])


@holds("DEVICE-11", "DEVICE-50")
def test_a_refreshed_token_confirms_the_device_of_its_session(tracked: App) -> None:
    tokens = tracked.sign_in(tracked.user())
    later = tracked.refresh(tokens["RefreshToken"])
    device = Device.of(tokens)
    device.confirm(tracked, later["AccessToken"])
    assert listed(tracked, tokens) == [device.key]


@holds("DEVICE-12")
def test_a_device_is_confirmed_once(tracked: App) -> None:
    tokens = tracked.sign_in(tracked.user())
    device = Device.of(tokens)
    done, refusals = race(6, lambda: device.confirm(tracked, tokens["AccessToken"]))
    assert len(done) == 1
    assert {refusal.code for refusal in refusals} == {"DeviceKeyExistsException"}
    with refused("DeviceKeyExistsException"):
        device.confirm(tracked, tokens["AccessToken"])


@holds("DEVICE-13", "DEVICE-52")
@pytest.mark.parametrize("by_admin", [False, True])
def test_a_forgotten_device_does_not_come_back(tracked: App, by_admin: bool) -> None:
    name = tracked.user()
    device, tokens = confirmed(tracked, name)
    if by_admin:
        assert tracked.admin("AdminForgetDevice", name, DeviceKey=device.key) == {}
    else:
        assert own(tracked, "ForgetDevice", tokens, DeviceKey=device.key) == {}
    with refused(*BAD_KEY):
        device.confirm(tracked, tokens["AccessToken"])
    for operation in ("GetDevice", "ForgetDevice", "UpdateDeviceStatus"):
        with refused(*NO_DEVICE):
            own(tracked, operation, tokens, DeviceKey=device.key)
    assert listed(tracked, tokens) == []


@holds("DEVICE-14")
@pytest.mark.parametrize(
    "verifier",
    [
        {"Salt": "!", "PasswordVerifier": "Ag=="},
        {"Salt": "Ag==", "PasswordVerifier": "not base64"},
        {"Salt": "Ag=="},
        {"PasswordVerifier": "Ag=="},
        {"Salt": "", "PasswordVerifier": "Ag=="},
        {"Salt": "Ag==", "PasswordVerifier": "AA=="},
        {"Salt": "Ag==", "PasswordVerifier": "AQ=="},
        {"Salt": "Ag==", "PasswordVerifier": base64.b64encode((N - 1).to_bytes(384)).decode()},
        {"Salt": "Ag==", "PasswordVerifier": base64.b64encode(N.to_bytes(384)).decode()},
        {"Salt": "Ag==", "PasswordVerifier": base64.b64encode(bytes(999)).decode()},
        {"Salt": base64.b64encode(b"x" * 65).decode(), "PasswordVerifier": "Ag=="},
    ],
)
def test_a_verifier_that_proves_nothing_is_refused(tracked: App, verifier: dict[str, str]) -> None:
    tokens = tracked.sign_in(tracked.user())
    device = Device.of(tokens)
    with refused(*BAD_VERIFIER):
        device.confirm(tracked, tokens["AccessToken"], DeviceSecretVerifierConfig=verifier)
    assert listed(tracked, tokens) == []


@holds("DEVICE-15")
@pytest.mark.parametrize("config", [None, {}])
def test_a_device_without_a_password_is_only_tracked(tracked: App, config: Json) -> None:
    name = tracked.user()
    tokens = tracked.sign_in(name)
    device = Device.of(tokens)
    device.confirm(tracked, tokens["AccessToken"], DeviceSecretVerifierConfig=config)
    assert status_of(tracked, name, device) == "remembered"
    known = signed_in(password_step(tracked, name, device))
    assert claims_of(known["AccessToken"])["device_key"] == device.key


# -- telling


@holds("DEVICE-20")
def test_a_device_is_told_to_its_user_and_to_administrators(tracked: App) -> None:
    name = tracked.user()
    device, tokens = confirmed(tracked, name)
    told = own(tracked, "GetDevice", tokens, DeviceKey=device.key)["Device"]
    account = tracked.wire.account
    owner = f"{name}.{tracked.pool_id}"
    assert attributes_of(told) == {
        "device_status": "valid",
        "device_name": "bench",
        "dev:device_arn": (
            f"arn:aws:cognito-idp:us-east-1:{account}:owner/{owner}/device/{device.key}"
        ),
        "dev:device_owner": owner,
        "last_ip_used": "127.0.0.1",
        "dev:device_remembered_status": "remembered",
        "dev:device_sdk": "aws-sdk-unknown-unknown",
    }
    assert told["DeviceKey"] == device.key
    made = told["DeviceCreateDate"]
    assert told["DeviceLastModifiedDate"] == told["DeviceLastAuthenticatedDate"] == made
    assert tracked.admin("AdminGetDevice", name, DeviceKey=device.key)["Device"] == told
    assert tracked.admin("AdminListDevices", name)["Devices"] == [told]
    own(
        tracked,
        "UpdateDeviceStatus",
        tokens,
        DeviceKey=device.key,
        DeviceRememberedStatus="not_remembered",
    )
    later = own(tracked, "GetDevice", tokens, DeviceKey=device.key)["Device"]
    assert later["DeviceCreateDate"] == made
    assert later["DeviceLastModifiedDate"] >= made


@holds("DEVICE-20")
@pytest.mark.parametrize("name", ["Großvaters Telefon 🕰", "x" * 1024, None])
def test_a_device_has_any_name_or_none(tracked: App, name: str | None) -> None:
    tokens = tracked.sign_in(tracked.user())
    device = Device.of(tokens)
    device.confirm(tracked, tokens["AccessToken"], DeviceName=name)
    told = own(tracked, "GetDevice", tokens, DeviceKey=device.key)["Device"]
    assert attributes_of(told).get("device_name") == name


@holds("DEVICE-21", "DEVICE-24")
def test_another_users_device_does_not_exist(tracked: App) -> None:
    name, other = tracked.user(), tracked.user()
    device, _ = confirmed(tracked, name)
    tokens = tracked.sign_in(other)
    for operation in ("GetDevice", "ForgetDevice", "UpdateDeviceStatus"):
        for key in (device.key, NOBODYS):
            with refused(*NO_DEVICE):
                own(tracked, operation, tokens, DeviceKey=key)
            with refused(*NO_DEVICE):
                tracked.admin(f"Admin{operation}", other, DeviceKey=key)
    assert status_of(tracked, name, device) == "remembered"


@holds("DEVICE-22")
def test_lists_of_devices_are_paged(tracked: App) -> None:
    name = tracked.user()
    keys = [confirmed(tracked, name)[0].key for _ in range(5)]
    tokens = tracked.sign_in(name)
    calls: list[Call] = [
        partial(own, tracked, "ListDevices", tokens),
        partial(tracked.admin, "AdminListDevices", name),
    ]
    for call in calls:
        seen: list[str] = []
        carried: dict[str, Json] = {}
        for _ in range(5):
            page = call(Limit=2, **carried)
            seen += [device["DeviceKey"] for device in page["Devices"]]
            if "PaginationToken" not in page:
                break
            carried = {"PaginationToken": page["PaginationToken"]}
        assert seen == keys
        assert [device["DeviceKey"] for device in call()["Devices"]] == keys
        assert len(call(Limit=0)["Devices"]) == 5
        for wrong in ({"Limit": 61}, {"PaginationToken": "broken"}):
            with refused("InvalidParameterException"):
                call(**wrong)
    page = own(tracked, "ListDevices", tokens, Limit=2)["PaginationToken"]
    others = tracked.sign_in(tracked.user())
    with refused("InvalidParameterException", "Invalid pagination token given."):
        own(tracked, "ListDevices", others, PaginationToken=page)


@holds("DEVICE-23", "DEVICE-24")
def test_a_device_is_remembered_or_not(tracked: App) -> None:
    name = tracked.user()
    device, tokens = confirmed(tracked, name)
    changes: list[Call] = [
        partial(own, tracked, "UpdateDeviceStatus", tokens, DeviceKey=device.key),
        partial(tracked.admin, "AdminUpdateDeviceStatus", name, DeviceKey=device.key),
    ]
    for status in ("not_remembered", "remembered"):
        for change in changes:
            assert change(DeviceRememberedStatus=status) == {}
            assert status_of(tracked, name, device) == status
            assert change() == {}
            assert status_of(tracked, name, device) == status
            with refused("InvalidParameterException"):
                change(DeviceRememberedStatus="forgotten")


@holds("DEVICE-24")
def test_an_unknown_user_has_no_devices(tracked: App) -> None:
    for operation in ("AdminGetDevice", "AdminForgetDevice", "AdminUpdateDeviceStatus"):
        with refused(*NO_USER):
            tracked.admin(operation, unique("nobody"), DeviceKey=NOBODYS)
    with refused(*NO_USER):
        tracked.admin("AdminListDevices", unique("nobody"))


@holds("DEVICE-25")
@pytest.mark.parametrize("operation", ["GetDevice", "ForgetDevice"])
def test_a_device_is_asked_for_with_a_token(tracked: App, operation: str) -> None:
    with refused(*missing("AccessToken")):
        tracked.wire.call(operation, DeviceKey=NOBODYS)
    with refused("NotAuthorizedException", "Invalid Access Token"):
        tracked.wire.call(operation, DeviceKey=NOBODYS, AccessToken="a.b.c")


@holds("DEVICE-26")
def test_a_device_counts_for_every_client_and_goes_with_its_user(tracked: App) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    other = tracked.another_client()
    assert password_step(other, name, device)["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert listed(tracked, other.sign_in(name)) == [device.key]
    tracked.admin("AdminDeleteUser", name)
    tracked.user(name)
    assert tracked.admin("AdminListDevices", name)["Devices"] == []
