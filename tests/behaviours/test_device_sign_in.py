"""Signing in from devices: docs/behaviours/devices.md. Wrong proofs: test_device_proofs."""

from collections.abc import Callable

import pytest

from tests.behaviours.wording import INCORRECT, USED_SESSION, missing
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.devices import (
    NO_DEVICE,
    NOBODYS,
    OPT_IN,
    SMS_FACTOR,
    SPARING,
    SRP_AUTH,
    TRACKED,
    VERIFIER,
    Device,
    attributes_of,
    confirmed,
    confirmed_with_code,
    password_step,
    signed_in,
    srp_step,
    texted,
)
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Json, Wire, a_phone, claims_of, holds, refused, unique

STEPS = [password_step, srp_step]


@pytest.fixture(scope="module")
def tracked(wire: Wire) -> App:
    """Return an app of a pool that remembers every confirmed device."""
    return an_app(wire, a_pool(wire, **TRACKED))


@pytest.fixture(scope="module")
def sparing(wire: Wire) -> App:
    """Return an app of a pool that asks new devices only for a second factor."""
    return an_app(wire, a_pool(wire, **SPARING, **SMS_FACTOR))


def told(app: App, name: str, device: Device) -> dict[str, Json]:
    found: dict[str, Json] = app.admin("AdminGetDevice", name, DeviceKey=device.key)["Device"]
    return found


# -- the way of a remembered device


@holds("DEVICE-30", "DEVICE-31")
@pytest.mark.parametrize("begin", STEPS)
@pytest.mark.parametrize("with_session", [True, False])
def test_a_remembered_device_proves_itself(
    tracked: App, begin: Callable[[App, str, Device], dict[str, Json]], with_session: bool
) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    step = begin(tracked, name, device)
    assert step["ChallengeParameters"] == {"USERNAME": name, "DEVICE_KEY": device.key}
    srp, asked = device.ask(tracked, step, with_session=with_session)
    assert set(asked["ChallengeParameters"]) == {
        *("SALT", "SRP_B", "SECRET_BLOCK", "USERNAME", "DEVICE_KEY")
    }
    assert int(asked["ChallengeParameters"]["SALT"], 16) == device.salt
    session = asked["Session"] if with_session else None
    answers = device.answers(srp, asked["ChallengeParameters"])
    tokens = signed_in(tracked.respond(VERIFIER, session, **answers))
    assert claims_of(tokens["AccessToken"])["device_key"] == device.key
    assert tracked.wire.call("GetUser", AccessToken=tokens["AccessToken"])["Username"] == name


@holds("DEVICE-30")
@pytest.mark.parametrize("salt", [1, 0x7F << 120, 0x80 << 120, 2**128 - 1, 0x00FF << 100])
def test_salts_of_every_form_agree(tracked: App, salt: int) -> None:
    name = tracked.user()
    tokens = tracked.sign_in(name)
    metadata = tokens["NewDeviceMetadata"]
    device = Device(metadata["DeviceKey"], metadata["DeviceGroupKey"], salt=salt)
    device.confirm(tracked, tokens["AccessToken"])
    assert signed_in(device.prove(tracked, password_step(tracked, name, device)))


@holds("DEVICE-30")
def test_administrators_sign_in_from_devices_too(tracked: App) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    step = tracked.admin_initiate(
        "ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD, DEVICE_KEY=device.key
    )
    assert signed_in(device.prove(tracked, step))


@holds("DEVICE-31")
def test_without_a_session_the_newest_sign_in_goes_on(tracked: App) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    older, newer = (password_step(tracked, name, device) for _ in range(2))
    assert signed_in(device.prove(tracked, newer, with_session=False))
    with refused(*USED_SESSION):
        device.ask(tracked, newer, with_session=False)
    assert signed_in(device.prove(tracked, older))


@holds("DEVICE-31", "DEVICE-44")
def test_without_a_session_nothing_begins(tracked: App, wire: Wire) -> None:
    # A device cannot begin by itself: somebody must have proven the password just before.
    name, other = tracked.user(), tracked.user()
    device, _ = confirmed(tracked, name)
    step = {"ChallengeName": SRP_AUTH, "ChallengeParameters": {"USERNAME": name}}
    with refused(*missing("Session")):
        device.ask(tracked, step, with_session=False)
    password_step(tracked, name, device)
    elsewhere = an_app(wire, a_pool(wire, **TRACKED))
    elsewhere.user(name)
    for app, asked in (
        (tracked, {**step, "ChallengeParameters": {"USERNAME": other}}),
        (tracked, {**step, "ChallengeParameters": {"USERNAME": unique("nobody")}}),
        (tracked.another_client(), step),
        (elsewhere, step),
    ):
        with refused(*missing("Session")):
            device.ask(app, asked, with_session=False)
    assert device.ask(tracked, step, with_session=False)


@holds("DEVICE-33")
@pytest.mark.parametrize("begin", STEPS)
def test_a_remembered_device_spares_the_second_factor(
    sparing: App, begin: Callable[[App, str, Device], dict[str, Json]]
) -> None:
    name, _, device = confirmed_with_code(sparing)
    assert signed_in(device.prove(sparing, begin(sparing, name, device)))
    assert sparing.password_step(name)["ChallengeName"] == "SMS_MFA"


