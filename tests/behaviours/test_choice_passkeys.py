"""Passkeys among what may be chosen: docs/behaviours/user-auth.md."""

import json

import pytest

from tests.behaviours.choice import WORDS, begin, choose
from tests.behaviours.every_factor import (
    MULTI_FACTOR,
    a_factor_app,
    a_passkey,
    an_authenticator,
    by_password,
    sign,
)
from tests.behaviours.factors import prefer
from tests.behaviours.wording import BAD_SESSION, INCORRECT
from tests.sdk.builders import App, result_of
from tests.sdk.support import PASSWORD, Json, Wire, a_phone, an_email, holds, refused
from tests.support.authenticator import Authenticator

CODES = ["EMAIL_OTP", "SMS_OTP"]


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client of a pool that offers every factor."""
    return a_factor_app(wire)


def a_holder(app: App) -> tuple[str, Authenticator]:
    """Return a user with everything, a passkey included, and its keeper."""
    email = an_email()
    name = app.user(email, email=email, phone_number=a_phone())
    keeper = an_authenticator()
    a_passkey(app, by_password(app, name)["AccessToken"], keeper)
    return name, keeper


@holds("CHOICE-02", "CHOICE-03")
def test_a_passkey_comes_first(app: App) -> None:
    name, keeper = a_holder(app)
    step = begin(app, name)
    assert step["AvailableChallenges"] == ["WEB_AUTHN", *CODES, *WORDS]
    assert result_of(sign(app, choose(app, step, name, "WEB_AUTHN"), name, keeper))
    asked = begin(app, name, "WEB_AUTHN")
    assert asked["ChallengeName"] == "WEB_AUTHN"
    assert result_of(sign(app, asked, name, keeper))


@holds("CHOICE-02")
def test_a_deleted_passkey_is_not_offered(app: App) -> None:
    name, _ = a_holder(app)
    token = by_password(app, name)["AccessToken"]
    (known,) = app.wire.call("ListWebAuthnCredentials", AccessToken=token)["Credentials"]
    app.wire.call("DeleteWebAuthnCredential", AccessToken=token, CredentialId=known["CredentialId"])
    assert begin(app, name)["AvailableChallenges"] == [*CODES, *WORDS]


@holds("CHOICE-14")
def test_a_credential_that_signs_nothing_of_ours_is_passed_over(app: App) -> None:
    name, keeper = a_holder(app)
    earlier = begin(app, name, "WEB_AUTHN")["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]
    credential = json.dumps(keeper.get(json.loads(earlier)))
    step = choose(app, begin(app, name), name, "WEB_AUTHN", CREDENTIAL=credential)
    assert step["ChallengeName"] == "WEB_AUTHN"
    with refused(*INCORRECT):
        app.respond("WEB_AUTHN", step["Session"], USERNAME=name, CREDENTIAL=credential)


@holds("CHOICE-05")
@pytest.mark.parametrize("multi", [False, True])
def test_a_second_factor_in_use_bars_what_is_one_factor(wire: Wire, *, multi: bool) -> None:
    app = a_factor_app(wire, passkeys=MULTI_FACTOR if multi else "SINGLE_FACTOR")
    name, keeper = a_holder(app)
    asked = begin(app, name, "WEB_AUTHN")
    prefer(app, name, "EMAIL_OTP")
    left = ["WEB_AUTHN", *WORDS] if multi else WORDS
    assert begin(app, name)["AvailableChallenges"] == left
    assert begin(app, name, "EMAIL_OTP")["AvailableChallenges"] == left
    owed = begin(app, name, "PASSWORD", PASSWORD=PASSWORD)
    assert owed["ChallengeName"] == "EMAIL_OTP"
    if multi:
        assert result_of(sign(app, asked, name, keeper))
    else:
        with refused(*BAD_SESSION):
            sign(app, asked, name, keeper)


@holds("CHOICE-05")
@pytest.mark.parametrize("multi", [False, True])
def test_a_pool_that_requires_two_factors(wire: Wire, *, multi: bool) -> None:
    app = a_factor_app(
        wire,
        ["PASSWORD", *(["WEB_AUTHN"] if multi else [])],
        mfa="ON",
        passkeys=MULTI_FACTOR if multi else "",
    )
    name = app.user("", email=an_email(), phone_number=a_phone())
    assert begin(app, name)["AvailableChallenges"] == WORDS
    owed = begin(app, name, "PASSWORD", PASSWORD=PASSWORD)
    assert owed["ChallengeName"] in {"SELECT_MFA_TYPE", "EMAIL_OTP", "SMS_MFA"}


def shape(step: dict[str, Json]) -> dict[str, Json]:
    """Return what of a WEB_AUTHN challenge can be compared between two users."""
    options = json.loads(step["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    # Makers differ in the length of their ids and in transports: any is somebody's.
    listed = [sorted(one) for one in options.pop("allowCredentials")]
    told = {**options, "challenge": len(options["challenge"]), "allowed": listed}
    return {**step, "Session": len(step["Session"]), "ChallengeParameters": told}


@holds("CHOICE-35", "CHOICE-33", "CHOICE-31")
def test_nobodys_passkeys_look_like_somebodys(wire: Wire) -> None:
    app = a_factor_app(wire, PreventUserExistenceErrors="ENABLED")
    holder, _ = a_holder(app)
    plain = app.user(an_email(), email=an_email(), phone_number=a_phone())
    with_key, without = begin(app, holder), begin(app, plain)
    seen = set()
    for _ in range(24):
        nobody = an_email()
        step, asked = begin(app, nobody), begin(app, nobody, "WEB_AUTHN")
        has = step["AvailableChallenges"] == with_key["AvailableChallenges"]
        assert has or step["AvailableChallenges"] == without["AvailableChallenges"]
        assert begin(app, nobody)["AvailableChallenges"] == step["AvailableChallenges"]
        assert asked["ChallengeName"] == ("WEB_AUTHN" if has else "SELECT_CHALLENGE")
        seen.add(has)
        if has:
            assert shape(asked) == shape(begin(app, holder, "WEB_AUTHN"))
            allowed = [
                json.loads(one["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
                for one in (asked, begin(app, nobody, "WEB_AUTHN"))
            ]
            assert allowed[0]["allowCredentials"] == allowed[1]["allowCredentials"]
            keeper = an_authenticator()
            a_passkey(app, by_password(app, plain)["AccessToken"], keeper)
            options = json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
            credential = json.dumps(keeper.get(options, key=keeper.keys[0]))
            with refused(*INCORRECT):
                app.respond("WEB_AUTHN", asked["Session"], USERNAME=nobody, CREDENTIAL=credential)
            break
    assert seen
