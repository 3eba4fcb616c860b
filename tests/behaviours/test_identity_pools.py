"""docs/behaviours/identity-pools.md: pools, their roles and their tags, over sockets."""

from typing import Any

import pytest

from tests.sdk.builders import App
from tests.sdk.iam import ANY_TRUST, refused
from tests.sdk.identity import Place, key_of, login, unsigned
from tests.sdk.support import Wire, an_account, holds, unique

UNKNOWN = "us-east-1:00000000-0000-4000-8000-000000000000"


@pytest.fixture
def place(server_url: str) -> Place:
    """Return an account of its own."""
    return Place(server_url, an_account())


@pytest.fixture
def near(wire: Wire) -> Place:
    """Return the account of the module's app."""
    return Place(wire.base_url, wire.account)


@holds("IDPOOL-01")
def test_a_pool_shows_what_is_set_and_nothing_else(place: Place) -> None:
    made = place.admin.create_identity_pool(
        IdentityPoolName="My pool", AllowUnauthenticatedIdentities=False
    )
    assert made["IdentityPoolId"].startswith("us-east-1:")
    del made["ResponseMetadata"]
    assert set(made) == {"IdentityPoolId", "IdentityPoolName", "AllowUnauthenticatedIdentities"}
    again = place.admin.create_identity_pool(
        IdentityPoolName="My pool", AllowUnauthenticatedIdentities=False
    )
    assert again["IdentityPoolId"] != made["IdentityPoolId"], "names need not be unique"
    found = place.admin.describe_identity_pool(IdentityPoolId=made["IdentityPoolId"])
    del found["ResponseMetadata"]
    assert found == made


@holds("IDPOOL-02")
def test_an_update_replaces_everything(place: Place) -> None:
    everything: dict[str, Any] = {
        "AllowClassicFlow": True,
        "SupportedLoginProviders": {"www.amazon.com": "app"},
        "DeveloperProviderName": "login.mine",
        "OpenIdConnectProviderARNs": [f"arn:aws:iam::{place.account}:oidc-provider/idp.example"],
        "CognitoIdentityProviders": [
            {"ProviderName": "cognito-idp.us-east-1.amazonaws.com/us-east-1_abc", "ClientId": "c"}
        ],
        "SamlProviderARNs": [f"arn:aws:iam::{place.account}:saml-provider/corp"],
        "IdentityPoolTags": {"team": "a"},
    }
    pool_id = place.pool(**everything)
    found = place.admin.describe_identity_pool(IdentityPoolId=pool_id)
    assert {key: found[key] for key in ("AllowClassicFlow", "SupportedLoginProviders")} == {
        key: everything[key] for key in ("AllowClassicFlow", "SupportedLoginProviders")
    }
    assert found["CognitoIdentityProviders"][0]["ServerSideTokenCheck"] is False
    with refused(
        "InvalidParameterException", "Developer provider name can not be changed once it is set."
    ):
        place.admin.update_identity_pool(
            IdentityPoolId=pool_id, IdentityPoolName="n", AllowUnauthenticatedIdentities=True,
            DeveloperProviderName="login.other",
        )  # fmt: skip
    told = place.admin.update_identity_pool(
        IdentityPoolId=pool_id, IdentityPoolName="n", AllowUnauthenticatedIdentities=True
    )
    del told["ResponseMetadata"]
    assert told == {
        "IdentityPoolId": pool_id,
        "IdentityPoolName": "n",
        "AllowUnauthenticatedIdentities": True,
        "DeveloperProviderName": "login.mine",
    }


@holds("IDPOOL-03")
def test_pools_are_listed_in_pages_and_each_account_has_its_own(place: Place) -> None:
    made = sorted(place.pool() for _ in range(5))
    first = place.admin.list_identity_pools(MaxResults=3)
    second = place.admin.list_identity_pools(MaxResults=3, NextToken=first["NextToken"])
    listed = [pool["IdentityPoolId"] for page in (first, second) for pool in page["IdentityPools"]]
    assert listed == made
    assert "NextToken" not in second
    with refused("InvalidParameterException", "Invalid pagination token given."):
        place.admin.list_identity_pools(MaxResults=3, NextToken=first["NextToken"] + "A")
    stranger = Place(place.base_url, an_account())
    assert stranger.admin.list_identity_pools(MaxResults=60)["IdentityPools"] == []
    gone = f"IdentityPool '{made[0]}' not found."
    for call in ("describe_identity_pool", "delete_identity_pool", "get_identity_pool_roles"):
        with refused("ResourceNotFoundException", gone):
            getattr(stranger.admin, call)(IdentityPoolId=made[0])
    with refused("ValidationException"):
        place.admin.list_identity_pools(MaxResults=61)


