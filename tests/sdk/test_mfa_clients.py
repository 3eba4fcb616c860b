"""Second factors through unmodified clients: boto3, pycognito and the two of JavaScript."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pycognito import Cognito
from pycognito.exceptions import SMSMFAChallengeException, SoftwareTokenMFAChallengeException

from tests.behaviours.factors import (
    ALL,
    MAIL,
    SMS,
    TOTP,
    Authenticator,
    Person,
    a_person,
    an_mfa_app,
)
from tests.sdk import boto
from tests.sdk.builders import App
from tests.sdk.support import PASSWORD, Json, Wire, an_email, holds
from tests.support.node import run_node

WRONG_TOKEN = "Invalid code received for user"
WRONG_MESSAGE = "Invalid code or auth state for the user."


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return a client of a pool whose users may choose every factor."""
    return an_mfa_app(wire, "OPTIONAL", *ALL)


@pytest.fixture(scope="module")
def strict(wire: Wire) -> App:
    """Return a client of a pool that requires a factor."""
    return an_mfa_app(wire, "ON", TOTP, MAIL)


@pytest.fixture(scope="module")
def idp(server_url: str, app: App) -> Iterator[Any]:
    """Return a stock boto3 client."""
    with boto.client(boto.environment(server_url, app.wire.account)) as made:
        yield made


def run(script: str, app: App, strict: App, **settings: Json) -> Json:
    """Run a script with a person of its own and return its report, and the person."""
    person = a_person(app)
    given = {
        "url": app.wire.base_url,
        "pool": app.pool_id,
        "client": app.client_id,
        "strictPool": strict.pool_id,
        "strictClient": strict.client_id,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "password": PASSWORD,
        "newcomer": strict.user(),
        **settings,
    }
    return json.loads(run_node(script, environment={"CLIENT_TEST": json.dumps(given)}))


def cognito(app: App, person: Person) -> Any:
    """Return pycognito as an application sets it up, with our address."""
    return Cognito(
        app.pool_id,
        app.client_id,
        username=person.name,
        boto3_client_kwargs={
            "endpoint_url": app.wire.base_url,
            "region_name": "us-east-1",
            "aws_access_key_id": app.wire.account,
            "aws_secret_access_key": "any",
        },
    )


@holds("MFA-10", "MFA-30", "MFA-33", "MFA-51", "MFA-74", "MFA-75")
def test_pycognito_registers_and_uses_an_app(app: App) -> None:
    person = a_person(app)
    user = cognito(app, person)
    user.authenticate(password=PASSWORD)
    phone = Authenticator(user.associate_software_token())
    assert user.verify_software_token(phone.code(), "phone")
    user.set_user_mfa_preference(False, True, "SOFTWARE_TOKEN")
    with pytest.raises(SoftwareTokenMFAChallengeException) as asked:
        cognito(app, person).authenticate(password=PASSWORD)
    again = cognito(app, person)
    with boto.refused_by_sdk("CodeMismatchException", WRONG_TOKEN):
        again.respond_to_software_token_mfa_challenge(phone.wrong(), asked.value.get_tokens())
    again.respond_to_software_token_mfa_challenge(phone.code(), asked.value.get_tokens())
    assert again.access_token
    again.verify_tokens()
    again.set_user_mfa_preference(False, False)
    cognito(app, person).authenticate(password=PASSWORD)
    for used in (user, again):
        used.client.close()


@holds("MFA-10", "MFA-51", "MFA-70", "MFA-71")
def test_pycognito_answers_with_a_code_by_sms(app: App) -> None:
    person = a_person(app)
    user = cognito(app, person)
    user.authenticate(password=PASSWORD)
    user.set_user_mfa_preference(True, False, "SMS")
    with pytest.raises(SMSMFAChallengeException):
        user.authenticate(password=PASSWORD)
    with boto.refused_by_sdk("CodeMismatchException", WRONG_MESSAGE):
        user.respond_to_sms_mfa_challenge("000000")
    user.respond_to_sms_mfa_challenge(person.code(app.wire, SMS))
    user.verify_tokens()
    user.client.close()


