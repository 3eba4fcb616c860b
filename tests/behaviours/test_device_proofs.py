"""Proofs of devices, wrong in every way: docs/behaviours/devices.md."""

import base64
import datetime as dt

import pytest

from tests.behaviours.wording import (
    BAD_SESSION,
    INCORRECT,
    LOCKED,
    OLD_SESSION,
    USED_SESSION,
    missing,
)
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.devices import (
    NO_DEVICE,
    SMS_FACTOR,
    SPARING,
    SRP_AUTH,
    TRACKED,
    VERIFIER,
    Device,
    confirmed,
    confirmed_with_code,
    password_step,
    signed_in,
    texted,
)
from tests.sdk.srp import N, SrpClient, derived_key, padded
from tests.sdk.support import Json, Wire, holds, race, refused, tampered

SLACK_S = 60


@pytest.fixture(scope="module")
def tracked(wire: Wire) -> App:
    """Return an app of a pool that remembers every confirmed device."""
    return an_app(wire, a_pool(wire, **TRACKED))


@pytest.fixture(scope="module")
def sparing(wire: Wire) -> App:
    """Return an app of a pool that asks new devices only for a second factor."""
    return an_app(wire, a_pool(wire, **SPARING, **SMS_FACTOR))


# -- proofs that fail


@holds("DEVICE-40", "DEVICE-44")
@pytest.mark.parametrize("wrong", ["password", "signature", "early", "late", "degenerate"])
def test_a_wrong_proof_is_refused_and_uses_the_session_up(tracked: App, wrong: str) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    srp = device.srp()
    if wrong == "degenerate":
        srp.A = N
    step = password_step(tracked, name, device)
    named = {"USERNAME": name, "DEVICE_KEY": device.key}
    asked = tracked.respond(SRP_AUTH, step["Session"], **named, SRP_A=srp.public)
    parameters = asked["ChallengeParameters"]
    now = dt.datetime.now(dt.UTC)
    shift = dt.timedelta(minutes=6)
    match wrong:
        case "password":
            answers = device.answers(srp, parameters, password="another device's")
        case "signature":
            answers = device.answers(srp, parameters)
            answers["PASSWORD_CLAIM_SIGNATURE"] = tampered(answers["PASSWORD_CLAIM_SIGNATURE"])
        case "early":
            answers = device.answers(srp, parameters, moment=now - shift)
        case "late":
            answers = device.answers(srp, parameters, moment=now + shift)
        case _:
            key = derived_key(padded(0), padded(1))
            proof = srp.signed(key, {**parameters, "USER_ID_FOR_SRP": device.key})
            answers = {**proof, **named}
    with refused(*INCORRECT):
        tracked.respond(VERIFIER, asked["Session"], **answers)
    with refused(*USED_SESSION):
        tracked.respond(VERIFIER, asked["Session"], **device.answers(srp, parameters))


@holds("DEVICE-40")
@pytest.mark.parametrize(
    "absent",
    ["PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP", "USERNAME"],
)
def test_a_missing_answer_is_named_and_uses_nothing_up(tracked: App, absent: str) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    step = password_step(tracked, name, device)
    for lacking in ("DEVICE_KEY", "SRP_A"):
        given = {"USERNAME": name, "DEVICE_KEY": device.key, "SRP_A": device.srp().public}
        del given[lacking]
        with refused(*missing(lacking)):
            tracked.respond(SRP_AUTH, step["Session"], **given)
    with refused("InvalidParameterException", "SRP_A is not a hexadecimal number."):
        tracked.respond(
            SRP_AUTH, step["Session"], USERNAME=name, DEVICE_KEY=device.key, SRP_A="xyz"
        )
    srp, asked = device.ask(tracked, step)
    answers = device.answers(srp, asked["ChallengeParameters"])
    for lacking in (absent, "DEVICE_KEY"):
        with refused(*missing(lacking)):
            tracked.respond(
                VERIFIER, asked["Session"], **{k: v for k, v in answers.items() if k != lacking}
            )
    assert signed_in(tracked.respond(VERIFIER, asked["Session"], **answers))


@holds("DEVICE-41")
def test_a_session_is_good_once(tracked: App) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    step = password_step(tracked, name, device)
    srp, asked = device.ask(tracked, step)
    with refused(*USED_SESSION):
        device.ask(tracked, step)
    answers = device.answers(srp, asked["ChallengeParameters"])
    assert signed_in(tracked.respond(VERIFIER, asked["Session"], **answers))
    for session in (asked["Session"], None):
        with refused(*USED_SESSION):
            tracked.respond(VERIFIER, session, **answers)


