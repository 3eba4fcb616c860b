"""The page behind confirmation links, which anybody can open with a link of their own making."""

import re
from urllib.parse import urlencode

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Reply, Wire, unique

NAMES = ["nobody", "\0", "a" * 5_000, "\ud800", "<script>", "%00%ff"]


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    pool_id = a_pool(wire, AutoVerifiedAttributes=["email"])
    return an_app(wire, pool_id, PreventUserExistenceErrors="ENABLED", GenerateSecret=True)


def pressed(app: App, name: str, code: str = "000000", client_id: str = "") -> Reply:
    """Return what the button of a link leads to."""
    fields = {
        "client_id": client_id or app.client_id, "user_name": name, "confirmation_code": code,
    }  # fmt: skip
    form = urlencode(fields, errors="surrogatepass").encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return app.wire.exchange("POST", "/confirmUser", form, kind)


def told(reply: Reply) -> tuple[int, bytes]:
    """Return what a reader sees: all but the nonce, which differs at every visit."""
    return reply.status, re.sub(rb'nonce="[^"]*"', b"", reply.body)


def test_a_made_up_link_tells_nothing_of_anybody(app: App) -> None:
    waiting = unique()
    app.sign_up(waiting, email=f"{waiting}@example.com")
    people = [app.user(), waiting, unique("nobody")]
    seen = {told(pressed(app, name)) for name in people}
    assert len(seen) == 1
    assert next(iter(seen))[0] == 400


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_a_link_is_a_defect(app: App, name: str) -> None:
    assert pressed(app, name).status == 400
    assert pressed(app, "nobody", name).status == 400
    assert pressed(app, "nobody", client_id=name).status == 400
    query = urlencode({"client_id": name, "user_name": name, "confirmation_code": name},
                      errors="surrogatepass")  # fmt: skip
    page = app.wire.exchange("GET", f"/confirmUser?{query}")
    assert page.status in {200, 400, 414}
    assert b"<script>" not in page.body
