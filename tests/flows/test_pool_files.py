"""A pool moves to another installation, and nobody who signs in notices."""

import contextlib
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.behaviours.factors import TOTP, an_mfa_app, answer, prefer, registered
from tests.behaviours.passkeys import a_holder, a_passkey_app
from tests.flows.installations import ELSEWHERE, PASSPHRASE, Installation, moved
from tests.sdk.builders import App, a_pool, an_app, result_of
from tests.sdk.devices import TRACKED, confirmed, password_step
from tests.sdk.support import PASSWORD, RefusedError, claims_of, holds, refused, unique
from tests.security.canaries import Life
from tests.security.traces import traces
from tests.support.postgres import Cluster
from tests.support.server import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installations")


@pytest.fixture(scope="module")
def old(folder: Path) -> Iterator[Installation]:
    """Return an installation on SQLite."""
    installation = Installation(folder / "old")
    with installation.server:
        yield installation


@pytest.fixture(scope="module")
def new(folder: Path, postgres_cluster: Cluster, postgres_template: str) -> Iterator[Installation]:
    """Return an installation on PostgreSQL, of another region."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres_cluster.database(postgres_template))
        installation = Installation(folder / "new", "--region", f"eu-west-1={url}")
        stack.enter_context(installation.server)
        yield installation


@pytest.fixture
def app(old: Installation) -> App:
    """Return an app with a secret, in a pool of its own, whose refresh tokens rotate."""
    return an_app(old.wire(), GenerateSecret=True)


@holds("FILE-01", "FILE-02")
def test_everybody_signs_in_as_before(
    app: App, old: Installation, new: Installation, tmp_path: Path
) -> None:
    named = app.user("", email="a@example.com", email_verified="true")
    waiting = app.temporary_user()
    disabled = app.user()
    app.admin("AdminDisableUser", disabled)
    group = unique("group")
    app.wire.call("CreateGroup", UserPoolId=app.pool_id, GroupName=group, Precedence=3)
    app.admin("AdminAddUserToGroup", named, GroupName=group)
    public = app.another_client()
    before = app.sign_in(named)
    revoked = app.sign_in(named)
    app.wire.call(
        "RevokeToken",
        ClientId=app.client_id,
        ClientSecret=app.secret,
        Token=revoked["RefreshToken"],
    )

    file = old.export(app.pool_id, tmp_path / "pool.file")
    said = new.restore(file, "--account", ELSEWHERE)
    assert f"{app.pool_id} is in eu-west-1, in account {ELSEWHERE}." in said

    there = moved(app, new)
    described = there.wire.call("DescribeUserPool", UserPoolId=app.pool_id)["UserPool"]
    assert described["Arn"] == f"arn:aws:cognito-idp:eu-west-1:{ELSEWHERE}:userpool/{app.pool_id}"
    after = there.sign_in(named)
    assert claims_of(after["IdToken"])["sub"] == claims_of(before["IdToken"])["sub"]
    assert claims_of(after["IdToken"])["cognito:groups"] == [group]
    assert "AccessToken" in result_of(there.srp_step(named))
    assert "AccessToken" in moved(public, new).sign_in(named)
    asked = there.password_step(waiting)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"

    # Tokens of before are tokens there: the same keys, the same issuer.
    assert there.wire.call("GetUser", AccessToken=before["AccessToken"])["Username"] == named
    assert there.refresh(before["RefreshToken"], named)["AccessToken"]
    keys = f"/{app.pool_id}/.well-known/jwks.json"
    assert there.wire.exchange("GET", keys).json() == app.wire.exchange("GET", keys).json()

    with refused("NotAuthorizedException"):
        there.sign_in(named, PASSWORD + "!")
    with refused("NotAuthorizedException", "User is disabled."):
        there.sign_in(disabled)
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        there.refresh(revoked["RefreshToken"], named)
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        there.wire.call("GetUser", AccessToken=revoked["AccessToken"])
    with refused("ResourceNotFoundException"):  # not in any other account
        new.wire("", "eu-west-1").call("DescribeUserPool", UserPoolId=app.pool_id)

    assert "exists here" in new.restore(file, code=1)
    assert there.sign_in(named)


@holds("FILE-03")
def test_a_wrong_passphrase_and_a_changed_file_change_nothing(
    app: App, old: Installation, new: Installation, tmp_path: Path
) -> None:
    name = app.user()
    file = old.export(app.pool_id, tmp_path / "pool.file")
    wrong = tmp_path / "wrong"
    wrong.write_text(PASSPHRASE[:-1])
    said = new.run("restore", str(file), "--passphrase-file", str(wrong), code=1)
    assert "the passphrase is wrong" in said
    for place in (0, 30, file.stat().st_size // 2, file.stat().st_size - 1):
        changed = bytearray(file.read_bytes())
        changed[place] ^= 4
        (tmp_path / "changed").write_bytes(changed)
        assert "Nothing was changed" in new.restore(tmp_path / "changed", code=1)
    (tmp_path / "cut").write_bytes(file.read_bytes()[:-1])
    assert "Nothing was changed" in new.restore(tmp_path / "cut", code=1)
    with refused("ResourceNotFoundException"):
        moved(app, new).sign_in(name)
    assert "is whole" in new.restore(file, "--check")
    with refused("ResourceNotFoundException"):
        moved(app, new).sign_in(name)


@holds("FILE-04")
def test_who_has_the_file_learns_no_secret(old: Installation, tmp_path: Path) -> None:
    life = Life(old.wire())
    canaries = life.live()
    pools = life.wire.call("ListUserPools", MaxResults=60)["UserPools"]
    places = {
        pool["Id"]: old.export(pool["Id"], tmp_path / pool["Id"]).read_bytes() for pool in pools
    }
    assert places
    secrets = {**canaries.secrets, **canaries.people, **{pool["Id"]: pool["Id"] for pool in pools}}
    assert traces(places, secrets) == []


@holds("FILE-05")
def test_a_private_key_that_is_elsewhere_opens_the_file(
    app: App, old: Installation, new: Installation, tmp_path: Path
) -> None:
    name = app.user()
    key, other = tmp_path / "key", tmp_path / "other"
    old.run("keys", "recipient", str(key))
    old.run("keys", "recipient", str(other))
    file = tmp_path / "pool.file"
    old.run("export", app.pool_id, "--to", str(file), "--recipient", f"{key}.pub")
    for wrong in (other, Path(f"{key}.pub")):
        new.run("restore", str(file), "--key", str(wrong), code=1)
    assert "not with" not in new.restore(file, code=1)
    new.run("restore", str(file), "--key", str(key))
    assert moved(app, new, "123456789012").sign_in(name)
    key.chmod(0o644)
    assert "chmod 600" in new.run("restore", str(file), "--key", str(key), code=1)


@holds("FILE-06")
def test_a_file_is_never_overwritten_and_readable_by_its_owner_only(
    app: App, old: Installation, tmp_path: Path
) -> None:
    file = old.export(app.pool_id, tmp_path / "pool.file")
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    said = old.run(
        "export", app.pool_id, "--to", str(file), "--passphrase-file", old.passphrase, code=1
    )
    assert "is not overwritten" in said
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pool.file"]


def test_an_export_that_fails_leaves_nothing(app: App, old: Installation, tmp_path: Path) -> None:
    missing = tmp_path / "pool.file"
    arguments = ("--to", str(missing), "--passphrase-file", old.passphrase)
    assert "There is no user pool" in old.run("export", "us-east-1_absent", *arguments, code=1)
    short = tmp_path / "short"
    short.write_text("too short")
    said = old.run(
        "export", app.pool_id, "--to", str(missing), "--passphrase-file", str(short), code=1
    )
    assert "too short" in said
    assert "no terminal" in old.run("export", app.pool_id, "--to", str(missing), code=1)
    elsewhere = ("--to", str(tmp_path / "no" / "folder"), "--passphrase-file", old.passphrase)
    assert "cannot be made" in old.run("export", app.pool_id, *elsewhere, code=1)
    assert list(tmp_path.iterdir()) == [short]


@holds("FILE-07")
def test_an_export_is_told_before_it_begins(app: App, old: Installation, tmp_path: Path) -> None:
    old.export(app.pool_id, tmp_path / "pool.file")
    copy = tmp_path / "copy.db"
    database = old.folder / "data" / "poolkeep.db"
    with sqlite3.connect(database) as source, sqlite3.connect(copy) as target:
        source.backup(target)
        rows = target.execute("SELECT document FROM audit").fetchall()
    source.close()
    target.close()
    assert any(b"ExportUserPool" in row[0] and app.pool_id.encode() in row[0] for row in rows)


def test_back_again(app: App, old: Installation, new: Installation, tmp_path: Path) -> None:
    """From PostgreSQL to SQLite, over the place where the pool was deleted."""
    name = app.user()
    tokens = app.sign_in(name)
    new.restore(old.export(app.pool_id, tmp_path / "there"))
    back = new.export(app.pool_id, tmp_path / "back")
    app.wire.call("DeleteUserPool", UserPoolId=app.pool_id)
    with refused("ResourceNotFoundException"):
        app.sign_in(name)
    old.restore(back, "--account", app.wire.account)
    assert result_of(app.srp_step(name))
    assert app.refresh(tokens["RefreshToken"], name)
    described = app.wire.call("DescribeUserPool", UserPoolId=app.pool_id)["UserPool"]
    assert described["Arn"].split(":")[3:5] == ["us-east-1", app.wire.account]


@holds("FILE-08")
def test_an_authenticators_codes_go_on(
    old: Installation, new: Installation, tmp_path: Path
) -> None:
    app = an_mfa_app(old.wire(), "OPTIONAL", TOTP)
    name = app.user()
    phone = registered(app, name)
    prefer(app, name, TOTP, preferred=TOTP)
    used = phone.shown()
    new.restore(old.export(app.pool_id, tmp_path / "pool.file"), "--account", ELSEWHERE)
    there = moved(app, new)
    with refused("ExpiredCodeException"):  # a step that is spent is spent everywhere
        answer(there, there.password_step(name), name, used)
    with refused("CodeMismatchException"):
        answer(there, there.password_step(name), name, phone.wrong())
    asked = there.password_step(name)
    assert asked["ChallengeName"] == TOTP
    assert result_of(answer(there, asked, name, phone.code()))


@holds("FILE-08")
def test_devices_and_passkeys_go_on(old: Installation, new: Installation, tmp_path: Path) -> None:
    app = an_app(old.wire(ELSEWHERE), a_pool(old.wire(ELSEWHERE), **TRACKED))
    name = app.user()
    device, tokens = confirmed(app, name)
    holder = a_holder(a_passkey_app(old.wire(ELSEWHERE)))
    holder.sign_in()
    for pool_id in (app.pool_id, holder.app.pool_id):
        new.restore(old.export(pool_id, tmp_path / pool_id), "--account", ELSEWHERE)
    there = moved(app, new)
    listed = there.wire.call("ListDevices", AccessToken=tokens["AccessToken"])["Devices"]
    assert [one["DeviceKey"] for one in listed] == [device.key]
    assert result_of(device.prove(there, password_step(there, name, device)))
    holder.app = moved(holder.app, new)
    assert result_of(holder.sign_in())


@holds("FILE-09")
def test_a_restore_that_is_killed_is_invisible_until_it_is_run_again(
    app: App, old: Installation, new: Installation, tmp_path: Path
) -> None:
    """kill -9 at many moments: after each, the pool is not there or whole."""
    names = [app.user() for _ in range(20)]
    file = old.export(app.pool_id, tmp_path / "pool.file")
    there = moved(app, new)
    arguments = ("restore", str(file), "--passphrase-file", new.passphrase, "--take-over")
    for wait_ms in (300, 600, 900, 1_100, 1_300):
        process = subprocess.Popen(
            new.command(*arguments, "--account", ELSEWHERE),
            cwd=ROOT, env=new.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(wait_ms / 1000)
        process.kill()
        process.wait()
        try:
            there.wire.call("DescribeUserPool", UserPoolId=app.pool_id)
        except RefusedError as refusal:
            assert refusal.code == "ResourceNotFoundException"  # noqa: PT017  either is right
            with refused("ResourceNotFoundException"):
                there.sign_in(names[0])
            continue
        break
    else:
        new.restore(file, "--take-over", "--account", ELSEWHERE)
    assert all(there.sign_in(name) for name in names)
    assert len(there.wire.call("ListUsers", UserPoolId=app.pool_id)["Users"]) == len(names)
