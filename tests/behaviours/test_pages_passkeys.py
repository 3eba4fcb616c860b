"""`/passkeys/add` on the hosted pages: docs/behaviours/pages-sign-up.md."""

import html
import json
import re

import pytest

from tests.behaviours.account_pages import (
    BY_EMAIL,
    CALLBACK,
    PASSKEYS,
    Site,
    a_site,
    path,
    sign_up,
)
from tests.behaviours.passkeys import configure
from tests.sdk.support import PASSWORD, Json, Wire, an_email, holds, unique
from tests.support.authenticator import Authenticator
from tests.support.visitor import Seen, Visitor

PASSWORDS = ["ALLOW_USER_PASSWORD_AUTH"]


def local(site: Site) -> Site:
    """Return the same pages under the name of this machine, for which browsers have passkeys."""
    site.base = site.base.replace("127.0.0.1", "localhost")
    return site


@pytest.fixture(scope="module")
def site(wire: Wire) -> Site:
    """Return pages of a pool with passkeys, below a path of this machine."""
    return local(a_site(wire, {**BY_EMAIL, **PASSKEYS}, ExplicitAuthFlows=PASSWORDS))


def keeper(site: Site) -> Authenticator:
    return Authenticator(origin=site.base.rpartition("/")[0])


def options_of(seen: Seen) -> Json:
    found = re.search(r'id="passkey-options"[^>]*>(.*?)</script>', seen.text, re.DOTALL)
    assert found is not None, seen.text[:1500]
    return json.loads(html.unescape(found[1]))


def add(visitor: Visitor, seen: Seen, credential: Json) -> Seen:
    return visitor.submit(seen, until=CALLBACK, credential=json.dumps(credential))


def signed_in(site: Site) -> tuple[Visitor, str]:
    visitor, name = Visitor(), site.app.user("", PASSWORD, email=an_email())
    visitor.sign_in(site.url("/login"), name, PASSWORD, until=CALLBACK)
    return visitor, name


def passkeys_of(site: Site, name: str) -> list[Json]:
    token = site.app.sign_in(name)["AccessToken"]
    found: list[Json] = site.app.wire.call("ListWebAuthnCredentials", AccessToken=token)[
        "Credentials"
    ]
    return found


@holds("SPAGE-30", "SPAGE-32")
def test_a_signed_in_user_adds_a_passkey(site: Site) -> None:
    visitor, name = signed_in(site)
    page = visitor.visit(site.url("/passkeys/add"), until=CALLBACK)
    asked = options_of(page)
    assert asked["rp"]["id"] == "localhost"
    done = add(visitor, page, keeper(site).make(asked))
    assert site.username(done) == name
    assert [one["RelyingPartyId"] for one in passkeys_of(site, name)] == ["localhost"]


@holds("SPAGE-30")
def test_who_is_not_signed_in_signs_in_first(site: Site) -> None:
    visitor, name = Visitor(), site.app.user("", PASSWORD, email=an_email())
    asked = visitor.visit(site.url("/passkeys/add"))
    assert path(asked) == "/login"
    page = visitor.submit(asked, until=CALLBACK, username=name, password=PASSWORD)
    assert path(page) == "/passkeys/add"
    # The application has heard nothing yet, and the browser has no session.
    assert path(Visitor().visit(page.url)) == "/login"
    done = add(visitor, page, keeper(site).make(options_of(page)))
    assert site.username(done) == name
    assert len(passkeys_of(site, name)) == 1


@holds("SPAGE-31")
@pytest.mark.parametrize("makes", [True, False])
def test_a_new_user_is_offered_one(site: Site, *, makes: bool) -> None:
    visitor, name, email = Visitor(), unique(), an_email()
    asked = sign_up(site, visitor, name, email=email)
    page = visitor.submit(asked, until=CALLBACK, code=site.app.wire.code(email))
    assert path(page) == "/passkeys/add"
    if makes:
        done = add(visitor, page, keeper(site).make(options_of(page)))
    else:
        form = page.form("credential")
        done = visitor.visit(form.action, {**form.fields, "later": "yes"}, until=CALLBACK)
    assert site.username(done) == name
    assert len(passkeys_of(site, name)) == int(makes)


