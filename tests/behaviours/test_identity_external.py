"""docs/behaviours/identity-pools.md: credentials of another token service, over sockets."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.behaviours.test_role_traces import logged
from tests.sdk.builders import a_pool, an_app
from tests.sdk.external_sts import Elsewhere
from tests.sdk.iam import allow, document, refused, service
from tests.sdk.identity import Place, key_of, login, unsigned
from tests.sdk.support import Wire, holds, unique
from tests.support.server import Server

NO_ROLE = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
AWAY = "The token service cannot be reached."
READ = "cognito-idp:ListUserPools"
OTHER = "210987654321"


class Pair(NamedTuple):
    """A server whose pools have their credentials of another one."""

    server: Server
    other: Server
    wire: Wire
    place: Place
    elsewhere: Elsewhere

    @property
    def public(self) -> Any:
        return unsigned(self.server.base_url)

    def pool(self, **more: Any) -> str:
        """Make a pool whose tokens the other server takes."""
        pool_id = self.place.pool(**more)
        self.elsewhere.knows(pool_id)
        return pool_id

    def gives(self, pool_id: str, **roles: str) -> None:
        self.place.admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles)

    def guest(self, pool_id: str) -> str:
        found: str = self.public.get_id(IdentityPoolId=pool_id)["IdentityId"]
        return found


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Return the two."""
    folder = tmp_path_factory.mktemp("external")
    with Server(folder, "--dev", "--data", str(folder / "b")) as other:
        environment = {
            "POOLKEEP_IDENTITY_ISSUER": "self",
            "POOLKEEP_IDENTITY_STS_URL": other.base_url,
        }
        arguments = ("--dev", "--data", str(folder / "a"))
        with Server(folder, *arguments, environment=environment) as server:
            wire = Wire(server.base_url)
            place = Place(server.base_url, wire.account)
            elsewhere = Elsewhere(other.base_url, OTHER, f"{server.base_url}/identity")
            yield Pair(server, other, wire, place, elsewhere)


@holds("IDPOOL-110")
def test_a_guest_gets_credentials_of_the_other_service(pair: Pair) -> None:
    pool_id = pair.pool()
    role = pair.elsewhere.role(pool_id, allow(READ, "iam:ListRoles"))
    pair.gives(pool_id, unauthenticated=role)
    guest = pair.guest(pool_id)
    given = pair.public.get_credentials_for_identity(IdentityId=guest)
    who = pair.elsewhere.using(given).get_caller_identity()
    name = role.rpartition("/")[2]
    assert who["Arn"] == (f"arn:aws:sts::{OTHER}:assumed-role/{name}/CognitoIdentityCredentials")
    event = logged(pair.server, "cognito-identity:GetCredentialsForIdentity")
    assert (event["role"], event["sts"]) == (role, pair.other.base_url)
    assert "trust" not in event, "the other service is who judges it"
    pair.elsewhere.using(given, "cognito-idp").list_user_pools(MaxResults=1)


@holds("IDPOOL-111")
def test_guests_are_limited_there_too(pair: Pair) -> None:
    pool_id = pair.pool()
    role = pair.elsewhere.role(pool_id, allow(READ, "iam:ListRoles"))
    pair.gives(pool_id, unauthenticated=role)
    given = pair.public.get_credentials_for_identity(IdentityId=pair.guest(pool_id))
    with refused("AccessDenied"):
        pair.elsewhere.using(given, "iam").list_roles()
    name = role.rpartition("/")[2]
    pair.elsewhere.iam.put_role_policy(
        RoleName=name, PolicyName="own", PolicyDocument=document(allow("iam:ListRoles"))
    )
    with refused("AccessDeniedException"):  # the limits give nothing by themselves
        pair.elsewhere.using(given, "cognito-idp").list_user_pools(MaxResults=1)


@holds("IDPOOL-110", "IDPOOL-111", "IDPOOL-112")
def test_a_user_gets_the_role_with_tags_and_without_limits(pair: Pair) -> None:
    schema = [{"Name": "dept", "AttributeDataType": "String"}]
    app = an_app(pair.wire, a_pool(pair.wire, Schema=schema))
    pool_id = pair.place.pool_for(app)
    pair.elsewhere.knows(pool_id)
    pair.place.admin.set_principal_tag_attribute_map(
        IdentityPoolId=pool_id,
        IdentityProviderName=key_of(app),
        PrincipalTags={"dept": "custom:dept"},
    )
    tagged = allow("iam:ListRoles", Condition={"StringEquals": {"aws:PrincipalTag/dept": "sales"}})
    pair.gives(pool_id, authenticated=pair.elsewhere.role(pool_id, tagged, tags=True))
    logins, identity = {}, ""
    for dept, may in (("sales", True), ("legal", False)):
        logins = login(app, **{"custom:dept": dept})
        identity = pair.public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
        given = pair.public.get_credentials_for_identity(IdentityId=identity, Logins=logins)
        iam = pair.elsewhere.using(given, "iam")
        if may:
            iam.list_roles()
        else:
            with refused("AccessDenied"):
                iam.list_roles()
    pair.gives(pool_id, authenticated=pair.elsewhere.role(pool_id, tagged))
    with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):  # no sts:TagSession
        pair.public.get_credentials_for_identity(IdentityId=identity, Logins=logins)


