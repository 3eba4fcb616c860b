"""Several processes answer as one: what one was told, all know at the next call."""

import pytest

from tests.sdk.builders import EVERY_FLOW, App, a_pool, an_app
from tests.sdk.support import PASSWORD, Wire, an_email, holds, race, refused, unique
from tests.support.server import StartServer


class Scattered(Wire):
    """A caller that opens a connection for each call, so that every process gets its turn."""

    def forget(self) -> None:
        """Make the next call open a connection of its own."""
        self._local.open = None


@pytest.fixture(scope="module")
def scattered(start_shared_server: StartServer) -> App:
    """Return an app on a server of two processes."""
    server = start_shared_server("--workers", "2")
    wire = Scattered(server.base_url)
    return an_app(wire, a_pool(wire, AutoVerifiedAttributes=["email"]))


def forget(app: App) -> None:
    assert isinstance(app.wire, Scattered)
    app.wire.forget()


@holds("CLIENT-21")
def test_a_change_of_a_client_is_known_to_all(scattered: App) -> None:
    name = scattered.user()
    about = {"UserPoolId": scattered.pool_id, "ClientId": scattered.client_id}
    for turn in range(6):
        flows = EVERY_FLOW if turn % 2 else ["ALLOW_USER_SRP_AUTH"]
        scattered.wire.call("UpdateUserPoolClient", **about, ExplicitAuthFlows=flows)
        for _ in range(6):
            forget(scattered)
            if turn % 2:
                assert scattered.sign_in(name)["AccessToken"]
            else:
                with refused("InvalidParameterException"):
                    scattered.sign_in(name)


@holds("CLIENT-21", "SIGNUP-30")
def test_a_user_goes_through_all_of_them(scattered: App) -> None:
    for _ in range(6):
        name, email = unique(), an_email()
        forget(scattered)
        scattered.sign_up(name, email=email)
        code = scattered.wire.code(email)
        forget(scattered)
        scattered.call("ConfirmSignUp", name, ConfirmationCode=code)
        forget(scattered)
        tokens = scattered.sign_in(name)
        for _ in range(4):
            forget(scattered)
            assert scattered.refresh(tokens["RefreshToken"])["AccessToken"]
        scattered.admin("AdminUserGlobalSignOut", name)
        for _ in range(6):
            forget(scattered)
            with refused("NotAuthorizedException"):
                scattered.wire.call("GetUser", AccessToken=tokens["AccessToken"])
            with refused("NotAuthorizedException"):
                scattered.refresh(tokens["RefreshToken"])


@holds("SIGNUP-37", "SIGNIN-54")
def test_of_racers_at_all_of_them_one_wins(scattered: App) -> None:
    name, email = unique(), an_email()
    scattered.sign_up(name, email=email)
    code = scattered.wire.code(email)
    won, _ = race(12, lambda: scattered.call("ConfirmSignUp", name, ConfirmationCode=code))
    assert len(won) == 1
    name = scattered.temporary_user()
    session = scattered.password_step(name)["Session"]
    answers = {"USERNAME": name, "NEW_PASSWORD": PASSWORD}
    won, _ = race(12, lambda: scattered.respond("NEW_PASSWORD_REQUIRED", session, **answers))
    assert len(won) == 1
