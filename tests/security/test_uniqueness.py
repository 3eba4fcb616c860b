"""What must never come twice does not, over processes and restarts."""

from collections import Counter

from tests.sdk.builders import App, an_app
from tests.sdk.support import PREFIX, Wire, an_account, claims_of
from tests.support.server import StartServer

ROUNDS = 40


def gather(app: App, names: list[str]) -> Counter[str]:
    """Return everything random that a few sign-ins show; every call is a connection of its own."""
    found: Counter[str] = Counter()
    for name in names:
        fresh = App(Wire(app.wire.base_url, app.wire.account), app.pool_id, app.client_id)
        asked = fresh.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A="2" * 512)
        parameters = asked["ChallengeParameters"]
        found.update([parameters["SRP_B"], parameters["SECRET_BLOCK"]])
        tokens = fresh.sign_in(name)
        for kind in ("AccessToken", "IdToken"):
            found[claims_of(tokens[kind])["jti"]] += 1
        found.update([claims_of(tokens["IdToken"])[key] for key in ("origin_jti", "event_id")])
        found[tokens["RefreshToken"]] += 1
        reply = fresh.wire.send("GetUser", b"{}", {"X-Amz-Target": f"{PREFIX}.GetUser"})
        found[reply.headers["x-amzn-requestid"]] += 1
    return found


def test_nothing_random_comes_twice_over_workers_and_restarts(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    app = an_app(Wire(server.base_url, an_account()))
    names = [app.user() for _ in range(4)] * (ROUNDS // 4)
    found = gather(app, names)
    server.kill()
    server.start()
    found += gather(app, names)
    assert found.total() == len(found) == ROUNDS * 2 * 8