@holds("IDPOOL-112")
def test_a_token_of_ours_is_exchanged_as_well(pair: Pair) -> None:
    pool_id = pair.pool(DeveloperProviderName="login.example")
    role = pair.elsewhere.role(pool_id, allow("iam:ListRoles"), tags=True)
    pair.gives(pool_id, authenticated=role)
    told = pair.place.admin.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool_id, Logins={"login.example": "ann"}, PrincipalTags={"dept": "sales"}
    )
    given = pair.public.get_credentials_for_identity(
        IdentityId=told["IdentityId"],
        Logins={"cognito-identity.amazonaws.com": told["Token"]},
    )
    pair.elsewhere.using(given, "iam").list_roles()


@holds("IDPOOL-113")
def test_what_the_other_service_refuses_is_the_pools_fault(pair: Pair) -> None:
    pool_id, second = pair.pool(), pair.pool()
    unknown = f"arn:aws:iam::{OTHER}:role/nobody"
    for role in (pair.elsewhere.role(second), unknown):
        pair.gives(pool_id, unauthenticated=role)
        with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
            pair.public.get_credentials_for_identity(IdentityId=pair.guest(pool_id))
        event = logged(pair.server, "cognito-identity:GetCredentialsForIdentity")
        assert event["why_not"].startswith("AccessDenied: Not authorized")
    stranger = pair.place.pool()  # its tokens are for nobody there
    pair.gives(stranger, unauthenticated=pair.elsewhere.role(stranger))
    with refused("InvalidIdentityPoolConfigurationException", NO_ROLE):
        pair.public.get_credentials_for_identity(IdentityId=pair.guest(stranger))
    event = logged(pair.server, "cognito-identity:GetCredentialsForIdentity")
    assert event["why_not"].startswith("InvalidIdentityToken")


@holds("IDPOOL-114")
def test_a_token_that_is_too_old_by_the_other_clock_is_nobodys_fault(pair: Pair) -> None:
    pool_id = pair.pool()
    pair.gives(pool_id, unauthenticated=pair.elsewhere.role(pool_id))
    guest = pair.guest(pool_id)
    Wire(pair.other.base_url).advance(3_600)
    try:
        with refused("ExternalServiceException", AWAY):
            pair.public.get_credentials_for_identity(IdentityId=guest)
    finally:
        pair.wire.advance(3_600)  # clocks move forward only
    event = logged(pair.server, "cognito-identity:GetCredentialsForIdentity")
    assert event["why_not"].startswith("ExpiredToken")
    pair.public.get_credentials_for_identity(IdentityId=guest)


@holds("IDPOOL-115")
def test_who_may_not_have_credentials_here_has_none_elsewhere(pair: Pair) -> None:
    app = an_app(pair.wire, a_pool(pair.wire))
    pool_id = pair.place.pool_for(app)
    pair.elsewhere.knows(pool_id)
    role = pair.elsewhere.role(pool_id)
    pair.gives(pool_id, unauthenticated=role, authenticated=role)
    logins = login(app)
    parent = pair.public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    guest = pair.guest(pool_id)
    merged = pair.public.get_credentials_for_identity(IdentityId=guest, Logins=logins)
    assert merged["IdentityId"] == parent
    for given in ({}, logins):
        text = f"Access to Identity '{guest}' is forbidden."
        with refused("NotAuthorizedException", text):
            pair.public.get_credentials_for_identity(IdentityId=guest, Logins=given)
        event = logged(pair.server, "cognito-identity:GetCredentialsForIdentity")
        assert "sts" not in event, "nobody was asked"
    text = "Access to Role 'arn:aws:iam::1:role/x' is forbidden."
    with refused("NotAuthorizedException", text):
        pair.public.get_credentials_for_identity(
            IdentityId=parent, Logins=logins, CustomRoleArn="arn:aws:iam::1:role/x"
        )


@holds("IDPOOL-116")
def test_roles_of_another_service_are_named_by_who_may_pass_them(pair: Pair) -> None:
    pool_id = pair.pool()
    ceph = "arn:aws:iam:::role/objects"
    pair.gives(pool_id, unauthenticated=ceph)
    told = pair.place.admin.get_identity_pool_roles(IdentityPoolId=pool_id)
    assert told["Roles"] == {"unauthenticated": ceph}
    for arn in ("arn:aws:iam:::user/objects/role", "arn:aws:s3:::role/of-a-bucket", "r" * 30):
        with refused("NotAuthorizedException", f"Access to Role '{arn}' is forbidden."):
            pair.gives(pool_id, unauthenticated=arn)
    sets = allow("cognito-identity:SetIdentityPoolRoles", resource="*")
    for passes, may in ((ceph, True), ("arn:aws:iam::123456789012:role/*", False)):
        name = unique("admin")
        pair.place.iam.create_user(UserName=name)
        pair.place.iam.put_user_policy(
            UserName=name,
            PolicyName="own",
            PolicyDocument=document(sets, allow("iam:PassRole", resource=passes)),
        )
        key = pair.place.iam.create_access_key(UserName=name)["AccessKey"]
        admin = service(
            pair.server.base_url, "cognito-identity",
            key=key["AccessKeyId"], secret=key["SecretAccessKey"],
        )  # fmt: skip
        roles = {"unauthenticated": ceph}
        if may:
            admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles)
        else:
            with refused("NotAuthorizedException", f"Access to Role '{ceph}' is forbidden."):
                admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles)