@holds("DEVICE-33")
def test_without_sparing_the_device_comes_after_the_second_factor(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, **TRACKED, **SMS_FACTOR))
    name, phone, device = confirmed_with_code(app)
    step = password_step(app, name, device)
    after = texted(app, name, step, phone)
    assert signed_in(device.prove(app, after))
    # The key may come with the code as well.
    step = app.password_step(name)
    after = app.respond(
        "SMS_MFA",
        step["Session"],
        USERNAME=name,
        SMS_MFA_CODE=app.wire.code(phone),
        DEVICE_KEY=device.key,
    )
    assert signed_in(device.prove(app, after))


@holds("DEVICE-34")
def test_a_device_that_is_not_remembered_spares_nothing(clock_wire: Wire) -> None:
    both = {
        "DeviceConfiguration": {**SPARING["DeviceConfiguration"], **OPT_IN["DeviceConfiguration"]}
    }
    app = an_app(clock_wire, a_pool(clock_wire, **both, **SMS_FACTOR))
    name, phone, device = confirmed_with_code(app)
    before = told(app, name, device)
    clock_wire.advance(60)
    tokens = signed_in(texted(app, name, password_step(app, name, device), phone))
    assert claims_of(tokens["AccessToken"])["device_key"] == device.key
    after = told(app, name, device)
    assert after["DeviceLastAuthenticatedDate"] >= before["DeviceLastAuthenticatedDate"] + 60
    assert after["DeviceLastModifiedDate"] == before["DeviceLastModifiedDate"]
    assert attributes_of(after)["last_ip_used"] == "127.0.0.1"


@holds("DEVICE-30", "DEVICE-34")
def test_a_proof_is_noted(clock_wire: Wire) -> None:
    app = an_app(clock_wire, a_pool(clock_wire, **TRACKED))
    name = app.user()
    device, _ = confirmed(app, name)
    before = told(app, name, device)["DeviceLastAuthenticatedDate"]
    clock_wire.advance(60)
    assert signed_in(device.prove(app, password_step(app, name, device)))
    assert told(app, name, device)["DeviceLastAuthenticatedDate"] >= before + 60


# -- unknown devices


@holds("DEVICE-35", "DEVICE-46")
@pytest.mark.parametrize("key", ["nobodys", "another user's", "forgotten"])
def test_an_unknown_device_uses_nothing_up(tracked: App, key: str) -> None:
    name = tracked.user()
    if key == "nobodys":
        named = NOBODYS
    elif key == "forgotten":
        device, tokens = confirmed(tracked, name)
        named = device.key
        tracked.wire.call("ForgetDevice", AccessToken=tokens["AccessToken"], DeviceKey=named)
    else:
        named = confirmed(tracked, tracked.user())[0].key
    with refused(*NO_DEVICE):
        password_step(tracked, name, Device(named, "-"))
    srp = SrpClient(tracked.pool_id)
    asked = tracked.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public, DEVICE_KEY=named)
    answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
    for _ in range(7):
        with refused(*NO_DEVICE):
            tracked.respond("PASSWORD_VERIFIER", None, **answers, DEVICE_KEY=named)
    done = tracked.wire.call(
        "RespondToAuthChallenge",
        ClientId=tracked.client_id,
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses={**answers, "DEVICE_KEY": None},
    )
    assert result_of(done)["NewDeviceMetadata"]["DeviceKey"] != named


@holds("DEVICE-35")
def test_an_unknown_device_beside_a_code_uses_nothing_up(sparing: App) -> None:
    phone = a_phone()
    name = sparing.user("", phone_number=phone)
    step = sparing.password_step(name)
    answers = {"USERNAME": name, "SMS_MFA_CODE": sparing.wire.code(phone)}
    with refused(*NO_DEVICE):
        sparing.respond("SMS_MFA", step["Session"], **answers, DEVICE_KEY=NOBODYS)
    assert result_of(sparing.respond("SMS_MFA", step["Session"], **answers))


@holds("DEVICE-36")
def test_a_device_unknown_at_the_beginning_counts_as_not_named(tracked: App) -> None:
    name = tracked.user()
    srp = SrpClient(tracked.pool_id)
    asked = tracked.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public, DEVICE_KEY=NOBODYS)
    answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
    assert result_of(tracked.respond("PASSWORD_VERIFIER", None, **answers))["NewDeviceMetadata"]


@holds("DEVICE-36")
def test_a_known_device_named_at_the_beginning_is_asked(tracked: App) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    srp = SrpClient(tracked.pool_id)
    asked = tracked.initiate(
        "USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public, DEVICE_KEY=device.key
    )
    answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
    step = tracked.respond("PASSWORD_VERIFIER", None, **answers)
    assert signed_in(device.prove(tracked, step))


@holds("DEVICE-46")
def test_an_unknown_device_tells_nothing_of_a_user(tracked: App) -> None:
    hiding = tracked.another_client(PreventUserExistenceErrors="ENABLED")
    for name in (hiding.user(), unique("nobody")):
        srp = SrpClient(hiding.pool_id)
        asked = hiding.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
        answers = srp.answers(asked["ChallengeParameters"], "Wrong-Horse-1")
        with refused(*NO_DEVICE):
            hiding.respond("PASSWORD_VERIFIER", None, **answers, DEVICE_KEY=NOBODYS)
        with refused(*INCORRECT):
            hiding.respond("PASSWORD_VERIFIER", None, **answers)
        with refused(*INCORRECT):
            hiding.initiate(
                "USER_PASSWORD_AUTH", USERNAME=name, PASSWORD="Wrong-Horse-1", DEVICE_KEY=NOBODYS
            )
