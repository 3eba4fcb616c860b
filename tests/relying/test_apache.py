"""Apache's mod_auth_openidc, certified by the OpenID Foundation, guards a page."""

import urllib.parse

import pytest

from tests.relying.apache import guarding, program
from tests.relying.conftest import Secure
from tests.relying.registration import PROFILES, STRICT, register
from tests.sdk.support import PASSWORD, tampered
from tests.support import processes
from tests.support.visitor import Seen, Visitor


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("authentication", ["client_secret_basic", "client_secret_post"])
def test_a_page_behind_apache(secure: Secure, profile: str, authentication: str) -> None:
    program()
    port = processes.free_port()
    origin = f"http://localhost:{port}"
    callback = f"{origin}/site/callback"
    party = register(secure.wire, profile, callbacks=(callback,), logouts=(f"{origin}/out.txt",))
    with guarding(party, port, secure.authority, authentication=authentication) as apache:
        visitor = Visitor(secure.context)
        page = visitor.visit(f"{origin}/site/index.txt")
        assert page.url.startswith(secure.wire.base_url), "nobody is let in without signing in"
        seen = visitor.submit(page, username=party.username, password=PASSWORD)
        assert (seen.status, seen.text) == (200, "let in"), apache.log()
        assert seen.headers["X-Remote-User"] == party.email
        assert seen.headers["X-Name"] == "Ada Lovelace"
        # Who is signed in is let in again at once; but not to what is somebody else's.
        assert visitor.ask(f"{origin}/site/index.txt").status == 200
        assert visitor.ask(f"{origin}/others/index.txt").status in {401, 403}

        out = urllib.parse.quote(f"{origin}/out.txt", safe="")
        left = visitor.visit(f"{callback}?logout={out}")
        assert (left.status, left.text) == (200, "signed out"), apache.log()
        assert visitor.visit(f"{origin}/site/index.txt").form("password")


def test_apache_takes_nobodys_word(secure: Secure) -> None:
    program()
    port = processes.free_port()
    origin = f"http://localhost:{port}"
    callback = f"{origin}/site/callback"
    party = register(secure.wire, STRICT, callbacks=(callback,))
    with guarding(party, port, secure.authority) as apache:
        visitor, stranger = Visitor(secure.context), Visitor(secure.context)
        sent = visitor.ask(f"{origin}/site/index.txt").headers["Location"]
        back = visitor.sign_in(sent, party.username, PASSWORD, until=callback).url
        # A code and a state in somebody else's browser, and a code that the pool never gave.
        assert stranger.ask(back).status == 400
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
        assert "Error" in visitor.ask(back.replace(code, tampered(code))).text
        assert visitor.ask(f"{origin}/site/index.txt").status == 302
        assert "invalid_grant" in apache.log()


def test_an_interface_behind_apache(secure: Secure) -> None:
    program()
    port = processes.free_port()
    origin = f"http://localhost:{port}"
    party = register(secure.wire, STRICT)
    visitor = Visitor(secure.context)
    tokens = party.tokens(visitor)
    with guarding(
        party, port, secure.authority, introspection=f"{party.issuer}/oauth2/introspect"
    ) as apache:

        def answer(token: str) -> Seen:
            return Visitor(secure.context).ask(
                f"{origin}/api/index.txt", authorization=f"Bearer {token}"
            )

        seen = answer(tokens["access_token"])
        assert (seen.status, seen.text) == (200, "answered"), apache.log()
        assert seen.headers["X-Remote-User"] == party.username
        assert answer(tampered(tokens["access_token"])).status == 401
        assert visitor.ask(f"{origin}/api/index.txt").status == 401
        revoked = party.tokens(visitor)
        party.post(visitor, "/oauth2/revoke", token=revoked["refresh_token"])
        assert answer(revoked["access_token"]).status == 401
