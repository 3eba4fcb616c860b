"""The link of a verification e-mail: opening it changes nothing, its button confirms, once."""

import html
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.behaviours.account_pages import CLIENT, pages_of
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Json, Wire, an_email, holds, refused, unique

LINK_TEMPLATE = {
    "DefaultEmailOption": "CONFIRM_WITH_LINK",
    "EmailMessageByLink": "Welcome. {##Verify##}",
    "EmailSubjectByLink": "Welcome",
}


@pytest.fixture(scope="module")
def app(wire: Wire) -> App:
    """Return an app whose pool confirms by link."""
    return an_app(
        wire,
        a_pool(wire, AutoVerifiedAttributes=["email"], VerificationMessageTemplate=LINK_TEMPLATE),
    )


def fetch(url: str, form: bytes | None = None) -> tuple[int, str, str]:
    """Return status, content security policy and text of a page."""
    try:
        with urllib.request.urlopen(url, form, timeout=10) as answer:
            return answer.status, answer.headers["content-security-policy"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["content-security-policy"], error.read().decode()


def press(url: str, page: str) -> tuple[int, str, str]:
    """Send the page's form as a browser would."""
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', page)
    form = urllib.parse.urlencode([(name, html.unescape(value)) for name, value in fields])
    return fetch(url.partition("?")[0], form.encode())


def test_a_link_confirms_by_its_button_alone(app: App) -> None:
    username, email = f'{unique()}<"&', an_email()
    app.sign_up(username, email=email)
    link = app.wire.messages(email, wait_s=10)[0]["link"]
    fetch(link)  # mail scanners open links as well
    status, policy, page = fetch(link)
    assert status == 200
    assert "default-src 'none'" in policy
    assert "<script" not in page
    with refused("UserNotConfirmedException"):
        app.sign_in(username)
    assert press(link, page)[0] == 200
    assert "AccessToken" in app.sign_in(username, PASSWORD)
    assert "confirmed" in press(link, page)[2], "pressing again does no harm"


def test_a_damaged_link_confirms_nothing(app: App) -> None:
    username, email = unique(), an_email()
    app.sign_up(username, email=email)
    link = app.wire.messages(email, wait_s=10)[0]["link"]
    page = fetch(link)[2]
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["confirmation_code"][0]
    other = f"{(int(code) + 1) % 10**6:06d}"
    assert press(link, page.replace(code, other))[0] == 400
    assert press(link, page.replace(username, unique()))[0] == 400
    assert fetch(link.partition("&")[0])[0] == 400
    with refused("UserNotConfirmedException"):
        app.sign_in(username)


def a_pool_of_links(wire: Wire) -> str:
    return a_pool(wire, AutoVerifiedAttributes=["email"], VerificationMessageTemplate=LINK_TEMPLATE)


def link_of(app: App) -> tuple[str, str]:
    """Sign somebody up; return who it is, and the link of the message."""
    username, email = unique(), an_email()
    app.sign_up(username, email=email)
    found: str = app.wire.messages(email, wait_s=10)[0]["link"]
    return username, found


@holds("SPAGE-50")
@pytest.mark.parametrize("settings", [{"version": 1}, {"version": 2}])
def test_a_link_leads_to_the_pages_of_the_pool(wire: Wire, settings: Json) -> None:
    app = an_app(wire, a_pool_of_links(wire), **CLIENT)
    username, before = link_of(app)
    assert before.startswith(f"{wire.base_url}/confirmUser?")
    site = pages_of(app, **settings)
    later, link = link_of(app)
    assert link.startswith(f"{site.base}/confirmUser?")
    page = fetch(link)[2]
    assert 'data-page="confirm_user"' in page
    assert press(link, page)[0] == 200
    assert "AccessToken" in app.sign_in(later)
    old = fetch(before)[2]
    assert f'action="/{app.pool_id}/confirmUser"' in old, "a link of before leads there, too"
    assert press(f"{site.base}/confirmUser", old)[0] == 200
    assert "AccessToken" in app.sign_in(username)


@holds("SPAGE-50", "SPAGE-51")
def test_a_client_without_a_style_has_its_link_all_the_same(wire: Wire) -> None:
    app = an_app(wire, a_pool_of_links(wire), **CLIENT)
    domain = {"Domain": unique("pages"), "ManagedLoginVersion": 2}
    wire.call("CreateUserPoolDomain", UserPoolId=app.pool_id, **domain)
    username, link = link_of(app)
    status, _, page = fetch(link)
    assert (status, 'data-page="confirm_user"' in page) == (200, True)
    assert press(link, page)[0] == 200
    assert "AccessToken" in app.sign_in(username)


@holds("SPAGE-51")
def test_the_installations_page_is_the_same_page(app: App) -> None:
    username, link = link_of(app)
    status, policy, page = fetch(f"{link}&lang=de")
    assert (status, '<html lang="de"' in page) == (200, True)
    assert 'data-page="confirm_user"' in page
    assert 'action="/confirmUser?lang=de"' in page
    nonce = re.search(r"style-src 'nonce-([\w-]+)'", policy)
    assert nonce is not None
    assert f'<style nonce="{nonce[1]}">' in page
    assert press(link, page)[0] == 200
    assert "AccessToken" in app.sign_in(username)


@holds("SPAGE-51")
@pytest.mark.parametrize(
    "query", ["", "client_id=", "client_id=nobody", "client_id=a&client_id=b", "client_id=%ff"]
)
def test_a_link_of_nobody_confirms_nothing(wire: Wire, query: str) -> None:
    request = urllib.request.Request(
        f"{wire.base_url}/confirmUser?{query}", headers={"Accept": "text/html"}
    )
    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.urlopen(request, timeout=10)
    with told.value as answer:
        assert answer.code == 400
        assert 'data-page="trouble"' in answer.read().decode()
    assert wire.exchange("POST", "/confirmUser", query.encode()).status == 400
    assert wire.exchange("PUT", "/confirmUser", b"").status == 400
