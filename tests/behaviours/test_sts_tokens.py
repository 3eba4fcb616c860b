"""docs/behaviours/sts.md: roles for those whom a token or an assertion speaks for."""

import dataclasses
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from tests.sdk.builders import a_pool, an_app
from tests.sdk.iam import allow, document, refused, service, trust
from tests.sdk.identity import COGNITO, Place, unsigned
from tests.sdk.issuers import CLIENT, Issuer
from tests.sdk.support import Wire, an_account, claims_of, holds, tampered, unique
from tests.support.saml_idp import Said, SamlIdp

BY_WEB: Final = "sts:AssumeRoleWithWebIdentity"
BY_SAML: Final = "sts:AssumeRoleWithSAML"
NOT_BY_WEB: Final = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
NO_JWT: Final = (
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
)
RECIPIENT: Final = "https://signin.aws.amazon.com/saml"
ATTRIBUTES: Final = "https://aws.amazon.com/SAML/Attributes/"
TAGS: Final = "https://aws.amazon.com/tags"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """Return a token issuer."""
    made = Issuer()
    yield made
    made.close()


@dataclasses.dataclass(frozen=True)
class World:
    """An account that trusts an issuer."""

    place: Place
    issuer: Issuer
    provider: str

    @property
    def sts(self) -> Any:
        return unsigned(self.place.base_url, "sts")

    def role(self, *verbs: str, condition: Any = None, principal: str = "") -> str:
        """Make a role that trusts the issuer, or somebody else."""
        more = {} if condition is None else {"Condition": condition}
        name = unique("role")
        role = self.place.iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=trust(
                {"Federated": principal or self.provider}, *(verbs or (BY_WEB,)), **more
            ),
        )
        self.place.iam.put_role_policy(
            RoleName=name,
            PolicyName="own",
            PolicyDocument=document(allow("cognito-idp:ListUserPools")),
        )
        return str(role["Role"]["Arn"])

    def ask(self, role: str, token: str, **asked: Any) -> Any:
        """Bring a token for a role."""
        return self.sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="app", WebIdentityToken=token, **asked
        )

    def acts(self, answer: Any, name: str = "sts") -> Any:
        """Return a client with the credentials of an answer."""
        found = answer["Credentials"]
        return service(
            self.place.base_url,
            name,
            key=found["AccessKeyId"],
            secret=found["SecretAccessKey"],
            token=found["SessionToken"],
        )


@pytest.fixture(scope="module")
def world(wire: Wire, issuer: Issuer) -> World:
    place = Place(wire.base_url, an_account())
    made = place.iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[CLIENT])
    return World(place, issuer, made["OpenIDConnectProviderArn"])


@holds("STS-12", "STS-13")
def test_an_issuers_token_gets_a_role(world: World) -> None:
    front = world.issuer.name
    mine = {"StringEquals": {f"{front}:aud": CLIENT, f"{front}:sub": "ann"}}
    role = world.role(condition=mine)
    answer = world.ask(role, world.issuer.token("ann"))
    assert answer["SubjectFromWebIdentityToken"] == "ann"
    assert (answer["Audience"], answer["Provider"]) == (CLIENT, world.provider)
    assert world.acts(answer).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    pools = world.acts(answer, "cognito-idp")
    pools.list_user_pools(MaxResults=1)
    with refused("AccessDeniedException"):
        pools.create_user_pool(PoolName="p")
    with refused("AccessDenied", NOT_BY_WEB, 403):
        world.ask(role, world.issuer.token("bob"))


@holds("STS-14")
def test_no_role_and_no_trust_are_one_refusal(world: World) -> None:
    token = world.issuer.token("ann")
    absent = f"arn:aws:iam::{world.place.account}:role/nobody"
    elsewhere = "arn:aws:iam::999999999999:role/nobody"
    for role in (absent, world.role("sts:AssumeRole"), world.role(principal=COGNITO_LIKE)):
        with refused("AccessDenied", NOT_BY_WEB, 403):
            world.ask(role, token)
    with refused("InvalidIdentityToken"):
        world.ask(elsewhere, token)


COGNITO_LIKE: Final = "accounts.google.com"


@holds("STS-12")
def test_what_is_wrong_with_a_token_is_told(world: World) -> None:
    role, made = world.role(), world.issuer
    now = int(time.time())
    symmetric = OctKey.generate_key(256)
    claims = b'{"iss":"%s","aud":"client-1","sub":"ann","iat":%d,"exp":%d}' % (
        made.url.encode(), now, now + 600,
    )  # fmt: skip
    shared = jws.serialize_compact({"alg": "HS256"}, claims, symmetric)
    none = "eyJhbGciOiJub25lIn0." + shared.split(".")[1] + "."
    for token in ("opaque-token", shared, none):
        with refused("InvalidIdentityToken", NO_JWT, 400):
            world.ask(role, token)
    with refused("InvalidIdentityToken", "Incorrect token audience"):
        world.ask(role, made.token("ann", aud="client-2"))
    with refused("InvalidIdentityToken", "Incorrect token audience"):
        world.ask(role, made.token("ann", azp="client-2"))
    nobody = "https://nobody.example.com"
    with refused("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for "
                 f"{nobody}"):  # fmt: skip
        world.ask(role, made.token("ann", iss=nobody))
    with refused("ExpiredTokenException"):
        world.ask(role, made.token("ann", exp=now - 301))
    assert world.ask(role, made.token("ann", exp=now - 200))
    for broken in (
        tampered(made.token("ann")),
        made.token("ann", key=Issuer.new_key("k1")),
        made.token("ann", without="sub"),
        made.token("ann", without="iat"),
        made.token("ann", nbf=now + 600),
    ):
        with refused("InvalidIdentityToken"):
            world.ask(role, broken)


