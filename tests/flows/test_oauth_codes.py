"""Codes become tokens, and tokens new ones: docs/behaviours/oauth-tokens.md."""

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from poolkeep.adapters.triggers.in_process import InProcessTriggers
from tests.flows.functions import Stage
from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import (
    CALLBACK,
    OIDC,
    READ,
    STRICT,
    USER_ADMIN,
    VERIFIER,
    Party,
    Told,
    a_domain,
    a_machine,
    a_party,
    challenge_of,
)
from tests.sdk.support import claims_of, holds

ALWAYS: Final = {
    "sub", "aud", "iss", "token_use", "auth_time", "exp", "iat", "jti", "origin_jti", "event_id",
    "cognito:username", "at_hash", "acr", "amr",
}  # fmt: skip
ALL: Final = " ".join((*OIDC, READ, "api.example/write", USER_ADMIN))


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
def party(wire: InProcessWire) -> Party:
    """Return a client of a compat pool."""
    return a_party(wire, a_domain(wire))


@pytest.fixture(scope="module")
def strict(wire: InProcessWire) -> Party:
    """Return a client of a strict pool."""
    return a_party(wire, a_domain(wire, UserPoolTags=STRICT))


def is_dead(party: Party, told: Told) -> bool:
    return party.user_info(told["access_token"]).status == 401 and party.refresh(
        told["refresh_token"]
    ).error == (400, "invalid_grant")


# -- what a code brings


@holds("OTOKEN-10", "OTOKEN-12")
def test_a_code_brings_tokens(party: Party) -> None:
    told = party.signed_in(ALL, nonce="n-1")
    assert set(told.members) == {
        "id_token", "access_token", "refresh_token", "expires_in", "token_type",
    }  # fmt: skip
    assert (told["expires_in"], told["token_type"]) == (3600, "Bearer")
    identity, access = claims_of(told["id_token"]), claims_of(told["access_token"])
    digest = hashlib.sha256(told["access_token"].encode()).digest()[:16]
    half = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert (identity["nonce"], identity["at_hash"]) == ("n-1", half)
    assert identity["aud"] == access["client_id"] == party.app.client_id
    assert access["scope"] == ALL
    assert access["version"] == 2
    assert "scope" not in identity
    for shared in ("sub", "auth_time", "origin_jti", "event_id", "iss"):
        assert identity[shared] == access[shared]


@holds("OTOKEN-10")
def test_without_openid_there_is_no_id_token(party: Party) -> None:
    told = party.signed_in(READ)
    assert "id_token" not in told.members
    assert "id_token" not in party.refresh(told["refresh_token"]).members


@holds("OTOKEN-10")
def test_strict_pools_always_tell_the_scope(strict: Party) -> None:
    told = strict.signed_in("openid email")
    assert told["scope"] == "openid email"
    assert strict.refresh(told["refresh_token"])["scope"] == "openid email"


@holds("OTOKEN-11", "OTOKEN-14")
@pytest.mark.parametrize(
    "scopes, tells",
    [
        ("openid", {"email", "email_verified", "phone_number", "phone_number_verified", "name",
                    "updated_at"}),
        ("openid email", {"email", "email_verified"}),
        ("openid phone", {"phone_number", "phone_number_verified"}),
        ("openid profile", {"name", "updated_at"}),
        (f"openid email profile {READ}", {"email", "email_verified", "name", "updated_at"}),
    ],
)  # fmt: skip
def test_scopes_decide_what_is_told(party: Party, scopes: str, tells: set[str]) -> None:
    told = party.signed_in(scopes)
    identity = claims_of(told["id_token"])
    assert set(identity) == ALWAYS | tells | {"scope"}
    assert identity["scope"] == scopes
    again = claims_of(party.refresh(told["refresh_token"])["id_token"])
    assert set(again) == set(identity)
    assert set(party.user_info(told["access_token"]).members) == tells | {"sub", "username"}


@holds("OTOKEN-11")
def test_a_client_is_told_only_what_it_may_read(party: Party) -> None:
    narrow = party.beside(ReadAttributes=["name"])
    identity = claims_of(narrow.signed_in("openid email profile")["id_token"])
    assert not {"email", "email_verified", "updated_at"} & set(identity)
    assert identity["name"] == "Ada Lovelace"


