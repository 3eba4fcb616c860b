"""Replicas come, change and go: docs/behaviours/replicas.md."""

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.behaviours.replica_pairs import (
    AWAY,
    HOME,
    INVALID,
    KEY,
    NOT_ENABLED,
    RegionWire,
    Twins,
    at_both,
    copied,
    original,
    pool_call,
    replicas,
    soon,
    two_regions,
)
from tests.sdk.builders import App, a_pool
from tests.sdk.support import (
    PASSWORD,
    Json,
    an_account,
    holds,
    refused,
    unique,
)
from tests.support.server import ROOT, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of two regions."""
    with two_regions(tmp_path_factory.mktemp("regions")) as server:
        yield server


@pytest.fixture(scope="module")
def twins(server: Server) -> Twins:
    """Return an active copy that tests of this module share."""
    return copied(server)


@holds("REPLICA-01", "REPLICA-14")
def test_a_copy_comes_into_being(server: Server) -> None:
    twins = copied(server, active=False)
    described = pool_call(twins.away, "DescribeUserPool")["UserPool"]
    ours = pool_call(twins.home, "DescribeUserPool")["UserPool"]
    assert described["Id"] == ours["Id"]
    assert described["Arn"] == ours["Arn"].replace(HOME, AWAY, 1)
    assert described["Name"] == ours["Name"]
    primary = {
        "RegionName": HOME, "Status": "ACTIVE", "Role": "PRIMARY", "UserPoolArn": ours["Arn"]
    }  # fmt: skip
    secondary = {
        "RegionName": AWAY, "Status": "INACTIVE", "Role": "SECONDARY",
        "UserPoolArn": described["Arn"],
    }  # fmt: skip
    for app in (twins.home, twins.away):
        assert replicas(app) == [primary, secondary]
        (listed,) = app.wire.call("ListUserPools", MaxResults=60)["UserPools"]
        assert listed["ReplicaRegions"] == [AWAY]
    alone = original(server)
    assert [one["Role"] for one in replicas(alone)] == ["PRIMARY"]
    (listed,) = alone.wire.call("ListUserPools", MaxResults=60)["UserPools"]
    assert "ReplicaRegions" not in listed
    with refused(INVALID):
        pool_call(alone, "ListUserPoolReplicas", NextToken="forged")


@holds("REPLICA-02")
@pytest.mark.parametrize(
    "key",
    [
        None,
        {"KeyType": "AWS_OWNED_KEY"},
        {**KEY, "KmsKeyArn": KEY["KmsKeyArn"].replace("mrk-", "")},
    ],
)
def test_a_pool_without_a_key_of_several_regions_is_not_copied(server: Server, key: Json) -> None:
    wire = RegionWire(server.base_url, an_account(), HOME)
    pool_id = a_pool(wire, **({} if key is None else {"KeyConfiguration": key}))
    with refused(INVALID):
        wire.call("CreateUserPoolReplica", UserPoolId=pool_id, RegionName=AWAY)
    assert [one["Role"] for one in replicas(App(wire, pool_id, ""))] == ["PRIMARY"]


@holds("REPLICA-02")
def test_the_tier_lite_has_no_copies(tmp_path: Path) -> None:
    with two_regions(tmp_path, POOLKEEP_TIERS_ENFORCED="true") as enforced:
        for tier in ("LITE", "ESSENTIALS"):
            app = original(enforced, UserPoolTier=tier)
            if tier == "LITE":
                with refused("FeatureUnavailableInTierException"):
                    pool_call(app, "CreateUserPoolReplica", RegionName=AWAY)
            else:
                pool_call(app, "CreateUserPoolReplica", RegionName=AWAY)


@holds("REPLICA-03")
def test_where_a_copy_can_be(server: Server) -> None:
    app = original(server)
    for region in ("ap-south-1", HOME, "nowhere"):
        with refused(INVALID):
            pool_call(app, "CreateUserPoolReplica", RegionName=region)
    with refused("UserPoolTaggingException"):
        pool_call(app, "CreateUserPoolReplica", RegionName=AWAY, UserPoolTags={"aws:mine": "no"})
    pool_call(app, "CreateUserPoolReplica", RegionName=AWAY, UserPoolTags={"team": "a"})
    with refused("LimitExceededException"):
        pool_call(app, "CreateUserPoolReplica", RegionName=AWAY)
    other = dataclasses.replace(app, wire=RegionWire(server.base_url, an_account(), HOME))
    for operation, members in (
        ("CreateUserPoolReplica", {"RegionName": AWAY}),
        ("UpdateUserPoolReplica", {"RegionName": AWAY, "Status": "ACTIVE"}),
        ("DeleteUserPoolReplica", {"RegionName": AWAY}),
        ("ListUserPoolReplicas", {}),
    ):
        with refused("ResourceNotFoundException"):
            pool_call(other, operation, **members)


@holds("REPLICA-04")
def test_a_copy_is_switched_on_and_off_from_both_regions(server: Server) -> None:
    twins = copied(server, active=False)
    name = at_both(twins, twins.home.user())
    with refused(NOT_ENABLED):
        twins.away.sign_in(name)
    for at, status in (
        (twins.home, "ACTIVE"), (twins.away, "ACTIVE"), (twins.away, "INACTIVE"),
        (twins.home, "INACTIVE"), (twins.away, "ACTIVE"),
    ):  # fmt: skip
        told = twins.update(status, at=at)
        assert (told["RegionName"], told["Status"], told["Role"]) == (AWAY, status, "SECONDARY")
        assert twins.status() == status
        if status == "ACTIVE":
            assert twins.away.sign_in(name)
        else:
            with refused(NOT_ENABLED):
                twins.away.sign_in(name)
    for at in (twins.home, twins.away):
        with refused(INVALID):
            pool_call(at, "UpdateUserPoolReplica", RegionName=HOME, Status="INACTIVE")
        with refused("ResourceNotFoundException"):
            pool_call(at, "UpdateUserPoolReplica", RegionName="ap-south-1", Status="ACTIVE")
        for wrong in ("CREATING", "DELETING", "active", ""):
            with refused(INVALID):
                pool_call(at, "UpdateUserPoolReplica", RegionName=AWAY, Status=wrong)
    alone = original(server)
    with refused("ResourceNotFoundException"):
        pool_call(alone, "UpdateUserPoolReplica", RegionName=AWAY, Status="ACTIVE")


@holds("REPLICA-05", "REPLICA-15")
def test_a_copy_goes_and_may_come_again(server: Server) -> None:
    twins = copied(server)
    name = at_both(twins, twins.home.user())
    with refused(INVALID):
        pool_call(twins.home, "DeleteUserPool")
    with refused(INVALID):
        pool_call(twins.home, "DeleteUserPoolReplica", RegionName=AWAY)
    twins.update("INACTIVE")
    with refused(NOT_ENABLED):
        pool_call(twins.away, "DeleteUserPoolReplica", RegionName=AWAY)
    with refused(INVALID):
        pool_call(twins.home, "DeleteUserPoolReplica", RegionName=HOME)
    with refused("ResourceNotFoundException"):
        pool_call(twins.home, "DeleteUserPoolReplica", RegionName="ap-south-1")
    gone = pool_call(twins.home, "DeleteUserPoolReplica", RegionName=AWAY)["UserPoolReplica"]
    assert (gone["Status"], gone["RegionName"]) == ("DELETING", AWAY)
    soon(lambda: twins.status() is None)
    with refused("ResourceNotFoundException"):
        pool_call(twins.away, "DescribeUserPool")
    assert twins.home.sign_in(name)
    pool_call(twins.home, "CreateUserPoolReplica", RegionName=AWAY)
    soon(lambda: twins.status() == "INACTIVE")
    twins.update("ACTIVE")
    assert twins.away.sign_in(name)
    twins.update("INACTIVE")
    pool_call(twins.home, "DeleteUserPoolReplica", RegionName=AWAY)
    soon(lambda: twins.status() is None)
    pool_call(twins.home, "DeleteUserPool")


@holds("REPLICA-06")
def test_a_copy_has_senders_triggers_and_tags_of_its_own(server: Server) -> None:
    twins = copied(server, UserPoolTags={"team": "home"}, EmailVerificationSubject="Hello")
    described = pool_call(twins.away, "DescribeUserPool")["UserPool"]
    same = {
        "KeyConfiguration": KEY,
        "EmailVerificationSubject": "Hello",
        "UserPoolTags": {"team": "away"},
        "EmailConfiguration": {"ReplyToEmailAddress": "away@example.com"},
        "LambdaConfig": {"PreSignUp": f"arn:aws:lambda:{AWAY}:123456789012:function:f"},
    }
    pool_call(twins.away, "UpdateUserPool", **same)
    for changed in (
        {"EmailVerificationSubject": "Bye"}, {"MfaConfiguration": "OPTIONAL"},
        {"Policies": {"PasswordPolicy": {"MinimumLength": 20}}}, {"DeletionProtection": "ACTIVE"},
        {"PoolName": "other"}, {"AutoVerifiedAttributes": ["email"]}, {"UserPoolTier": "PLUS"},
    ):  # fmt: skip
        with refused(INVALID):
            pool_call(twins.away, "UpdateUserPool", **{**same, **changed})
    omitted = {name: value for name, value in same.items() if name != "EmailVerificationSubject"}
    with refused(INVALID):
        pool_call(twins.away, "UpdateUserPool", **omitted)
    with refused(INVALID):
        pool_call(
            twins.away, "SetUserPoolMfaConfig", MfaConfiguration="ON",
            SoftwareTokenMfaConfiguration={"Enabled": True},
        )  # fmt: skip
    arn = described["Arn"]
    twins.away.wire.call("TagResource", ResourceArn=arn, Tags={"more": "yes"})

    pool_call(
        twins.home, "UpdateUserPool", KeyConfiguration=KEY, EmailVerificationSubject="New",
        UserPoolTags={"team": "changed"},
    )  # fmt: skip

    def followed() -> bool:
        told = pool_call(twins.away, "DescribeUserPool")["UserPool"]
        assert told["UserPoolTags"] == {"team": "away", "more": "yes"}
        assert told["EmailConfiguration"]["ReplyToEmailAddress"] == "away@example.com"
        assert told["LambdaConfig"] == same["LambdaConfig"]
        return bool(told["EmailVerificationSubject"] == "New")

    soon(followed)
    ours = pool_call(twins.home, "DescribeUserPool")["UserPool"]
    assert ours["UserPoolTags"] == {"team": "changed"}
    assert not ours["LambdaConfig"]


@holds("REPLICA-07")
def test_what_happens_to_users_groups_and_clients_reaches_the_copy(twins: Twins) -> None:
    home, away = twins.home, twins.away
    name = at_both(twins, home.user("", email="a@example.com"))
    group = unique("group")
    pool_call(home, "CreateGroup", GroupName=group)
    home.admin("AdminAddUserToGroup", name, GroupName=group)
    soon(lambda: away.admin("AdminListGroupsForUser", name)["Groups"])
    home.admin("AdminSetUserPassword", name, Password="Another-Horse-8", Permanent=True)
    soon(lambda: away.sign_in(name, "Another-Horse-8"))
    with refused("NotAuthorizedException"):
        away.sign_in(name, PASSWORD)
    client = home.another_client()
    soon(lambda: pool_call(away, "DescribeUserPoolClient", ClientId=client.client_id))
    home.wire.call("DeleteUserPoolClient", UserPoolId=home.pool_id, ClientId=client.client_id)
    home.admin("AdminDisableUser", name)

    def disabled() -> bool:
        return not away.admin("AdminGetUser", name)["Enabled"]

    soon(disabled)
    with refused("NotAuthorizedException", "User is disabled."):
        away.sign_in(name, "Another-Horse-8")
    home.admin("AdminDeleteUser", name)
    pool_call(home, "DeleteGroup", GroupName=group)

    def all_gone() -> bool:
        users = pool_call(away, "ListUsers", Filter=f'username = "{name}"')["Users"]
        groups = [one["GroupName"] for one in pool_call(away, "ListGroups")["Groups"]]
        clients = pool_call(away, "ListUserPoolClients", MaxResults=60)["UserPoolClients"]
        ids = [one["ClientId"] for one in clients]
        return not users and group not in groups and client.client_id not in ids

    soon(all_gone)
    again = at_both(twins, home.user(name))
    assert away.sign_in(again)


@holds("REPLICA-18")
def test_a_lost_primary_comes_back_from_its_copy(tmp_path: Path) -> None:
    """Export the copy, restore it where the primary was, and let it be copied again."""
    with two_regions(tmp_path) as server:
        twins = copied(server)
        name = at_both(twins, twins.home.user())
        server.stop()
        for lost in (tmp_path / "data").glob(f"{HOME}.db*"):
            lost.unlink()
        file, passphrase = tmp_path / "pool.file", tmp_path / "passphrase"
        passphrase.write_text("correct horse battery")
        account = ("--account", twins.home.wire.account)

        def poolkeep(*arguments: str) -> str:
            where = ("--dev", "--data", str(tmp_path / "data"), f"--region={HOME}=")
            done = subprocess.run(
                [sys.executable, "-m", "poolkeep", *arguments, *where, f"--region={AWAY}=",
                 "--passphrase-file", str(passphrase)],
                cwd=ROOT, env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""}, timeout=60,
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            return done.stdout + done.stderr

        server.start()  # with an empty database in the place of the lost one
        assert twins.away.sign_in(name)
        assert "is in" in poolkeep(
            "export", twins.home.pool_id, "--to", str(file), "--from-region", AWAY
        )
        assert f"is in {HOME}" in poolkeep("restore", str(file), *account)
        assert "exists in" in poolkeep("restore", str(file), "--into-region", AWAY, *account)
        assert twins.home.sign_in(name)
        assert twins.home.sign_up(unique("fresh"))
        pool_call(twins.home, "CreateUserPoolReplica", RegionName=AWAY)
        soon(lambda: twins.status() == "INACTIVE")
        twins.update("ACTIVE")
        assert twins.away.sign_in(name)
