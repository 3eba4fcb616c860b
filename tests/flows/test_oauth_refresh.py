"""Refresh tokens at the token endpoint, revocation, introspection: oauth-tokens.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import (
    READ,
    STRICT,
    WRITE,
    Party,
    Told,
    a_domain,
    a_machine,
    a_party,
)
from tests.sdk.support import Json, claims_of, holds, tampered

ROTATING: Final = {
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
}
DEVICES: Final = {
    "DeviceConfiguration": {
        "ChallengeRequiredOnNewDevice": False,
        "DeviceOnlyRememberedOnUserPrompt": False,
    }
}


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessWire]:
    """Return a caller of an application in this process."""
    folder: Path = tmp_path_factory.mktemp("oauth")
    with serving(folder) as wire:
        yield wire


@pytest.fixture(scope="module")
def party(wire: InProcessWire) -> Party:
    """Return a client of a compat pool."""
    return a_party(wire, a_domain(wire))


@pytest.fixture(scope="module")
def strict(wire: InProcessWire) -> Party:
    """Return a client of a strict pool."""
    return a_party(wire, a_domain(wire, UserPoolTags=STRICT))


def introspected(party: Party, token: str) -> dict[str, Json]:
    told = party.post("/oauth2/introspect", {"token": token})
    assert told.status == 200, told.reply
    return told.members


def revoke(party: Party, token: str | None) -> Told:
    return party.post("/oauth2/revoke", {"token": token})


# -- refresh


@holds("OTOKEN-30")
def test_a_refresh_changes_nothing_about_the_sign_in(party: Party) -> None:
    told = party.signed_in(f"openid {READ}")
    again = party.refresh(told["refresh_token"])
    assert set(again.members) == {"id_token", "access_token", "expires_in", "token_type"}
    old, new = claims_of(told["access_token"]), claims_of(again["access_token"])
    for kept in ("sub", "scope", "auth_time", "origin_jti", "event_id", "acr", "amr", "client_id"):
        assert old[kept] == new[kept], kept
    assert old["jti"] != new["jti"]


@holds("OTOKEN-31")
def test_a_refresh_narrows_the_scopes_for_once(party: Party) -> None:
    token = party.signed_in(f"openid email {READ}")["refresh_token"]
    narrow = party.refresh(token, scope=READ)
    assert claims_of(narrow["access_token"])["scope"] == READ
    assert "id_token" not in narrow.members
    assert set(party.refresh(token).members) >= {"id_token"}
    for wider in (WRITE, f"{READ} {WRITE}", "openid profile", "aws.cognito.signin.user.admin"):
        assert party.refresh(token, scope=wider).error == (400, "invalid_scope")


@holds("OTOKEN-32")
def test_rotation_replaces_the_token(tmp_path: Path) -> None:
    with serving(tmp_path) as wire:
        party = a_party(wire, a_domain(wire), **ROTATING)
        first = party.signed_in()["refresh_token"]
        second = party.refresh(first)["refresh_token"]
        assert second != first
        assert party.refresh(first).status == 200  # within its grace
        wire.advance(11)
        assert party.refresh(first).error == (400, "invalid_grant")
        assert party.refresh(second).status == 200


@holds("OTOKEN-33")
def test_devices_keep_the_tokens_of_api_sign_ins_away(wire: InProcessWire, party: Party) -> None:
    token = party.app.sign_in(party.user())
    again = party.refresh(token["RefreshToken"])
    assert claims_of(again["access_token"])["scope"] == "aws.cognito.signin.user.admin"
    tracking = a_party(wire, a_domain(wire, **DEVICES))
    token = tracking.app.sign_in(tracking.user())
    assert tracking.refresh(token["RefreshToken"]).error == (400, "invalid_grant")
    assert tracking.refresh(tracking.signed_in()["refresh_token"]).status == 200


@holds("OTOKEN-34")
@pytest.mark.parametrize(
    "operation", ["AdminDisableUser", "AdminDeleteUser", "AdminUserGlobalSignOut"]
)
def test_a_user_who_may_not_go_on_is_not_refreshed(party: Party, operation: str) -> None:
    name = party.user()
    token = party.signed_in(username=name)["refresh_token"]
    party.app.admin(operation, name)
    assert party.refresh(token).error == (400, "invalid_grant")


@holds("OTOKEN-34")
def test_a_refresh_token_is_its_clients_alone(party: Party, strict: Party) -> None:
    told = party.signed_in()
    token = told["refresh_token"]
    for wrong in (tampered(token), told["access_token"], "x", token[:-10]):
        assert party.refresh(wrong).error == (400, "invalid_grant")
    assert party.beside().refresh(token).error == (400, "invalid_grant")
    assert strict.refresh(token).error == (400, "invalid_grant")
    assert party.refresh(token).status == 200


# -- revocation


@holds("OTOKEN-60", "OTOKEN-34")
def test_revocation_takes_everything_back_and_says_nothing(party: Party) -> None:
    name = party.user()
    told, other = party.signed_in(username=name), party.signed_in(username=name)
    later = party.refresh(told["refresh_token"])
    for _ in range(2):
        answer = revoke(party, told["refresh_token"])
        assert (answer.status, answer.reply.body) == (200, b"")
        assert answer.reply.headers["content-length"] == "0"
    assert party.refresh(told["refresh_token"]).error == (400, "invalid_grant")
    for each in (told, later):
        assert party.user_info(each["access_token"]).error == (401, "invalid_token")
    assert party.user_info(other["access_token"]).status == 200
    for unknown in ("x", tampered(other["refresh_token"]), "x" * 5_000):
        assert revoke(party, unknown).status == 200


@holds("OTOKEN-61")
def test_what_cannot_be_revoked(party: Party) -> None:
    told = party.signed_in()
    assert revoke(party, None).error == (400, "invalid_request")
    assert revoke(party, "").error == (400, "invalid_request")
    for kind in ("access_token", "id_token"):
        assert revoke(party, told[kind]).error == (400, "unsupported_token_type")
    off = party.beside(EnableTokenRevocation=False)
    assert revoke(off, off.signed_in()["refresh_token"]).error == (400, "invalid_request")
    assert revoke(party.beside(), told["refresh_token"]).error == (400, "invalid_request")
    assert party.refresh(told["refresh_token"]).status == 200
    wrong = party.basic(secret="x" * 30)
    form = {"token": told["refresh_token"]}
    answer = party.post("/oauth2/revoke", form, wrong, anonymous=True)
    assert answer.error == (401, "invalid_client")
    assert answer.reply.headers["www-authenticate"].startswith("Basic")


@holds("OTOKEN-60")
def test_a_client_without_a_secret_revokes_by_its_id(party: Party) -> None:
    public = party.beside(GenerateSecret=False)
    token = public.signed_in()["refresh_token"]
    assert revoke(public, token).status == 200
    assert public.refresh(token).error == (400, "invalid_grant")


# -- introspection


@holds("OTOKEN-65")
def test_introspection_tells_of_good_tokens(strict: Party, wire: InProcessWire) -> None:
    told = strict.signed_in(f"openid {READ}", resource="https://api.example.com")
    api = a_machine(wire, strict.pool_id)
    seen = introspected(api, told["access_token"])
    claims = claims_of(told["access_token"])
    assert seen.pop("active") is True
    assert seen.pop("token_type") == "Bearer"
    assert seen == {name: claims[name] for name in seen}
    wanted = {"scope", "client_id", "username", "sub", "iss", "aud", "exp", "iat", "jti"}
    assert set(seen) >= wanted
    own = introspected(strict, told["refresh_token"])
    assert (own["active"], own["sub"], own["scope"]) == (True, claims["sub"], f"openid {READ}")
    machine = api.token(grant_type="client_credentials")["access_token"]
    assert introspected(strict, machine)["sub"] == api.app.client_id


@holds("OTOKEN-65")
def test_introspection_tells_nothing_of_others(strict: Party, party: Party) -> None:
    told = strict.signed_in()
    foreign = party.signed_in()["access_token"]
    bad = [told["id_token"], tampered(told["access_token"]), "x", foreign, "é"]
    for token in bad:
        assert introspected(strict, token) == {"active": False}
    assert introspected(strict.beside(), told["refresh_token"]) == {"active": False}
    strict.post("/oauth2/revoke", {"token": told["refresh_token"]})
    for token in (told["access_token"], told["refresh_token"]):
        assert introspected(strict, token) == {"active": False}


@holds("OTOKEN-66")
def test_who_may_not_introspect(strict: Party, party: Party) -> None:
    token = strict.signed_in()["access_token"]
    told = party.post("/oauth2/introspect", {"token": party.signed_in()["access_token"]})
    assert told.status == 404
    public = strict.beside(GenerateSecret=False)
    assert public.post("/oauth2/introspect", {"token": token}).error == (401, "invalid_client")
    anonymous = strict.post("/oauth2/introspect", {"token": token}, anonymous=True)
    assert anonymous.error == (401, "invalid_client")
    assert strict.post("/oauth2/introspect").error == (400, "invalid_request")