@holds("OTOKEN-12")
def test_tokens_of_an_api_sign_in_stay_as_they_are(party: Party) -> None:
    name = party.user()
    identity = claims_of(party.app.sign_in(name)["IdToken"])
    assert not {"at_hash", "nonce", "scope"} & set(identity)
    assert identity["name"] == "Ada Lovelace"
    assert "nonce" not in claims_of(
        party.refresh(party.signed_in(nonce="n")["refresh_token"])["id_token"]
    )


@holds("OTOKEN-13")
def test_a_resource_is_the_audience(party: Party) -> None:
    told = party.signed_in(resource="https://api.example.com/v1")
    for each in (told, party.refresh(told["refresh_token"])):
        assert claims_of(each["access_token"])["aud"] == "https://api.example.com/v1"
        assert claims_of(each["id_token"])["aud"] == party.app.client_id
    assert "aud" not in claims_of(party.signed_in()["access_token"])
    other = party.redeem(party.code(party.user()), resource="https://other.example.com")
    assert "aud" not in claims_of(other["access_token"])


# -- what a code does not bring


@holds("OTOKEN-15")
def test_a_code_is_good_once_and_a_second_use_takes_everything_back(party: Party) -> None:
    name = party.user()
    code = party.code(name)
    told = party.redeem(code)
    other = party.signed_in(username=name)
    assert party.user_info(told["access_token"]).status == 200
    assert party.redeem(code).error == (400, "invalid_grant")
    assert is_dead(party, told)
    assert party.user_info(other["access_token"]).status == 200


@holds("OTOKEN-15")
def test_of_many_who_bring_a_code_at_once_none_keeps_tokens(party: Party) -> None:
    code = party.code(party.user())
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: party.redeem(code), range(8)))
    won = [each for each in answers if each.status == 200]
    assert len(won) == 1
    assert {each.error for each in answers if each.status != 200} == {(400, "invalid_grant")}
    assert is_dead(party, won[0])


@holds("OTOKEN-16")
def test_a_code_of_another_client_is_none(party: Party) -> None:
    code = party.code(party.user())
    assert party.beside().redeem(code).error == (400, "invalid_grant")
    assert party.redeem(code).status == 200  # whoever found it cannot even spoil it


@holds("OTOKEN-16")
@pytest.mark.parametrize("code", ["nonsense", "0" * 36, "x" * 9_000, "é"])
def test_a_code_that_nobody_issued_is_none(party: Party, code: str) -> None:
    assert party.redeem(code).error == (400, "invalid_grant")


@holds("OTOKEN-16")
@pytest.mark.parametrize(
    "challenge, verifier, fine",
    [
        (True, VERIFIER, True),
        (True, None, False),
        (True, "w" * 43, False),
        (True, "v" * 42, False),
        (True, challenge_of(VERIFIER), False),
        (False, VERIFIER, False),
        (False, None, True),
    ],
)
def test_the_verifier_must_be_the_announced_one(
    party: Party, challenge: bool, verifier: str | None, fine: bool
) -> None:
    announced = {"code_challenge": challenge_of(VERIFIER)} if challenge else {}
    told = party.redeem(party.code(party.user(), **announced), code_verifier=verifier)
    assert (told.status == 200) == fine
    assert fine or told.error == (400, "invalid_grant")


@holds("OTOKEN-16")
@pytest.mark.parametrize(
    "uri",
    [f"{CALLBACK}/", CALLBACK.upper(), f"{CALLBACK}?x=1", f"{CALLBACK}#x", "https://a@b"],
)
def test_the_redirect_uri_must_be_the_same_text(party: Party, strict: Party, uri: str) -> None:
    told = party.token(
        grant_type="authorization_code", code=party.code(party.user()), redirect_uri=uri
    )
    assert told.error == (400, "unauthorized_client")
    assert told.members["error_description"] == "invalid_redirect"
    told = strict.token(
        grant_type="authorization_code", code=strict.code(strict.user()), redirect_uri=uri
    )
    assert told.error == (400, "invalid_grant")


@holds("OTOKEN-16")
def test_a_code_lives_five_minutes(tmp_path: Path) -> None:
    with serving(tmp_path) as wire:
        party = a_party(wire, a_domain(wire))
        late, in_time = party.code(party.user()), party.code(party.user())
        wire.advance(299)
        assert party.redeem(in_time).status == 200
        wire.advance(2)
        assert party.redeem(late).error == (400, "invalid_grant")


