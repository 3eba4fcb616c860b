"""What users prefer as second factors: docs/behaviours/mfa.md."""

import pytest

from tests.behaviours.factors import (
    ALL,
    MAIL,
    SMS,
    TOTP,
    a_person,
    an_mfa_app,
    prefer,
    registered,
    set_mfa,
)
from tests.behaviours.wording import BAD_ACCESS, NO_USER, invalid, no_pool
from tests.sdk.builders import App
from tests.sdk.support import Json, Wire, a_phone, an_email, holds, refused, unique

SMS_OPTION = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client of a pool whose users may choose every factor."""
    return an_mfa_app(wire, "OPTIONAL", *ALL)


def told(answer: dict[str, Json]) -> dict[str, Json]:
    """Return what an answer tells of second factors."""
    names = {"MFAOptions", "PreferredMfaSetting", "UserMFASettingList"}
    return {name: value for name, value in answer.items() if name in names}


def both(app: App, name: str, token: str) -> dict[str, Json]:
    """Return what user and administrator are told, which is the same."""
    found = told(app.admin("AdminGetUser", name))
    assert told(app.wire.call("GetUser", AccessToken=token)) == found
    return found


@holds("MFA-10", "MFA-11", "MFA-16")
def test_users_choose_for_themselves(app: App) -> None:
    person = a_person(app)
    token = app.sign_in(person.name)["AccessToken"]
    assert both(app, person.name, token) == {}

    def choose(**settings: Json) -> dict[str, Json]:
        assert app.wire.call("SetUserMFAPreference", AccessToken=token, **settings) == {}
        return both(app, person.name, token)

    assert choose(EmailMfaSettings={"Enabled": True}) == {"UserMFASettingList": [MAIL]}
    assert choose(SMSMfaSettings={"Enabled": True, "PreferredMfa": True}) == {
        "UserMFASettingList": [SMS, MAIL],
        "PreferredMfaSetting": SMS,
        "MFAOptions": SMS_OPTION,
    }
    assert choose(EmailMfaSettings={"Enabled": True, "PreferredMfa": True}) == {
        "UserMFASettingList": [SMS, MAIL],
        "PreferredMfaSetting": MAIL,
        "MFAOptions": SMS_OPTION,
    }
    assert choose(SMSMfaSettings={}) == {
        "UserMFASettingList": [MAIL],
        "PreferredMfaSetting": MAIL,
    }
    assert choose() == {"UserMFASettingList": [MAIL], "PreferredMfaSetting": MAIL}
    assert choose(EmailMfaSettings={"Enabled": False, "PreferredMfa": False}) == {}


@holds("MFA-10", "MFA-16", "MFA-20")
def test_administrators_choose_for_users(app: App) -> None:
    person = a_person(app, SMS, MAIL, preferred=SMS)
    assert told(app.admin("AdminGetUser", person.name)) == {
        "UserMFASettingList": [SMS, MAIL],
        "PreferredMfaSetting": SMS,
        "MFAOptions": SMS_OPTION,
    }
    listed = app.wire.call(
        "ListUsers", UserPoolId=app.pool_id, Filter=f'username = "{person.name}"'
    )["Users"]
    assert listed[0]["MFAOptions"] == SMS_OPTION
    with refused(*NO_USER):
        prefer(app, unique("nobody"), SMS)
    with refused(*no_pool("us-east-1_Nowhere12")):
        app.wire.call(
            "AdminSetUserMFAPreference", UserPoolId="us-east-1_Nowhere12", Username=person.name
        )
    stranger = Wire(app.wire.base_url)
    with refused(*no_pool(app.pool_id)):
        stranger.call("AdminSetUserMFAPreference", UserPoolId=app.pool_id, Username=person.name)


@holds("MFA-11", "MFA-12", "MFA-13", "MFA-14")
def test_what_cannot_be_chosen(app: App, wire: Wire) -> None:
    bare = app.user()
    best = {"Enabled": True, "PreferredMfa": True}
    token = app.sign_in(bare)["AccessToken"]

    def choose(**settings: Json) -> None:
        app.wire.call("SetUserMFAPreference", AccessToken=token, **settings)

    for name, factor in (
        ("SMSMfaSettings", SMS),
        ("EmailMfaSettings", MAIL),
        ("SoftwareTokenMfaSettings", TOTP),
    ):
        text = f"User does not have delivery config set to turn on {factor}"
        with refused(*invalid(text)):
            choose(**{name: best})
        with refused(*invalid(text)):
            app.admin("AdminSetUserMFAPreference", bare, **{name: best})
    with refused(*invalid("Only one MFA can be set as preferred")):
        choose(SMSMfaSettings=best, EmailMfaSettings=best)
    with refused("InvalidParameterException"):
        choose(SMSMfaSettings={"PreferredMfa": True})
    with refused(*BAD_ACCESS):
        app.wire.call("SetUserMFAPreference", AccessToken="nonsense", SMSMfaSettings=best)
    other = an_mfa_app(wire, "OPTIONAL", TOTP)
    person = a_person(other)
    with refused(*invalid("SMS_MFA not enabled for the user pool")):
        prefer(other, person.name, SMS)


@holds("MFA-15")
def test_where_mfa_is_required_only_the_preference_changes(wire: Wire) -> None:
    app = an_mfa_app(wire, "OPTIONAL", *ALL)
    person = a_person(app, SMS, MAIL, preferred=SMS)
    token = app.wire.call(
        "RespondToAuthChallenge",
        ClientId=app.client_id,
        ChallengeName=SMS,
        Session=app.password_step(person.name)["Session"],
        ChallengeResponses={"USERNAME": person.name, "SMS_MFA_CODE": wire.code(person.phone)},
    )["AuthenticationResult"]["AccessToken"]
    set_mfa(app, "ON", *ALL)
    app.wire.call("SetUserMFAPreference", AccessToken=token, SMSMfaSettings={"Enabled": False})
    app.admin("AdminSetUserMFAPreference", person.name, EmailMfaSettings={"Enabled": False})
    app.wire.call("SetUserSettings", AccessToken=token, MFAOptions=[])
    assert told(app.admin("AdminGetUser", person.name)) == {
        "UserMFASettingList": [SMS, MAIL],
        "MFAOptions": SMS_OPTION,
    }
    prefer(app, person.name, MAIL, preferred=MAIL)
    assert app.password_step(person.name)["ChallengeName"] == MAIL


@holds("MFA-17")
def test_the_older_settings(app: App) -> None:
    person = a_person(app)
    token = app.sign_in(person.name)["AccessToken"]
    app.wire.call("SetUserSettings", AccessToken=token, MFAOptions=SMS_OPTION)
    assert both(app, person.name, token) == {
        "UserMFASettingList": [SMS],
        "MFAOptions": SMS_OPTION,
    }
    app.admin("AdminSetUserSettings", person.name, MFAOptions=[])
    assert both(app, person.name, token) == {}
    app.admin("AdminSetUserSettings", person.name, MFAOptions=SMS_OPTION)
    assert app.password_step(person.name)["ChallengeName"] == SMS
    bare = app.user()
    with refused(*invalid("User does not have delivery config set to turn on SMS_MFA")):
        app.admin("AdminSetUserSettings", bare, MFAOptions=SMS_OPTION)
    with refused("InvalidParameterException"):
        app.admin(
            "AdminSetUserSettings",
            person.name,
            MFAOptions=[{"DeliveryMedium": "EMAIL", "AttributeName": "email"}],
        )


@holds("MFA-19")
def test_what_can_be_signed_in_with(app: App) -> None:
    person = a_person(app)
    token = app.sign_in(person.name)["AccessToken"]

    def factors() -> dict[str, Json]:
        found = app.admin("AdminGetUserAuthFactors", person.name)
        assert app.wire.call("GetUserAuthFactors", AccessToken=token) == found
        assert found.pop("Username") == person.name
        return found

    assert factors() == {"ConfiguredUserAuthFactors": ["PASSWORD"]}
    registered(app, person.name)
    assert factors() == {"ConfiguredUserAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"]}
    prefer(app, person.name, TOTP, SMS, preferred=TOTP)
    assert factors() == {
        "PreferredMfaSetting": TOTP,
        "UserMFASettingList": [SMS, TOTP],
        "ConfiguredUserAuthFactors": ["PASSWORD", "SMS_OTP", "SOFTWARE_TOKEN"],
    }
    app.admin("AdminDeleteSoftwareToken", person.name)
    assert factors() == {
        "UserMFASettingList": [SMS],
        "ConfiguredUserAuthFactors": ["PASSWORD", "SMS_OTP"],
    }
    with refused(*NO_USER):
        app.admin("AdminGetUserAuthFactors", unique("nobody"))
    with refused(*BAD_ACCESS):
        app.wire.call("GetUserAuthFactors", AccessToken="nonsense")


@holds("MFA-02")
def test_turning_mfa_off_keeps_preferences(wire: Wire) -> None:
    app = an_mfa_app(wire, "OPTIONAL", SMS)
    person = a_person(app, SMS)
    set_mfa(app, "OFF")
    assert app.sign_in(person.name)["AccessToken"]
    assert told(app.admin("AdminGetUser", person.name))["UserMFASettingList"] == [SMS]
    set_mfa(app, "OPTIONAL", SMS)
    assert app.password_step(person.name)["ChallengeName"] == SMS


@holds("MFA-21")
def test_a_second_factor_is_no_way_back_in(wire: Wire) -> None:
    ways = [
        {"Name": "verified_email", "Priority": 1},
        {"Name": "verified_phone_number", "Priority": 2},
    ]
    app = an_mfa_app(wire, "OPTIONAL", *ALL, AccountRecoverySetting={"RecoveryMechanisms": ways})
    email, phone = an_email(), a_phone()
    verified = {"email_verified": "true", "phone_number_verified": "true"}
    name = app.user("", email=email, phone_number=phone, **verified)
    assert app.call("ForgotPassword", name)["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    prefer(app, name, MAIL)
    assert app.call("ForgotPassword", name)["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    prefer(app, name, MAIL, SMS)
    with refused("InvalidParameterException"):
        app.call("ForgotPassword", name)
