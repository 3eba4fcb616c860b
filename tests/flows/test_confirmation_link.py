"""The link of a verification e-mail: opening it changes nothing, its button confirms, once."""

import html
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import PASSWORD, Wire, an_email, refused, unique

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
