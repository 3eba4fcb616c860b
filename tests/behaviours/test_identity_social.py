"""docs/behaviours/identity-pools.md: logins of providers that are asked, over sockets."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sdk.iam import refused
from tests.sdk.identity import Place, unsigned
from tests.sdk.login_providers import AMAZON_APP, CONSUMER, Providers
from tests.sdk.support import an_account, claims_of, holds
from tests.support.server import Server

NOT_ACCEPTED = "Invalid login token. The provider does not accept it."
WRONG_APP = "Invalid login token. Incorrect token audience."
FACEBOOK, AMAZON, TWITTER = "graph.facebook.com", "www.amazon.com", "api.twitter.com"
SETTINGS = {FACEBOOK: "424242", AMAZON: AMAZON_APP, TWITTER: ";".join(CONSUMER)}


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server that asks local stand-ins."""
    folder = tmp_path_factory.mktemp("social")
    providers = Providers()
    urls = dict.fromkeys((FACEBOOK, AMAZON, TWITTER), providers.url)
    environment = {"POOLKEEP_LOGIN_PROVIDERS": ",".join(f"{k}={v}" for k, v in urls.items())}
    with Server(folder, "--dev", "--data", str(folder / "d"), environment=environment) as server:
        yield server.base_url
    providers.close()


@pytest.fixture(scope="module")
def place(base_url: str) -> Place:
    """Return an account of its own."""
    return Place(base_url, an_account())


@pytest.fixture(scope="module")
def public(base_url: str) -> Any:
    """Return an application's client."""
    return unsigned(base_url)


@holds("IDPOOL-80")
@pytest.mark.parametrize(
    "key,good,subject",
    [
        (FACEBOOK, "fb-good", "1001"),
        (AMAZON, "Atza|good", "amzn1.account.ONE"),
        (TWITTER, "tw-token;tw-secret", "777"),
    ],
)
def test_a_provider_says_whose_token_it_is(
    place: Place, public: Any, key: str, good: str, subject: str
) -> None:
    pool_id = place.pool(SupportedLoginProviders=SETTINGS)
    identity = public.get_id(IdentityPoolId=pool_id, Logins={key: good})["IdentityId"]
    again = public.get_open_id_token(IdentityId=identity, Logins={key: good})
    audience = SETTINGS[key].partition(";")[0]
    assert claims_of(again["Token"])["amr"] == ["authenticated", key, f"{key}:{audience}:{subject}"]
    assert place.admin.describe_identity(IdentityId=identity)["Logins"] == [key]


@holds("IDPOOL-81")
@pytest.mark.parametrize(
    "key,token,text",
    [
        (FACEBOOK, "fb-bad", NOT_ACCEPTED),
        (FACEBOOK, "two words", NOT_ACCEPTED),
        (FACEBOOK, "fb-other-app", WRONG_APP),
        (AMAZON, "Atza|bad", NOT_ACCEPTED),
        (AMAZON, "Atza|other", WRONG_APP),
        (TWITTER, "tw-token", NOT_ACCEPTED),
        (TWITTER, "tw-token;wrong", NOT_ACCEPTED),
        (TWITTER, "unknown;tw-secret", NOT_ACCEPTED),
    ],
)
def test_a_token_that_is_not_good_is_refused(
    place: Place, public: Any, key: str, token: str, text: str
) -> None:
    pool_id = place.pool(SupportedLoginProviders=SETTINGS)
    with refused("NotAuthorizedException", text):
        public.get_id(IdentityPoolId=pool_id, Logins={key: token})


@holds("IDPOOL-81")
def test_the_application_is_the_pools_own(place: Place, public: Any) -> None:
    pool_id = place.pool(SupportedLoginProviders={TWITTER: f"{CONSUMER[0]};another"})
    with refused("NotAuthorizedException", NOT_ACCEPTED):
        public.get_id(IdentityPoolId=pool_id, Logins={TWITTER: "tw-token;tw-secret"})


@holds("IDPOOL-82")
def test_a_provider_that_does_not_answer_is_told(place: Place, public: Any) -> None:
    pool_id = place.pool(SupportedLoginProviders=SETTINGS)
    for key in (FACEBOOK, AMAZON):
        with refused("ExternalServiceException", f"{key} cannot be reached."):
            public.get_id(IdentityPoolId=pool_id, Logins={key: "away"})
