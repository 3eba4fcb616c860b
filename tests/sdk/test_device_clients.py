"""Devices through clients that others wrote: in Python, in JavaScript, in the shell."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from pycognito import AWSSRP
from pycognito.exceptions import SMSMFAChallengeException

from tests.sdk import boto
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.devices import (
    OPT_IN,
    SMS_FACTOR,
    SPARING,
    TRACKED,
    Device,
    attributes_of,
    confirmed_with_code,
)
from tests.sdk.support import PASSWORD, Json, Wire, a_phone, holds
from tests.sdk.test_aws_cli import Shell
from tests.support.node import run_node


@pytest.fixture(scope="module")
def sparing(wire: Wire) -> App:
    """Return an app of a pool that asks new devices only for a second factor."""
    return an_app(wire, a_pool(wire, **SPARING, **SMS_FACTOR))


@pytest.fixture(scope="module")
def idp(server_url: str, wire: Wire) -> Iterator[Any]:
    """Return a boto3 client."""
    with boto.client(boto.environment(server_url, wire.account)) as made:
        yield made


@pytest.fixture
def our_address(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send what pycognito posts by itself to us: it knows no other address than Amazon's."""
    post = requests.post

    def posted(url: str, **given: Any) -> requests.Response:
        assert url == "https://cognito-idp.us-east-1.amazonaws.com/"
        return post(wire.base_url, **given)

    monkeypatch.setattr("pycognito.aws_srp.requests.post", posted)


def pycognito(app: App, idp: Any, name: str, **device: str) -> AWSSRP:
    return AWSSRP(
        username=name,
        password=PASSWORD,
        pool_id=app.pool_id,
        client_id=app.client_id,
        client=idp,
        **device,
    )


@pytest.mark.usefixtures("our_address")
@holds("DEVICE-10", "DEVICE-30", "DEVICE-31", "DEVICE-33")
def test_pycognito_signs_in_from_a_device(sparing: App, idp: Any) -> None:
    phone = a_phone()
    name = sparing.user("", phone_number=phone)
    srp = pycognito(sparing, idp, name)
    with pytest.raises(SMSMFAChallengeException) as asked:
        srp.authenticate_user()
    tokens = idp.respond_to_auth_challenge(
        ClientId=sparing.client_id,
        ChallengeName="SMS_MFA",
        Session=asked.value.get_tokens()["Session"],
        ChallengeResponses={"USERNAME": name, "SMS_MFA_CODE": sparing.wire.code(phone)},
    )
    told = tokens["AuthenticationResult"]["NewDeviceMetadata"]
    response, password = srp.confirm_device(tokens, device_name="a shell")
    assert (response.status_code, response.json()) == (200, {"UserConfirmationNecessary": False})
    known = {
        "device_key": told["DeviceKey"],
        "device_group_key": told["DeviceGroupKey"],
        "device_password": password,
    }
    # It sends no Session, and neither code nor answer to a code is asked for.
    again = pycognito(sparing, idp, name, **known).authenticate_user()
    assert "NewDeviceMetadata" not in again["AuthenticationResult"]
    access = again["AuthenticationResult"]["AccessToken"]
    srp.update_device_status(
        is_remembered=False, access_token=access, device_key=known["device_key"]
    )
    with pytest.raises(SMSMFAChallengeException):
        pycognito(sparing, idp, name, **known).authenticate_user()
    srp.update_device_status(
        is_remembered=True, access_token=access, device_key=known["device_key"]
    )
    with boto.refused_by_sdk("NotAuthorizedException", "Incorrect username or password."):
        pycognito(sparing, idp, name, **{**known, "device_password": "another"}).authenticate_user()
    srp.forget_device(access, known["device_key"])
    with boto.refused_by_sdk("ResourceNotFoundException", "Device does not exist."):
        pycognito(sparing, idp, name, **known).authenticate_user()


@holds("DEVICE-30", "DEVICE-31")
def test_the_way_of_amazons_own_example(sparing: App, idp: Any) -> None:
    # The password in the clear, then SRP under a pool of no name, without any Session.
    name, _, device = confirmed_with_code(sparing)
    helper = AWSSRP(
        username=name,
        password=device.password,
        pool_id="_",
        client_id=sparing.client_id,
        client=idp,
    )
    begun = idp.initiate_auth(
        ClientId=sparing.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD, "DEVICE_KEY": device.key},
    )
    assert begun["ChallengeName"] == "DEVICE_SRP_AUTH"
    asked = idp.respond_to_auth_challenge(
        ClientId=sparing.client_id,
        ChallengeName="DEVICE_SRP_AUTH",
        ChallengeResponses={**helper.get_auth_params(), "DEVICE_KEY": device.key},
    )
    parameters = {**asked["ChallengeParameters"], "USER_ID_FOR_SRP": device.group + device.key}
    answers = helper.process_challenge(parameters, {"USERNAME": name})
    done = idp.respond_to_auth_challenge(
        ClientId=sparing.client_id,
        ChallengeName="DEVICE_PASSWORD_VERIFIER",
        ChallengeResponses={**answers, "USERNAME": name, "DEVICE_KEY": device.key},
    )
    assert done["AuthenticationResult"]["AccessToken"]