@holds("SPAGE-33")
def test_a_credential_that_was_not_asked_for_is_refused(site: Site) -> None:
    visitor, name = signed_in(site)
    page = visitor.visit(site.url("/passkeys/add"))
    asked = options_of(page)
    origin = keeper(site).origin
    bad = [
        Authenticator(origin="https://evil.example").make(asked),
        Authenticator(origin=origin.replace("http:", "https:")).make(asked),
        Authenticator(origin=origin.rpartition(":")[0]).make(asked),
        Authenticator(origin=origin).make(asked, party="evil.example"),
        Authenticator(origin=origin).make({**asked, "challenge": "A" * 43}),
        {"id": "x"},
        None,
    ]
    for credential in bad:
        seen = add(visitor, page, credential)
        assert seen.status == 400, credential
        # Each page asks anew; only the last question counts.
        asked = options_of(seen)
    stale = keeper(site).make(options_of(page))
    assert add(visitor, page, stale).status == 400
    assert passkeys_of(site, name) == []


@holds("SPAGE-33")
def test_a_credential_is_good_once_and_for_its_own_user(site: Site) -> None:
    visitor, name = signed_in(site)
    page = visitor.visit(site.url("/passkeys/add"))
    made = keeper(site).make(options_of(page))
    other, other_name = signed_in(site)
    theirs = other.visit(site.url("/passkeys/add"))
    assert add(other, theirs, made).status == 400
    assert add(visitor, page, made).url.startswith(CALLBACK)
    assert add(visitor, page, made).status == 400
    assert len(passkeys_of(site, name)) == 1
    assert passkeys_of(site, other_name) == []


@holds("SPAGE-33")
def test_a_forged_form_adds_nothing(site: Site) -> None:
    visitor, name = signed_in(site)
    page = visitor.visit(site.url("/passkeys/add"))
    made = keeper(site).make(options_of(page))
    forged = {"credential": json.dumps(made), "_csrf": "A" * 22}
    assert visitor.visit(site.url("/passkeys/add"), forged).status == 403
    assert passkeys_of(site, name) == []


@holds("SPAGE-32")
def test_no_passkey_is_offered_where_no_browser_would_make_one(wire: Wire) -> None:
    bare = a_site(wire, {**BY_EMAIL, **PASSKEYS}, ExplicitAuthFlows=PASSWORDS)
    visitor, name, email = Visitor(), unique(), an_email()
    asked = sign_up(bare, visitor, name, email=email)
    done = visitor.submit(asked, until=CALLBACK, code=wire.code(email))
    assert bare.username(done) == name
    page = visitor.visit(bare.url("/passkeys/add"))
    assert "Passkeys cannot be used here." in page.text
    elsewhere = local(a_site(wire, {**BY_EMAIL, **PASSKEYS}, ExplicitAuthFlows=PASSWORDS))
    configure(wire, elsewhere.app.pool_id, RelyingPartyId="login.example.org")
    stranger, _ = signed_in(elsewhere)
    refused = stranger.visit(elsewhere.url("/passkeys/add"))
    assert "Passkeys cannot be used here." in refused.text


@holds("SPAGE-34")
def test_classic_pages_have_no_such_page(wire: Wire) -> None:
    classic = local(a_site(wire, {**BY_EMAIL, **PASSKEYS}, version=1, ExplicitAuthFlows=PASSWORDS))
    visitor, name, email = Visitor(), unique(), an_email()
    asked = sign_up(classic, visitor, name, email=email)
    done = visitor.submit(asked, until=CALLBACK, code=wire.code(email))
    assert classic.username(done) == name
    assert visitor.visit(classic.url("/passkeys/add")).status == 404
