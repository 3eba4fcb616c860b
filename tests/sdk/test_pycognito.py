"""pycognito: sign-up, SRP sign-in, refresh, new password; with and without a client secret."""

from collections.abc import Iterator
from typing import Any

import pytest
from pycognito import AWSSRP, Cognito
from pycognito.exceptions import ForceChangePasswordException

from tests.sdk import boto
from tests.sdk.builders import App
from tests.sdk.support import PASSWORD, an_email, claims_of, holds, unique


@pytest.fixture(scope="module", params=["public", "confidential"])
def used(request: pytest.FixtureRequest, app: App, secret_app: App) -> App:
    """Return a client without and one with a secret."""
    return app if request.param == "public" else secret_app


@pytest.fixture(scope="module")
def idp(server_url: str, app: App) -> Iterator[Any]:
    """Return the boto3 client that pycognito is handed."""
    with boto.client(boto.environment(server_url, app.wire.account)) as made:
        yield made


def cognito(app: App, name: str = "") -> Any:
    """Return pycognito as an application sets it up, with our address."""
    return Cognito(
        app.pool_id,
        app.client_id,
        client_secret=app.secret,
        username=name or None,
        boto3_client_kwargs={
            "endpoint_url": app.wire.base_url,
            "region_name": "us-east-1",
            "aws_access_key_id": app.wire.account,
            "aws_secret_access_key": "any",
        },
    )


@holds("SIGNUP-01", "SIGNUP-30", "SIGNIN-20", "TOKEN-03")
def test_sign_up_confirm_and_sign_in_by_srp(used: App) -> None:
    name, email = unique(), an_email()
    user = cognito(used, name)
    user.set_base_attributes(email=email, name="N")
    made = user.register(name, PASSWORD)
    assert made["UserConfirmed"] is False
    user.confirm_sign_up(used.wire.code(email), username=name)
    user.authenticate(password=PASSWORD)  # SRP, and the tokens verified against our keys
    assert claims_of(user.id_token)["email"] == email
    assert user.get_user().email_verified is True
    user.client.close()


@holds("SIGNIN-70", "WIRE-35")
def test_tokens_are_renewed(used: App) -> None:
    user = cognito(used, used.user())
    user.authenticate(password=PASSWORD)
    first = user.access_token
    user.renew_access_token()
    assert user.access_token != first
    assert claims_of(user.access_token)["origin_jti"] == claims_of(first)["origin_jti"]
    user.verify_tokens()
    user.client.close()


@holds("SIGNIN-40", "SIGNIN-41", "SIGNIN-46")
def test_a_temporary_password_is_replaced_through_srp(used: App, idp: Any) -> None:
    name = used.temporary_user()
    srp = AWSSRP(
        username=name,
        password=PASSWORD,
        pool_id=used.pool_id,
        client_id=used.client_id,
        client=idp,
        client_secret=used.secret,
    )
    with pytest.raises(ForceChangePasswordException):
        srp.authenticate_user()
    done = srp.set_new_password_challenge("Fresh-Horse-8")
    assert done["AuthenticationResult"]["AccessToken"]
    assert used.sign_in(name, "Fresh-Horse-8")["AccessToken"]


@holds("SIGNIN-23")
def test_a_wrong_password_is_refused(used: App, idp: Any) -> None:
    srp = AWSSRP(
        username=used.user(),
        password="Wrong-Horse-1",
        pool_id=used.pool_id,
        client_id=used.client_id,
        client=idp,
        client_secret=used.secret,
    )
    with boto.refused_by_sdk("NotAuthorizedException", "Incorrect username or password."):
        srp.authenticate_user()


@holds("RECOVERY-10", "RECOVERY-30")
def test_passwords_are_recovered_and_changed(used: App) -> None:
    email = an_email()
    user = cognito(used, used.user("", email=email, email_verified="true"))
    user.initiate_forgot_password()
    user.confirm_forgot_password(used.wire.code(email), "Fresh-Horse-8")
    user.authenticate(password="Fresh-Horse-8")
    user.change_password("Fresh-Horse-8", "Third-Horse-9")
    user.authenticate(password="Third-Horse-9")
    user.logout()
    user.client.close()
