"""Token exchange at the token endpoint, and client_credentials' function: oauth-tokens.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.flows.functions import Stage
from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import (
    OIDC,
    READ,
    STRICT,
    USER_ADMIN,
    WRITE,
    Party,
    Told,
    a_domain,
    a_machine,
    a_party,
)
from tests.sdk.support import Json, claims_of, holds, tampered

GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
URN: Final = "urn:ietf:params:oauth:token-type:"
FLOWS: Final = ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an application in this process, and its functions."""
    triggers = InProcessTriggers()
    folder: Path = tmp_path_factory.mktemp("oauth")
    with serving(folder, triggers) as wire:
        yield Stage(wire, triggers)


@pytest.fixture(scope="module")
def wire(stage: Stage) -> InProcessWire:
    """Return a caller of it."""
    assert isinstance(stage.wire, InProcessWire)
    return stage.wire


@pytest.fixture(scope="module")
def front(wire: InProcessWire) -> Party:
    """Return the client at which users sign in."""
    return a_party(wire, a_domain(wire))


@pytest.fixture(scope="module")
def back(front: Party) -> Party:
    """Return a client that may exchange."""
    return front.beside(ExplicitAuthFlows=FLOWS)


def swap(party: Party, subject: str, kind: str = "access_token", **more: Json) -> Told:
    form = {"subject_token": subject, "subject_token_type": URN + kind}
    return party.token(grant_type=GRANT, **form, **more)


@holds("OTOKEN-45")
def test_a_token_is_swapped_under_the_names_of_the_standard(front: Party, back: Party) -> None:
    subject = front.signed_in(f"openid email {READ} {WRITE}")["access_token"]
    told = swap(back, subject, scope=READ, audience="billing")
    assert set(told.members) == {
        "access_token", "issued_token_type", "token_type", "expires_in", "scope",
    }  # fmt: skip
    assert told["issued_token_type"] == f"{URN}access_token"
    assert (told["token_type"], told["scope"]) == ("Bearer", READ)
    claims = claims_of(told["access_token"])
    assert (claims["aud"], claims["client_id"]) == ("billing", back.app.client_id)
    told = swap(back, subject, requested_token_type=f"{URN}id_token", resource="api.example")
    assert (told["issued_token_type"], told["token_type"]) == (f"{URN}id_token", "N_A")
    actor = a_machine(front.wire, front.pool_id).token(grant_type="client_credentials")
    acting = {"actor_token": actor["access_token"], "actor_token_type": f"{URN}access_token"}
    assert claims_of(swap(back, subject, **acting)["access_token"])["act"]["sub"]


@holds("OTOKEN-46")
@pytest.mark.parametrize(
    "more, error",
    [
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": "access_token"}, "invalid_request"),
        ({"subject_token_type": f"{URN}refresh_token"}, "invalid_request"),
        ({"requested_token_type": f"{URN}saml2"}, "invalid_request"),
        ({"requested_token_type": "jwt"}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"actor_token_type": f"{URN}access_token"}, "invalid_request"),
        ({"audience": "a", "resource": "api.example"}, "invalid_request"),
        ({"resource": "https://unknown.example.com"}, "invalid_target"),
        ({"audience": "a" * 257}, "invalid_target"),
        ({"scope": "openid phone"}, "invalid_scope"),
        ({"subject_token": "x.y.z"}, "invalid_grant"),
        ({"subject_token_type": f"{URN}id_token"}, "invalid_grant"),
        ({"subject_token_type": f"{URN}saml2"}, "invalid_request"),
        ({"actor_token": "x.y.z", "actor_token_type": f"{URN}access_token"}, "invalid_grant"),
    ],
)
def test_exchanges_that_are_refused(
    front: Party, back: Party, more: dict[str, Json], error: str
) -> None:
    form = {
        "grant_type": GRANT,
        "subject_token": front.signed_in(READ)["access_token"],
        "subject_token_type": f"{URN}access_token",
        **more,
    }
    assert back.token(**form).error == (400, error)


@holds("OTOKEN-46")
def test_a_bad_subject_and_a_client_without_the_flow(front: Party, wire: InProcessWire) -> None:
    subject = front.signed_in(READ)["access_token"]
    assert swap(front, subject).error == (400, "unauthorized_client")
    strict = a_party(wire, a_domain(wire, UserPoolTags=STRICT), ExplicitAuthFlows=FLOWS)
    assert swap(strict, subject).error == (400, "invalid_request")
    mine = strict.signed_in(READ)
    assert swap(strict, tampered(mine["access_token"])).error == (400, "invalid_request")
    strict.post("/oauth2/revoke", {"token": mine["refresh_token"]})
    assert swap(strict, mine["access_token"]).error == (400, "invalid_request")


@holds("OTOKEN-14", "OTOKEN-47")
def test_an_exchange_brings_no_more_than_the_sign_in_did(front: Party, back: Party) -> None:
    told = front.signed_in("openid email")
    by_id = swap(back, told["id_token"], "id_token")
    assert by_id["scope"] == "openid email"
    for kind in ("access_token", "id_token"):
        wanted = {"requested_token_type": f"{URN}id_token"}
        identity = claims_of(swap(back, told[kind], kind, **wanted)["access_token"])
        assert identity["email"]
        assert not {"name", "phone_number"} & set(identity)
        for wider in (USER_ADMIN, READ, "phone"):
            assert swap(back, told[kind], kind, scope=wider).error == (400, "invalid_scope")
    machine = front.signed_in(READ)["access_token"]
    asked = {"requested_token_type": f"{URN}id_token"}
    assert swap(back, machine, **asked).error == (400, "invalid_scope")
    api = front.app.sign_in(front.user())["AccessToken"]
    everything = claims_of(swap(back, api, **asked)["access_token"])
    assert everything["name"] == "Ada Lovelace"


@holds("OTOKEN-45")
def test_a_full_sign_in_leaves_the_id_token_as_it_is(front: Party, back: Party) -> None:
    told = front.signed_in(" ".join((*OIDC, READ, WRITE, USER_ADMIN)))
    assert "scope" not in claims_of(told["id_token"])
    assert swap(back, told["id_token"], "id_token", scope=READ)["scope"] == READ


@holds("OTOKEN-42")
def test_metadata_reaches_the_function(stage: Stage, wire: InProcessWire) -> None:
    function = stage.function({
        "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": {"scopesToAdd": ["extra/one"]}
        }
    })  # fmt: skip
    config = {"LambdaArn": function.arn, "LambdaVersion": "V3_0"}
    pool_id = a_domain(wire, LambdaConfig={"PreTokenGenerationConfig": config})
    machine = a_machine(wire, pool_id)
    ask = {"grant_type": "client_credentials", "scope": READ}
    for text in ('{"a":"b"}', "%7B%22a%22%3A%22b%22%7D"):
        told = machine.token(**ask, aws_client_metadata=text)
        assert told["scope"] == f"{READ} extra/one"
    for event in function.events:
        assert event["triggerSource"] == "TokenGeneration_ClientCredentials"
        assert event["request"]["clientMetadata"] == {"a": "b"}
    function.says = RuntimeError("no tokens today")
    told = machine.token(**ask)
    assert told.error == (400, "invalid_request")
    assert "no tokens today" in told.members["error_description"]
