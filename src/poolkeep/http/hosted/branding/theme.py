"""A client's look as the pages read it: flags, addresses of pictures, and a style sheet.

Managed login: the style of the client over ours; where a setting holds what it cannot mean, ours
is meant. Classic pages: style sheet and logo of the client, or of all clients. A theme is worked
out once and stays with the pool in memory until the configuration changes.
Source: docs/behaviours/branding.md.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, cast

import msgspec

from poolkeep.core.directory.branding_defaults import SETTINGS
from poolkeep.core.directory.looks import ClassicLook, Look, Looks, Picture
from poolkeep.core.pools.model import AppClient
from poolkeep.http.hosted.branding import classic
from poolkeep.http.hosted.branding.properties import (
    DARK,
    LIGHT,
    block,
    changes,
    colours,
    provider_colours,
    radii,
    setting,
)
from poolkeep.http.hosted.looks import LIGHT as LOOK
from poolkeep.http.hosted.looks import Mode, Place, Theme
from poolkeep.http.hosted.web import Visit

ASSETS: Final = "/assets/"
"""The path below which pictures are shown, on the pool's own domain."""
TYPES: Final = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "svg": "image/svg+xml",
    "ico": "image/x-icon",
    "webp": "image/webp",
}
"""Media types of pictures, by the ending of their names."""
ROOT: Final = ":root"
LIGHT_MEDIA: Final = "@media(prefers-color-scheme:light)"
DARK_MEDIA: Final = "@media(prefers-color-scheme:dark)"
GRAPHICS: Final = {
    "email": "EMAIL_GRAPHIC",
    "sms": "SMS_GRAPHIC",
    "totp": "AUTH_APP_GRAPHIC",
    "password": "PASSWORD_GRAPHIC",
    "passkey": "PASSKEY_GRAPHIC",
}
BACKGROUNDS: Final = {
    "page": ("PAGE_BACKGROUND", "components.pageBackground.image.enabled"),
    "card": ("FORM_BACKGROUND", "components.form.backgroundImage.enabled"),
    "header": ("PAGE_HEADER_BACKGROUND", "components.pageHeader.backgroundImage.enabled"),
    "footer": ("PAGE_FOOTER_BACKGROUND", "components.pageFooter.backgroundImage.enabled"),
}
FAVICONS: Final = (
    ("SVG", "FAVICON_SVG", "image/svg+xml"),
    ("ICO", "FAVICON_ICO", "image/x-icon"),
)
COMPACT: Final = "0.7"
"""How much of the usual space the compact density leaves."""

FURTHER: Final = tuple(
    line
    for line in (Path(__file__).parent / "further.css").read_text(encoding="utf-8").splitlines()
    if not line.startswith("/*")
)
"""Rules for what our own style sheet leaves plain."""

# Browsers choose the marks of their own controls.
PLACED: Final = LOOK.keys() - {"option-selected-text"}
"""Properties that our own style sheet uses."""
_NAMES_IN: Final = re.compile(r"var\(--([a-z-]+)")

Address = Callable[[Picture], str]
Settings = Mapping[str, object]


async def theme(visit: Visit, client: AppClient) -> Theme | None:
    """Return how the pages of a client look to this visitor.

    None for a client without a style of its own on a domain of managed login: its pages are not
    available until somebody makes one.
    """
    key = ("theme", client.id, visit.is_classic, visit.base)
    if key not in visit.pool.derived:
        visit.pool.derived[key] = await _worked_out(visit, client)
    return cast("Theme | None", visit.pool.derived[key])


async def _worked_out(visit: Visit, client: AppClient) -> Theme | None:
    looks: Looks = visit.services.directory.looks

    def address(picture: Picture) -> str:
        return visit.to(f"{ASSETS}{client.id}/{picture.name}")

    if visit.is_classic:
        return classic_theme(await looks.classic(visit.pool, client.id), address)
    style = await looks.managed(visit.pool, client.id)
    return None if style is None else managed_theme(style, address)


def classic_theme(look: ClassicLook, address: Address) -> Theme:
    """Return what a classic setting looks like; its style sheet knows no dark theme."""
    logo = address(look.logo) if look.logo else None
    return Theme(style=classic.written(look.css), mode="light", logo=logo)


def managed_theme(look: Look, address: Address) -> Theme:
    """Return what a style looks like; `address` says where a picture is."""
    settings = look.settings
    mode = cast(Mode, _word(settings, "categories.global.colorSchemeMode", "LIGHT DARK DYNAMIC"))
    gallery = _Gallery(look.pictures, mode, address)
    header, footer = (
        gallery.get(f"PAGE_{part}_LOGO") if _is_on(settings, f"{path}.logo.enabled") else None
        for part, path in (("HEADER", "components.pageHeader"), ("FOOTER", "components.pageFooter"))
    )
    inclusion = _word(settings, "components.form.logo.formInclusion", "IN OUT")
    position = _word(settings, "components.form.logo.position", "TOP BOTTOM")
    interface = setting(settings, "categories.auth.federation.interfaceStyle")
    shows_logo = _is_on(settings, "components.form.logo.enabled")
    theme = Theme(
        style=_style(settings, mode, gallery),
        mode=mode,
        logo=gallery.get("FORM_LOGO") if shows_logo else None,
        logo_inside=inclusion == "in",
        logo_below=position == "bottom",
        logo_place=_place(settings, "components.form.logo.location"),
        favicons=_favicons(settings, gallery),
        header=_is_on(settings, "categories.global.pageHeader.enabled"),
        header_logo=header,
        header_logo_place=_place(settings, "components.pageHeader.logo.location"),
        footer=_is_on(settings, "categories.global.pageFooter.enabled"),
        footer_logo=footer,
        footer_logo_place=_place(settings, "components.pageFooter.logo.location"),
        horizontal=_place(settings, "categories.form.location.horizontal"),
        vertical=_place(settings, "categories.form.location.vertical"),
        graphics=_is_on(settings, "categories.form.displayGraphics"),
        graphic_of=gallery.named(GRAPHICS),
        idp_icons=_is_on(settings, "componentClasses.idpButtons.icons.enabled"),
        idp_icon_of=gallery.icons(),
        federated_first=_is_federated_first(settings),
        provider_order=_names(setting(settings, "categories.auth.federation.order")),
        # The name of the other style is not documented; what it does is.
        search_providers=isinstance(interface, str) and "SEARCH" in interface,
    )
    return msgspec.structs.replace(theme, darker=gallery.darker)


