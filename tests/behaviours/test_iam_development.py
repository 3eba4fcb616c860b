"""docs/behaviours/policies.md: users of IAM in development, where any signature is accepted."""

import json
import urllib.request

from tests.sdk.iam import allow, document, refused, service
from tests.sdk.support import an_account, holds


@holds("POL-19")
def test_in_development_a_key_of_iam_is_its_users(server_url: str) -> None:
    account = an_account()
    iam = service(server_url, key=account)
    iam.create_user(UserName="ann")
    iam.put_user_policy(
        UserName="ann", PolicyName="own", PolicyDocument=document(allow("iam:GetUser"))
    )
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    user = service(server_url, key=key)
    assert user.get_user()["User"]["Arn"] == f"arn:aws:iam::{account}:user/ann"
    with refused("AccessDenied", status=403):
        user.list_users()
    iam.update_access_key(UserName="ann", AccessKeyId=key, Status="Inactive")
    with refused("InvalidClientTokenId"):
        user.get_user()


@holds("POL-20")
def test_who_moves_a_user_needs_both_places(server_url: str) -> None:
    iam = service(server_url, key=an_account())
    iam.create_user(UserName="ann")
    iam.create_user(UserName="bob", Path="/team/")
    team = document(allow("iam:UpdateUser", resource="arn:aws:iam::*:user/team/*"))
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=team)
    user = service(
        server_url, key=iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    )
    user.update_user(UserName="bob", NewUserName="bert")
    with refused("AccessDenied"):
        user.update_user(UserName="bert", NewPath="/")
    with refused("AccessDenied"):
        user.update_user(UserName="ann", NewPath="/team/")


@holds("POL-19")
def test_an_emptied_account_has_no_entities(server_url: str) -> None:
    account = an_account()
    iam = service(server_url, key=account)
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="staff")
    request = urllib.request.Request(
        f"{server_url}/_poolkeep/reset", json.dumps({"account": account}).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status in {200, 204}
    assert iam.list_users()["Users"] == iam.list_groups()["Groups"] == []
    iam.create_user(UserName="ann")