@holds("DEVICE-41")
def test_a_session_ends(clock_wire: Wire) -> None:
    app = an_app(clock_wire, a_pool(clock_wire, **TRACKED))
    name = app.user()
    device, _ = confirmed(app, name)
    early, late = (password_step(app, name, device) for _ in range(2))
    srp, asked = device.ask(app, early)
    clock_wire.advance(181)
    for with_session in (True, False):
        with refused(*OLD_SESSION):
            device.ask(app, late, with_session=with_session)
    answers = device.answers(srp, asked["ChallengeParameters"])
    for session in (asked["Session"], None):
        with refused(*OLD_SESSION):
            app.respond(VERIFIER, session, **answers)


@holds("DEVICE-41")
def test_a_session_of_another_client_pool_or_user_is_refused(tracked: App, wire: Wire) -> None:
    name, other = tracked.user(), tracked.user()
    device, _ = confirmed(tracked, name)
    others, _ = confirmed(tracked, other)
    elsewhere = an_app(wire, a_pool(wire, **TRACKED))
    elsewhere.user(name)
    step = password_step(tracked, name, device)
    srp, asked = device.ask(tracked, password_step(tracked, name, device))
    answers = device.answers(srp, asked["ChallengeParameters"])
    for app in (tracked.another_client(), elsewhere):
        with refused(*BAD_SESSION):
            device.ask(app, step)
        for session in (asked["Session"], None):
            with refused(*BAD_SESSION):
                app.respond(VERIFIER, session, **answers)
    mine = {"USERNAME": other, "DEVICE_KEY": others.key}
    with refused(*BAD_SESSION):
        tracked.respond(SRP_AUTH, step["Session"], **mine, SRP_A=srp.public)
    for session in (asked["Session"], None):
        with refused(*BAD_SESSION):
            tracked.respond(VERIFIER, session, **{**answers, **mine})
    # Nor does another user's device help with one's own session.
    with refused(*NO_DEVICE):
        others.ask(tracked, step)
    with refused(*NO_DEVICE):
        tracked.respond(VERIFIER, asked["Session"], **{**answers, "DEVICE_KEY": others.key})
    assert signed_in(tracked.respond(VERIFIER, asked["Session"], **answers))


@holds("DEVICE-41")
def test_another_device_of_the_same_user_does_not_step_in(tracked: App) -> None:
    name = tracked.user()
    device, second = confirmed(tracked, name)[0], confirmed(tracked, name)[0]
    step = password_step(tracked, name, device)
    with refused(*BAD_SESSION):
        second.ask(tracked, step)
    srp, asked = device.ask(tracked, step)
    with refused(*BAD_SESSION):
        tracked.respond(
            VERIFIER, asked["Session"], **second.answers(srp, asked["ChallengeParameters"])
        )
    assert signed_in(
        tracked.respond(
            VERIFIER, asked["Session"], **device.answers(srp, asked["ChallengeParameters"])
        )
    )


