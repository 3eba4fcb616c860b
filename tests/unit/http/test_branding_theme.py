"""From settings to a page's style: nothing but colours, lengths and our own addresses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolkeep.core.directory.branding_defaults import SETTINGS
from poolkeep.core.directory.branding_rules import merged
from poolkeep.core.directory.looks import Look, Picture
from poolkeep.http.hosted import looks
from poolkeep.http.hosted.branding.properties import (
    COLOURS,
    DARK,
    LIGHT,
    MODES,
    RADII,
    colours,
    setting,
)
from poolkeep.http.hosted.branding.theme import FURTHER, managed_theme
from poolkeep.http.hosted.looks import Theme
from poolkeep.http.hosted.rendering import STYLE
from tests.sdk.support import holds


def at(path: str, value: Any) -> dict[str, Any]:
    found: Any = value
    for key in reversed(path.split(".")):
        found = {key: found}
    settings: dict[str, Any] = found
    return settings


def themed(*changes: dict[str, Any], pictures: tuple[Picture, ...] = ()) -> Theme:
    settings = SETTINGS
    for change in changes:
        settings = merged(settings, change)
    return managed_theme(Look(settings=settings, pictures=pictures), lambda p: f"/assets/{p.name}")


def a_picture(category: str, color_mode: str, name: str = "", resource: str = "") -> Picture:
    return Picture(
        category=category,
        color_mode=color_mode,
        name=name or f"{color_mode.lower()}.png",
        resource_id=resource or None,
    )


@holds("BRANDPAGE-01")
def test_what_a_style_leaves_to_us_is_our_style_sheet() -> None:
    for mode, ours in ((LIGHT, looks.LIGHT), (DARK, looks.DARK)):
        described = colours(SETTINGS, frozenset(COLOURS), mode)
        assert {name: f"{ours[name]}ff" for name in ours if name in described} == {
            name: value for name, value in described.items() if name in ours
        }
    assert themed().style == ""
    for path, name in RADII.items():
        assert looks.SHAPES.get(name, "9px") == f"{setting(SETTINGS, path):g}px"


@holds("BRANDPAGE-01")
@pytest.mark.parametrize("path", COLOURS)
def test_each_colour_reaches_a_rule(path: str) -> None:
    name = COLOURS[path]
    for mode, scheme in ((LIGHT, "LIGHT"), (DARK, "DARK")):
        style = themed(
            at(path.replace("*", mode), "1a2b3c4d"),
            at("categories.global.colorSchemeMode", scheme),
        ).style
        assert f"--{name}:#1a2b3c4d" in style
        assert f"var(--{name}" in STYLE + style


@holds("BRANDPAGE-01")
@pytest.mark.parametrize("path", RADII)
def test_each_rounding_reaches_a_rule(path: str) -> None:
    style = themed(at(path, 3.5)).style
    assert f"--{RADII[path]}:3.5px" in style
    assert f"var(--{RADII[path]}" in STYLE + style


@holds("BRANDPAGE-02")
def test_the_scheme_decides_which_colours_are_shown() -> None:
    own = at("components.pageBackground", {
        "lightMode": {"color": "11111111"}, "darkMode": {"color": "22222222"},
    })  # fmt: skip
    found = {
        scheme: themed(own, at("categories.global.colorSchemeMode", scheme))
        for scheme in ("LIGHT", "DARK", "DYNAMIC")
    }
    assert [theme.mode for theme in found.values()] == ["light", "dark", "dynamic"]
    assert found["LIGHT"].style == ":root{--page-bg:#11111111}"
    assert found["DARK"].style == ":root{--page-bg:#22222222}"
    assert found["DYNAMIC"].style == (
        ":root{--page-bg:#11111111}@media(prefers-color-scheme:dark){:root{--page-bg:#22222222}}"
    )


@holds("BRANDPAGE-02")
def test_a_colour_of_one_mode_leaves_the_other_as_it_is() -> None:
    style = themed(at("components.pageBackground.lightMode.color", "11111111")).style
    dark = looks.DARK["page-bg"]
    assert f"@media(prefers-color-scheme:dark){{:root{{--page-bg:{dark}ff}}}}" in style


@holds("BRANDPAGE-09")
def test_what_we_do_not_know_means_ours() -> None:
    strange = themed(
        at("categories.global.colorSchemeMode", "SEPIA"),
        at("categories.form.location", {"horizontal": "LEFT", "vertical": 7}),
        at("categories.global.spacingDensity", {"a": 1}),
        at("components.form.logo", {"formInclusion": [], "location": None, "position": "MIDDLE"}),
        at("components.favicon.enabledTypes", "ICO"),
        at("categories.auth.authMethodOrder", "FEDERATED"),
        at("categories.form.displayGraphics", "yes"),
        at("componentClasses.buttons.borderRadius", "round"),
        at("components.pageBackground.lightMode.color", "red"),
        at("components.pageBackground.darkMode", ["000000ff"]),
        at("components.idpButton.custom", ["Google"]),
    )
    assert strange == themed()


@holds("BRANDPAGE-01")
def test_flags_say_where_things_stand() -> None:
    theme = themed(
        at("categories.form.location", {"horizontal": "START", "vertical": "END"}),
        at("categories.global", {"pageHeader": {"enabled": True}, "spacingDensity": "COMPACT"}),
        at(
            "categories.auth.authMethodOrder", [[{"display": "INPUT", "type": "USERNAME_PASSWORD"}]]
        ),
        at(
            "categories.auth.federation", {"interfaceStyle": "DOMAIN_SEARCH", "order": [["B"], "A"]}
        ),
        at(
            "components.form.logo",
            {"formInclusion": "OUT", "location": "END", "position": "BOTTOM"},
        ),
        at("componentClasses.idpButtons.icons.enabled", False),
        at("categories.form.displayGraphics", False),
    )
    assert (theme.horizontal, theme.vertical, theme.logo_place) == ("start", "end", "end")
    assert (theme.header, theme.footer) == (True, False)
    assert (theme.federated_first, theme.search_providers) == (False, True)
    assert theme.provider_order == ("B", "A")
    assert (theme.logo_inside, theme.logo_below) == (False, True)
    assert (theme.idp_icons, theme.graphics) == (False, False)
    assert "--density:" in theme.style


@holds("BRANDPAGE-07")
def test_a_picture_without_its_counterpart_serves_both_themes() -> None:
    on = at("components.form.logo.enabled", True)
    schemes = {name: at("categories.global.colorSchemeMode", name) for name in ("LIGHT", "DARK")}
    light, dark = (a_picture("FORM_LOGO", mode) for mode in ("LIGHT", "DARK"))
    both = themed(on, pictures=(light, dark))
    assert both.logo == "/assets/light.png"
    assert both.darker == {"/assets/light.png": "/assets/dark.png"}
    for only in (light, dark, a_picture("FORM_LOGO", "DYNAMIC")):
        theme = themed(on, pictures=(only,))
        assert (theme.logo, theme.darker) == (f"/assets/{only.name}", {})
    assert themed(on, schemes["DARK"], pictures=(light, dark)).logo == "/assets/dark.png"
    assert themed(on, schemes["LIGHT"], pictures=(light, dark)).darker == {}
    assert themed(pictures=(light, dark)).logo is None


@holds("BRANDPAGE-07")
def test_every_category_of_pictures_has_a_place() -> None:
    on = [
        at(f"components.{path}.enabled", True)
        for path in (
            "pageBackground.image", "form.backgroundImage", "pageHeader.backgroundImage",
            "pageFooter.backgroundImage", "pageHeader.logo", "pageFooter.logo",
        )
    ]  # fmt: skip
    theme = themed(
        *on,
        pictures=(
            *(a_picture(f"{name}_BACKGROUND", "DYNAMIC", f"{name}.png")
              for name in ("PAGE", "FORM", "PAGE_HEADER", "PAGE_FOOTER")),
            a_picture("PAGE_HEADER_LOGO", "DYNAMIC", "header.png"),
            a_picture("PAGE_FOOTER_LOGO", "DYNAMIC", "footer.png"),
            a_picture("FAVICON_ICO", "DYNAMIC", "f.ico"),
            a_picture("FAVICON_SVG", "DYNAMIC", "f.svg"),
            a_picture("EMAIL_GRAPHIC", "DYNAMIC", "mail.png"),
            a_picture("IDP_BUTTON_ICON", "DYNAMIC", "g.svg", "Google"),
            a_picture("IDP_BUTTON_ICON", "DYNAMIC", "x.svg"),
        ),
    )  # fmt: skip
    for name in ("page", "card", "header", "footer"):
        assert f'--{name}-image:url("/assets/' in theme.style
        assert f"var(--{name}-image" in STYLE + theme.style
    assert (theme.header_logo, theme.footer_logo) == ("/assets/header.png", "/assets/footer.png")
    assert theme.favicons == (
        ("image/svg+xml", "/assets/f.svg"), ("image/x-icon", "/assets/f.ico"),
    )  # fmt: skip
    assert theme.graphic_of == {"email": "/assets/mail.png"}
    assert theme.idp_icon_of == {"Google": "/assets/g.svg"}


@holds("BRANDPAGE-05")
@given(st.text(min_size=1, max_size=40))
def test_a_providers_name_stays_inside_its_quotation_marks(name: str) -> None:
    own = {name: {mode: {"defaults": {"backgroundColor": "11111111"}} for mode in MODES}}
    style = themed(at("components.idpButton.custom", own)).style
    inside = style.partition('data-provider="')[2].partition('"')[0]
    assert all(character.isascii() and (character.isalnum() or character in "\\ ")
               for character in inside)  # fmt: skip
    assert style.count("{") == style.count("}")


HOSTILE: list[Any] = [
    "red;}</style><script>alert(1)</script>", "expression(alert(1))", "url(//evil.test/x)",
    "1a2b3c4d;position:fixed", "1a2b3c4g", "1a2b3c", "１ａ２ｂ３ｃ４ｄ", "1a2b3c4d\n", "", None, 7,
    float("inf"), float("nan"), -1e308, True, [], {}, "a" * 1_000_000,
]  # fmt: skip


@holds("BRANDPAGE-05")
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_value_of_a_stored_style_gets_into_the_page(value: Any) -> None:
    """As if a row were older than the rule that refuses such values."""
    for path in (*COLOURS, *RADII, "components.idpButton.custom"):
        style = themed(at(path.replace("*", LIGHT), value)).style
        assert set(style) <= set('abcdefghijklmnopqrstuvwxyz0123456789-_.,:;#(){}@[]="> \\*!+')
        assert len(style) < 2_000
        assert "url(" not in style
        assert style.count("{") == style.count("}")


def test_rules_of_ours_that_no_setting_needs_stay_away() -> None:
    assert len(FURTHER) > 5
    style = themed(at("componentClasses.inputDescription.lightMode.textColor", "11111111")).style
    assert [rule for rule in FURTHER if rule in style] == [".hint{color:var(--hint,inherit)}"]
