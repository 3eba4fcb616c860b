"""A user of one region leaves no byte in another: not in its files, its backup, or the log."""

import sqlite3
from pathlib import Path
from typing import Final

from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.support import PASSWORD, Wire, attribute_map, claims_of, refused, unique
from tests.security.traces import contents, traces
from tests.support.server import Server, StartServer

HERE, THERE = "eu-west-1", "us-east-1"
FRESH: Final = "Another-Horse-7"


def in_region(server: Server, region: str) -> Wire:
    """Return a caller who signs for a region."""
    wire = Wire(server.base_url, "111122223333")
    wire.region = region
    return wire


def backup(database: Path, target: Path) -> Path:
    """Copy a database as an operator does, beside the running server."""
    source, copy = sqlite3.connect(database), sqlite3.connect(target)
    source.backup(copy)
    source.close()
    copy.close()
    return target


def live(app: App, name: str, email: str, phone: str) -> dict[str, str]:
    """Go through everything that a user may do; return what tells of the user."""
    wire = app.wire
    made = app.sign_up(name, email=email, phone_number=phone, given_name=f"Given-{name}-Name")
    app.call("ConfirmSignUp", name, ConfirmationCode=wire.code(email))
    tokens = app.sign_in(name)
    assert result_of(app.srp_step(name))
    refreshed = app.refresh(tokens["RefreshToken"])
    wire.call("GetUser", AccessToken=refreshed["AccessToken"])
    with refused("NotAuthorizedException"):
        app.sign_in(name, "Wrong-Horse-1")
    app.call("ForgotPassword", name)
    app.call("ConfirmForgotPassword", name, ConfirmationCode=wire.code(email), Password=FRESH)
    app.admin("AdminDisableUser", name)
    app.admin("AdminEnableUser", name)
    wire.call("CreateGroup", UserPoolId=app.pool_id, GroupName=f"friends-of-{name}")
    app.admin("AdminAddUserToGroup", name, GroupName=f"friends-of-{name}")
    wire.call("ListUsers", UserPoolId=app.pool_id, Filter=f'email = "{email}"')
    wire.call("RevokeToken", Token=tokens["RefreshToken"], ClientId=app.client_id)
    return {
        "name": name,
        "email": email,
        "phone": phone,
        "given name": f"Given-{name}-Name",
        "sub": made["UserSub"],
        "sub without dashes": made["UserSub"].replace("-", ""),
        "origin": claims_of(tokens["AccessToken"])["origin_jti"],
        "pool": app.pool_id,
        "client": app.client_id,
    }


def test_a_user_leaves_no_byte_in_another_region(start_server: StartServer, tmp_path: Path) -> None:
    files = {region: tmp_path / f"{region}.db" for region in (HERE, THERE)}
    server = start_server(
        *("--data", str(tmp_path / "data")),
        *(f"--region={region}=sqlite:///{path}" for region, path in files.items()),
    )
    settings = {"AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}
    apps = {
        region: an_app(wire, a_pool(wire, **settings))
        for region, wire in ((HERE, in_region(server, HERE)), (THERE, in_region(server, THERE)))
    }
    assert apps[HERE].pool_id.startswith(HERE)
    people = {
        HERE: live(apps[HERE], unique("zoe"), "zoe.here@example.com", "+12065550111"),
        THERE: live(apps[THERE], unique("max"), "max.there@example.com", "+12065550222"),
    }
    for region, other in ((HERE, THERE), (THERE, HERE)):
        assert _where(files[region], tmp_path).keys() == {
            f"{region}.db", f"{region}.db-wal", f"{region}.db-shm", f"{region}.copy"
        }  # fmt: skip
        assert not traces(_where(files[region], tmp_path), people[other]), "no trace of the other"
        assert traces(_where(files[region], tmp_path), people[region]), "and the own one is there"
    log = contents([server.log])
    for person in people.values():
        told = {name: value for name, value in person.items() if name not in {"pool", "client"}}
        assert not traces(log, told), "no log tells of anybody"
    server.stop()
    for region, other in ((HERE, THERE), (THERE, HERE)):
        assert not traces(_where(files[region], tmp_path), people[other])


def _where(database: Path, folder: Path) -> dict[str, bytes]:
    """Return the files of a region, and a backup of it."""
    copy = backup(database, folder / f"{database.stem}.copy")
    beside = [database.with_name(database.name + end) for end in ("", "-wal", "-shm")]
    return contents([*beside, copy])


def test_a_users_credentials_are_good_in_one_region_only(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(
        *("--data", str(tmp_path / "data")), f"--region={HERE}=", f"--region={THERE}="
    )
    here, there = in_region(server, HERE), in_region(server, THERE)
    app, other = an_app(here), an_app(there)
    name = app.user()
    with refused("UserNotFoundException"):
        other.sign_in(name)
    with refused("ResourceNotFoundException"):
        there.call("DescribeUserPool", UserPoolId=app.pool_id)
    with refused("ResourceNotFoundException"):
        there.call("AdminGetUser", UserPoolId=app.pool_id, Username=name)
    with refused("ResourceNotFoundException"):
        there.call("DeleteUserPool", UserPoolId=app.pool_id)
    listed = there.call("ListUserPools", MaxResults=60)["UserPools"]
    assert app.pool_id not in {pool["Id"] for pool in listed}
    tokens = app.sign_in(name, PASSWORD)
    assert claims_of(tokens["AccessToken"])["iss"].endswith(app.pool_id)
    found = attribute_map(here.call("GetUser", AccessToken=tokens["AccessToken"])["UserAttributes"])
    assert found["sub"] == claims_of(tokens["AccessToken"])["sub"]