@holds("STS-12")
def test_a_new_key_is_asked_for_and_an_issuer_may_be_away(world: World) -> None:
    other = Issuer()
    made = world.place.iam.create_open_id_connect_provider(Url=other.url, ClientIDList=[CLIENT])
    role = world.role(principal=made["OpenIDConnectProviderArn"])
    token = other.token("ann")
    other.close()
    with refused("IDPCommunicationError"):
        world.ask(role, token)


@holds("STS-12")
def test_a_user_pool_may_be_the_issuer(world: World, wire: Wire) -> None:
    app = an_app(wire, a_pool(wire))
    token = app.sign_in(app.user())["IdToken"]
    issuer = claims_of(token)["iss"]
    made = world.place.iam.create_open_id_connect_provider(Url=issuer, ClientIDList=[app.client_id])
    role = world.role(principal=made["OpenIDConnectProviderArn"])
    assert world.ask(role, token)["SubjectFromWebIdentityToken"] == claims_of(token)["sub"]
    with refused("InvalidIdentityToken"):
        world.ask(role, tampered(token))


@holds("STS-13")
def test_tags_in_a_token_need_trust(world: World) -> None:
    tagged: dict[str, Any] = {
        TAGS: {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]}
    }
    red = {"StringEquals": {"aws:RequestTag/team": "red"}}
    role = world.role(BY_WEB, "sts:TagSession", condition=red)
    token = world.issuer.token("ann", **tagged)
    assert world.ask(role, token)["PackedPolicySize"] > 0
    for wrong in (world.issuer.token("ann"),):
        with refused("AccessDenied", NOT_BY_WEB):
            world.ask(role, wrong)
    with refused("AccessDenied", NOT_BY_WEB):
        world.ask(world.role(), token)


@holds("STS-12")
def test_an_identitys_token_gets_a_role_of_its_pool_alone(world: World) -> None:
    place = world.place
    pool, other = place.pool(), place.pool()
    public = unsigned(place.base_url)

    def token(of: str) -> str:
        identity = public.get_id(IdentityPoolId=of)["IdentityId"]
        return str(public.get_open_id_token(IdentityId=identity)["Token"])

    role = place.role(pool)
    answer = world.ask(role, token(pool))
    assert (answer["Provider"], answer["Audience"]) == (COGNITO, pool)
    world.acts(answer, "cognito-idp").list_user_pools(MaxResults=1)
    for wrong in (token(other),):
        with refused("AccessDenied", NOT_BY_WEB, 403):
            world.ask(role, wrong)
    with refused("AccessDenied", NOT_BY_WEB, 403):
        world.ask(place.role(pool, amr="authenticated"), token(pool))
    with refused("InvalidIdentityToken"):
        world.ask(role, tampered(token(pool)))


class Saml:
    """A SAML provider of an account, and a role that trusts it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now_s = time.time()
        self.idp = SamlIdp(self.now_s)
        made = world.place.iam.create_saml_provider(
            Name=unique("saml"), SAMLMetadataDocument=self.idp.metadata()
        )
        self.arn: str = made["SAMLProviderArn"]
        only = {"StringEquals": {"SAML:aud": RECIPIENT}}
        self.role = world.role(BY_SAML, condition=only, principal=self.arn)

    def said(self, **changes: Any) -> str:
        attributes = {
            f"{ATTRIBUTES}Role": [f"{self.role},{self.arn}"],
            f"{ATTRIBUTES}RoleSessionName": ["ann"],
            **changes.pop("attributes", {}),
        }
        usual = Said(
            idp=self.idp,
            now_s=self.now_s,
            recipient=RECIPIENT,
            audience="urn:amazon:webservices",
            attributes=attributes,
        )
        return dataclasses.replace(usual, **changes).posted()

    def ask(self, text: str, role: str = "", provider: str = "") -> Any:
        return self.world.sts.assume_role_with_saml(
            RoleArn=role or self.role, PrincipalArn=provider or self.arn, SAMLAssertion=text
        )


@pytest.fixture(scope="module")
def saml(world: World) -> Saml:
    return Saml(world)


@holds("STS-15")
def test_an_assertion_gets_the_role_that_it_names(saml: Saml) -> None:
    answer = saml.ask(saml.said())
    assert answer["Subject"] == "alice@example.com"
    assert (answer["SubjectType"], answer["Audience"]) == ("persistent", RECIPIENT)
    assert answer["AssumedRoleUser"]["Arn"].endswith("/ann")
    saml.world.acts(answer, "cognito-idp").list_user_pools(MaxResults=1)
    lasting = saml.ask(saml.said(attributes={f"{ATTRIBUTES}SessionDuration": ["900"]}))
    assert lasting["Credentials"]["Expiration"] < answer["Credentials"]["Expiration"]


@holds("STS-15")
def test_other_assertions_get_none(saml: Saml) -> None:
    stranger = Saml(saml.world)
    other = saml.world.role(BY_SAML, principal=saml.arn)
    with refused("AccessDenied", status=403):
        saml.ask(saml.said(), role=other)
    with refused("InvalidIdentityToken", status=400):
        saml.ask(saml.said(), provider=stranger.arn)
    with refused("InvalidIdentityToken"):
        saml.ask(saml.said(idp=stranger.idp))
    for changes in (
        {"recipient": "https://elsewhere.example.com"},
        {"audience": "urn:other"},
    ):
        with refused("InvalidIdentityToken"):
            saml.ask(saml.said(**changes))
    with refused("ExpiredTokenException", status=400):
        saml.ask(saml.said(life_s=-400))
    with refused("IDPRejectedClaim", status=403):
        saml.ask(saml.said(attributes={f"{ATTRIBUTES}RoleSessionName": ["a", "b"]}))
