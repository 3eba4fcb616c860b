"""docs/behaviours/identity-pools.md: temporary credentials of identities, over sockets."""

import json
from typing import Any

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.iam import allow, document, refused, service
from tests.sdk.identity import COGNITO, Place, key_of, login, unsigned
from tests.sdk.support import Wire, claims_of, holds, tampered, unique

NO_ROLE = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
NOT_OURS = "Invalid login token. Not a Cognito token."
READ = "cognito-idp:ListUserPools"


@pytest.fixture(scope="module")
def place(wire: Wire) -> Place:
    """Return the account of the module's app."""
    return Place(wire.base_url, wire.account)


@pytest.fixture(scope="module")
def public(wire: Wire) -> Any:
    """Return an application's client."""
    return unsigned(wire.base_url)


def with_roles(place: Place, pool_id: str, **roles: str) -> None:
    """Give a pool its roles."""
    place.admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles)


def using(place: Place, given: dict[str, Any], name: str = "sts") -> Any:
    """Return a client that signs with an identity's credentials."""
    keys = given["Credentials"]
    return service(
        place.base_url,
        name,
        key=keys["AccessKeyId"],
        secret=keys.get("SecretKey") or keys["SecretAccessKey"],
        token=keys["SessionToken"],
    )


@holds("IDPOOL-56")
def test_a_guest_gets_credentials_of_the_guests_role(place: Place, public: Any) -> None:
    pool_id = place.pool()
    role = place.role(pool_id, READ, "iam:ListRoles", amr="unauthenticated")
    with_roles(place, pool_id, unauthenticated=role)
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    given = public.get_credentials_for_identity(IdentityId=guest)
    assert given["IdentityId"] == guest
    keys = given["Credentials"]
    assert keys["AccessKeyId"].startswith("ASIA")
    assert set(keys) == {"AccessKeyId", "SecretKey", "SessionToken", "Expiration"}
    who = using(place, given).get_caller_identity()
    name = role.rpartition("/")[2]
    assert who["Arn"] == (
        f"arn:aws:sts::{place.account}:assumed-role/{name}/CognitoIdentityCredentials"
    )
    using(place, given, "cognito-idp").list_user_pools(MaxResults=1)
    with refused("AccessDenied"):  # guests have nothing of IAM, whatever the role says
        using(place, given, "iam").list_roles()


@holds("IDPOOL-57")
def test_a_user_gets_credentials_of_the_users_role(place: Place, public: Any, app: App) -> None:
    pool_id = place.pool_for(app)
    role = place.role(pool_id, "iam:ListRoles", amr="authenticated")
    with_roles(place, pool_id, authenticated=role)
    logins = login(app)
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    given = public.get_credentials_for_identity(IdentityId=identity, Logins=logins)
    using(place, given, "iam").list_roles()
    with refused("AccessDeniedException"):
        using(place, given, "cognito-idp").list_user_pools(MaxResults=1)
    with refused("NotAuthorizedException", f"Access to Identity '{identity}' is forbidden."):
        public.get_credentials_for_identity(IdentityId=identity)
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
        public.get_credentials_for_identity(IdentityId=guest)
    with refused("NotAuthorizedException", "Access to Role 'arn:aws:iam::1:role/x' is forbidden."):
        public.get_credentials_for_identity(
            IdentityId=identity, Logins=logins, CustomRoleArn="arn:aws:iam::1:role/x"
        )


@holds("IDPOOL-58")
def test_a_role_that_does_not_trust_is_the_pools_fault(place: Place, public: Any, app: App) -> None:
    pool_id, other = place.pool_for(app), place.pool()
    logins = login(app)
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    for role in (place.role(other), place.role(pool_id, amr="unauthenticated")):
        with_roles(place, pool_id, authenticated=role)
        with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
            public.get_credentials_for_identity(IdentityId=identity, Logins=logins)
    role = place.role(pool_id)
    with_roles(place, pool_id, authenticated=role)
    name = role.rpartition("/")[2]
    place.iam.delete_role_policy(RoleName=name, PolicyName="own")
    place.iam.delete_role(RoleName=name)
    with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
        public.get_credentials_for_identity(IdentityId=identity, Logins=logins)


@holds("IDPOOL-59")
def test_tags_reach_policies_where_the_role_takes_them(
    place: Place, public: Any, wire: Wire
) -> None:
    app = an_app(wire, a_pool(wire, Schema=[{"Name": "dept", "AttributeDataType": "String"}]))
    pool_id = place.pool_for(app)
    place.admin.set_principal_tag_attribute_map(
        IdentityPoolId=pool_id,
        IdentityProviderName=key_of(app),
        PrincipalTags={"dept": "custom:dept"},
    )
    role = place.role(pool_id, tags=True)
    name = role.rpartition("/")[2]
    only_red = {"StringEquals": {"aws:PrincipalTag/dept": "red"}}
    place.iam.put_role_policy(
        RoleName=name, PolicyName="own", PolicyDocument=document(allow(READ, Condition=only_red))
    )
    with_roles(place, pool_id, authenticated=role)

    def given(dept: str) -> Any:
        logins = login(app, app.user("", custom__dept=dept))
        identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
        return public.get_credentials_for_identity(IdentityId=identity, Logins=logins)

    using(place, given("red"), "cognito-idp").list_user_pools(MaxResults=1)
    with refused("AccessDeniedException"):
        using(place, given("blue"), "cognito-idp").list_user_pools(MaxResults=1)
    with_roles(place, pool_id, authenticated=place.role(pool_id))
    with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
        given("red")


