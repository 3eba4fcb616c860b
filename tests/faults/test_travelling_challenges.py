"""A challenge that one node asks is answered at another, before and after a restart."""

from tests.faults.nodes import Nodes
from tests.sdk.builders import App, an_app, result_of
from tests.sdk.srp import SrpClient
from tests.sdk.support import PASSWORD, Wire, an_account
from tests.support.server import StartServer


def at(wire: Wire, app: App) -> App:
    return App(wire, app.pool_id, app.client_id)


def test_any_node_takes_the_next_step(nodes: Nodes) -> None:
    app = an_app(nodes.wire)
    there = at(nodes.other, app)
    for asks, answers in ((app, there), (there, app)):
        name = app.temporary_user()
        srp = SrpClient(app.pool_id)
        asked = asks.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
        proof = srp.answers(asked["ChallengeParameters"], PASSWORD)
        session = answers.respond("PASSWORD_VERIFIER", None, **proof)["Session"]
        chosen = {"USERNAME": name, "NEW_PASSWORD": "Another-Horse-7"}
        tokens = result_of(asks.respond("NEW_PASSWORD_REQUIRED", session, **chosen))
        fresh = answers.refresh(tokens["RefreshToken"])
        assert asks.wire.call("GetUser", AccessToken=fresh["AccessToken"])["Username"] == name


def test_a_restart_loses_no_sign_in_under_way(start_server: StartServer, database_url: str) -> None:
    server = start_server("--workers", "2", database_url=database_url)
    app = an_app(Wire(server.base_url, an_account()))
    name = app.user()
    srp = SrpClient(app.pool_id)
    asked = app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=srp.public)
    temporary = app.temporary_user()
    session = app.password_step(temporary)["Session"]
    server.stop()
    server.start()
    proof = srp.answers(asked["ChallengeParameters"], PASSWORD)
    assert result_of(app.respond("PASSWORD_VERIFIER", None, **proof))
    chosen = {"USERNAME": temporary, "NEW_PASSWORD": "Another-Horse-7"}
    assert result_of(app.respond("NEW_PASSWORD_REQUIRED", session, **chosen))
