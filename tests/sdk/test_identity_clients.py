"""Credentials as the SDKs themselves get them: docs/behaviours/identity-pools.md."""

import boto3
import pytest

from tests.sdk.builders import a_pool, an_app
from tests.sdk.iam import refused
from tests.sdk.identity import Place, key_of, login, unsigned
from tests.sdk.support import REGION, Json, Wire, claims_of, holds, tampered
from tests.sdk.test_node import run

FORBIDDEN = "Access to Identity '{}' is forbidden."
GUESTS = "cognito-idp:ListUserPools"


@pytest.fixture
def place(wire: Wire) -> Place:
    return Place(wire.base_url, wire.account)


@holds("IDPOOL-56", "IDPOOL-57")
def test_javascript_gets_credentials_for_guests_and_users(place: Place, wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    pool = place.pool_for(app)
    guests = place.role(pool, GUESTS, amr="unauthenticated")
    users = place.role(pool, "cognito-idp:*", amr="authenticated")
    place.admin.set_identity_pool_roles(
        IdentityPoolId=pool, Roles={"unauthenticated": guests, "authenticated": users}
    )
    logins = login(app)
    forged = {key: tampered(token) for key, token in logins.items()}
    given: dict[str, Json] = {
        "url": wire.base_url, "identityPoolId": pool, "logins": logins, "forged": forged,
    }  # fmt: skip
    told = run("credentials.mjs", given, {"AWS_REGION": REGION})
    guest, user = told["guest"], told["user"]
    assert guest["identity"] == user["identity"] == told["again"]["identity"]
    for seen, role in ((guest, guests), (user, users), (told["again"], users)):
        assert seen["arn"].split("/")[1] == role.rpartition("/")[2]
        assert 3_500 < seen["lasting"] <= 3_600
        assert seen["may"]["name"] is None
    assert guest["mayNot"]["name"] == "AccessDeniedException"
    assert user["mayNot"]["name"] is None
    assert told["forged"]["name"] == "NotAuthorizedException"
    assert told["bare"]["message"] == FORBIDDEN.format(guest["identity"])


@holds("IDPOOL-51")
def test_members_of_a_group_do_what_their_group_may(place: Place, wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    pool = place.pool_for(app, guests=False)
    actions = {"readers": "cognito-idp:ListUsers", "makers": "cognito-idp:AdminCreateUser"}
    roles = {name: place.role(pool, action) for name, action in actions.items()}
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    place.admin.set_identity_pool_roles(
        IdentityPoolId=pool,
        Roles={},
        RoleMappings={f"{key_of(app)}:{app.client_id}": mapping},
    )
    public = unsigned(wire.base_url)
    told = {}
    for name, role in roles.items():
        wire.call("CreateGroup", UserPoolId=app.pool_id, GroupName=name, RoleArn=role)
        user = app.user()
        app.admin("AdminAddUserToGroup", user, GroupName=name)
        logins = login(app, user)
        identity = public.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
        answer = public.get_credentials_for_identity(IdentityId=identity, Logins=logins)
        found = answer["Credentials"]
        session = boto3.Session(
            found["AccessKeyId"], found["SecretKey"], found["SessionToken"], region_name=REGION
        )
        told[name] = session.client("cognito-idp", endpoint_url=wire.base_url)
        assert claims_of(next(iter(logins.values())))["cognito:preferred_role"] == role
    asked = {"UserPoolId": app.pool_id}
    told["readers"].list_users(**asked)
    told["makers"].admin_create_user(**asked, Username="new", MessageAction="SUPPRESS")
    with refused("AccessDeniedException"):
        told["makers"].list_users(**asked)
    with refused("AccessDeniedException"):
        told["readers"].admin_create_user(**asked, Username="other")
