"""Unmodified clients in choice-based sign-in: docs/behaviours/user-auth.md."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.behaviours.choice import a_choice_app
from tests.sdk import boto
from tests.sdk.builders import App
from tests.sdk.support import PASSWORD, Json, Wire, an_account, an_email, claims_of, holds, unique
from tests.support.node import run_node

INCORRECT = "Incorrect username or password."
SPENT = "Invalid session for the user, session can only be used once."
WRONG_CODE = "Invalid code or auth state for the user."


@pytest.fixture(scope="module")
def account() -> str:
    return an_account()


@pytest.fixture(scope="module")
def app(server_url: str, account: str) -> App:
    """Return a client of a pool with passwords and codes by e-mail as first factors."""
    return a_choice_app(Wire(server_url, account), ["PASSWORD", "EMAIL_OTP"])


@pytest.fixture(scope="module")
def idp(server_url: str, account: str) -> Iterator[Any]:
    """Return a stock client of boto3."""
    with boto.client(boto.environment(server_url, account)) as made:
        yield made


def run(script: str, app: App) -> tuple[Json, dict[str, str]]:
    """Run a script with a newcomer's name and a known user's; return its report and these."""
    known_email = an_email()
    given = {
        "url": app.wire.base_url,
        "pool": app.pool_id,
        "client": app.client_id,
        "name": unique(),
        "email": an_email(),
        "known": app.user("", email=known_email),
        "knownEmail": known_email,
        "password": PASSWORD,
    }
    return json.loads(run_node(script, environment={"CLIENT_TEST": json.dumps(given)})), given


@holds("CHOICE-40", "CHOICE-12", "CHOICE-14", "CHOICE-11", "CHOICE-50")
def test_amplify_v6(app: App) -> None:
    told, given = run("choice.mjs", app)
    assert (told["signUp"], told["confirmed"]) == ("CONFIRM_SIGN_UP", "COMPLETE_AUTO_SIGN_IN")
    assert (told["auto"], told["autoUser"]) == ("DONE", [given["name"]])
    assert (told["sent"], told["destination"]) == ("CONFIRM_SIGN_IN_WITH_EMAIL_CODE", "m***@e***")
    assert (told["wrong"]["name"], told["wrong"]["message"]) == (
        "CodeMismatchException",
        WRONG_CODE,
    )
    assert (told["byCode"], told["codeUser"]) == (True, [given["name"], "email_otp"])
    assert told["choice"] == "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION"
    assert told["available"] == ["EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"]
    assert told["asked"] == told["plain"] == "CONFIRM_SIGN_IN_WITH_PASSWORD"
    assert (told["bySrp"], told["srpUser"]) == (True, [given["known"], "pwd"])
    assert (told["byPassword"], told["passwordUser"]) == (True, [given["known"], "pwd"])
    assert told["chosen"] == "CONFIRM_SIGN_IN_WITH_EMAIL_CODE"
    assert (told["byChosen"], told["chosenUser"]) == (True, [given["known"], "email_otp"])
    assert (told["PASSWORD"], told["PASSWORD_SRP"]) == (True, True)
    assert (told["bad"]["name"], told["bad"]["message"]) == ("NotAuthorizedException", INCORRECT)
    assert told["unavailable"] == "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION"


@holds("CHOICE-41", "CHOICE-15", "CHOICE-61")
def test_aws_sdk_for_javascript_v3(app: App) -> None:
    told, _ = run("choice3.mjs", app)
    assert told["token"] == "Bearer"
    assert (told["again"]["name"], told["again"]["message"]) == ("NotAuthorizedException", SPENT)
    assert told["available"] == ["EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"]
    assert told["notOffered"]["name"] == "InvalidParameterException"
    assert told["chosen"] == 3600
    assert told["raised"] == ["EMAIL_OTP", "EMAIL"]


@holds("CHOICE-01", "CHOICE-12", "CHOICE-17", "CHOICE-40", "CHOICE-61")
def test_boto3(idp: Any, app: App) -> None:
    name, email = unique(), an_email()
    attributes = [{"Name": "email", "Value": email}]
    made = idp.sign_up(ClientId=app.client_id, Username=name, UserAttributes=attributes)
    found = idp.confirm_sign_up(
        ClientId=app.client_id,
        Username=name,
        ConfirmationCode=app.wire.code(email),
        Session=made["Session"],
    )
    begun = {"ClientId": app.client_id, "AuthFlow": "USER_AUTH"}
    step = idp.initiate_auth(**begun, AuthParameters={"USERNAME": name}, Session=found["Session"])
    assert step["AuthenticationResult"]["TokenType"] == "Bearer"
    with boto.refused_by_sdk("NotAuthorizedException", SPENT):
        idp.initiate_auth(**begun, AuthParameters={"USERNAME": name}, Session=found["Session"])
    step = idp.initiate_auth(**begun, AuthParameters={"USERNAME": name})
    assert step["AvailableChallenges"] == ["EMAIL_OTP"]
    sent = idp.respond_to_auth_challenge(
        ClientId=app.client_id,
        ChallengeName="SELECT_CHALLENGE",
        Session=step["Session"],
        ChallengeResponses={"USERNAME": name, "ANSWER": "EMAIL_OTP"},
    )
    assert sent["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "EMAIL"
    done = idp.admin_respond_to_auth_challenge(
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        ChallengeName="EMAIL_OTP",
        Session=sent["Session"],
        ChallengeResponses={"USERNAME": name, "EMAIL_OTP_CODE": app.wire.code(email)},
    )
    tokens = done["AuthenticationResult"]
    assert claims_of(tokens["AccessToken"])["amr"] == ["email_otp"]
    idp.change_password(AccessToken=tokens["AccessToken"], ProposedPassword=PASSWORD)
    raised = idp.initiate_auth(
        **begun,
        AuthParameters={
            "USERNAME": name,
            "ACCESS_TOKEN": tokens["AccessToken"],
            "TARGET_ACR_VALUES": "urn:cognito:loa:3",
            "PREFERRED_CHALLENGE": "PASSWORD",
            "PASSWORD": PASSWORD,
        },
    )
    claims = claims_of(raised["AuthenticationResult"]["IdToken"])
    assert (claims["acr"], claims["amr"]) == ("urn:cognito:loa:3", ["email_otp", "pwd", "mfa"])
