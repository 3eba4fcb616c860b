"""Styles of managed login: docs/behaviours/branding.md."""

import base64
import uuid
from typing import Final

import pytest

from tests.sdk.builders import App, a_pool, an_app
from tests.sdk.support import Json, Wire, holds, race, refused

PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(64)
SVG: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    b'viewBox="0 0 9 9"><defs><linearGradient id="g"/></defs><style>.a{fill:url(#g)}</style>'
    b'<path class="a" d="M0 0h9v9z" fill="url(\'#g\')" style="stroke:#000"/>'
    b'<use xlink:href="#g"/></svg>'
)
SETTINGS: Final = {
    "components": {
        "pageBackground": {"lightMode": {"color": "ffffffff"}, "darkMode": {"color": "000000ff"}},
        "favicon": {"enabledTypes": ["ICO", "SVG"]},
    },
    "componentClasses": {"buttons": {"borderRadius": 8.0}},
}


def asset(
    category: str = "FORM_LOGO", extension: str = "PNG", content: bytes | None = PNG, **more: str
) -> dict[str, Json]:
    encoded = {} if content is None else {"Bytes": base64.b64encode(content).decode()}
    base = {"Category": category, "ColorMode": "LIGHT", "Extension": extension}
    return {**base, **encoded, **more}


def svg(inside: str = "", attributes: str = "", front: str = "") -> bytes:
    opening = f'{front}<svg xmlns="http://www.w3.org/2000/svg" {attributes}'
    return f'{opening} xmlns:xlink="http://www.w3.org/1999/xlink">{inside}</svg>'.encode()


def create(app: App, **style: Json) -> dict[str, Json]:
    answer = app.wire.call(
        "CreateManagedLoginBranding", UserPoolId=app.pool_id, ClientId=app.client_id, **style
    )
    made: dict[str, Json] = answer["ManagedLoginBranding"]
    return made


def about(app: App, operation: str, branding_id: str, **members: Json) -> Json:
    answer = app.wire.call(
        operation, UserPoolId=app.pool_id, ManagedLoginBrandingId=branding_id, **members
    )
    return answer.get("ManagedLoginBranding")


def of_client(app: App, **members: Json) -> Json:
    return app.wire.call(
        "DescribeManagedLoginBrandingByClient",
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        **members,
    )["ManagedLoginBranding"]


@pytest.fixture(scope="module")
def pools() -> list[str]:
    return []


@pytest.fixture
def fresh(wire: Wire, pools: list[str]) -> App:
    """Return a client without a style, of a pool with room for some."""
    if len(pools) % 15 == 0:
        pools.append(a_pool(wire))
    else:
        pools.append(pools[-1])
    return an_app(wire, pools[-1])


@holds("BRAND-01")
def test_a_style_is_told_as_it_was_made(fresh: App) -> None:
    assets = [asset(), asset("FAVICON_SVG", "SVG", SVG, ResourceId="my icon")]
    made = create(fresh, Settings=SETTINGS, Assets=assets)
    assert uuid.UUID(made["ManagedLoginBrandingId"]).version == 4
    dates = {made.pop("CreationDate"), made["LastModifiedDate"]}
    assert len(dates) == 1
    told = {**made}
    del told["LastModifiedDate"], told["ManagedLoginBrandingId"]
    assert told == {
        "UserPoolId": fresh.pool_id,
        "UseCognitoProvidedValues": False,
        "Settings": SETTINGS,
        "Assets": assets,
    }
    found = about(fresh, "DescribeManagedLoginBranding", made["ManagedLoginBrandingId"])
    assert of_client(fresh) == found
    del found["CreationDate"]
    assert found == made


@holds("BRAND-02")
def test_a_client_has_one_style_and_a_pool_twenty(wire: Wire) -> None:
    pool_id = a_pool(wire)
    apps = [an_app(wire, pool_id) for _ in range(21)]
    made = [create(app, UseCognitoProvidedValues=True) for app in apps[:20]]
    with refused("ManagedLoginBrandingExistsException"):
        create(apps[0], UseCognitoProvidedValues=True)
    with refused("LimitExceededException"):
        create(apps[20])
    about(apps[0], "DeleteManagedLoginBranding", made[0]["ManagedLoginBrandingId"])
    with refused("ResourceNotFoundException"):
        about(apps[0], "DeleteManagedLoginBranding", made[0]["ManagedLoginBrandingId"])
    create(apps[20])


@holds("BRAND-03")
def test_our_values_exclude_ones_own(fresh: App) -> None:
    for own in ({"Settings": SETTINGS}, {"Assets": [asset()]}):
        with refused("InvalidParameterException"):
            create(fresh, UseCognitoProvidedValues=True, **own)
    made = create(fresh, UseCognitoProvidedValues=True)
    assert made["UseCognitoProvidedValues"] is True
    assert "Settings" not in made
    name = made["ManagedLoginBrandingId"]
    own = about(fresh, "UpdateManagedLoginBranding", name, Settings=SETTINGS, Assets=[asset()])
    assert (own["UseCognitoProvidedValues"], own["Settings"]) == (False, SETTINGS)
    ours = about(fresh, "UpdateManagedLoginBranding", name, UseCognitoProvidedValues=True)
    assert not {"Settings", "Assets"} & set(ours)


