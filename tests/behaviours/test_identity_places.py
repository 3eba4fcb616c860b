"""docs/behaviours/identity-pools.md: regions, issuers and administrators with few rights."""

import json
from typing import Any

import boto3
import pytest

from tests.sdk.boto import NO_RETRY
from tests.sdk.iam import allow, document, refused, service
from tests.sdk.identity import PATIENT, Place, unsigned
from tests.sdk.support import Wire, an_account, claims_of, holds, unique
from tests.support.server import StartServer


@holds("IDPOOL-70")
def test_an_id_leads_to_its_region(start_server: StartServer) -> None:
    server = start_server(dev=True, environment={"POOLKEEP_REGIONS": "us-east-1,eu-west-1"})
    account = an_account()

    def admin(region: str) -> Any:
        return boto3.Session(account, "any", region_name=region).client(
            "cognito-identity", endpoint_url=server.base_url, config=NO_RETRY
        )

    public = boto3.Session(region_name="us-east-1").client(
        "cognito-identity", endpoint_url=server.base_url, config=PATIENT
    )
    for region in ("us-east-1", "eu-west-1"):
        pool_id = admin(region).create_identity_pool(
            IdentityPoolName="p", AllowUnauthenticatedIdentities=True
        )["IdentityPoolId"]
        assert pool_id.startswith(f"{region}:")
        guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
        assert guest.startswith(f"{region}:")
        claims = claims_of(public.get_open_id_token(IdentityId=guest)["Token"])
        assert (claims["sub"], claims["aud"]) == (guest, pool_id)
        listed = admin(region).list_identity_pools(MaxResults=9)["IdentityPools"]
        assert [each["IdentityPoolId"] for each in listed] == [pool_id]


@holds("IDPOOL-71")
@pytest.mark.parametrize("setting", ["self", "https://id.example.org"])
def test_an_installation_may_sign_in_its_own_name(start_server: StartServer, setting: str) -> None:
    server = start_server(dev=True, environment={"POOLKEEP_IDENTITY_ISSUER": setting})
    place, public = Place(server.base_url, an_account()), unsigned(server.base_url)
    pool_id = place.pool()
    role = place.role(pool_id)
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    token = public.get_open_id_token(IdentityId=guest)["Token"]
    own = f"{server.base_url}/identity"
    assert claims_of(token)["iss"] == (own if setting == "self" else setting)
    session = unsigned(server.base_url, "sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="app", WebIdentityToken=token
    )
    assert session["SubjectFromWebIdentityToken"] == guest


@holds("IDPOOL-05")
def test_who_may_not_pass_a_role_does_not_give_it(server_url: str) -> None:
    place = Place(server_url, an_account())
    pool_id = place.pool()
    role = place.role(pool_id)
    name = unique("clerk")
    place.iam.create_user(UserName=name)
    keys = place.iam.create_access_key(UserName=name)["AccessKey"]
    clerk = service(
        server_url, "cognito-identity", key=keys["AccessKeyId"], secret=keys["SecretAccessKey"]
    )

    def may(*statements: dict[str, Any]) -> None:
        place.iam.put_user_policy(
            UserName=name, PolicyName="own", PolicyDocument=document(*statements)
        )

    arn = f"arn:aws:cognito-identity:us-east-1:{place.account}:identitypool/{pool_id}"
    setting = allow("cognito-identity:SetIdentityPoolRoles", resource=arn)
    with refused("AccessDeniedException"):
        clerk.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"authenticated": role})
    may(setting)
    with refused("NotAuthorizedException", f"Access to Role '{role}' is forbidden."):
        clerk.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"authenticated": role})
    may(setting, allow("iam:PassRole", resource=role))
    clerk.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"authenticated": role})
    tagged = place.pool(IdentityPoolTags={"team": "red"})
    red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    may(allow("cognito-identity:DescribeIdentityPool", Condition=red))
    clerk.describe_identity_pool(IdentityPoolId=tagged)
    with refused("AccessDeniedException"):
        clerk.describe_identity_pool(IdentityPoolId=place.pool())


def test_an_emptied_account_has_no_identity_pools(server_url: str) -> None:
    place, public = Place(server_url, an_account()), unsigned(server_url)
    pool_id = place.pool()
    body = json.dumps({"account": place.account}).encode()
    assert Wire(server_url).exchange("POST", "/_poolkeep/reset", body).status == 200
    assert place.admin.list_identity_pools(MaxResults=9)["IdentityPools"] == []
    with refused("ResourceNotFoundException"):
        public.get_id(IdentityPoolId=pool_id)