@holds("MFA-33", "MFA-39", "MFA-75", "MFA-90", "MFA-92")
def test_boto3_knows_every_refusal_by_its_type(idp: Any, strict: App) -> None:
    name = strict.user()

    def begin() -> Any:
        return idp.initiate_auth(
            ClientId=strict.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )

    def respond(step: Any, challenge: str, **answers: str) -> Any:
        return idp.respond_to_auth_challenge(
            ClientId=strict.client_id,
            ChallengeName=challenge,
            Session=step["Session"],
            ChallengeResponses={"USERNAME": name, **answers},
        )

    told = idp.associate_software_token(Session=begin()["Session"])
    phone = Authenticator(told["SecretCode"])
    with pytest.raises(idp.exceptions.EnableSoftwareTokenMFAException):
        idp.verify_software_token(Session=told["Session"], UserCode=phone.wrong())
    told = idp.verify_software_token(Session=told["Session"], UserCode=phone.code())
    done = respond(told, "MFA_SETUP")["AuthenticationResult"]
    with pytest.raises(idp.exceptions.SoftwareTokenMFANotFoundException):
        idp.verify_software_token(AccessToken=done["AccessToken"], UserCode="123456")
    step = begin()
    with pytest.raises(idp.exceptions.CodeMismatchException):
        respond(step, TOTP, SOFTWARE_TOKEN_MFA_CODE=phone.wrong())
    with pytest.raises(idp.exceptions.ExpiredCodeException):
        respond(step, TOTP, SOFTWARE_TOKEN_MFA_CODE=phone.shown())
    found = idp.admin_get_user_auth_factors(UserPoolId=strict.pool_id, Username=name)
    assert found["ConfiguredUserAuthFactors"] == ["PASSWORD", "SOFTWARE_TOKEN"]
    idp.admin_delete_software_token(UserPoolId=strict.pool_id, Username=name)
    with pytest.raises(idp.exceptions.SoftwareTokenMFANotFoundException):
        respond(step, TOTP, SOFTWARE_TOKEN_MFA_CODE=phone.code())
    step = begin()
    assert step["ChallengeName"] == "MFA_SETUP"
    email = an_email()
    step = respond(step, "MFA_SETUP", EMAIL=email)
    assert step["ChallengeName"] == MAIL
    done = respond(step, MAIL, EMAIL_OTP_CODE=strict.wire.code(email))
    token = done["AuthenticationResult"]["AccessToken"]
    assert idp.get_user(AccessToken=token)["UserMFASettingList"] == [MAIL]


@holds("MFA-10", "MFA-30", "MFA-51", "MFA-55", "MFA-74", "MFA-78", "MFA-90", "MFA-91", "MFA-95")
def test_amazon_cognito_identity_js(app: App, strict: App) -> None:
    told = run("identity_mfa.mjs", app, strict)
    assert told["plain"] == "done"
    assert told["wrongSetup"]["code"] == "EnableSoftwareTokenMFAException"
    assert (told["verified"], told["preferred"]) == ("SUCCESS", "SUCCESS")
    assert told["totp"] == ["totpRequired", TOTP, "mine"]
    assert (told["wrongCode"]["code"], told["wrongCode"]["message"]) == (
        "CodeMismatchException",
        WRONG_TOKEN,
    )
    assert told["amr"] == ["pwd", "otp", "mfa"]
    assert told["sms"] == ["mfaRequired", "SMS"]
    assert told["wrongSms"]["message"] == WRONG_MESSAGE
    assert told["bySms"] == "done"
    assert told["choice"] == ["selectMFAType", [SMS, TOTP]]
    assert told["chosen"] == "mfaRequired"
    assert told["setup"] == ["mfaSetup", [TOTP, MAIL]]
    assert told["wrongOnTheWay"]["message"] == "Code mismatch"
    assert (told["setUp"], told["again"], told["in"]) == ("done", "totpRequired", "done")


@holds("MFA-11", "MFA-16", "MFA-51", "MFA-70", "MFA-78", "MFA-90", "MFA-92")
def test_amplify_v6(app: App, strict: App) -> None:
    told = run("amplify_mfa.mjs", app, strict, fresh=strict.user(), mailed=an_email())
    assert (told["plain"], told["nothing"]) == ("DONE", {})
    assert told["wrongSetup"]["name"] == "EnableSoftwareTokenMFAException"
    assert told["preference"]["preferred"] == "TOTP"
    assert sorted(told["preference"]["enabled"]) == ["EMAIL", "SMS", "TOTP"]
    assert told["totp"] == "CONFIRM_SIGN_IN_WITH_TOTP_CODE"
    assert told["wrongCode"]["name"] == "CodeMismatchException"
    assert told["sms"] == "CONFIRM_SIGN_IN_WITH_SMS_CODE"
    assert told["email"] == "CONFIRM_SIGN_IN_WITH_EMAIL_CODE"
    assert told["wrongEmail"]["message"] == WRONG_MESSAGE
    assert {told["byTotp"], told["bySms"], told["byEmail"]} == {"DONE"}
    assert told["choice"][0] == "CONTINUE_SIGN_IN_WITH_MFA_SELECTION"
    assert sorted(told["choice"][1]) == ["EMAIL", "SMS", "TOTP"]
    assert told["chosen"] == "CONFIRM_SIGN_IN_WITH_EMAIL_CODE"
    assert told["selection"][0] == "CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION"
    assert sorted(told["selection"][1]) == ["EMAIL", "TOTP"]
    assert told["setup"] == "CONTINUE_SIGN_IN_WITH_TOTP_SETUP"
    assert told["wrongOnTheWay"]["name"] == "EnableSoftwareTokenMFAException"
    assert told["address"] == "CONTINUE_SIGN_IN_WITH_EMAIL_SETUP"
    assert told["toAddress"] == "CONFIRM_SIGN_IN_WITH_EMAIL_CODE"
    assert (told["setUp"], told["byAddress"]) == ("DONE", "DONE")
