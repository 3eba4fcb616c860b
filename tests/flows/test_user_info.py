"""Who the holder of a token is: docs/behaviours/oauth-tokens.md."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.in_process import InProcessWire, serving
from tests.flows.oauth_party import FORM, READ, STRICT, Party, Told, a_domain, a_machine, a_party
from tests.sdk.support import holds, tampered

BAD_TOKEN = "Access token is expired, disabled, or deleted, or the user has globally signed out."
BAD_REQUEST = "Bad OAuth2 request at UserInfo Endpoint"
PATH = "/oauth2/userInfo"


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


@holds("OTOKEN-50")
def test_flags_are_texts_and_in_strict_booleans(party: Party, strict: Party) -> None:
    name = party.user()
    party.wire.call("CreateGroup", UserPoolId=party.pool_id, GroupName="staff")
    party.app.admin("AdminAddUserToGroup", name, GroupName="staff")
    told = party.user_info(party.signed_in(username=name)["access_token"])
    members = told.members
    assert members["username"] == name
    assert (members["email_verified"], members["phone_number_verified"]) == ("true", "false")
    assert members["updated_at"] == 1700000000
    assert "cognito:groups" not in members
    members = strict.user_info(strict.signed_in()["access_token"]).members
    assert (members["email_verified"], members["phone_number_verified"]) == (True, False)


@holds("OTOKEN-50")
def test_the_user_is_told_as_they_are_now(party: Party) -> None:
    name = party.user()
    token = party.signed_in(username=name)["access_token"]
    changed = [{"Name": "name", "Value": "Ada King"}]
    party.app.admin("AdminUpdateUserAttributes", name, UserAttributes=changed)
    assert party.user_info(token)["name"] == "Ada King"


@holds("OTOKEN-51")
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "token"])
def test_a_header_that_nobody_can_read(party: Party, strict: Party, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    told = party.get(PATH, headers)
    assert told.error == (400, "invalid_request")
    assert told.members["error_description"] == BAD_REQUEST
    wanted = f'Bearer error="invalid_request", error_description="{BAD_REQUEST}"'
    assert told.reply.headers["www-authenticate"] == wanted
    told = strict.get(PATH, headers)
    assert told.status == 401
    assert told.reply.headers["www-authenticate"] == f'Bearer realm="{strict.pool_id}"'


def refused(told: Told) -> bool:
    wanted = f'Bearer error="invalid_token", error_description="{BAD_TOKEN}"'
    return (
        told.error == (401, "invalid_token")
        and told.members["error_description"] == BAD_TOKEN
        and told.reply.headers["www-authenticate"] == wanted
    )


@holds("OTOKEN-51", "OTOKEN-52")
def test_tokens_that_are_not_good(party: Party, strict: Party, wire: InProcessWire) -> None:
    told = party.signed_in()
    machine = a_machine(wire, party.pool_id).token(grant_type="client_credentials")
    bad = [
        tampered(told["access_token"]), told["id_token"], told["refresh_token"], "x", "a b",
        strict.signed_in()["access_token"], machine["access_token"], "x" * 20_000,
    ]  # fmt: skip
    for token in bad:
        assert refused(party.user_info(token)), token[:40]


@holds("OTOKEN-51")
@pytest.mark.parametrize(
    "operation", ["AdminDisableUser", "AdminDeleteUser", "AdminUserGlobalSignOut"]
)
def test_users_who_may_not_go_on(party: Party, operation: str) -> None:
    name = party.user()
    token = party.signed_in(username=name)["access_token"]
    assert party.user_info(token).status == 200
    party.app.admin(operation, name)
    assert refused(party.user_info(token))


@holds("OTOKEN-51")
def test_a_token_expires(tmp_path: Path) -> None:
    with serving(tmp_path) as wire:
        party = a_party(wire, a_domain(wire), AccessTokenValidity=1)
        token = party.signed_in()["access_token"]
        wire.advance(3599)
        assert party.user_info(token).status == 200
        wire.advance(2)
        assert refused(party.user_info(token))


@holds("OTOKEN-52")
def test_without_openid_nobody_is_told(party: Party, strict: Party) -> None:
    for token in (
        party.app.sign_in(party.user())["AccessToken"],
        party.signed_in(READ)["access_token"],
    ):
        assert refused(party.user_info(token))
    told = strict.user_info(strict.signed_in(READ)["access_token"])
    assert told.error == (403, "insufficient_scope")
    assert 'scope="openid"' in told.reply.headers["www-authenticate"]
    assert refused(strict.user_info(strict.signed_in()["id_token"]))


@holds("OTOKEN-53")
def test_post_is_for_strict_pools(party: Party, strict: Party) -> None:
    token = party.signed_in()["access_token"]
    told = party.post(PATH, {"access_token": token}, anonymous=True)
    assert told.error == (405, "invalid_request")
    assert "POST" not in told.reply.headers["allow"]
    token = strict.signed_in()["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    form = {"access_token": token}
    assert strict.post(PATH, form, anonymous=True).status == 200
    assert strict.post(PATH, {}, header, anonymous=True).status == 200
    assert strict.post(PATH, form, header, anonymous=True).error == (400, "invalid_request")
    twice = [("access_token", token), ("access_token", token)]
    assert strict.post(PATH, twice, anonymous=True).error == (400, "invalid_request")
    assert strict.get(f"{PATH}?access_token={token}").status == 401
    path = strict.at(PATH)
    as_json = Told(strict.wire.exchange("POST", path, b"{}", {"Content-Type": "application/json"}))
    assert as_json.status == 401
    empty = Told(strict.wire.exchange("POST", path, b"", {"Content-Type": FORM}))
    assert empty.status == 401


@holds("OTOKEN-06")
def test_no_other_address_answers_with_it(party: Party) -> None:
    header = {"Authorization": f"Bearer {party.signed_in()['access_token']}"}
    for path in (f"{PATH}.css", f"{PATH}/x.css", f"{PATH}%2fx.css"):
        told = party.get(path, header)
        assert told.status == 404
        assert "no-store" in told.reply.headers["cache-control"]
    assert party.get("/OAuth2/USERINFO", header).status == 200