@holds("DEVICE-41")
def test_an_altered_session_or_block_is_refused(tracked: App) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    step = password_step(tracked, name, device)
    with refused(*BAD_SESSION):
        device.ask(tracked, {**step, "Session": tampered(step["Session"], 40)})
    srp, asked = device.ask(tracked, step)
    parameters = asked["ChallengeParameters"]
    block = parameters["SECRET_BLOCK"]
    raw = base64.b64decode(block)
    for bad in (
        tampered(block, len(block) // 2),
        base64.b64encode(raw[:-1]).decode(),
        base64.b64encode(raw + b"x").decode(),
        "AAAA",
        "no base64!",
    ):
        answers = device.answers(srp, parameters)
        spoiled = {**answers, "PASSWORD_CLAIM_SECRET_BLOCK": bad}
        for session in (asked["Session"], None):
            with refused(*BAD_SESSION):
                tracked.respond(VERIFIER, session, **spoiled)
    # The block of another question, rightly signed, with this one's Session.
    again, other = device.ask(tracked, password_step(tracked, name, device))
    with refused(*BAD_SESSION):
        tracked.respond(
            VERIFIER, asked["Session"], **device.answers(again, other["ChallengeParameters"])
        )
    assert signed_in(tracked.respond(VERIFIER, asked["Session"], **device.answers(srp, parameters)))


@holds("DEVICE-41", "DEVICE-44")
def test_a_step_is_not_skipped(tracked: App) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    step = password_step(tracked, name, device)
    srp, asked = device.ask(tracked, password_step(tracked, name, device))
    answers = device.answers(srp, asked["ChallengeParameters"])
    block = base64.b64encode(
        base64.urlsafe_b64decode(step["Session"] + "=" * (-len(step["Session"]) % 4))
    ).decode()
    with refused(*BAD_SESSION):  # the first question's handle as the second's
        tracked.respond(VERIFIER, None, **{**answers, "PASSWORD_CLAIM_SECRET_BLOCK": block})
    with refused(*BAD_SESSION):
        tracked.respond("SMS_MFA", step["Session"], USERNAME=name, SMS_MFA_CODE="123456")
    with refused(*BAD_SESSION):
        tracked.respond("PASSWORD_VERIFIER", asked["Session"], **answers)
    user = SrpClient(tracked.pool_id)
    begun = tracked.initiate(
        "USER_SRP_AUTH", USERNAME=name, SRP_A=user.public, DEVICE_KEY=device.key
    )
    with refused(*BAD_SESSION):  # the user's own question, before the password is proven
        tracked.respond(VERIFIER, None, **device.answers(user, begun["ChallengeParameters"]))


@holds("DEVICE-42")
def test_of_racing_proofs_one_succeeds(tracked: App) -> None:
    name = tracked.user()
    device, _ = confirmed(tracked, name)
    srp, asked = device.ask(tracked, password_step(tracked, name, device))
    answers = device.answers(srp, asked["ChallengeParameters"])
    done, refusals = race(6, lambda: tracked.respond(VERIFIER, asked["Session"], **answers))
    assert len(done) == 1
    assert {(one.code, one.text) for one in refusals} == {USED_SESSION}


@holds("DEVICE-43")
def test_wrong_proofs_lock_devices_and_a_right_password_does_not_unlock(
    clock_wire: Wire,
) -> None:
    app = an_app(clock_wire, a_pool(clock_wire, **TRACKED))
    name = app.user()
    device, second = confirmed(app, name)[0], confirmed(app, name)[0]

    def prove(one: Device, password: str = "") -> dict[str, Json]:
        srp, asked = one.ask(app, password_step(app, name, one))
        answers = one.answers(srp, asked["ChallengeParameters"], password=password)
        return app.respond(VERIFIER, asked["Session"], **answers)

    for _ in range(5):
        with refused(*INCORRECT):
            prove(device, "wrong")
    clock_wire.advance(-SLACK_S)  # a lock of one second would end while a slow machine looks
    for one in (device, second):
        with refused(*LOCKED):
            prove(one)
        with refused(*LOCKED):
            prove(one, "wrong")
    assert result_of(app.password_step(name)), "the password itself is not locked"
    clock_wire.advance(SLACK_S + 2)
    assert signed_in(prove(device))
    with refused(*INCORRECT):
        prove(device, "wrong")
    assert signed_in(prove(device)), "a right proof has cleared the count"


# -- what changes in between


@holds("DEVICE-45")
def test_a_device_forgotten_in_between_is_unknown(sparing: App) -> None:
    name, phone, device = confirmed_with_code(sparing)
    step = password_step(sparing, name, device)
    srp, asked = device.ask(sparing, password_step(sparing, name, device))
    answers = device.answers(srp, asked["ChallengeParameters"])
    sparing.admin("AdminForgetDevice", name, DeviceKey=device.key)
    for with_session in (True, False):
        with refused(*NO_DEVICE):
            device.ask(sparing, step, with_session=with_session)
    with refused(*NO_DEVICE):
        sparing.respond(VERIFIER, asked["Session"], **answers)
    fresh = texted(sparing, name, sparing.password_step(name), phone)
    assert result_of(fresh)["NewDeviceMetadata"]


@holds("DEVICE-45")
@pytest.mark.parametrize("when", ["before the first step", "before the proof"])
def test_a_device_no_longer_remembered_spares_nothing(sparing: App, when: str) -> None:
    name, phone, device = confirmed_with_code(sparing)
    said = {"DeviceKey": device.key, "DeviceRememberedStatus": "not_remembered"}
    step = password_step(sparing, name, device)
    if when == "before the proof":
        srp, asked = device.ask(sparing, step)
        sparing.admin("AdminUpdateDeviceStatus", name, **said)
        answers = device.answers(srp, asked["ChallengeParameters"])
        after = sparing.respond(VERIFIER, asked["Session"], **answers)
    else:
        sparing.admin("AdminUpdateDeviceStatus", name, **said)
        after = sparing.respond(
            SRP_AUTH,
            step["Session"],
            USERNAME=name,
            DEVICE_KEY=device.key,
            SRP_A=device.srp().public,
        )
    assert signed_in(texted(sparing, name, after, phone))


@holds("DEVICE-45")
def test_a_device_forgotten_during_the_second_factor_is_new_again(wire: Wire) -> None:
    app = an_app(wire, a_pool(wire, **TRACKED, **SMS_FACTOR))
    name, phone, device = confirmed_with_code(app)
    step = password_step(app, name, device)
    app.admin("AdminForgetDevice", name, DeviceKey=device.key)
    tokens = result_of(texted(app, name, step, phone))
    assert tokens["NewDeviceMetadata"]["DeviceKey"] != device.key