class _Gallery:
    """The pictures of a style under one colour scheme.

    `darker` holds the dark theme's address of each picture that has been asked for.
    """

    def __init__(self, pictures: tuple[Picture, ...], mode: Mode, address: Address) -> None:
        self._pictures = pictures
        self._mode = mode
        self._address = address
        self.darker: dict[str, str] = {}

    def get(self, category: str, resource_id: str | None = None) -> str | None:
        """Return a picture's address; one for both themes where there is no other."""
        modes = {
            picture.color_mode: self._address(picture)
            for picture in self._pictures
            if picture.category == category and resource_id in {None, picture.resource_id}
        }
        light = modes.get("LIGHT") or modes.get("DYNAMIC") or modes.get("DARK")
        dark = modes.get("DARK") or modes.get("DYNAMIC") or modes.get("LIGHT")
        if self._mode == "dark":
            return dark
        if self._mode == "dynamic" and light is not None and dark not in {None, light}:
            self.darker[light] = str(dark)
        return light

    def named(self, categories: Mapping[str, str]) -> dict[str, str]:
        found = {name: self.get(category) for name, category in categories.items()}
        return {name: address for name, address in found.items() if address is not None}

    def icons(self) -> dict[str, str]:
        names = {
            picture.resource_id
            for picture in self._pictures
            if picture.category == "IDP_BUTTON_ICON" and picture.resource_id
        }
        found = {name: self.get("IDP_BUTTON_ICON", name) for name in sorted(names)}
        return {name: address for name, address in found.items() if address is not None}


def _style(settings: Settings, mode: Mode, gallery: _Gallery) -> str:
    """Return the properties that differ from ours, for the modes that the style has."""
    plain = dict(settings)
    images: dict[str, str] = {}
    dark_images: dict[str, str] = {}
    for name, (category, path) in BACKGROUNDS.items():
        address = gallery.get(category) if _is_on(settings, path) else None
        if address is not None:
            images[f"{name}-image"] = f'url("{address}")'
            if address in gallery.darker:
                dark_images[f"{name}-image"] = f'url("{gallery.darker[address]}")'
    shapes = radii(plain)
    if _word(settings, "categories.global.spacingDensity", "REGULAR COMPACT") == "compact":
        shapes["density"] = COMPACT
    first = DARK if mode == "dark" else LIGHT
    changed = changes(plain)
    base = {**shapes, **colours(plain, changed, first), **images}
    own = "".join(block(*rule) for rule in provider_colours(plain, first))
    dark = ""
    if mode == "dynamic":
        dark = block(ROOT, {**colours(plain, changed, DARK), **dark_images})
        dark += "".join(block(*rule) for rule in provider_colours(plain, DARK))
        dark = f"{DARK_MEDIA}{{{dark}}}" if dark else ""
        own = f"{LIGHT_MEDIA}{{{own}}}" if own else ""
    text = block(ROOT, base) + dark + own
    return "".join(rule for rule in FURTHER if _serves(rule, text)) + text


def _serves(rule: str, text: str) -> bool:
    """Tell whether a style has a property that only this rule uses."""
    return any(f"--{name}:" in text for name in _NAMES_IN.findall(rule) if name not in PLACED)


def _favicons(settings: Settings, gallery: _Gallery) -> tuple[tuple[str, str], ...]:
    enabled = setting(settings, "components.favicon.enabledTypes")
    found = [
        (kind, gallery.get(category))
        for name, category, kind in FAVICONS
        if isinstance(enabled, list) and name in enabled
    ]
    return tuple((kind, address) for kind, address in found if address is not None)


def _is_federated_first(settings: Settings) -> bool:
    """Tell whether identity providers stand before the form, from a list of lists."""
    order = setting(settings, "categories.auth.authMethodOrder")
    rows = order if isinstance(order, list) else []
    entries = [entry for row in rows for entry in (row if isinstance(row, list) else [row])]
    kinds = [entry.get("type") for entry in entries if isinstance(entry, dict)]
    known = [kind for kind in kinds if kind in ("FEDERATED", "USERNAME_PASSWORD")]
    return not known or known[0] == "FEDERATED"


def _is_on(settings: Settings, path: str) -> bool:
    found = setting(settings, path)
    return found if isinstance(found, bool) else setting(SETTINGS, path) is True


def _word(settings: Settings, path: str, known: str) -> str:
    """Return a member of an enumeration in small letters, ours for one that we do not know."""
    found = setting(settings, path)
    if found not in known.split():
        found = setting(SETTINGS, path)
    return str(found).lower()


def _place(settings: Settings, path: str) -> Place:
    return cast("Place", _word(settings, path, "START CENTER END"))


def _names(given: object) -> tuple[str, ...]:
    """Return the texts in a list, however deep."""
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, list):
        return ()
    return tuple(name for part in given for name in _names(part))
