"""docs/behaviours/identity-pools.md: logins of OIDC and SAML providers, over sockets."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sdk.iam import refused
from tests.sdk.identity import UNSUPPORTED, Place, unsigned
from tests.sdk.issuers import CLIENT, Issuer
from tests.sdk.support import Wire, claims_of, holds, tampered, unique
from tests.support.saml_idp import Said, SamlIdp, encoded
from tests.support.server import Server

RECIPIENT = "https://signin.aws.amazon.com/saml"
AUDIENCE = "urn:amazon:webservices"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """Return a token issuer."""
    made = Issuer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def place(wire: Wire) -> Place:
    """Return the account of the module."""
    return Place(wire.base_url, wire.account)


@pytest.fixture(scope="module")
def public(wire: Wire) -> Any:
    """Return an application's client."""
    return unsigned(wire.base_url)


@pytest.fixture(scope="module")
def arn(place: Place, issuer: Issuer) -> str:
    """Return the issuer's ARN in IAM."""
    made = place.iam.create_open_id_connect_provider(
        Url=issuer.url, ClientIDList=[CLIENT, "client-2"], ThumbprintList=["a" * 40]
    )
    found: str = made["OpenIDConnectProviderArn"]
    return found


@holds("IDPOOL-90")
def test_an_oidc_provider_of_iam_gives_logins(
    place: Place, public: Any, issuer: Issuer, arn: str
) -> None:
    pool_id = place.pool(OpenIdConnectProviderARNs=[arn])
    sub = unique()
    logins = {issuer.name: issuer.token(sub)}
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    other = {issuer.name: issuer.token(sub, aud=["x", "y"], azp="client-2")}
    told = public.get_open_id_token(IdentityId=identity, Logins=other)
    assert claims_of(told["Token"])["amr"] == [
        "authenticated",
        issuer.name,
        f"{arn}:OIDC:{sub}",
    ]
    assert place.admin.describe_identity(IdentityId=identity)["Logins"] == [issuer.name]


@holds("IDPOOL-91")
def test_each_fault_of_a_token_has_its_words(
    place: Place, public: Any, issuer: Issuer, arn: str
) -> None:
    pool_id = place.pool(OpenIdConnectProviderARNs=[arn])
    past = int(time.time()) - 1_000
    stranger = Issuer()
    tokens = {
        "a.b.c": "Not a valid OpenId Connect identity token.",
        issuer.token("s", iss="https://other.example"): "Issuer doesn't match providerName",
        issuer.token("s", without="sub"): "Missing a required claim: sub",
        issuer.token("s", without="aud"): "Missing a required claim: aud",
        issuer.token("s", without="exp"): "Missing a required claim: exp",
        issuer.token("s", without="iat"): "Missing a required claim: iat",
        issuer.token("s", aud="another"): "Incorrect token audience.",
        issuer.token("s", azp="another"): "Incorrect token audience.",
        tampered(issuer.token("s")): "Couldn't verify signed token.",
        issuer.token("s", key=stranger.key): "Couldn't verify signed token.",
    }
    stranger.close()
    for token, text in tokens.items():
        with refused("NotAuthorizedException", f"Invalid login token. {text}"):
            public.get_id(IdentityPoolId=pool_id, Logins={issuer.name: token})
    with pytest.raises(public.exceptions.NotAuthorizedException, match=f">= {past}$"):
        public.get_id(IdentityPoolId=pool_id, Logins={issuer.name: issuer.token("s", exp=past)})
    late = issuer.token("s", exp=int(time.time()) - 100)
    public.get_id(IdentityPoolId=pool_id, Logins={issuer.name: late})


@holds("IDPOOL-92")
def test_a_provider_that_is_not_there(place: Place, public: Any, issuer: Issuer) -> None:
    gone = Issuer()
    made = place.iam.create_open_id_connect_provider(Url=gone.url, ClientIDList=[CLIENT])
    pool_id = place.pool(
        OpenIdConnectProviderARNs=[
            made["OpenIDConnectProviderArn"],
            f"arn:aws:iam::{place.account}:oidc-provider/unknown.example",
        ]
    )
    token = gone.token("s")
    gone.close()
    with refused("ExternalServiceException", f"{gone.name} cannot be reached."):
        public.get_id(IdentityPoolId=pool_id, Logins={gone.name: token})
    for key in ("unknown.example", issuer.name):
        with refused("NotAuthorizedException", UNSUPPORTED):
            public.get_id(IdentityPoolId=pool_id, Logins={key: token})


@holds("IDPOOL-93")
def test_google_and_apple_are_issuers_with_one_client(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("google")
    issuer = Issuer()
    keys = ("accounts.google.com", "appleid.apple.com")
    urls = ",".join(f"{key}={issuer.url}" for key in keys)
    environment = {"POOLKEEP_LOGIN_PROVIDERS": urls}
    with Server(folder, "--dev", "--data", str(folder / "d"), environment=environment) as server:
        wire = Wire(server.base_url)
        place, public = Place(wire.base_url, wire.account), unsigned(wire.base_url)
        pool_id = place.pool(SupportedLoginProviders=dict.fromkeys(keys, CLIENT))
        for key in keys:
            logins = {key: issuer.token("s", iss=issuer.name)}
            identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
            told = public.get_open_id_token(IdentityId=identity, Logins=logins)["Token"]
            assert claims_of(told)["amr"] == ["authenticated", key, f"{key}:{CLIENT}:s"]
            with refused("NotAuthorizedException"):
                public.get_id(IdentityPoolId=pool_id, Logins={key: issuer.token("s", aud="x")})
    issuer.close()


@holds("IDPOOL-94")
def test_a_saml_provider_of_iam_gives_logins(place: Place, public: Any) -> None:
    now = time.time()
    idp = SamlIdp(now)
    arn = place.iam.create_saml_provider(Name=unique("corp"), SAMLMetadataDocument=idp.metadata())
    key = arn["SAMLProviderArn"]
    pool_id = place.pool(SamlProviderARNs=[key])
    said = Said(idp, now, recipient=RECIPIENT, audience=AUDIENCE)
    logins = {key: said.posted()}
    identity = public.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    told = public.get_open_id_token(IdentityId=identity, Logins=logins)
    assert told["IdentityId"] == identity
    assert claims_of(told["Token"])["amr"] == ["authenticated", key, f"{key}:SAML:{said.name_id}"]
    wrong = {
        encoded(said.response(said.assertion())): "Nothing is signed.",
        Said(idp, now, recipient=RECIPIENT, audience="x").posted(): (
            "The assertion is for another audience."
        ),
        Said(SamlIdp(now), now, recipient=RECIPIENT, audience=AUDIENCE).posted(): None,
        "not base64": "The response is not base64.",
    }
    for token, text in wrong.items():
        whole = None if text is None else f"Invalid login token. {text}"
        with refused("NotAuthorizedException", whole):
            public.get_id(IdentityPoolId=pool_id, Logins={key: token})