@holds("IDPOOL-04")
def test_a_deleted_pool_is_gone_for_everybody(place: Place) -> None:
    pool_id = place.pool()
    public = unsigned(place.base_url)
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    place.admin.delete_identity_pool(IdentityPoolId=pool_id)
    with refused("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found."):
        public.get_id(IdentityPoolId=pool_id)
    with refused("ResourceNotFoundException", f"Identity '{guest}' not found."):
        place.admin.describe_identity(IdentityId=guest)
    with refused("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found."):
        place.admin.delete_identity_pool(IdentityPoolId=pool_id)


@holds("IDPOOL-05")
def test_roles_are_replaced_and_must_be_ones_that_can_be_given(near: Place, app: App) -> None:
    pool_id = near.pool_for(app)
    role = near.role(pool_id)
    mapping = {
        "Type": "Rules",
        "AmbiguousRoleResolution": "Deny",
        "RulesConfiguration": {
            "Rules": [{"Claim": "email", "MatchType": "Equals", "Value": "a@b.c", "RoleARN": role}]
        },
    }
    key = f"{key_of(app)}:{app.client_id}"
    near.admin.set_identity_pool_roles(
        IdentityPoolId=pool_id, Roles={"authenticated": role}, RoleMappings={key: mapping}
    )
    found = near.admin.get_identity_pool_roles(IdentityPoolId=pool_id)
    assert found["Roles"] == {"authenticated": role}
    assert found["RoleMappings"] == {key: mapping}
    near.admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={})
    found = near.admin.get_identity_pool_roles(IdentityPoolId=pool_id)
    assert found["Roles"] == {}
    assert "RoleMappings" not in found
    stranger = Place(near.base_url, an_account())
    foreign = stranger.iam.create_role(RoleName="r", AssumeRolePolicyDocument=ANY_TRUST)
    for wrong in (
        "arn:aws:iam::123456789012:role/no",
        "just-a-name-of-a-role-without-an-arn",
        foreign["Role"]["Arn"],
        f"arn:aws:iam::{near.account}:role/{unique()}",
    ):
        with refused("NotAuthorizedException", f"Access to Role '{wrong}' is forbidden."):
            near.admin.set_identity_pool_roles(
                IdentityPoolId=pool_id, Roles={"authenticated": wrong}
            )


@holds("IDPOOL-06")
def test_role_mappings_are_checked(near: Place, app: App) -> None:
    pool_id = near.pool_for(app)
    role = near.role(pool_id)
    key = f"{key_of(app)}:{app.client_id}"
    rule = {"Claim": "email", "MatchType": "Equals", "Value": "a", "RoleARN": role}

    def set_mapping(name: str, **mapping: Any) -> None:
        near.admin.set_identity_pool_roles(
            IdentityPoolId=pool_id, Roles={}, RoleMappings={name: mapping}
        )

    unmapped = (
        f"({key_of(app)}) is not a valid RoleMapping ProviderName or is not a configured provider."
    )
    with refused("InvalidParameterException", unmapped):
        set_mapping(key_of(app), Type="Token", AmbiguousRoleResolution="Deny")
    with refused("InvalidParameterException"):
        set_mapping(key, Type="Token")
    with refused("InvalidParameterException"):
        set_mapping(key, Type="Rules", AmbiguousRoleResolution="Deny")
    with refused("InvalidParameterException"):
        set_mapping(
            key, Type="Rules", AmbiguousRoleResolution="Deny",
            RulesConfiguration={"Rules": [rule] * 26},
        )  # fmt: skip
    with refused("ValidationException"):
        set_mapping(
            key, Type="Rules", AmbiguousRoleResolution="Deny",
            RulesConfiguration={"Rules": [{**rule, "Claim": "a b"}]},
        )  # fmt: skip


