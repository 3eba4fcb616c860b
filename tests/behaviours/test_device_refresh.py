"""Refresh tokens and the devices they belong to: docs/behaviours/devices.md."""

import pytest

from tests.behaviours.wording import BAD_REFRESH
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.devices import NOBODYS, TRACKED, Device, confirmed, password_step
from tests.sdk.support import Json, Wire, claims_of, holds, refused


@pytest.fixture(scope="module")
def tracked(wire: Wire) -> App:
    """Return an app of a pool that remembers every confirmed device."""
    return an_app(wire, a_pool(wire, **TRACKED))


@holds("DEVICE-50", "DEVICE-51", "DEVICE-53")
@pytest.mark.parametrize("operation", ["flow", "GetTokensFromRefreshToken"])
def test_a_refresh_token_is_bound_to_its_confirmed_device(tracked: App, operation: str) -> None:
    name = tracked.user()
    tokens = tracked.sign_in(name)
    token, device = tokens["RefreshToken"], Device.of(tokens)

    def refreshed(key: str | None = None) -> dict[str, Json]:
        if operation == "flow":
            named = {} if key is None else {"DEVICE_KEY": key}
            found = tracked.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token, **named)
        else:
            named = {} if key is None else {"DeviceKey": key}
            found = tracked.wire.call(
                operation, ClientId=tracked.client_id, RefreshToken=token, **named
            )
        return result_of(found)

    told = None if operation == "flow" else tokens["NewDeviceMetadata"]
    for key in (None, device.key):
        fresh = refreshed(key)
        assert fresh.get("NewDeviceMetadata") == told
        assert claims_of(fresh["AccessToken"])["device_key"] == device.key
    with refused(*BAD_REFRESH):
        refreshed(NOBODYS)
    device.confirm(tracked, tokens["AccessToken"])
    for key in (None, NOBODYS, confirmed(tracked, name)[0].key):
        with refused(*BAD_REFRESH):
            refreshed(key)
    fresh = refreshed(device.key)
    assert "NewDeviceMetadata" not in fresh
    assert claims_of(fresh["AccessToken"])["device_key"] == device.key


@holds("DEVICE-52")
def test_a_forgotten_devices_refresh_token_is_refused(tracked: App) -> None:
    name = tracked.user()
    device, tokens = confirmed(tracked, name)
    tracked.admin("AdminForgetDevice", name, DeviceKey=device.key)
    for named in ({}, {"DEVICE_KEY": device.key}):
        with refused(*BAD_REFRESH):
            tracked.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"], **named)
    assert tracked.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name


@holds("DEVICE-51")
def test_rotated_tokens_stay_bound(tracked: App) -> None:
    rotating = tracked.another_client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    device, tokens = confirmed(rotating, rotating.user())
    token = tokens["RefreshToken"]
    for _ in range(2):
        with refused(*BAD_REFRESH):
            rotating.wire.call(
                "GetTokensFromRefreshToken", ClientId=rotating.client_id, RefreshToken=token
            )
        token = rotating.wire.call(
            "GetTokensFromRefreshToken",
            ClientId=rotating.client_id,
            RefreshToken=token,
            DeviceKey=device.key,
        )["AuthenticationResult"]["RefreshToken"]


@holds("DEVICE-02", "DEVICE-51")
def test_without_tracking_devices_bind_nothing(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, **TRACKED))
    name = app.user()
    device, tokens = confirmed(app, name)
    wire.call("UpdateUserPool", UserPoolId=app.pool_id)
    assert app.refresh(tokens["RefreshToken"])["AccessToken"]
    assert result_of(password_step(app, name, device))["AccessToken"]