@holds("DEVICE-10", "DEVICE-12", "DEVICE-20", "DEVICE-21", "DEVICE-23", "DEVICE-24")
def test_boto3(wire: Wire, idp: Any) -> None:
    app = an_app(wire, a_pool(wire, **OPT_IN))
    name = app.user()
    tokens = app.sign_in(name)
    token, device = tokens["AccessToken"], Device.of(tokens)
    given = {
        "AccessToken": token,
        "DeviceKey": device.key,
        "DeviceName": "boto",
        "DeviceSecretVerifierConfig": device.verifier(),
    }
    assert idp.confirm_device(**given)["UserConfirmationNecessary"] is True
    with boto.refused_by_sdk("DeviceKeyExistsException"):
        idp.confirm_device(**given)
    own = {"AccessToken": token, "DeviceKey": device.key}
    idp.update_device_status(**own, DeviceRememberedStatus="remembered")
    told = idp.get_device(**own)["Device"]
    assert told["DeviceCreateDate"].tzinfo is not None
    assert attributes_of(told)["dev:device_remembered_status"] == "remembered"
    assert idp.list_devices(AccessToken=token, Limit=1)["Devices"] == [told]
    admin = {"UserPoolId": app.pool_id, "Username": name}
    assert idp.admin_list_devices(**admin)["Devices"] == [told]
    one = {**admin, "DeviceKey": device.key}
    assert idp.admin_get_device(**one)["Device"] == told
    idp.admin_update_device_status(**one, DeviceRememberedStatus="not_remembered")
    idp.admin_forget_device(**one)
    for call, members in (
        (idp.admin_get_device, one),
        (idp.get_device, own),
        (idp.forget_device, own),
    ):
        with boto.refused_by_sdk("ResourceNotFoundException", "Device does not exist."):
            call(**members)
    with boto.refused_by_sdk("InvalidParameterException", "Invalid device key given."):
        idp.confirm_device(**given)


@holds("DEVICE-20", "DEVICE-23", "DEVICE-24")
def test_the_command_line(server_url: str, wire: Wire) -> None:
    aws = Shell(boto.environment(server_url, wire.account))
    app = an_app(wire, a_pool(wire, **TRACKED))
    name = app.user()
    tokens = result_of(app.password_step(name))
    token, device = tokens["AccessToken"], Device.of(tokens)
    config = device.verifier()
    salt = f"PasswordVerifier={config['PasswordVerifier']},Salt={config['Salt']}"
    one = ("--access-token", token, "--device-key", device.key)
    made = aws("confirm-device", *one, "--device-secret-verifier-config", salt)
    assert made == {"UserConfirmationNecessary": False}
    assert aws("get-device", *one)["Device"]["DeviceKey"] == device.key
    assert len(aws("list-devices", "--access-token", token)["Devices"]) == 1
    status = ("--device-remembered-status", "not_remembered")
    assert aws("update-device-status", *one, *status) in (None, {})
    user = ("--user-pool-id", app.pool_id, "--username", name)
    of_user = (*user, "--device-key", device.key)
    told = aws("admin-get-device", *of_user)["Device"]
    assert attributes_of(told)["dev:device_remembered_status"] == "not_remembered"
    assert aws(
        "admin-update-device-status", *of_user, "--device-remembered-status", "remembered"
    ) in (
        None,
        {},
    )
    assert len(aws("admin-list-devices", *user)["Devices"]) == 1
    assert aws("admin-forget-device", *of_user) is None
    done = aws.run("forget-device", *one)
    assert "(ResourceNotFoundException) when calling the ForgetDevice operation" in done.stderr
    assert "Device does not exist." in done.stderr


@pytest.fixture(scope="module")
def asking(wire: Wire) -> App:
    """Return an app of a pool that spares known devices once their users say so."""
    both = {**SPARING["DeviceConfiguration"], **OPT_IN["DeviceConfiguration"]}
    return an_app(wire, a_pool(wire, DeviceConfiguration=both, **SMS_FACTOR))


def run(app: App, script: str) -> dict[str, Json]:
    """Run a script for a new user with a telephone and return its report."""
    phone = a_phone()
    given = {
        "url": app.wire.base_url,
        "pool": app.pool_id,
        "client": app.client_id,
        "name": app.user("", phone_number=phone),
        "password": PASSWORD,
        "phone": phone,
    }
    told: dict[str, Json] = json.loads(
        run_node(script, environment={"CLIENT_TEST": json.dumps(given)})
    )
    return told


@holds("DEVICE-10", "DEVICE-30", "DEVICE-33", "DEVICE-34", "DEVICE-35", "DEVICE-51")
def test_amazon_cognito_identity_js(asking: App) -> None:
    told = run(asking, "devices.mjs")
    device = told["first"]["device"]
    assert told["first"] == {"asked": True, "waits": True, "device": device}
    assert told["unasked"] == {"asked": True, "waits": False, "device": device}
    assert told["remembered"] == "SUCCESS"
    spared = {"asked": False, "waits": False, "device": device}
    assert (told["spared"], told["byPassword"]) == (spared, spared)
    assert told["device"]["DeviceKey"] == device
    assert attributes_of(told["device"])["dev:device_remembered_status"] == "remembered"
    assert told["listed"] == 1
    assert told["refreshed"] == device
    assert told["elsewhere"]["asked"] is True
    assert told["elsewhere"]["device"] != device
    assert (told["anew"]["asked"], told["anew"]["waits"]) == (True, True)
    assert told["anew"]["device"] not in {device, told["elsewhere"]["device"]}
    assert told["gone"]["code"] == "ResourceNotFoundException"


@holds("DEVICE-10", "DEVICE-30", "DEVICE-33", "DEVICE-35", "DEVICE-51")
def test_amplify_v6(asking: App) -> None:
    told = run(asking, "amplify_devices.mjs")
    device = told["first"]["device"]
    assert told["first"]["asked"] == "CONFIRM_SIGN_IN_WITH_SMS_CODE"
    assert told["refreshed"] == device
    spared = {"asked": "DONE", "device": device}
    assert (told["spared"], told["byPassword"]) == (spared, spared)
    assert [one["id"] for one in told["devices"]] == [device]
    assert told["anew"]["asked"] == "CONFIRM_SIGN_IN_WITH_SMS_CODE"
    assert told["anew"]["device"] != device