@holds("BRAND-04")
def test_an_update_merges_setting_by_setting(fresh: App) -> None:
    name = create(fresh, Settings=SETTINGS)["ManagedLoginBrandingId"]
    change = {
        "components": {
            "pageBackground": {"lightMode": {"color": "123456FF"}, "image": {"enabled": True}},
            "favicon": {"enabledTypes": ["SVG"]},
        },
        "categories": {"global": {"colorSchemeMode": "DARK", "spacingDensity": None}},
    }
    merged = about(fresh, "UpdateManagedLoginBranding", name, Settings=change)["Settings"]
    assert merged == {
        "components": {
            "pageBackground": {
                "lightMode": {"color": "123456FF"},
                "darkMode": {"color": "000000ff"},
                "image": {"enabled": True},
            },
            "favicon": {"enabledTypes": ["SVG"]},
        },
        "componentClasses": {"buttons": {"borderRadius": 8.0}},
        "categories": {"global": {"colorSchemeMode": "DARK"}},
    }
    assert about(fresh, "UpdateManagedLoginBranding", name)["Settings"] == merged
    assert of_client(fresh)["Settings"] == merged


@holds("BRAND-05")
def test_merged_resources_are_whole(fresh: App) -> None:
    name = create(fresh, Settings=SETTINGS)["ManagedLoginBrandingId"]
    settings = of_client(fresh, ReturnMergedResources=True)["Settings"]
    whole = about(fresh, "DescribeManagedLoginBranding", name, ReturnMergedResources=True)
    for shown in (settings, whole["Settings"]):
        assert set(shown) == {"categories", "componentClasses", "components"}
        assert shown["components"]["pageBackground"]["darkMode"] == {"color": "000000ff"}
        assert shown["components"]["primaryButton"]["lightMode"]["defaults"]
    assert of_client(fresh)["Settings"] == SETTINGS
    # What we show is itself a style.
    about(fresh, "UpdateManagedLoginBranding", name, Settings=settings)


def deep(levels: int) -> Json:
    inner: Json = {}
    for _ in range(levels):
        inner = {"x": inner}
    return {"components": inner}


@holds("BRAND-06")
@pytest.mark.parametrize(
    "settings",
    [
        [],
        "text",
        7,
        {"unknown": {}},
        {"components": {"pageBackground": {"lightMode": {"color": "white"}}}},
        {"components": {"form": {"lightMode": {"borderColor": "#ffffff"}}}},
        {"components": {"form": {"lightMode": {"borderColor": "ffffffff;x:y"}}}},
        {"components": {"form": {"lightMode": {"borderColor": 7}}}},
        {"components": {"form": {"lightMode": {"borderColor": ["red"]}}}},
        deep(40),
        {"components": {"text": "x" * 300_000}},
    ],
    ids=range(11),
)
def test_what_settings_cannot_say(fresh: App, settings: Json) -> None:
    with refused("InvalidParameterException"):
        create(fresh, Settings=settings)
    name = create(fresh)["ManagedLoginBrandingId"]
    with refused("InvalidParameterException"):
        about(fresh, "UpdateManagedLoginBranding", name, Settings=settings)


@holds("BRAND-07")
@pytest.mark.parametrize(
    "assets",
    [
        [asset("FAVICON_ICO", "PNG")],
        [asset("FORM_LOGO", "ICO", b"\0\0\1\0" + bytes(9))],
        [asset("EMAIL_GRAPHIC", "WEBP", b"RIFF0000WEBP")],
        [asset("FORM_LOGO", "JPEG")],
        [asset("FORM_LOGO", "PNG", SVG)],
        [asset("FORM_LOGO", "SVG", PNG)],
        [asset("FORM_LOGO", "PNG", b"")],
        [asset(content=None)],
        [asset(), asset()],
        [asset("NOTHING")],
        [asset(ColorMode="SEPIA")],
        [asset(ResourceId="../x")],
        [asset(content=PNG + bytes(1_000_000))],
        [asset("IDP_BUTTON_ICON", "SVG", SVG, ResourceId=f"i{n}") for n in range(41)],
    ],
    ids=range(14),
)
def test_what_an_asset_cannot_be(fresh: App, assets: list[Json]) -> None:
    with refused("InvalidParameterException"):
        create(fresh, Assets=assets)


