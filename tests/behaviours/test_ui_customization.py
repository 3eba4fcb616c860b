"""Classic pages: docs/behaviours/ui-customization.md."""

import base64
import urllib.parse
from typing import Final

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, refused, unique

PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(64)
JPEG: Final = b"\xff\xd8\xff\xe0" + bytes(64)
CSS: Final = (
    "/* ours */ .label-customizable, .legalText-customizable { font-weight: 400; color: #333 }\n"
    ".submitButton-customizable:hover{background-color:rgb(1, 2, 3);}\n"
    ".inputField-customizable:focus { border-color: #66afe9; outline: 0; }\n"
    ".passwordCheck-notValid-customizable { }"
)


@pytest.fixture(scope="module")
def branded(wire: Wire) -> App:
    app = an_app(wire, a_pool(wire))
    wire.call("CreateUserPoolDomain", UserPoolId=app.pool_id, Domain=unique("classic"))
    return app


def put(app: App, client_id: str = "", **members: Json) -> Json:
    named = {"ClientId": client_id} if client_id else {}
    if "ImageFile" in members:
        members["ImageFile"] = base64.b64encode(members["ImageFile"]).decode()
    answer = app.wire.call("SetUICustomization", UserPoolId=app.pool_id, **named, **members)
    return answer["UICustomization"]


def get(app: App, client_id: str = "") -> Json:
    named = {"ClientId": client_id} if client_id else {}
    answer = app.wire.call("GetUICustomization", UserPoolId=app.pool_id, **named)
    return answer["UICustomization"]


@holds("UI-01", "UI-03")
def test_a_setting_is_told_and_replaced(branded: App) -> None:
    client = branded.another_client().client_id
    made = put(branded, client, CSS=CSS, ImageFile=PNG)
    assert set(made) == {
        *("UserPoolId", "ClientId", "CSS", "CSSVersion", "ImageUrl"),
        *("CreationDate", "LastModifiedDate"),
    }
    assert (made["ClientId"], made["CSS"]) == (client, CSS)
    assert made["CSSVersion"].isdigit()
    assert get(branded, client) == made
    again = put(branded, client, CSS=".label-customizable{}")
    assert "ImageUrl" not in again
    assert again["CreationDate"] == made["CreationDate"]
    bare = {"UserPoolId": branded.pool_id, "ClientId": client}
    assert put(branded, client) == bare
    put(branded)
    assert get(branded, client) == bare


@holds("UI-02")
def test_a_pool_without_domain_has_no_pages(wire: Wire) -> None:
    app = an_app(wire)
    text = "There has to be an existing domain associated with this user pool"
    with refused("InvalidParameterException", text):
        put(app, CSS=CSS)
    assert get(app) == {"UserPoolId": app.pool_id, "ClientId": "ALL"}


@holds("UI-04")
def test_a_client_shows_the_setting_of_all(branded: App) -> None:
    client = branded.another_client().client_id
    everybody = put(branded, CSS=CSS)
    assert everybody["ClientId"] == "ALL"
    assert get(branded, client) == everybody
    own = put(branded, client, ImageFile=JPEG)
    assert get(branded, client) == own
    assert get(branded, "ALL") == get(branded) == everybody
    put(branded, "ALL")
    assert get(branded) == {"UserPoolId": branded.pool_id, "ClientId": "ALL"}
    assert get(branded, client) == own


@holds("UI-05")
@pytest.mark.parametrize(
    "css",
    [
        "body { color: red }",
        ".label-customizable:hover { color: red }",
        ".label-customizable .x { color: red }",
        ".label-customizable, a { color: red }",
        "* {}",
        "@import 'https://evil.example';",
        "@media screen { .label-customizable { color: red } }",
        ".label-customizable { background: url(https://evil.example) }",
        ".label-customizable { background: u\\72l(https://evil.example) }",
        ".label-customizable { background: image-set('x' 1x) }",
        ".label-customizable { width: expression(alert(1)) }",
        ".label-customizable { behavior: x }",
        ".label-customizable { color: red",
        ".label-customizable color: red }",
        ".label-customizable { color red }",
        ".label-customizable { : red }",
        ".label-customizable { color: red } </style><script>",
        ".label-customizable { color: red } trailing",
        "/* open .label-customizable { color: red }",
        "/**/}/* .label-customizable { */",
    ],
)
def test_a_style_sheet_only_colours_our_pages(branded: App, css: str) -> None:
    with refused("InvalidParameterException"):
        put(branded, CSS=css)


@holds("UI-06")
def test_a_logo_is_a_small_picture(branded: App) -> None:
    for wrong in (b"GIF89a", b"<svg/>", PNG + bytes(100 * 1024)):
        with refused("InvalidParameterException"):
            put(branded, ImageFile=wrong)
    filler = ".label-customizable{}" + " " * 60_000
    with refused("InvalidParameterException", "request parameters too large"):
        put(branded, ImageFile=PNG + bytes(90 * 1024), CSS=filler)
    put(branded, ImageFile=PNG + bytes(90 * 1024), CSS=filler[:2000])


@holds("UI-07")
def test_a_logo_is_shown_at_its_address(branded: App) -> None:
    first = put(branded, ImageFile=PNG)["ImageUrl"]
    path = urllib.parse.urlsplit(first).path
    shown = branded.wire.exchange("GET", path)
    assert (shown.status, shown.body) == (200, PNG)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    second = put(branded, ImageFile=JPEG)["ImageUrl"]
    assert branded.wire.exchange("GET", urllib.parse.urlsplit(second).path).body == JPEG
    wrong = [path, path.replace(".png", ".jpeg"), "/logos/", "/logos/x/y/z", "/logos/x", f"{path}/"]
    for gone in wrong:
        assert branded.wire.exchange("GET", gone).status == 404, gone
    assert branded.wire.exchange("DELETE", path).status == 404


@holds("UI-08")
def test_a_setting_is_of_a_client_of_the_pool(branded: App, wire: Wire) -> None:
    foreign = an_app(wire).client_id
    for unknown in ("nothing", foreign):
        with refused("ResourceNotFoundException"):
            put(branded, unknown, CSS=CSS)
        with refused("ResourceNotFoundException"):
            get(branded, unknown)
    client = branded.another_client().client_id
    url = put(branded, client, ImageFile=PNG)["ImageUrl"]
    wire.call("DeleteUserPoolClient", UserPoolId=branded.pool_id, ClientId=client)
    with refused("ResourceNotFoundException"):
        get(branded, client)
    assert wire.exchange("GET", urllib.parse.urlsplit(url).path).status == 404