@holds("OTOKEN-17")
@pytest.mark.parametrize(
    "form, error",
    [
        ({}, "invalid_request"),
        ({"grant_type": "authorization_code", "redirect_uri": CALLBACK}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "AUTHORIZATION_CODE"}, "unsupported_grant_type"),
    ],
)
def test_requests_that_make_no_sense_are_refused(
    party: Party, form: dict[str, str], error: str
) -> None:
    assert party.token(**form).error == (400, error)


@holds("OTOKEN-17")
def test_a_client_without_the_flow_redeems_nothing(party: Party, wire: InProcessWire) -> None:
    machine = a_machine(wire, party.pool_id)
    assert machine.redeem("x").error == (400, "unauthorized_client")
    off = party.beside(AllowedOAuthFlowsUserPoolClient=False)
    assert off.redeem("x").error == (400, "unauthorized_client")


@holds("OTOKEN-18")
@pytest.mark.parametrize(
    "operation", ["AdminDisableUser", "AdminDeleteUser", "AdminUserGlobalSignOut"]
)
def test_a_user_who_may_not_go_on_gets_no_tokens(party: Party, operation: str) -> None:
    name = party.user()
    code = party.code(name)
    party.app.admin(operation, name)
    assert party.redeem(code).error == (400, "invalid_grant")


@holds("OTOKEN-19")
@pytest.mark.parametrize("scope, value", [("email", "email"), ("phone", "phone_number")])
def test_an_address_without_its_flag_is_told_to_nobody(
    party: Party, scope: str, value: str
) -> None:
    half = party.beside(ReadAttributes=[value, "name"])
    told = half.redeem(half.code(half.user(), f"openid {scope}"))
    assert told.error == (400, "invalid_grant")
    assert f"{value}_verified" in told.members["error_description"]
    assert half.signed_in("openid profile").status == 200


@holds("OTOKEN-19")
def test_a_permission_that_is_lost_is_seen_at_the_refresh(party: Party) -> None:
    losing = party.beside()
    told = losing.signed_in("openid email")
    kept = losing.wire.call(
        "DescribeUserPoolClient", UserPoolId=losing.pool_id, ClientId=losing.app.client_id
    )["UserPoolClient"]
    for gone in ("ClientSecret", "CreationDate", "LastModifiedDate", "ClientType"):
        kept.pop(gone, None)
    losing.wire.call("UpdateUserPoolClient", **{**kept, "ReadAttributes": ["email"]})
    assert losing.refresh(told["refresh_token"]).error == (400, "invalid_grant")


@holds("OTOKEN-20")
def test_the_pre_token_function_hears_of_the_occasion(stage: Stage, wire: InProcessWire) -> None:
    function = stage.function({
        "claimsAndScopeOverrideDetails": {
            "idTokenGeneration": {"claimsToAddOrOverride": {"at_hash": "x", "tier": "gold"}},
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"aud": "x"},
                "scopesToAdd": ["extra/one"],
                "scopesToSuppress": ["email"],
            },
        }
    })  # fmt: skip
    config = {"LambdaArn": function.arn, "LambdaVersion": "V2_0"}
    pool_id = a_domain(wire, LambdaConfig={"PreTokenGenerationConfig": config})
    party = a_party(wire, pool_id)
    told = party.signed_in("openid email", resource="https://api.example.com")
    again = party.refresh(told["refresh_token"])
    assert [event["triggerSource"] for event in function.events] == [
        "TokenGeneration_HostedAuth", "TokenGeneration_RefreshTokens",
    ]  # fmt: skip
    assert function.events[0]["request"]["scopes"] == ["openid", "email"]
    for each in (told, again):
        identity, access = claims_of(each["id_token"]), claims_of(each["access_token"])
        assert identity["tier"] == "gold"
        assert identity["at_hash"] != "x"
        assert access["aud"] == "https://api.example.com"
        assert access["scope"] == "openid extra/one"
    assert told["scope"] == "openid extra/one"


@holds("OTOKEN-20")
def test_a_function_that_fails_is_told_to_the_application(
    stage: Stage, wire: InProcessWire
) -> None:
    function = stage.function(RuntimeError("no tokens today"))
    pool_id = a_domain(wire, LambdaConfig={"PreTokenGeneration": function.arn})
    party = a_party(wire, pool_id)
    told = party.redeem(party.code(party.user()))
    assert told.error == (400, "invalid_request")
    wanted = "PreTokenGeneration failed with error no tokens today."
    assert told.members["error_description"] == wanted
