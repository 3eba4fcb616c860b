"""Pages in their client's style: docs/behaviours/branding.md."""

import http.client
import re
import urllib.parse
from typing import Final

import pytest

from tests.behaviours.test_branding import PNG, SETTINGS, SVG, about, asset, create
from tests.behaviours.test_ui_customization import put
from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, unique
from tests.support.visitor import Seen, Visitor

CALLBACK: Final = "http://localhost:4000/callback"
UNAVAILABLE: Final = "Login pages unavailable. Please contact an administrator."


def with_pages(wire: Wire, version: int) -> App:
    pool_id = a_pool(wire)
    domain = {"Domain": unique("brand"), "ManagedLoginVersion": version}
    wire.call("CreateUserPoolDomain", UserPoolId=pool_id, **domain)
    return client_of(wire, pool_id)


def client_of(wire: Wire, pool_id: str) -> App:
    return an_app(
        wire,
        pool_id,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[CALLBACK],
        SupportedIdentityProviders=["COGNITO"],
    )


@pytest.fixture(scope="module")
def managed(wire: Wire) -> App:
    return with_pages(wire, 2)


@pytest.fixture(scope="module")
def classic(wire: Wire) -> App:
    return with_pages(wire, 1)


def page(app: App, server_url: str) -> Seen:
    query = urllib.parse.urlencode(
        {
            "client_id": app.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
        }
    )
    return Visitor().visit(f"{server_url}/{app.pool_id}/signup?{query}")


def picture(server_url: str, path: str, method: str = "GET") -> tuple[int, Json, bytes]:
    parts = urllib.parse.urlsplit(server_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request(method, path)
    reply = connection.getresponse()
    found = reply.status, dict(reply.headers.items()), reply.read()
    connection.close()
    return found


def pictures_in(text: str) -> list[str]:
    return re.findall(r"/[\w-]+/assets/\w+/[0-9a-f]{32}\.\w+", text)


@holds("BRANDPAGE-01", "BRANDPAGE-08")
def test_pages_wear_the_style_and_its_changes(managed: App, server_url: str) -> None:
    app = client_of(managed.wire, managed.pool_id)
    made = create(app, Settings=SETTINGS)
    seen = page(app, server_url)
    assert seen.status == 200
    assert "--page-bg:#ffffffff" in seen.text
    change = {"components": {"pageBackground": {"lightMode": {"color": "01020304"}}}}
    branding_id = made["ManagedLoginBrandingId"]
    about(app, "UpdateManagedLoginBranding", branding_id, Settings=change)
    assert "--page-bg:#01020304" in page(app, server_url).text


@holds("BRANDPAGE-03")
def test_a_client_without_a_style_has_no_pages(managed: App, server_url: str) -> None:
    app = client_of(managed.wire, managed.pool_id)
    seen = page(app, server_url)
    assert seen.status == 403
    assert UNAVAILABLE in seen.text
    made = create(app, UseCognitoProvidedValues=True)
    assert page(app, server_url).status == 200
    about(app, "DeleteManagedLoginBranding", made["ManagedLoginBrandingId"])
    assert page(app, server_url).status == 403


@holds("BRANDPAGE-04")
def test_classic_pages_wear_the_clients_sheet_or_that_of_all(classic: App, server_url: str) -> None:
    own = client_of(classic.wire, classic.pool_id)
    assert page(classic, server_url).status == 200
    put(classic, CSS=".label-customizable{color:#111111}", ImageFile=PNG)
    put(own, own.client_id, CSS=".label-customizable{color:#222222;position:fixed}")
    of_all, of_own = page(classic, server_url).text, page(own, server_url).text
    assert ".label-customizable{color:#111111}" in of_all
    assert ".label-customizable{color:#222222}" in of_own
    assert "position:fixed" not in of_own
    assert len(pictures_in(of_all)) == 1
    assert not pictures_in(of_own)
    status, headers, content = picture(server_url, pictures_in(of_all)[0])
    assert (status, headers["content-type"], content) == (200, "image/png", PNG)


@holds("BRANDPAGE-06")
def test_pictures_have_addresses_for_ever_and_can_do_nothing(managed: App, server_url: str) -> None:
    app, other = (client_of(managed.wire, managed.pool_id) for _ in range(2))
    logo = {"components": {"form": {"logo": {"enabled": True}}}}
    create(app, Settings=logo, Assets=[asset("FORM_LOGO", "SVG", SVG)])
    create(other, UseCognitoProvidedValues=True)
    path = pictures_in(page(app, server_url).text)[0]
    status, headers, content = picture(server_url, path)
    assert (status, content) == (200, SVG)
    assert headers["content-type"] == "image/svg+xml"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    status, headers, content = picture(server_url, path, "HEAD")
    assert (status, content, headers["content-length"]) == (200, b"", str(len(SVG)))
    digest = path.rpartition("/")[2].partition(".")[0]
    for wrong in (
        path.replace(app.client_id, other.client_id),
        path.replace(app.client_id, "nobody"),
        path.replace(digest, "0" * 32),
        path.replace(".svg", ".png"),
        path.replace(".svg", ""),
        path.rpartition("/")[0],
        f"{path}/more",
    ):
        status, headers, content = picture(server_url, wrong)
        assert (status, content) == (404, b"")
        assert headers["cache-control"] == "no-store"


@holds("BRANDPAGE-06")
def test_no_pool_shows_anothers_pictures(
    managed: App, classic: App, server_url: str, wire: Wire
) -> None:
    app = client_of(wire, managed.pool_id)
    logo = {"components": {"form": {"logo": {"enabled": True}}}}
    create(app, Settings=logo, Assets=[asset()])
    path = pictures_in(page(app, server_url).text)[0]
    assert picture(server_url, path)[0] == 200
    assert picture(server_url, path.replace(managed.pool_id, classic.pool_id))[0] == 404


@holds("BRANDPAGE-10")
def test_an_operator_sees_a_style_first(managed: App, classic: App, server_url: str) -> None:
    app = client_of(managed.wire, managed.pool_id)
    address = f"{server_url}/_poolkeep/branding?pool={app.pool_id}&client={app.client_id}"
    assert Visitor().ask(address).status == 404
    create(app, Settings=SETTINGS, Assets=[asset()])
    light = Visitor().ask(f"{address}&scheme=light")
    assert light.status == 200
    assert "--page-bg:#ffffffff" in light.text
    assert 'data-mode="light"' in light.text
    assert "default-src 'none'" in light.headers["Content-Security-Policy"]
    assert "--page-bg:#000000ff" in Visitor().ask(f"{address}&scheme=dark&lang=de").text
    for wrong in ("&scheme=red", "&lang=xx"):
        assert Visitor().ask(f"{address}{wrong}").status == 400
    other = f"{server_url}/_poolkeep/branding?pool={classic.pool_id}&client={app.client_id}"
    assert Visitor().ask(other).status == 404
