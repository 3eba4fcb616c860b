"""Ceph's gateway takes identities' tokens, and gives their credentials: docs/operating/ceph.md.

One server, whose tokens name an issuer that the gateway reaches through a proxy; its pools take
their credentials from the gateway.
"""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from botocore.exceptions import ClientError

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.identity import Place, key_of, login, unsigned
from tests.sdk.support import Wire, holds, unique
from tests.support import ceph
from tests.support.forwarder import Forwarder, forwarding
from tests.support.server import Server

HOST: Final = "id.example.test"
NAME: Final = f"{HOST}/identity"
PROVIDER: Final = f"arn:aws:iam::{ceph.TENANT}:oidc-provider/{NAME}"
BUCKET: Final = "objects"
BACK_END: Final = "login.mine"
PATIENCE_S: Final = 30.0


def compact(*statements: dict[str, Any]) -> str:
    """Return a policy without blanks, which this gateway does not read back from a form."""
    whole = {"Version": "2012-10-17", "Statement": list(statements)}
    return json.dumps(whole, separators=(",", ":"))


def may(prefix: str, **condition: Any) -> dict[str, Any]:
    """Return a statement that allows to read and write below a prefix."""
    return {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{BUCKET}/{prefix}/*"],
        **({"Condition": condition} if condition else {}),
    }


class Two(NamedTuple):
    """The server, the gateway, and an account that uses two."""

    server: Server
    gateway: ceph.Ceph
    wire: Wire
    place: Place

    @property
    def public(self) -> Any:
        return unsigned(self.server.base_url)

    def known(self, pool_id: str) -> None:
        """Have the gateway take tokens of a pool; there is one provider, made anew."""
        iam = self.gateway.client("iam")
        listed: list[str] = []
        try:
            listed = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)[
                "ClientIDList"
            ]
            iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
        except ClientError:
            """There is none yet."""
        iam.create_open_id_connect_provider(
            Url=f"http://{NAME}",
            ClientIDList=[*listed, pool_id],
            ThumbprintList=[self.thumbprint()],
        )

    def thumbprint(self) -> str:
        """Return the SHA-1 of the certificate of the key that signs tokens, as an operator does."""
        reply = self.wire.exchange("GET", "/identity/.well-known/jwks_uri")
        chain = json.loads(reply.body)["keys"][0]["x5c"]
        return hashlib.sha1(base64.b64decode(chain[0])).hexdigest().upper()

    def role(self, pool_id: str, *statements: dict[str, Any], **condition: Any) -> str:
        """Make a role at the gateway that trusts a pool."""
        name = unique("role")
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": [PROVIDER]},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": {"StringEquals": {f"{NAME}:app_id": pool_id}, **condition},
        }
        iam = self.gateway.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=compact(trust))
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=compact(*statements))
        arn: str = made["Role"]["Arn"]
        return arn

    def exchanged(self, role: str, token: str) -> Any:
        """Return an S3 client with what the gateway gives for a token."""
        given = self.gateway.client("sts").assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="here", WebIdentityToken=token
        )["Credentials"]
        return self.gateway.client(
            "s3", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
        )

    def given(self, pool_id: str, logins: dict[str, str]) -> Any:
        """Return an S3 client with what the pool gives."""
        who = self.public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
        keys = self.public.get_credentials_for_identity(IdentityId=who, Logins=logins)[
            "Credentials"
        ]
        return self.gateway.client(
            "s3", keys["AccessKeyId"], keys["SecretKey"], keys["SessionToken"]
        )


@pytest.fixture(scope="module")
def proxy() -> Iterator[Forwarder]:
    with forwarding() as found:
        yield found


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, proxy: Forwarder) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("ceph")
    with ceph.running(proxy.url) as gateway:
        environment = {
            "POOLKEEP_IDENTITY_ISSUER": f"http://{NAME}",
            "POOLKEEP_IDENTITY_STS_URL": gateway.url,
            "POOLKEEP_IDENTITY_STS_GUEST_ACTIONS": "s3:*",
        }
        arguments = ("--dev", "--data", str(folder / "data"))
        with Server(folder, *arguments, environment=environment) as server:
            proxy.ports[HOST] = server.port
            wire = Wire(server.base_url)
            gateway.client("s3").create_bucket(Bucket=BUCKET)
            yield Two(server, gateway, wire, Place(server.base_url, wire.account))


@pytest.fixture(scope="module")
def app(two: Two) -> App:
    schema = [{"Name": "dir", "AttributeDataType": "String", "Mutable": True}]
    return an_app(two.wire, a_pool(two.wire, Schema=schema))


@contextmanager
def refused() -> Iterator[None]:
    """Expect 403 or 400: the gateway's bodies name no code that boto3 reads."""
    with pytest.raises(ClientError) as caught:
        yield
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status in {400, 401, 403}, caught.value.response


def own_and_others(two: Two, client: Any, own: str, other: str) -> None:
    """See that a client reaches one prefix and no other."""
    two.gateway.client("s3").put_object(Bucket=BUCKET, Key=f"{other}/a", Body=b"not mine")
    client.put_object(Bucket=BUCKET, Key=f"{own}/a", Body=b"mine")
    assert client.get_object(Bucket=BUCKET, Key=f"{own}/a")["Body"].read() == b"mine"
    for key in (f"{other}/a", f"{own}", f"{own}x/a", "a", f"x/{own}/a"):
        with refused():
            client.put_object(Bucket=BUCKET, Key=key, Body=b"not mine")
    with refused():
        client.get_object(Bucket=BUCKET, Key=f"{other}/a")
    with refused():
        client.delete_object(Bucket=BUCKET, Key=f"{own}/a")
    with refused():
        client.list_objects_v2(Bucket=BUCKET)


@holds("IDPOOL-100", "IDPOOL-101")
def test_each_identity_reaches_its_own_prefix(two: Two, app: App) -> None:
    pool_id = two.place.pool_for(app)
    two.known(pool_id)
    two.place.admin.set_principal_tag_attribute_map(
        IdentityPoolId=pool_id,
        IdentityProviderName=key_of(app),
        PrincipalTags={"dir": "custom:dir"},
    )
    prefixes = {"ada": unique("ada"), "bob": unique("bob")}
    role = two.role(
        pool_id,
        *(may(each, StringEquals={"aws:PrincipalTag/dir": each}) for each in prefixes.values()),
    )
    two.place.admin.set_identity_pool_roles(
        IdentityPoolId=pool_id, Roles={"authenticated": role, "unauthenticated": role}
    )
    for mine, other in (("ada", "bob"), ("bob", "ada"), ("ada", "bob")):
        logins = login(app, **{"custom:dir": prefixes[mine]})
        own_and_others(two, two.given(pool_id, logins), prefixes[mine], prefixes[other])
        who = two.public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
        token = two.public.get_open_id_token(IdentityId=who, Logins=logins)["Token"]
        own_and_others(two, two.exchanged(role, token), prefixes[mine], prefixes[other])
    for logins in ({}, login(app), login(app, **{"custom:dir": "nobody"})):
        nobody = two.given(pool_id, logins)
        for each in prefixes.values():
            with refused():
                nobody.get_object(Bucket=BUCKET, Key=f"{each}/a")


@holds("IDPOOL-102")
def test_members_of_two_groups_reach_the_prefix_of_their_own(two: Two, app: App) -> None:
    pool_id = two.place.pool_for(app)
    two.known(pool_id)
    groups = [unique("red"), unique("blue")]
    roles = {each: two.role(pool_id, may(each)) for each in groups}
    for each in groups:
        two.wire.call("CreateGroup", UserPoolId=app.pool_id, GroupName=each, RoleArn=roles[each])
    two.place.admin.set_identity_pool_roles(
        IdentityPoolId=pool_id,
        Roles={"authenticated": two.role(pool_id, may("everybody"))},
        RoleMappings={
            f"{key_of(app)}:{app.client_id}": {
                "Type": "Token",
                "AmbiguousRoleResolution": "Deny",
            }
        },
    )
    for own, other in (groups, groups[::-1]):
        name = app.user()
        app.admin("AdminAddUserToGroup", name, GroupName=own)
        own_and_others(two, two.given(pool_id, login(app, name)), own, other)
    with pytest.raises(ClientError):  # a member of no group has no role
        two.given(pool_id, login(app))


@holds("IDPOOL-103")
def test_guests_have_what_their_role_says_there(two: Two, app: App) -> None:
    pool_id = two.place.pool_for(app)
    two.known(pool_id)
    hall, rooms = unique("hall"), unique("rooms")
    roles = {"unauthenticated": two.role(pool_id, may(hall))}
    roles["authenticated"] = two.role(pool_id, may(rooms))
    two.place.admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles)
    own_and_others(two, two.given(pool_id, {}), hall, rooms)
    own_and_others(two, two.given(pool_id, login(app)), rooms, hall)


@holds("IDPOOL-106")
def test_a_policy_that_is_taken_back_counts_for_sessions_at_once(two: Two) -> None:
    pool_id = two.place.pool()
    two.known(pool_id)
    hall = unique("hall")
    role = two.role(pool_id, may(hall))
    two.place.admin.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"unauthenticated": role})
    guest = two.given(pool_id, {})
    guest.put_object(Bucket=BUCKET, Key=f"{hall}/a", Body=b"mine")
    two.gateway.client("iam").delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="own")
    for ask in (guest.get_object, guest.head_object):
        with refused():
            ask(Bucket=BUCKET, Key=f"{hall}/a")


@holds("IDPOOL-104")
def test_other_tokens_get_nothing(two: Two, app: App) -> None:
    pool_id, other_pool, unknown = (two.place.pool_for(app) for _ in range(3))
    two.known(pool_id)
    two.known(other_pool)
    role = two.role(pool_id, may("x"))

    def token_of(pool: str) -> str:
        logins = login(app)
        who = two.public.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
        found: str = two.public.get_open_id_token(IdentityId=who, Logins=logins)["Token"]
        return found

    good = token_of(pool_id)
    head, claims, signature = good.split(".")
    altered = json.loads(base64.urlsafe_b64decode(claims + "=="))
    altered["sub"] = "us-east-1:00000000-0000-4000-8000-000000000000"
    changed = base64.urlsafe_b64encode(json.dumps(altered).encode()).decode().rstrip("=")
    flipped = "B" if signature[9] == "A" else "A"
    wrong = [
        token_of(other_pool),  # known to the gateway, not to the role
        token_of(unknown),  # a pool that is no client there
        f"{head}.{changed}.{signature}",
        f"{head}.{claims}.{signature[:9]}{flipped}{signature[10:]}",
        f"{head}.{claims}.",
        next(iter(login(app).values())),  # the ID token itself
    ]
    two.exchanged(role, good)
    for token in wrong:
        with refused():
            two.exchanged(role, token)
    with refused():
        two.exchanged(f"arn:aws:iam::{ceph.TENANT}:role/nobody", good)


@holds("IDPOOL-104")
def test_an_expired_token_gets_nothing(two: Two) -> None:
    pool_id = two.place.pool(DeveloperProviderName=BACK_END)
    two.known(pool_id)
    role = two.role(pool_id, may("x"))
    token = two.place.admin.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool_id, Logins={BACK_END: unique()}, TokenDuration=2
    )["Token"]
    two.exchanged(role, token)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            two.exchanged(role, token)
        except ClientError:
            break
    else:
        pytest.fail("an expired token is still taken")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert time.time() >= claims["exp"] - 1


@holds("IDPOOL-105")
def test_a_server_of_the_same_name_signs_nothing(two: Two, tmp_path: Path) -> None:
    environment = {"POOLKEEP_IDENTITY_ISSUER": f"http://{NAME}"}
    arguments = ("--dev", "--data", str(tmp_path / "data"))
    with Server(tmp_path, *arguments, environment=environment) as server:
        pool_id = Place(server.base_url, Wire(server.base_url).account).pool()
        public = unsigned(server.base_url)
        who = public.get_id(IdentityPoolId=pool_id)["IdentityId"]
        token = public.get_open_id_token(IdentityId=who)["Token"]
    two.known(pool_id)
    role = two.role(pool_id, may("x"))
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert (claims["iss"], claims["aud"]) == (f"http://{NAME}", pool_id)
    with refused():
        two.exchanged(role, token)
