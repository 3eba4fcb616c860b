"""What one node changes, the other goes by a moment later, also under load."""

import threading
import time
from typing import Final

import pytest

from tests.faults.nodes import Nodes
from tests.sdk.builders import App, an_app
from tests.sdk.support import RefusedError

SEEN_WITHIN_S: Final = 5.0
OFF: Final = "InvalidParameterException"
GONE: Final = "ResourceNotFoundException"


@pytest.fixture
def app(nodes: Nodes) -> App:
    """Return an app on the first node."""
    return an_app(nodes.wire)


def answer(app: App, name: str) -> str:
    """Sign in; return the code of the refusal, "" for none."""
    try:
        app.sign_in(name)
    except RefusedError as refusal:
        return refusal.code
    return ""


def assert_becomes(app: App, name: str, expected: str, before: str, between: str = "") -> None:
    """Sign in until the answer is the expected one; until then it is one of the others."""
    end = time.monotonic() + SEEN_WITHIN_S
    while (told := answer(app, name)) != expected:
        assert told in {before, between}
        assert time.monotonic() < end, "the other node never saw the change"


def test_a_deleted_client(nodes: Nodes, app: App) -> None:
    for _ in range(3):
        client = app.another_client()
        there = App(nodes.other, client.pool_id, client.client_id)
        name = client.user()
        tokens = there.sign_in(name)
        nodes.wire.call("DeleteUserPoolClient", UserPoolId=app.pool_id, ClientId=client.client_id)
        assert_becomes(there, name, GONE, before="")
        with pytest.raises(RefusedError):
            there.refresh(tokens["RefreshToken"])


def test_a_flow_switched_off_and_on_under_load(nodes: Nodes, app: App) -> None:
    client = app.another_client()
    there = App(nodes.other, client.pool_id, client.client_id)
    name = client.user()
    done = threading.Event()
    odd: list[str] = []

    def load() -> None:
        while not done.is_set():
            if (told := answer(there, name)) not in {"", OFF}:
                odd.append(told)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(20):
            flow = "ALLOW_USER_SRP_AUTH" if number % 2 == 0 else "ALLOW_USER_PASSWORD_AUTH"
            nodes.wire.call(
                "UpdateUserPoolClient",
                UserPoolId=client.pool_id,
                ClientId=client.client_id,
                ExplicitAuthFlows=[flow],
            )
            expected, before = (OFF, "") if number % 2 == 0 else ("", OFF)
            assert_becomes(there, name, expected, before)
            assert answer(there, name) == expected or not nodes.servers[1:], "and it stays so"
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not odd


def test_a_deleted_pool(nodes: Nodes) -> None:
    app = an_app(nodes.wire)
    there = App(nodes.other, app.pool_id, app.client_id)
    name = app.user()
    access = there.sign_in(name)["AccessToken"]
    nodes.wire.call("DeleteUserPool", UserPoolId=app.pool_id)
    assert_becomes(there, name, GONE, before="", between="UserNotFoundException")
    with pytest.raises(RefusedError):
        there.wire.call("GetUser", AccessToken=access)
