"""What a replica answers: docs/behaviours/replicas.md."""

import dataclasses
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.behaviours.hosted import CALLBACK, OAUTH
from tests.behaviours.replica_pairs import (
    AWAY,
    HOME,
    NOT_ENABLED,
    RegionWire,
    Twins,
    at_both,
    copied,
    pool_call,
    soon,
    two_regions,
)
from tests.sdk.builders import App, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import (
    PASSWORD,
    Json,
    RefusedError,
    Wire,
    an_account,
    claims_of,
    holds,
    refused,
    unique,
)
from tests.support.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of two regions."""
    with two_regions(tmp_path_factory.mktemp("regions")) as server:
        yield server


@pytest.fixture(scope="module")
def twins(server: Server) -> Twins:
    """Return an active copy that tests of this module share."""
    return copied(server)


CERTIFICATE: Final = "arn:aws:acm:us-east-1:123456789012:certificate/1234abcd"
CHANGES: Final[dict[str, dict[str, Json]]] = {
    "AdminCreateUser": {"Username": "x"},
    "AdminDeleteUser": {"Username": "x"},
    "AdminSetUserPassword": {"Username": "x", "Password": PASSWORD},
    "AdminResetUserPassword": {"Username": "x"},
    "AdminUpdateUserAttributes": {"Username": "x", "UserAttributes": []},
    "AdminDisableUser": {"Username": "x"},
    "AdminEnableUser": {"Username": "x"},
    "AdminAddUserToGroup": {"Username": "x", "GroupName": "g"},
    "CreateGroup": {"GroupName": "g"},
    "UpdateGroup": {"GroupName": "g"},
    "DeleteGroup": {"GroupName": "g"},
    "CreateUserPoolClient": {"ClientName": "c"},
    "DeleteUserPool": {},
    "CreateUserPoolReplica": {"RegionName": HOME},
    "DeleteUserPoolReplica": {"RegionName": AWAY},
    "AddCustomAttributes": {"CustomAttributes": [{"Name": "a", "AttributeDataType": "String"}]},
    "GetCSVHeader": {},
    "AdminUserGlobalSignOut": {"Username": "x"},
    "AdminInitiateAuth": {"ClientId": "", "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"},
}
CLIENT_CHANGES: Final[dict[str, dict[str, Json]]] = {
    "SignUp": {"Username": "x", "Password": PASSWORD},
    "ConfirmSignUp": {"Username": "x", "ConfirmationCode": "123456"},
    "ResendConfirmationCode": {"Username": "x"},
    "ForgotPassword": {"Username": "x"},
    "ConfirmForgotPassword": {
        "Username": "x", "ConfirmationCode": "123456", "Password": PASSWORD
    },
    "InitiateAuth": {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "x"}},
    "RevokeToken": {"Token": "x"},
}  # fmt: skip


@holds("REPLICA-08")
def test_an_inactive_copy_reads_and_does_nothing_else(server: Server) -> None:
    twins = copied(server, active=False)
    tokens = twins.home.sign_in(at_both(twins, twins.home.user()))
    for operation, members in CHANGES.items():
        filled = {
            **members,
            **({"ClientId": twins.away.client_id} if "ClientId" in members else {}),
        }
        with refused(NOT_ENABLED):
            pool_call(twins.away, operation, **filled)
    for operation, members in CLIENT_CHANGES.items():
        with refused(NOT_ENABLED):
            twins.away.wire.call(operation, ClientId=twins.away.client_id, **members)
    for operation in ("GetUser", "GlobalSignOut", "DeleteUser"):
        with refused(NOT_ENABLED):
            twins.away.wire.call(operation, AccessToken=tokens["AccessToken"])
    for operation in ("DescribeUserPool", "GetUserPoolMfaConfig", "ListGroups", "ListUsers"):
        assert pool_call(twins.away, operation)


@holds("REPLICA-08")
def test_an_active_copy_changes_no_users(twins: Twins) -> None:
    name = at_both(twins, twins.home.user())
    tokens = twins.away.sign_in(name)
    allowed = {"AdminUserGlobalSignOut", "AdminInitiateAuth"}
    for operation, members in CHANGES.items():
        if operation not in allowed:
            with refused(NOT_ENABLED):
                pool_call(twins.away, operation, **members)
    for operation, members in CLIENT_CHANGES.items():
        if operation not in {"InitiateAuth", "RevokeToken"}:
            with refused(NOT_ENABLED):
                twins.away.wire.call(operation, ClientId=twins.away.client_id, **members)
    for operation, members in (
        ("DeleteUser", {}),
        ("ChangePassword", {"PreviousPassword": PASSWORD, "ProposedPassword": PASSWORD}),
        ("UpdateUserAttributes", {"UserAttributes": []}),
        ("DeleteUserAttributes", {"UserAttributeNames": ["name"]}),
        ("AssociateSoftwareToken", {}),
        ("SetUserMFAPreference", {}),
    ):
        with refused(NOT_ENABLED):
            twins.away.wire.call(operation, AccessToken=tokens["AccessToken"], **members)
    stranger = dataclasses.replace(
        twins.away, wire=RegionWire(twins.away.wire.base_url, an_account(), AWAY)
    )
    with refused("ResourceNotFoundException"):  # not: it exists, and is a replica
        pool_call(stranger, "CreateGroup", GroupName="g")


@holds("REPLICA-09")
def test_an_active_copy_signs_users_in(twins: Twins) -> None:
    home, away = twins.home, twins.away
    name = at_both(twins, home.user())
    ours, theirs = home.sign_in(name), away.sign_in(name)
    assert claims_of(ours["IdToken"])["iss"] == claims_of(theirs["IdToken"])["iss"]
    assert claims_of(ours["IdToken"])["sub"] == claims_of(theirs["IdToken"])["sub"]
    for app in (home, away):
        assert result_of(app.srp_step(name))
        for tokens in (ours, theirs):
            told = app.wire.call("GetUser", AccessToken=tokens["AccessToken"])
            assert told["Username"] == name
            assert app.refresh(tokens["RefreshToken"])["AccessToken"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        away.sign_in(name, PASSWORD + "!")
    with refused("UserNotFoundException"):
        away.sign_in(unique("nobody"))


@holds("REPLICA-10")
def test_a_new_password_is_set_in_the_primary_region(twins: Twins) -> None:
    home, away = twins.home, twins.away
    name = at_both(twins, home.temporary_user())
    with refused(NOT_ENABLED):
        away.password_step(name)
    asked = home.password_step(name)
    with refused(NOT_ENABLED):
        away.respond(
            "NEW_PASSWORD_REQUIRED", asked["Session"], USERNAME=name, NEW_PASSWORD=PASSWORD
        )
    done = home.respond(
        "NEW_PASSWORD_REQUIRED", asked["Session"], USERNAME=name, NEW_PASSWORD="Fresh-Horse-9"
    )
    assert result_of(done)
    soon(lambda: away.sign_in(name, "Fresh-Horse-9"))


@holds("REPLICA-11")
def test_wrong_passwords_count_in_each_region(twins: Twins) -> None:
    name = at_both(twins, twins.home.user())
    for _ in range(5):
        with refused("NotAuthorizedException"):
            twins.home.sign_in(name, "Wrong-Horse-1")
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        twins.home.sign_in(name)
    assert twins.away.sign_in(name)


@holds("REPLICA-12")
@pytest.mark.parametrize("where", ["home", "away"])
def test_a_sign_out_counts_in_both_regions(twins: Twins, where: str) -> None:
    here, there = (twins.home, twins.away) if where == "home" else (twins.away, twins.home)
    name = at_both(twins, twins.home.user())
    one, two = here.sign_in(name), there.sign_in(name)
    here.wire.call("RevokeToken", ClientId=here.client_id, Token=one["RefreshToken"])

    def revoked(tokens: dict[str, Json], app: App) -> bool:
        try:
            app.wire.call("GetUser", AccessToken=tokens["AccessToken"])
        except RefusedError as refusal:
            return refusal.text == "Access Token has been revoked"
        return False

    assert revoked(one, here)
    soon(lambda: revoked(one, there))
    assert not revoked(two, here)
    here.admin("AdminUserGlobalSignOut", name)
    assert revoked(two, here)
    soon(lambda: revoked(two, there))
    soon(lambda: revoked(two, here))
    with refused("NotAuthorizedException"):
        there.refresh(two["RefreshToken"])
    assert here.sign_in(name)
    assert there.sign_in(name)


@holds("REPLICA-13")
def test_a_sign_in_ends_where_it_began(twins: Twins) -> None:
    name = at_both(twins, twins.home.user())
    for here, there in ((twins.home, twins.away), (twins.away, twins.home)):
        srp = SrpClient(here.pool_id)
        asked = here.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
        answers = srp.answers(asked["ChallengeParameters"], PASSWORD)
        with refused("NotAuthorizedException"):
            there.respond("PASSWORD_VERIFIER", asked.get("Session"), **answers)
        assert result_of(here.respond("PASSWORD_VERIFIER", asked.get("Session"), **answers))


@holds("REPLICA-16")
def test_an_unsigned_request_without_a_region_belongs_to_the_primary(twins: Twins) -> None:
    name = twins.home.user()
    plain = dataclasses.replace(
        twins.home, wire=Wire(twins.home.wire.base_url, twins.home.wire.account)
    )
    plain.sign_up(unique("fresh"))
    tokens = plain.sign_in(name)
    plain.wire.call("UpdateUserAttributes", AccessToken=tokens["AccessToken"], UserAttributes=[])


@holds("REPLICA-17", "REPLICA-19")
@pytest.mark.parametrize("failing", ["", "check-1"])
def test_a_custom_domain_leads_to_the_region_that_is_well(tmp_path: Path, failing: str) -> None:
    switched = {"POOLKEEP_HEALTH_CHECKS_FAILING": failing} if failing else {}
    with two_regions(tmp_path, **switched) as server:
        twins = copied(server, active=False)
        pool_call(
            twins.home,
            "UpdateUserPoolClient",
            ClientId=twins.home.client_id,
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            **OAUTH,
        )
        host = f"{unique('sign-in')}.example.org".lower()
        failover = {"SecondaryRegion": AWAY, "PrimaryRoute53HealthCheckId": "check-1"}
        pool_call(
            twins.home,
            "CreateUserPoolDomain",
            Domain=host,
            CustomDomainConfig={"CertificateArn": CERTIFICATE},
            Routing={"Failover": failover},
        )
        name = at_both(twins, twins.home.user())
        asking = urllib.parse.urlencode(
            {"client_id": twins.home.client_id, "response_type": "code", "redirect_uri": CALLBACK}
        )

        def ask(path: str) -> int:
            reply = twins.home.wire.exchange("GET", f"{path}?{asking}", b"", {"Host": host})
            return reply.status

        if failing:
            soon(lambda: ask("/login") == 403)
            assert ask("/oauth2/authorize") == 403
            assert ask("/.well-known/openid-configuration") == ask("/.well-known/jwks.json") == 200
            twins.update("ACTIVE")
        soon(lambda: ask("/login") == 200)
        assert ask("/signup") == (403 if failing else 200)
        form = {
            "grant_type": "refresh_token",
            "client_id": twins.home.client_id,
            "refresh_token": twins.home.sign_in(name)["RefreshToken"],
        }
        headers = {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}

        def refresh() -> bool:
            body = urllib.parse.urlencode(form).encode()
            reply = twins.home.wire.exchange("POST", "/oauth2/token", body, headers)
            return reply.status == 200

        soon(refresh)