@holds("BRAND-07")
def test_every_type_that_a_category_takes(fresh: App) -> None:
    assets = [
        asset("FAVICON_ICO", "ICO", b"\0\0\1\0" + bytes(9)),
        asset("PAGE_BACKGROUND", "JPEG", b"\xff\xd8\xff\xe0"),
        asset("PAGE_BACKGROUND", "WEBP", b"RIFF0000WEBPVP8 ", ColorMode="DARK"),
        asset("IDP_BUTTON_ICON", "SVG", SVG, ResourceId="one"),
        asset("IDP_BUTTON_ICON", "SVG", SVG, ResourceId="two"),
    ]
    assert create(fresh, Assets=assets)["Assets"] == assets


@holds("BRAND-08")
@pytest.mark.parametrize(
    "content",
    [
        svg("<script>alert(1)</script>"),
        svg("<foreignObject/>"),
        svg('<a xmlns="http://www.w3.org/1999/xhtml" href="https://x">y</a>'),
        svg('<image href="https://evil.example/x.png"/>'),
        svg('<path d="M0 0" onclick="alert(1)"/>'),
        svg(attributes='onload="alert(1)"'),
        svg('<use href="https://evil.example/x.svg#y"/>'),
        svg('<use xlink:href="data:image/svg+xml;base64,AAAA"/>'),
        svg('<path style="background:url(https://evil.example)"/>'),
        svg('<path fill="url( &quot;//evil.example/x#y&quot; )"/>'),
        svg("<path style=\"background:image-set('x' 1x)\"/>"),
        svg("<style>@import 'https://evil.example';</style>"),
        svg("<style>a{background:u\\72l(x)}</style>"),
        svg("<style>@import <style>x</style></style>"),
        svg("<animate/>"),
        svg("<set/>"),
        svg(front='<!DOCTYPE svg [<!ENTITY a "b">]>'),
        svg(front="<?xml-stylesheet href='https://evil.example'?>"),
        svg("<g>" * 100 + "</g>" * 100),
        b'<html xmlns="http://www.w3.org/1999/xhtml"/>',
        b"<g xmlns='http://www.w3.org/2000/svg'/>",
        b"<svg/>",
        b"not a picture",
    ],
    ids=range(23),
)
def test_a_drawing_is_a_drawing(fresh: App, content: bytes) -> None:
    with refused("InvalidParameterException"):
        create(fresh, Assets=[asset("FORM_LOGO", "SVG", content)])


@holds("BRAND-09")
def test_an_asset_replaces_its_like(fresh: App) -> None:
    light, dark = asset(), asset(ColorMode="DARK")
    name = create(fresh, Assets=[light, dark])["ManagedLoginBrandingId"]
    other = asset("FORM_LOGO", "SVG", SVG)
    added = asset("PAGE_BACKGROUND")
    changed = about(
        fresh,
        "UpdateManagedLoginBranding",
        name,
        Assets=[other, asset(content=None, ColorMode="DARK"), added],
    )
    assert changed["Assets"] == [other, dark, added]
    with refused("InvalidParameterException"):
        about(
            fresh,
            "UpdateManagedLoginBranding",
            name,
            Assets=[asset("FORM_BACKGROUND", content=None)],
        )


@holds("BRAND-10")
def test_an_unknown_style_is_told(fresh: App, wire: Wire) -> None:
    nothing, foreign = str(uuid.uuid4()), an_app(wire)
    known = create(foreign)["ManagedLoginBrandingId"]
    for name in (nothing, known):
        for operation in (
            "DescribeManagedLoginBranding",
            "UpdateManagedLoginBranding",
            "DeleteManagedLoginBranding",
        ):
            with refused("ResourceNotFoundException"):
                about(fresh, operation, name)
    with refused("ResourceNotFoundException"):
        of_client(fresh)
    stranger = App(wire, fresh.pool_id, foreign.client_id)
    with refused("ResourceNotFoundException"):
        create(stranger)
    with refused("ResourceNotFoundException"):
        of_client(stranger)
    missing = "failed to satisfy constraint: Member must not be null"
    with refused(
        "InvalidParameterException",
        f"1 validation error detected: Value null at 'userPoolId' {missing}",
    ):
        wire.call("UpdateManagedLoginBranding", ManagedLoginBrandingId=nothing)
    with refused("InvalidParameterException"):
        wire.call("UpdateManagedLoginBranding", UserPoolId=fresh.pool_id)
    with refused("InvalidParameterException"):
        about(fresh, "DescribeManagedLoginBranding", str(uuid.uuid1()))


@holds("BRAND-11")
def test_a_style_goes_with_its_client(fresh: App) -> None:
    name = create(fresh)["ManagedLoginBrandingId"]
    fresh.wire.call("DeleteUserPoolClient", UserPoolId=fresh.pool_id, ClientId=fresh.client_id)
    with refused("ResourceNotFoundException"):
        about(fresh, "DescribeManagedLoginBranding", name)


@holds("BRAND-12")
def test_one_of_many_racers_makes_the_style(fresh: App) -> None:
    done, refusals = race(8, lambda: create(fresh))
    assert len(done) == 1
    assert {refusal.code for refusal in refusals} == {"ManagedLoginBrandingExistsException"}