@holds("IDPOOL-07")
def test_tags_of_a_pool(place: Place) -> None:
    pool_id = place.pool(IdentityPoolTags={"team": "a"})
    arn = f"arn:aws:cognito-identity:us-east-1:{place.account}:identitypool/{pool_id}"
    place.admin.tag_resource(ResourceArn=arn, Tags={"cost": "1", "team": "b"})
    assert place.admin.list_tags_for_resource(ResourceArn=arn)["Tags"] == {
        "cost": "1",
        "team": "b",
    }
    place.admin.untag_resource(ResourceArn=arn, TagKeys=["team", "other"])
    assert place.admin.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"cost": "1"}
    with refused("InvalidParameterException"):
        place.admin.tag_resource(ResourceArn=arn, Tags={"aws:x": "1"})
    with refused("InvalidParameterException"):
        place.admin.tag_resource(ResourceArn=arn, Tags={f"k{n}": "" for n in range(50)})
    gone = arn.replace(pool_id, UNKNOWN)
    with refused("ResourceNotFoundException", f"IdentityPool '{UNKNOWN}' not found."):
        place.admin.list_tags_for_resource(ResourceArn=gone)


@holds("IDPOOL-08")
def test_tag_maps_are_kept_by_provider(near: Place, app: App) -> None:
    pool_id = near.pool_for(app)
    name = {"IdentityPoolId": pool_id, "IdentityProviderName": key_of(app)}
    told = near.admin.set_principal_tag_attribute_map(**name, PrincipalTags={"dept": "custom:d"})
    assert told["PrincipalTags"] == {"dept": "custom:d"}
    assert near.admin.get_principal_tag_attribute_map(**name)["PrincipalTags"] == {
        "dept": "custom:d"
    }
    near.admin.set_principal_tag_attribute_map(**name, UseDefaults=True)
    found = near.admin.get_principal_tag_attribute_map(**name)
    assert found["UseDefaults"] is True
    assert found["PrincipalTags"] == {"client": "aud", "username": "sub"}
    with refused("InvalidParameterException"):
        near.admin.set_principal_tag_attribute_map(
            **name, PrincipalTags={"a": "b" * 256, "c": "d" * 256}
        )
    with refused("InvalidParameterException"):
        near.admin.set_principal_tag_attribute_map(
            IdentityPoolId=pool_id, IdentityProviderName="www.amazon.com", UseDefaults=True
        )


@holds("IDPOOL-09")
def test_the_wire_is_that_of_json_1_1(wire: Wire) -> None:
    def call(operation: str, body: str, **headers: str) -> Any:
        target = f"AWSCognitoIdentityService.{operation}"
        kind = "application/x-amz-json-1.1"
        return wire.exchange(
            "POST", "/", body.encode(), {"X-Amz-Target": target, "Content-Type": kind, **headers}
        )

    reply = call("GetId", f'{{"IdentityPoolId":"{UNKNOWN}"}}')
    assert reply.status == 400
    assert reply.json() == {
        "__type": "ResourceNotFoundException",
        "message": f"IdentityPool '{UNKNOWN}' not found.",
    }
    assert reply.headers["x-amzn-errortype"] == "ResourceNotFoundException:"
    assert reply.headers["x-amzn-errormessage"] == f"IdentityPool '{UNKNOWN}' not found."
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["x-amzn-requestid"]
    unsigned_reply = call("ListIdentityPools", '{"MaxResults":1}')
    assert unsigned_reply.json()["__type"] == "MissingAuthenticationTokenException"
    assert call("Nothing", "{}").json()["__type"] == "UnknownOperationException"
    assert call("GetId", "{").json()["__type"] == "SerializationException"
    signed = call(
        "GetId", f'{{"IdentityPoolId":"{UNKNOWN}"}}', Authorization="AWS4-HMAC-SHA256 nonsense"
    )
    assert signed.json()["__type"] == "ResourceNotFoundException", "a signature is not looked at"


@holds("IDPOOL-10")
def test_a_pools_own_key_is_an_alias_of_cognitos(near: Place, app: App) -> None:
    host = near.base_url.partition("://")[2]
    alias = f"{host}/{app.pool_id}"
    pool_id = near.pool(
        CognitoIdentityProviders=[{"ProviderName": alias, "ClientId": app.client_id}]
    )
    public = unsigned(near.base_url)
    logins = login(app)
    token = logins[key_of(app)]
    found = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    assert public.get_id(IdentityPoolId=pool_id, Logins={alias: token})["IdentityId"] == found
    described = near.admin.describe_identity(IdentityId=found)
    assert described["Logins"] == [key_of(app)], "kept under Cognito's name"
