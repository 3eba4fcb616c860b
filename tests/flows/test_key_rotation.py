"""Token keys change hands without a verification that fails, and an emergency drops them at once.

A verifier that caches a key set must have seen a key before the first token that it signs, and
must find a retired key for as long as a token of it may live.
"""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import jwt
import pytest
from jwt import PyJWK

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, refused
from tests.support.server import ROOT, Server, StartServer

HOUR_S = 3600
DAY_S = 24 * HOUR_S


def key_set(app: App) -> dict[str, PyJWK]:
    """Return the pool's published keys by id."""
    with urllib.request.urlopen(
        f"{app.wire.base_url}/{app.pool_id}/.well-known/jwks.json"
    ) as answer:
        keys = json.load(answer)["keys"]
    return {key["kid"]: PyJWK(key) for key in keys}


def verifies(token: str, keys: dict[str, PyJWK]) -> bool:
    """Tell whether a cached key set verifies the token's signature."""
    key = keys.get(jwt.get_unverified_header(token)["kid"])
    if key is None:
        return False
    options: Json = {"verify_exp": False, "verify_aud": False, "verify_iat": False}
    return bool(jwt.decode(token, key.key, algorithms=["RS256"], options=options))


def rotate(data: Path, pool_id: str, *options: str) -> None:
    """Run `poolkeep keys rotate` beside the server."""
    subprocess.run(
        [sys.executable, "-m", "poolkeep", "keys", "rotate", pool_id, "--dev", "--data", str(data),
         *options],
        check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""}, timeout=60,
        capture_output=True,
    )  # fmt: skip


@pytest.fixture
def app(start_server: StartServer, tmp_path: Path) -> App:
    """Return an app whose tokens live a day, on a server with a movable clock."""
    server: Server = start_server("--data", str(tmp_path / "data"), dev=True)
    wire = Wire(server.base_url)
    pool_id = a_pool(wire)
    return an_app(
        wire, pool_id, AccessTokenValidity=24, IdTokenValidity=24, RefreshTokenValidity=3650
    )


def test_no_verification_fails_while_keys_change(app: App, tmp_path: Path) -> None:
    user = app.user()
    first = app.sign_in(user)
    before = key_set(app)

    rotate(tmp_path / "data", app.pool_id)
    known = key_set(app)  # what a verifier caches from now on
    assert before.keys() < known.keys(), "the next keys are published ahead of use"
    early = app.sign_in(user)
    assert verifies(early["AccessToken"], before), "they do not sign yet"

    app.wire.advance(DAY_S - 60)
    last = app.sign_in(user)
    app.wire.advance(120)
    changed = app.sign_in(user)
    for name in ("AccessToken", "IdToken"):
        assert jwt.get_unverified_header(changed[name]) != jwt.get_unverified_header(last[name])
        assert verifies(changed[name], known), "a key set cached a day ago verifies the new token"
        assert verifies(last[name], key_set(app)), "and the old one is still published"
    assert app.wire.call("GetUser", AccessToken=last["AccessToken"])["Username"] == user
    assert app.wire.call("GetUser", AccessToken=changed["AccessToken"])["Username"] == user

    app.wire.advance(DAY_S + 10 * 60)
    assert not verifies(first["AccessToken"], key_set(app)), "a retired key goes at last"
    refreshed = app.refresh(first["RefreshToken"])
    assert verifies(refreshed["AccessToken"], key_set(app)), "refresh tokens outlive keys"


def test_an_emergency_drops_the_present_keys_at_once(app: App, tmp_path: Path) -> None:
    user = app.user()
    stolen = app.sign_in(user)
    rotate(tmp_path / "data", app.pool_id, "--emergency")
    assert not verifies(stolen["AccessToken"], key_set(app))
    with refused("NotAuthorizedException", "Could not verify signature for Access Token"):
        app.wire.call("GetUser", AccessToken=stolen["AccessToken"])
    fresh = app.sign_in(user)
    assert verifies(fresh["AccessToken"], key_set(app))
