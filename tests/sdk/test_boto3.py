"""boto3 with nothing changed but its address: the life of an application's users."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.sdk import boto
from tests.sdk.support import PASSWORD, Wire, an_account, an_email, holds, unique

FLOWS = [
    *("ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
    *("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"),
]


@pytest.fixture(scope="module")
def account() -> str:
    """Return the account of this module."""
    return an_account()


@pytest.fixture(scope="module")
def idp(server_url: str, account: str) -> Iterator[Any]:
    """Return a stock client."""
    with boto.client(boto.environment(server_url, account)) as made:
        yield made


@pytest.fixture(scope="module")
def inbox(server_url: str, account: str) -> Wire:
    """Return a reader of the inbox."""
    return Wire(server_url, account)


@pytest.fixture(scope="module")
def pool(idp: Any) -> str:
    """Return a pool that verifies addresses."""
    made = idp.create_user_pool(PoolName="app", AutoVerifiedAttributes=["email"])
    found: str = made["UserPool"]["Id"]
    return found


@pytest.fixture(scope="module")
def client_id(idp: Any, pool: str) -> str:
    """Return a client that allows every password flow."""
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)
    found: str = made["UserPoolClient"]["ClientId"]
    return found


def sign_in(idp: Any, client_id: str, name: str, password: str = PASSWORD) -> Any:
    return idp.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )["AuthenticationResult"]


@holds("SIGNUP-01", "SIGNUP-30", "SIGNIN-01", "TOKEN-56")
def test_from_sign_up_to_sign_out(idp: Any, inbox: Wire, client_id: str) -> None:
    name, email = unique(), an_email()
    made = idp.sign_up(
        ClientId=client_id,
        Username=name,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    assert made["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    with boto.refused_by_sdk("UserNotConfirmedException", "User is not confirmed."):
        sign_in(idp, client_id, name)
    with boto.refused_by_sdk("CodeMismatchException"):
        idp.confirm_sign_up(ClientId=client_id, Username=name, ConfirmationCode="nonsense")
    code = inbox.code(email)
    idp.confirm_sign_up(ClientId=client_id, Username=name, ConfirmationCode=code)
    tokens = sign_in(idp, client_id, name)
    user = idp.get_user(AccessToken=tokens["AccessToken"])
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]
    fresh = idp.initiate_auth(
        ClientId=client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]
    idp.change_password(
        AccessToken=fresh["AccessToken"],
        PreviousPassword=PASSWORD,
        ProposedPassword="Fresh-Horse-8",
    )
    idp.global_sign_out(AccessToken=fresh["AccessToken"])
    with boto.refused_by_sdk("NotAuthorizedException", "Access Token has been revoked"):
        idp.get_user(AccessToken=tokens["AccessToken"])
    assert sign_in(idp, client_id, name, "Fresh-Horse-8")["AccessToken"]


@holds("RECOVERY-10", "SIGNIN-40", "SIGNIN-41")
def test_an_invited_user_recovers_a_password(
    idp: Any, inbox: Wire, pool: str, client_id: str
) -> None:
    name, email = unique(), an_email()
    idp.admin_create_user(
        UserPoolId=pool,
        Username=name,
        DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    step = idp.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": inbox.code(email)},
    )
    assert step["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    done = idp.respond_to_auth_challenge(
        ClientId=client_id,
        ChallengeName=step["ChallengeName"],
        Session=step["Session"],
        ChallengeResponses={"USERNAME": name, "NEW_PASSWORD": PASSWORD},
    )
    assert done["AuthenticationResult"]["IdToken"]
    idp.forgot_password(ClientId=client_id, Username=name)
    idp.confirm_forgot_password(
        ClientId=client_id,
        Username=name,
        ConfirmationCode=inbox.code(email),
        Password="Fresh-Horse-8",
    )
    assert sign_in(idp, client_id, name, "Fresh-Horse-8")["AccessToken"]


@holds("USER-12", "SIGNIN-05")
def test_refusals_are_the_sdks_own_exceptions(idp: Any, pool: str, client_id: str) -> None:
    with pytest.raises(idp.exceptions.UserNotFoundException):
        idp.admin_get_user(UserPoolId=pool, Username=unique("nobody"))
    with pytest.raises(idp.exceptions.ResourceNotFoundException):
        idp.describe_user_pool(UserPoolId="us-east-1_000000000")
    with pytest.raises(idp.exceptions.UserNotFoundException) as caught:
        sign_in(idp, client_id, unique("nobody"))
    told = caught.value.response
    assert told["Error"] == {"Code": "UserNotFoundException", "Message": "User does not exist."}
    assert told["message"] == "User does not exist."
    metadata = told["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 400
    assert metadata["RequestId"]
    assert metadata["RetryAttempts"] == 0


@holds("USER-01", "USER-10", "USER-40", "USER-41", "WIRE-02")
def test_users_are_made_read_changed_and_deleted(idp: Any, pool: str) -> None:
    name = unique()
    about = {"UserPoolId": pool, "Username": name}
    made = idp.admin_create_user(**about, MessageAction="SUPPRESS")["User"]
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert made["UserCreateDate"].tzinfo is not None
    idp.admin_update_user_attributes(
        **about, UserAttributes=[{"Name": "nickname", "Value": "Nick"}]
    )
    idp.admin_set_user_password(**about, Password=PASSWORD, Permanent=True)
    told = idp.admin_get_user(**about)
    assert told["UserStatus"] == "CONFIRMED"
    assert {"Name": "nickname", "Value": "Nick"} in told["UserAttributes"]
    idp.admin_delete_user_attributes(**about, UserAttributeNames=["nickname"])
    idp.admin_disable_user(**about)
    assert idp.admin_get_user(**about)["Enabled"] is False
    idp.admin_enable_user(**about)
    idp.admin_delete_user(**about)
    with pytest.raises(idp.exceptions.UserNotFoundException):
        idp.admin_get_user(**about)


@holds("GROUP-01", "GROUP-05", "GROUP-07")
def test_groups_are_made_filled_listed_and_deleted(idp: Any, pool: str) -> None:
    group, name = unique("group"), unique()
    about = {"UserPoolId": pool, "GroupName": group}
    idp.create_group(**about, Precedence=1)
    idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    idp.admin_add_user_to_group(**about, Username=name)
    (member,) = idp.list_users_in_group(**about)["Users"]
    assert member["Username"] == name
    (listed,) = idp.admin_list_groups_for_user(UserPoolId=pool, Username=name)["Groups"]
    assert (listed["GroupName"], listed["Precedence"]) == (group, 1)
    idp.update_group(**about, Description="D")
    assert idp.get_group(**about)["Group"]["Description"] == "D"
    idp.admin_remove_user_from_group(**about, Username=name)
    idp.delete_group(**about)
    with pytest.raises(idp.exceptions.ResourceNotFoundException):
        idp.get_group(**about)


@holds("LIST-09", "POOL-20", "CLIENT-17", "GROUP-08")
def test_stock_paginators_reach_the_end(server_url: str) -> None:
    with boto.client(boto.environment(server_url)) as idp:
        pool = idp.create_user_pool(PoolName="paged")["UserPool"]["Id"]
        for number in range(7):
            idp.admin_create_user(
                UserPoolId=pool, Username=f"user-{number}", MessageAction="SUPPRESS"
            )
            idp.create_group(UserPoolId=pool, GroupName=f"group-{number}")
            idp.create_user_pool_client(UserPoolId=pool, ClientName=f"client-{number}")
        for operation, listed in (
            ("list_users", "Users"),
            ("list_groups", "Groups"),
            ("list_user_pool_clients", "UserPoolClients"),
        ):
            pages = idp.get_paginator(operation).paginate(
                UserPoolId=pool, PaginationConfig={"PageSize": 3}
            )
            counts = [len(page[listed]) for page in pages]
            assert sum(counts) == 7, operation
            assert max(counts) <= 3
        pages = idp.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1})
        assert [entry["Id"] for page in pages for entry in page["UserPools"]] == [pool]


@holds("WIRE-10")
def test_public_operations_need_no_key(server_url: str, client_id: str) -> None:
    idp = boto3.Session().client(
        "cognito-idp",
        region_name="us-east-1",
        endpoint_url=server_url,
        config=Config(signature_version=UNSIGNED),
    )
    try:
        made = idp.sign_up(ClientId=client_id, Username=unique(), Password=PASSWORD)
        assert made["UserSub"]
        with boto.refused_by_sdk("NotAuthorizedException", "Invalid Access Token"):
            idp.get_user(AccessToken="a.b.c")
    finally:
        idp.close()


@holds("WIRE-40")
def test_signatures_are_checked_outside_development(start_server: Any, tmp_path: Path) -> None:
    import configparser

    server = start_server(dev=False)
    (found,) = tmp_path.rglob("credentials")
    assert found.stat().st_mode & 0o777 == 0o600
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(found.read_text())
    key, secret = (
        parser["default"][name] for name in ("aws_access_key_id", "aws_secret_access_key")
    )
    with boto.client(boto.environment(server.base_url, key, secret)) as idp:
        pool = idp.create_user_pool(PoolName="signed")["UserPool"]["Id"]
        name = idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Name"]
        assert name == "signed"
    for bad_key, bad_secret, code in (
        (key, secret[:-1] + ("A" if secret[-1] != "A" else "B"), "InvalidSignatureException"),
        ("AKIAIOSFODNN7EXAMPLE", secret, "UnrecognizedClientException"),
        (an_account(), secret, "UnrecognizedClientException"),
    ):
        variables = boto.environment(server.base_url, bad_key, bad_secret)
        with boto.client(variables) as idp, pytest.raises(ClientError, match=code):
            idp.describe_user_pool(UserPoolId=pool)
    wire = Wire(server.base_url, key)
    for name in ("clock", "reset"):
        reply = wire.exchange("POST", f"/_poolkeep/{name}", b"{}")
        assert reply.status in {404, 405}, "development's tools do not exist here"
    old = wire.send("ListUserPools", b'{"MaxResults": 1}')
    assert old.json()["__type"] == "InvalidSignatureException", "the date is far off"
