"""Devices among functions, addresses and many others: docs/behaviours/devices.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.behaviours.custom import Custom, custom
from tests.behaviours.wording import missing
from tests.flows.functions import Stage
from tests.flows.in_process import InProcessWire, serving
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.devices import (
    TRACKED,
    Device,
    confirmed,
    password_step,
    signed_in,
    srp_step,
)
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Json, claims_of, holds, refused

DEVICES_MAX = 100


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("stage")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


def tracking(app: App) -> App:
    """Let the app's pool track devices, its functions as they are."""
    described = app.wire.call("DescribeUserPool", UserPoolId=app.pool_id)["UserPool"]
    functions = {"LambdaConfig": described["LambdaConfig"]}
    app.wire.call("UpdateUserPool", UserPoolId=app.pool_id, **functions, **TRACKED)
    return app


@holds("DEVICE-37")
@pytest.mark.parametrize("begin", [password_step, srp_step])
def test_functions_are_told_of_devices(stage: Stage, begin: Any) -> None:
    after, tokens = stage.function(), stage.function()
    app = tracking(stage.app(PostAuthentication=after, PreTokenGeneration=tokens))
    name = app.user()
    device, _ = confirmed(app, name)
    signed_in(device.prove(app, begin(app, name, device)))
    assert len(after.events) == 2, "nobody is told before the device has proven itself"
    app.admin(
        "AdminUpdateDeviceStatus",
        name,
        DeviceKey=device.key,
        DeviceRememberedStatus="not_remembered",
    )
    signed_in(begin(app, name, device))
    told = [event["request"]["newDeviceUsed"] for event in after.events]
    assert told == [True, False, False]
    assert tokens.sources == [
        "TokenGeneration_Authentication",
        "TokenGeneration_AuthenticateDevice",
        "TokenGeneration_Authentication",
    ]


@holds("DEVICE-03")
def test_no_function_changes_the_device_of_a_token(stage: Stage) -> None:
    def forge(event: dict[str, Json]) -> dict[str, Json]:
        forged = {"claimsToAddOrOverride": {"device_key": "us-east-1_0"}}
        event["response"]["claimsAndScopeOverrideDetails"] = {"accessTokenGeneration": forged}
        return event

    function = stage.function(forge)
    pool = a_pool(
        stage.wire,
        LambdaConfig={
            "PreTokenGenerationConfig": {"LambdaArn": function.arn, "LambdaVersion": "V2_0"}
        },
        **TRACKED,
    )
    app = an_app(stage.wire, pool)
    tokens = app.sign_in(app.user())
    assert function.events
    key = tokens["NewDeviceMetadata"]["DeviceKey"]
    assert claims_of(tokens["AccessToken"])["device_key"] == key


@pytest.fixture
def by_word(stage: Stage) -> Custom:
    """Return custom authentication in a pool that tracks devices."""
    made = custom(stage)
    tracking(made.app)
    return made


@holds("DEVICE-03", "DEVICE-38")
def test_custom_authentication_asks_a_remembered_device_last(by_word: Custom) -> None:
    app = by_word.app
    name = app.user()
    tokens = result_of(by_word.answer(by_word.start(name)))
    device = Device.of(tokens)
    device.confirm(app, tokens["AccessToken"])
    asked = by_word.start(name, DEVICE_KEY=device.key)
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    after = by_word.answer(asked)
    decided = len(by_word.define.events)
    assert signed_in(device.prove(app, after))
    assert len(by_word.define.events) == decided, "the functions have had their say"
    # The key may come with the answer only, and a device is asked without a Session too.
    asked = by_word.start(name)
    after = app.respond(
        "CUSTOM_CHALLENGE",
        asked["Session"],
        USERNAME=name,
        ANSWER="the-secret-of-the-question",
        DEVICE_KEY=device.key,
    )
    assert signed_in(device.prove(app, after, with_session=False))


