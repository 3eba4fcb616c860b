"""The token service, asked by people who would like more: docs/behaviours/sts.md."""

import base64
from collections.abc import Iterator
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.behaviours.test_sts_roles import LIST, a_role, as_session, assumed
from tests.behaviours.test_sts_tokens import Saml, World
from tests.behaviours.test_sts_tokens import world as world  # noqa: PLC0414  a fixture
from tests.sdk.iam import allow, deny, document, refused, trust
from tests.sdk.identity import Place
from tests.sdk.issuers import CLIENT, Issuer
from tests.sdk.stage import Stage
from tests.sdk.support import an_account, holds, unique
from tests.support.server import StartServer

DENIED: Final = "AccessDenied"
NAME: Final = "https://aws.amazon.com/SAML/Attributes/RoleSessionName"
SOURCE: Final = "https://aws.amazon.com/SAML/Attributes/SourceIdentity"
ROLE: Final = "https://aws.amazon.com/SAML/Attributes/Role"


@pytest.fixture(scope="module")
def stage(start_shared_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    data = tmp_path_factory.mktemp("review6") / "data"
    return Stage(start_shared_server("--data", str(data), dev=False), data)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@holds("STS-40")
def test_nobody_takes_tags_by_federating_himself(stage: Stage) -> None:
    team = {"StringEquals": {"aws:PrincipalTag/team": "admins"}}
    mine = [allow("sts:GetFederationToken"), allow("cognito-idp:*", Condition=team)]
    tags = [{"Key": "team", "Value": "admins"}]
    asked = {"Name": "me", "Policy": document(allow("*"))}
    user = stage.user(*mine)
    with refused(DENIED):
        user.client("sts").get_federation_token(**asked, Tags=tags)
    plain = user.client("sts").get_federation_token(**asked)
    with refused("AccessDeniedException"):
        as_session(stage, plain).list_user_pools(MaxResults=1)
    # Who may tag is who vouches for tags: any, or those that the policy lists.
    only = {"StringEquals": {"aws:RequestTag/team": "guests"}}
    some = stage.user(*mine, allow("sts:TagSession", Condition=only)).client("sts")
    with refused(DENIED):
        some.get_federation_token(**asked, Tags=tags)
    some.get_federation_token(**asked, Tags=[{"Key": "team", "Value": "guests"}])
    every = stage.user(*mine, allow("sts:TagSession")).client("sts")
    given = every.get_federation_token(**asked, Tags=tags)
    as_session(stage, given).list_user_pools(MaxResults=1)
    stage.client("sts").get_federation_token(**asked, Tags=tags)


@holds("STS-41")
def test_a_federated_user_takes_no_role(stage: Stage) -> None:
    user = stage.user(allow("sts:*"))
    role = a_role(stage, trust({"AWS": user.arn.split(":")[4]}), allow("*"))
    given = user.client("sts").get_federation_token(Name="me", Policy=document(allow("*")))
    with refused(DENIED):
        as_session(stage, given, "sts").assume_role(RoleArn=role["Arn"], RoleSessionName="here")
    assert assumed(user, role)


@holds("STS-42")
def test_a_role_that_does_not_trust_is_told_like_one_that_is_not_there(stage: Stage) -> None:
    distrusts = a_role(stage, trust({"Service": "lambda.amazonaws.com"}))["Arn"]
    account = distrusts.split(":")[4]
    absent = f"arn:aws:iam::{account}:role/nobody"
    elsewhere = "arn:aws:iam::999999999999:role/nobody"
    for user in (
        stage.user(),
        stage.user(allow("sts:AssumeRole")),
        stage.user(allow("*"), deny("sts:*")),
    ):
        told = []
        for arn in (distrusts, absent, elsewhere):
            with pytest.raises(ClientError) as caught:
                assumed(user, {"Arn": arn})
            told.append(str(caught.value).replace(arn, "<role>"))
        assert len(set(told)) == 1, told


@holds("STS-43")
def test_a_star_lets_sessions_in_with_their_limits(stage: Stage) -> None:
    user = stage.user()
    limited = a_role(stage, trust({"AWS": user.arn}), allow("*"))
    opened = a_role(stage, trust({"AWS": "*"}), allow("*"))
    arns = {"RoleArn": opened["Arn"], "RoleSessionName": "here"}
    assert user.client("sts").assume_role(**arns)
    free = assumed(user, limited)
    assert as_session(stage, free, "sts").assume_role(**arns)
    narrow = assumed(user, limited, Policy=document(allow(LIST)))
    with refused(DENIED):
        as_session(stage, narrow, "sts").assume_role(**arns)


@holds("STS-43")
def test_a_star_of_aws_is_no_door_for_tokens(world: World) -> None:
    name = unique("role")
    opened = world.place.iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=trust({"AWS": "*"}, "sts:*")
    )["Role"]["Arn"]
    with refused(DENIED):
        world.ask(opened, world.issuer.token("mallory"))
    with refused("MalformedPolicyDocument"):
        world.place.iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust("*", "sts:*"))
    denied = trust({"Federated": world.provider}, "sts:AssumeRoleWithWebIdentity")
    closed = denied[:-2] + ',{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:*"}]}'
    world.place.iam.update_assume_role_policy(RoleName=name, PolicyDocument=denied)
    assert world.ask(opened, world.issuer.token("ann"))
    world.place.iam.update_assume_role_policy(RoleName=name, PolicyDocument=closed)
    with refused(DENIED):
        world.ask(opened, world.issuer.token("ann"))