@holds("IDPOOL-66")
def test_a_back_ends_token_becomes_credentials(place: Place, public: Any) -> None:
    pool_id = place.pool(guests=False, DeveloperProviderName="login.mine")
    role = place.role(pool_id, READ, amr="authenticated")
    with_roles(place, pool_id, authenticated=role)
    told = place.admin.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool_id, Logins={"login.mine": unique()}
    )
    identity, token = told["IdentityId"], told["Token"]
    given = public.get_credentials_for_identity(IdentityId=identity, Logins={COGNITO: token})
    using(place, given, "cognito-idp").list_user_pools(MaxResults=1)
    another = place.admin.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool_id, Logins={"login.mine": unique()}
    )
    for wrong in ("x", tampered(token), another["Token"]):
        with refused("NotAuthorizedException", NOT_OURS):
            public.get_credentials_for_identity(IdentityId=identity, Logins={COGNITO: wrong})
    with refused("NotAuthorizedException", NOT_OURS):
        public.get_credentials_for_identity(
            IdentityId=identity, Logins={COGNITO: token, "login.mine": "x"}
        )


@holds("IDPOOL-67")
def test_the_classic_flow_ends_at_the_token_service(
    place: Place, public: Any, app: App, wire: Wire
) -> None:
    pool_id = place.pool_for(app)
    role = place.role(pool_id, "iam:ListRoles")
    sts = unsigned(wire.base_url, "sts")
    logins = login(app)
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    guest = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
    token = ""
    for who, given in ((identity, logins), (guest, {})):
        token = public.get_open_id_token(IdentityId=who, Logins=given)["Token"]
        session = sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="app", WebIdentityToken=token
        )
        assert session["SubjectFromWebIdentityToken"] == who
        assert session["Audience"] == pool_id
        using(place, session, "iam").list_roles()  # no limits of guests in this flow
    elsewhere = place.role(place.pool())
    with refused("AccessDenied"):
        sts.assume_role_with_web_identity(
            RoleArn=elsewhere, RoleSessionName="app", WebIdentityToken=token
        )


@holds("IDPOOL-68")
def test_groups_and_rules_choose_the_role(place: Place, public: Any, wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    pool_id = place.pool_for(app)
    roles = [place.role(pool_id, READ) for _ in range(3)]
    for number, role in enumerate(roles[:2]):
        app.wire.call(
            "CreateGroup", UserPoolId=app.pool_id, GroupName=f"g{number}", RoleArn=role,
            Precedence=number,
        )  # fmt: skip
    name = app.user()
    for number in range(2):
        app.admin("AdminAddUserToGroup", name, GroupName=f"g{number}")
    mapping: dict[str, Any] = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    key = f"{key_of(app)}:{app.client_id}"

    def map_roles() -> None:
        place.admin.set_identity_pool_roles(
            IdentityPoolId=pool_id,
            Roles={"authenticated": roles[2]},
            RoleMappings={key: mapping},
        )

    map_roles()
    logins = login(app, name)
    assert json.dumps(claims_of(logins[key_of(app)])["cognito:roles"])
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]

    def role_of(who: str, given: dict[str, str], **more: str) -> str:
        got = public.get_credentials_for_identity(IdentityId=who, Logins=given, **more)
        arn: str = using(place, got).get_caller_identity()["Arn"]
        return arn.split("/")[1]

    assert role_of(identity, logins) == roles[0].rpartition("/")[2]
    assert role_of(identity, logins, CustomRoleArn=roles[1]) == roles[1].rpartition("/")[2]
    with refused("NotAuthorizedException", f"Access to Role '{roles[2]}' is forbidden."):
        role_of(identity, logins, CustomRoleArn=roles[2])
    plain = login(app)
    nobody = public.get_id(IdentityPoolId=pool_id, Logins=plain)["IdentityId"]
    with refused("NotAuthorizedException", "No role is available for this identity."):
        role_of(nobody, plain)
    mapping["AmbiguousRoleResolution"] = "AuthenticatedRole"
    map_roles()
    assert role_of(nobody, plain) == roles[2].rpartition("/")[2]
    mapping.update({
        "Type": "Rules",
        "RulesConfiguration": {
            "Rules": [
                {
                    "Claim": "cognito:groups",
                    "MatchType": "Contains",
                    "Value": "g1",
                    "RoleARN": roles[1],
                }
            ]
        },
    })  # fmt: skip
    map_roles()
    assert role_of(identity, logins) == roles[1].rpartition("/")[2]
    assert role_of(nobody, plain) == roles[2].rpartition("/")[2]