@holds("DEVICE-38")
def test_a_wrong_answer_asks_no_device(by_word: Custom) -> None:
    app = by_word.app
    name = app.user()
    tokens = result_of(by_word.answer(by_word.start(name)))
    device = Device.of(tokens)
    device.confirm(app, tokens["AccessToken"])
    asked = by_word.start(name, DEVICE_KEY=device.key)
    for _ in range(2):
        asked = by_word.answer(asked, "wrong")
        assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    with refused("NotAuthorizedException", "Incorrect username or password."):
        by_word.answer(asked, "wrong")


@holds("DEVICE-38")
def test_custom_authentication_by_srp_asks_the_device_too(stage: Stage) -> None:
    made = custom(stage, "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE")
    app = tracking(made.app)
    name = app.user()
    device, _ = confirmed(app, name)
    srp = SrpClient(app.pool_id)
    asked = made.start(name, CHALLENGE_NAME="SRP_A", SRP_A=srp.public, DEVICE_KEY=device.key)
    answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
    asked = app.respond("PASSWORD_VERIFIER", asked["Session"], **answers, DEVICE_KEY=device.key)
    assert signed_in(device.prove(app, made.answer(asked)))


# -- from where


class From:
    """The application, called from another address."""

    def __init__(self, address: str, application: Any) -> None:
        self._address = address
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self._application({**scope, "client": (self._address, 1)}, receive, send)


@holds("DEVICE-32", "DEVICE-20")
def test_without_a_session_only_the_same_address_goes_on(stage: Stage) -> None:
    app = an_app(stage.wire, a_pool(stage.wire, **TRACKED))
    name = app.user()
    device, _ = confirmed(app, name)
    wire = stage.wire
    assert isinstance(wire, InProcessWire)
    elsewhere = InProcessWire(From("192.0.2.7", wire._application), wire._loop)  # type: ignore[arg-type]  # an application is what answers
    elsewhere.account = wire.account
    there = App(elsewhere, app.pool_id, app.client_id)
    step = password_step(app, name, device)
    with refused(*missing("Session")):
        device.ask(there, step, with_session=False)
    # With the Session nobody asks for the address: it is a secret of its own.
    assert signed_in(device.prove(there, step))
    told = app.admin("AdminGetDevice", name, DeviceKey=device.key)["Device"]
    assert {"Name": "last_ip_used", "Value": "192.0.2.7"} in told["DeviceAttributes"]


# -- how many


@holds("DEVICE-16")
def test_a_user_has_so_many_devices(stage: Stage) -> None:
    app = an_app(stage.wire, a_pool(stage.wire, **TRACKED))
    name = app.user()
    first, tokens = confirmed(app, name)
    for _ in range(DEVICES_MAX - 1):
        fresh = app.sign_in(name)
        Device.of(fresh).confirm(app, fresh["AccessToken"], DeviceSecretVerifierConfig=None)

    def keys() -> list[str]:
        found: list[str] = []
        carried: dict[str, Json] = {}
        while True:
            page = app.admin("AdminListDevices", name, **carried)
            found += [device["DeviceKey"] for device in page["Devices"]]
            if "PaginationToken" not in page:
                return found
            carried = {"PaginationToken": page["PaginationToken"]}

    before = keys()
    assert len(before) == DEVICES_MAX
    assert before[0] == first.key
    second = before[1]
    # The first one is in use, so the second is missed least.
    signed_in(first.prove(app, password_step(app, name, first)))
    newest = app.sign_in(name)
    Device.of(newest).confirm(app, newest["AccessToken"])
    after = keys()
    assert len(after) == DEVICES_MAX
    assert set(before) - set(after) == {second}
    app.admin(
        "AdminUpdateDeviceStatus",
        name,
        DeviceKey=first.key,
        DeviceRememberedStatus="not_remembered",
    )
    newest = app.sign_in(name)
    Device.of(newest).confirm(app, newest["AccessToken"])
    assert set(after) - set(keys()) == {first.key}
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        app.initiate(
            "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"], DEVICE_KEY=first.key
        )
