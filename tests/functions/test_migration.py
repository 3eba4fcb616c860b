"""Users who leave another Cognito by signing in once: docs/behaviours/migration.md."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from poolkeep.crypto import totp
from poolkeep.function_settings import MigrationTarget, target_of
from tests.functions.moving import Removal, move_everybody, moving
from tests.sdk.builders import result_of
from tests.sdk.support import (
    PASSWORD,
    an_email,
    attribute_map,
    claims_of,
    holds,
    race,
    refused,
    unique,
)
from tests.support.server import ROOT

NO_USER = ("UserNotFoundException", "User does not exist.")
WRONG = "Wrong-Horse-1"
CUSTOM = [{"Name": "plan", "AttributeDataType": "String", "Mutable": True}]
MFA = {"MfaConfiguration": "OPTIONAL"}


@pytest.fixture(scope="module")
def removal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Removal]:
    with moving(tmp_path_factory.mktemp("moving"), {"Schema": CUSTOM}, keys=True) as made:
        yield made


@pytest.fixture(scope="module")
def keyless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Removal]:
    with moving(tmp_path_factory.mktemp("keyless")) as made:
        yield made


@holds("MIGRATION-01", "MIGRATION-02", "MIGRATION-09")
def test_everybody_moves_by_signing_in_once_and_the_old_place_is_not_needed_any_more(
    tmp_path: Path,
) -> None:
    with moving(tmp_path) as removal:
        move_everybody(removal, 100)
        asked = removal.run("triggers", "migrated", removal.new.pool_id)
        said = subprocess.run(
            [sys.executable, "-m", "poolkeep", *asked],
            cwd=ROOT, env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""}, check=True,
            capture_output=True, text=True,
        ).stdout  # fmt: skip
    assert "100 of 100 users came from elsewhere, 100 of them with their sub." in said
    assert "user-00042" in said


@holds("MIGRATION-01", "MIGRATION-03")
def test_a_user_comes_with_the_attributes_that_the_new_pool_knows(removal: Removal) -> None:
    name, email = unique(), an_email()
    removal.old.user(name, email=email, email_verified="true", custom__plan="gold")
    tokens = removal.new.sign_in(name)
    user = removal.new.admin("AdminGetUser", name)
    assert user["UserStatus"] == "CONFIRMED"
    there = attribute_map(removal.old.admin("AdminGetUser", name)["UserAttributes"])
    assert there.pop("custom:plan") == "gold"
    assert attribute_map(user["UserAttributes"]) == there
    assert claims_of(tokens["IdToken"])["email"] == email


@holds("MIGRATION-04")
@pytest.mark.parametrize("by", ["removal", "keyless"])
def test_a_wrong_password_moves_nobody(by: str, request: pytest.FixtureRequest) -> None:
    removal: Removal = request.getfixturevalue(by)
    name = removal.old.user()
    with refused(*NO_USER):
        removal.new.sign_in(name, WRONG)
    with refused(*NO_USER):
        removal.new.sign_in(unique())
    with refused(*NO_USER):
        removal.new.admin("AdminGetUser", name)
    hiding = removal.new.another_client(PreventUserExistenceErrors="ENABLED")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        hiding.sign_in(name, WRONG)
    assert removal.new.sign_in(name)


@holds("MIGRATION-04")
def test_a_proof_without_a_password_moves_nobody(removal: Removal) -> None:
    name = removal.old.user()
    with refused("UserNotFoundException"):
        removal.new.srp_step(name)
    with refused(*NO_USER):
        removal.new.admin("AdminGetUser", name)


@holds("MIGRATION-04")
def test_disabled_and_unconfirmed_users_stay(removal: Removal) -> None:
    disabled = removal.old.user()
    removal.old.admin("AdminDisableUser", disabled)
    unconfirmed = unique()
    removal.old.sign_up(unconfirmed, PASSWORD, email=an_email())
    for name in (disabled, unconfirmed):
        with refused("UserNotFoundException"):
            removal.new.sign_in(name)
        with refused(*NO_USER):
            removal.new.admin("AdminGetUser", name)


@holds("MIGRATION-05")
def test_a_temporary_password_is_no_password_here(removal: Removal, keyless: Removal) -> None:
    name, email = unique(), an_email()
    verified = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    removal.old.temporary_user(name, UserAttributes=verified)
    with refused("PasswordResetRequiredException"):
        removal.new.sign_in(name)
    assert removal.new.admin("AdminGetUser", name)["UserStatus"] == "RESET_REQUIRED"
    other = keyless.old.temporary_user()
    with refused(*NO_USER):
        keyless.new.sign_in(other)


@holds("MIGRATION-06")
def test_a_forgotten_password_is_set_here(removal: Removal) -> None:
    name, email = unique(), an_email()
    removal.old.user(name, email=email, email_verified="true")
    removal.new.call("ForgotPassword", name)
    code = removal.new.wire.code(email)
    fresh = "Another-Horse-7"
    removal.new.call("ConfirmForgotPassword", name, ConfirmationCode=code, Password=fresh)
    there = attribute_map(removal.old.admin("AdminGetUser", name)["UserAttributes"])
    assert claims_of(removal.new.sign_in(name, fresh)["IdToken"])["sub"] == there["sub"]
    with refused("NotAuthorizedException"):
        removal.new.sign_in(name)


@holds("MIGRATION-06")
def test_without_keys_or_a_verified_address_nobody_can_be_looked_up(
    removal: Removal, keyless: Removal
) -> None:
    named = keyless.old.user(unique(), email=an_email(), email_verified="true")
    with refused("UserNotFoundException"):
        keyless.new.call("ForgotPassword", named)
    unverified = removal.old.user(unique(), email=an_email())
    with refused("UserNotFoundException"):
        removal.new.call("ForgotPassword", unverified)


@holds("MIGRATION-02")
def test_two_sign_ins_at_one_moment_move_one_user(removal: Removal) -> None:
    name = removal.old.user()
    done, refusals = race(6, lambda: claims_of(removal.new.sign_in(name)["IdToken"])["sub"])
    assert len(set(done)) == 1, refusals
    assert not refusals


@holds("MIGRATION-07")
def test_a_second_factor_that_needs_an_address_comes_along(tmp_path: Path) -> None:
    sms = {
        "MfaConfiguration": "OPTIONAL",
        "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"},
        "SmsAuthenticationMessage": "{####}",
    }
    with moving(tmp_path, sms, sms, keys=True) as removal:
        phone = "+15555550177"
        name = removal.old.user(unique(), phone_number=phone, phone_number_verified="true")
        removal.old.admin(
            "AdminSetUserMFAPreference",
            name,
            SMSMfaSettings={"Enabled": True, "PreferredMfa": True},
        )
        step = removal.new.password_step(name)
        assert step["ChallengeName"] == "SMS_MFA", "no tokens for the password alone"
        code = removal.new.wire.code(phone)
        answers = {"USERNAME": name, "SMS_MFA_CODE": code}
        assert result_of(removal.new.respond("SMS_MFA", step["Session"], **answers))
        app_user = removal.old.user()
        secret = _with_app(removal, app_user)
        assert secret
        with refused("UserNotFoundException"):
            removal.new.sign_in(app_user)
        with refused(*NO_USER):
            removal.new.admin("AdminGetUser", app_user)


def _with_app(removal: Removal, name: str) -> str:
    """Give a user of the old place an authenticator app."""
    wire, old = removal.old.wire, removal.old
    wire.call(
        "SetUserPoolMfaConfig",
        UserPoolId=old.pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    token = old.sign_in(name)["AccessToken"]
    secret: str = wire.call("AssociateSoftwareToken", AccessToken=token)["SecretCode"]
    code = totp.code_at(totp.seed_of(secret), int(time.time() * 1000) // totp.STEP_MS)
    wire.call("VerifySoftwareToken", AccessToken=token, UserCode=code)
    wire.call(
        "SetUserMFAPreference",
        AccessToken=token,
        SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
    )
    return secret


@holds("MIGRATION-08")
def test_a_place_that_is_away_moves_nobody_and_hurts_nobody(tmp_path: Path) -> None:
    with moving(tmp_path) as removal:
        here = removal.new.user()
        name = removal.old.user()
        removal.old_server.stop()
        with refused("UnexpectedLambdaException"):
            removal.new.sign_in(name)
        assert removal.new.sign_in(here)
        removal.old_server.start()
        assert removal.new.sign_in(name)


@holds("MIGRATION-08")
def test_an_error_of_configuration_is_told_apart_from_a_wrong_password(removal: Removal) -> None:
    name = removal.old.user()
    removal.old.wire.call(
        "UpdateUserPoolClient",
        UserPoolId=removal.old.pool_id,
        ClientId=removal.old.client_id,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    try:
        text = f"Exception migrating user in app client {removal.new.client_id}"
        with refused("UserNotFoundException", text):
            removal.new.sign_in(name)
    finally:
        removal.old.wire.call(
            "UpdateUserPoolClient",
            UserPoolId=removal.old.pool_id,
            ClientId=removal.old.client_id,
            ExplicitAuthFlows=[
                "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
            ],
        )  # fmt: skip


@holds("MIGRATION-03")
def test_pools_whose_names_are_addresses_move_into_one_of_their_kind(tmp_path: Path) -> None:
    by_email = {"UsernameAttributes": ["email"]}
    with moving(tmp_path, by_email, by_email, keys=True) as removal:
        email = an_email()
        removal.old.user(email, email=email, email_verified="true")
        sub = claims_of(removal.old.sign_in(email)["IdToken"])["sub"]
        claims = claims_of(removal.new.sign_in(email)["IdToken"])
        assert (claims["sub"], claims["cognito:username"]) == (sub, sub)


@pytest.mark.parametrize(
    "address, fault",
    [
        ("migrate+https://host?region=r", "needs CLIENT_ID@"),
        ("migrate+https://c@host", "needs region="),
        ("migrate+https://c@host?region=r&pool=p", "go together"),
        ("migrate+https://c@host?region=r&flow=ADMIN_USER_PASSWORD_AUTH", "needs pool="),
        ("migrate+https://c@host?region=r&flow=X", "flow= is"),
        ("migrate+https://c@host?region=r&mfa=x", "mfa= is"),
        ("migrate+https://c@host?region=r&sub=x", "sub= is"),
        ("migrate+https://c@host?region=r&speed=x", "only, not speed"),
        ("migrate+ftp://c@host?region=r", "use python:"),
    ],
)
def test_an_address_that_is_none_is_told(address: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        target_of("leave", address)


def test_an_address_is_taken_apart() -> None:
    found = target_of(
        "leave",
        "migrate+https://c%2Fd:se%3Acret@host/x?region=r&pool=p&key=K&secret=a%2Fb&mfa=drop",
    )
    assert isinstance(found, MigrationTarget)
    assert (found.url, found.region, found.client_id, found.pool_id) == (
        "https://host/x/",
        "r",
        "c/d",
        "p",
    )
    assert found.client_secret is not None
    assert found.client_secret.reveal() == "se:cret"
    assert found.secret_key is not None
    assert found.secret_key.reveal() == "a/b"
    assert found.by_admin
    assert found.drops_factors