@holds("STS-44")
@pytest.mark.parametrize("name", ["x:user/root", "a/b", "é" * 5, "a", "a" * 65, "a b", "ann\n"])
def test_an_assertion_names_no_session_like_another_principal(world: World, name: str) -> None:
    saml = Saml(world)
    with refused("IDPRejectedClaim", status=403):
        saml.ask(saml.said(attributes={NAME: [name]}))
    with refused("IDPRejectedClaim", status=403):
        saml.ask(saml.said(attributes={SOURCE: [name]}))


@holds("STS-44")
def test_a_source_identity_of_a_token_is_a_name(world: World) -> None:
    role = world.role("sts:AssumeRoleWithWebIdentity", "sts:SetSourceIdentity")

    def told(source: Any) -> Any:
        said: dict[str, Any] = {"https://aws.amazon.com/source_identity": source}
        return world.ask(role, world.issuer.token("ann", **said))

    assert told("ann")["SourceIdentity"] == "ann"
    for wrong in ("a:b", "x", ["ann"], 7):
        with refused("IDPRejectedClaim", status=403):
            told(wrong)


@holds("STS-45")
def test_a_provider_of_another_account_speaks_for_no_role_of_this_one(world: World) -> None:
    elsewhere = Place(world.place.base_url, an_account())
    mine, theirs = Saml(world), Saml(World(elsewhere, world.issuer, ""))
    with refused("AccessDenied", status=403):
        theirs.ask(theirs.said(attributes={ROLE: [f"{mine.role},{theirs.arn}"]}), role=mine.role)
    other = f"{mine.arn.rpartition('/')[0]}/x/{mine.arn.rpartition('/')[2]}"
    with refused("AccessDenied", status=403):
        mine.ask(mine.said(attributes={ROLE: [f"{mine.role},{other}"]}), provider=other)


def part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@holds("STS-46")
@pytest.mark.parametrize(
    "times", ['"exp":-1e999,"iat":1', '"exp":1e999,"iat":1', '"exp":99,"iat":-1e999']
)
def test_times_beyond_time_are_refused_and_nothing_breaks(world: World, times: str) -> None:
    claims = f'{{"iss":"{world.issuer.url}","sub":"a","aud":"{CLIENT}",{times}}}'
    token = ".".join((part('{"alg":"RS256","kid":"k1"}'), part(claims), "AAAA"))
    with refused("InvalidIdentityToken", status=400):
        world.ask(world.role(), token)


class Away(Issuer):
    """An issuer that has nothing."""

    def document(self, path: str) -> None:
        """Return nothing, whatever the path."""


@holds("STS-46")
def test_an_issuer_that_is_away_is_not_asked_for_each_token(world: World) -> None:
    gone = Away()
    made = world.place.iam.create_open_id_connect_provider(Url=gone.url, ClientIDList=[CLIENT])
    role = world.role(principal=made["OpenIDConnectProviderArn"])
    for number in range(10):
        with refused("IDPCommunicationError"):
            world.ask(role, gone.token(f"a{number}"))
    assert len(gone.asked) == 1
    gone.close()
