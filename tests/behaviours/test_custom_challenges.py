"""Challenges of ours inside custom authentication: docs/behaviours/custom-auth.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.behaviours.custom import INCORRECT, by_srp, custom, entry, prove
from tests.behaviours.factors import TOTP, Authenticator, set_mfa
from tests.flows.functions import Stage
from tests.flows.in_process import serving
from tests.sdk.builders import result_of
from tests.sdk.support import PASSWORD, Json, a_phone, an_email, claims_of, holds, refused

FRESH: Final = "Another-Horse-7"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("custom")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


@holds("CUSTOM-02", "CUSTOM-20", "CUSTOM-27")
def test_srp_first(stage: Stage) -> None:
    made = custom(stage, "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE")
    srp, asked = by_srp(made, made.app.user())
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    assert 20 <= len(asked["Session"]) <= 2048
    assert {"SALT", "SRP_B", "SECRET_BLOCK", "USERNAME", "USER_ID_FOR_SRP"} == set(
        asked["ChallengeParameters"]
    )
    following = prove(made.app, srp, asked)
    assert following["ChallengeName"] == "CUSTOM_CHALLENGE"
    tokens = result_of(made.answer(following))
    assert claims_of(tokens["AccessToken"]).get("amr", ["pwd"]) == ["pwd"]
    srp_a, proof = entry("SRP_A"), entry("PASSWORD_VERIFIER")
    word = entry("CUSTOM_CHALLENGE", metadata="WORD")
    assert made.sessions == [[srp_a], [srp_a, proof], [srp_a, proof, word]]


@holds("CUSTOM-02", "CUSTOM-21")
def test_srp_needs_an_a(stage: Stage) -> None:
    made = custom(stage, "PASSWORD_VERIFIER")
    name = made.app.user()
    with refused("InvalidParameterException", "Missing required parameter SRP_A"):
        made.start(name, CHALLENGE_NAME="SRP_A")
    assert made.asked_functions == 0
    with refused("InvalidParameterException", "Missing required parameter SRP_A"):
        made.start(name)
    with refused("InvalidParameterException"):
        made.start(name, CHALLENGE_NAME="SRP_A", SRP_A="not hexadecimal")


@holds("CUSTOM-21")
def test_a_question_may_come_before_srp(stage: Stage) -> None:
    made = custom(stage, "CUSTOM_CHALLENGE", "PASSWORD_VERIFIER")
    srp, asked = by_srp(made, made.app.user())
    asked = made.answer(asked)
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    assert result_of(prove(made.app, srp, asked))


@holds("CUSTOM-22")
@pytest.mark.parametrize("after_password", [True, False])
def test_an_email_code_where_define_asks_for_it(stage: Stage, *, after_password: bool) -> None:
    steps = ("PASSWORD_VERIFIER", "EMAIL_OTP") if after_password else ("EMAIL_OTP",)
    made, email = custom(stage, *steps), an_email()
    name = made.app.user("", email=email)
    asked = prove(made.app, *by_srp(made, name)) if after_password else made.start(name)
    assert asked["ChallengeName"] == "EMAIL_OTP"
    code = made.app.wire.code(email)
    with refused("CodeMismatchException"):
        made.app.respond("EMAIL_OTP", asked["Session"], USERNAME=name, EMAIL_OTP_CODE="1" * 6)
    done = made.app.respond("EMAIL_OTP", asked["Session"], USERNAME=name, EMAIL_OTP_CODE=code)
    assert result_of(done)
    assert made.sessions[-1][-1] == entry("EMAIL_OTP")


@holds("CUSTOM-23", "CUSTOM-24")
def test_a_temporary_password_gives_way(stage: Stage) -> None:
    for steps in (("CUSTOM_CHALLENGE",), ("CUSTOM_CHALLENGE", "NEW_PASSWORD_REQUIRED")):
        made = custom(stage, *steps)
        name = made.app.temporary_user()
        asked = made.answer(made.start(name))
        assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        session = asked["Session"]
        answers = {"USERNAME": name, "NEW_PASSWORD": FRESH}
        with refused("InvalidPasswordException"):
            made.app.respond("NEW_PASSWORD_REQUIRED", session, USERNAME=name, NEW_PASSWORD="weak")
        assert result_of(made.app.respond("NEW_PASSWORD_REQUIRED", session, **answers))
        assert made.app.sign_in(name, FRESH)
        assert len(made.define.events) == len(steps) + 1
        assert result_of(made.answer(made.start(name))) if len(steps) == 1 else True


@holds("CUSTOM-25", "CUSTOM-26")
def test_the_password_in_an_administrators_sign_in(stage: Stage) -> None:
    made = custom(stage, "ADMIN_NO_SRP_AUTH")
    app, name = made.app, made.app.user()
    asked = app.admin_initiate("CUSTOM_AUTH", USERNAME=name)
    assert asked["ChallengeName"] == "ADMIN_NO_SRP_AUTH"
    assert asked["ChallengeParameters"]["USERNAME"] == name

    def answer(**given: str) -> dict[str, Json]:
        return app.wire.call(
            "AdminRespondToAuthChallenge",
            UserPoolId=app.pool_id,
            ClientId=app.client_id,
            ChallengeName="ADMIN_NO_SRP_AUTH",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": name, **given},
        )

    with refused("InvalidParameterException", "Missing required parameter PASSWORD"):
        answer()
    with refused(*INCORRECT):
        answer(PASSWORD="Wrong-Horse-1")
    assert result_of(answer(PASSWORD=PASSWORD))
    assert made.sessions[-1] == [entry("ADMIN_NO_SRP_AUTH")]
    asked = app.admin_initiate("CUSTOM_AUTH", USERNAME=name)
    for _ in range(5):
        with refused(*INCORRECT):
            answer(PASSWORD="Wrong-Horse-1")
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        answer(PASSWORD=PASSWORD)
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        app.sign_in(name)


@holds("CUSTOM-22", "CUSTOM-23")
def test_the_pools_own_factors_are_left_to_define(stage: Stage) -> None:
    made = custom(stage)
    made.app.wire.call(
        "SetUserPoolMfaConfig",
        UserPoolId=made.app.pool_id,
        MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    name = made.app.user("", phone_number=a_phone())
    assert result_of(made.answer(made.start(name)))
    assert made.app.password_step(name)["ChallengeName"] == "MFA_SETUP"


@holds("CUSTOM-22")
def test_an_app_where_define_asks_for_it(stage: Stage) -> None:
    made = custom(stage, "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA")
    app, name = made.app, made.app.user()
    set_mfa(app, "OPTIONAL", TOTP)
    token = app.sign_in(name)["AccessToken"]
    phone = Authenticator(app.wire.call("AssociateSoftwareToken", AccessToken=token)["SecretCode"])
    app.wire.call("VerifySoftwareToken", AccessToken=token, UserCode=phone.code())
    asked = prove(app, *by_srp(made, name))
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answers = {"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": phone.code()}
    assert result_of(app.respond("SOFTWARE_TOKEN_MFA", asked["Session"], **answers))
    assert made.sessions[-1][-1] == entry("SOFTWARE_TOKEN_MFA")
