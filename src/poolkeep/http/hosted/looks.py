"""How a client's pages look: the values that a style may change.

Every colour and radius of the pages is a custom property, so that a style is a handful of
properties and never rules about our elements.
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

Mode = Literal["light", "dark", "dynamic"]
Place = Literal["start", "center", "end"]

LIGHT: Final[Mapping[str, str]] = {
    "page-bg": "#f3f5f8",
    "card-bg": "#ffffff",
    "card-border": "#dfe3ea",
    "card-shadow": "0 1px 2px #10182814, 0 12px 32px #1018281a",
    "heading": "#101828",
    "text": "#1d2939",
    "muted": "#566074",
    "label": "#1d2939",
    "divider": "#dfe3ea",
    "input-bg": "#ffffff",
    "input-border": "#8a94a6",
    "placeholder": "#667085",
    "focus": "#1f5eff",
    "link": "#1a4fd6",
    "link-hover": "#123a9e",
    "primary-bg": "#1f55e0",
    "primary-text": "#ffffff",
    "primary-hover-bg": "#1846bd",
    "primary-hover-text": "#ffffff",
    "primary-active-bg": "#12378f",
    "primary-active-text": "#ffffff",
    "secondary-bg": "#ffffff",
    "secondary-border": "#8a94a6",
    "secondary-text": "#1d2939",
    "secondary-hover-bg": "#f1f4f9",
    "secondary-hover-border": "#566074",
    "secondary-hover-text": "#101828",
    "idp-bg": "#ffffff",
    "idp-border": "#8a94a6",
    "idp-text": "#1d2939",
    "idp-hover-bg": "#f1f4f9",
    "idp-hover-border": "#566074",
    "idp-hover-text": "#101828",
    "option-bg": "#ffffff",
    "option-border": "#8a94a6",
    "option-selected": "#1f55e0",
    "option-selected-text": "#ffffff",
    "error-bg": "#fef1f0",
    "error-border": "#d92d20",
    "error-text": "#9b1c13",
    "success-bg": "#eefaf3",
    "success-border": "#0d7a3e",
    "success-text": "#0a5c2f",
    "warning-bg": "#fff8e8",
    "warning-border": "#a15c07",
    "warning-text": "#7a4504",
    "info-bg": "#eff4ff",
    "info-border": "#1f55e0",
    "info-text": "#123a9e",
    "banner-bg": "transparent",
    "banner-border": "transparent",
}
DARK: Final[Mapping[str, str]] = {
    "page-bg": "#0b0f17",
    "card-bg": "#151b26",
    "card-border": "#2a3344",
    "card-shadow": "0 12px 32px #00000066",
    "heading": "#f5f7fa",
    "text": "#e3e8ef",
    "muted": "#a3aec0",
    "label": "#e3e8ef",
    "divider": "#2f394b",
    "input-bg": "#0f141d",
    "input-border": "#6c788d",
    "placeholder": "#8d99ad",
    "focus": "#84a9ff",
    "link": "#9dbaff",
    "link-hover": "#c4d6ff",
    "primary-bg": "#8fb0ff",
    "primary-text": "#0b1530",
    "primary-hover-bg": "#adc6ff",
    "primary-hover-text": "#0b1530",
    "primary-active-bg": "#c9d9ff",
    "primary-active-text": "#0b1530",
    "secondary-bg": "#151b26",
    "secondary-border": "#6c788d",
    "secondary-text": "#e3e8ef",
    "secondary-hover-bg": "#1e2634",
    "secondary-hover-border": "#a3aec0",
    "secondary-hover-text": "#ffffff",
    "idp-bg": "#151b26",
    "idp-border": "#6c788d",
    "idp-text": "#e3e8ef",
    "idp-hover-bg": "#1e2634",
    "idp-hover-border": "#a3aec0",
    "idp-hover-text": "#ffffff",
    "option-bg": "#0f141d",
    "option-border": "#6c788d",
    "option-selected": "#8fb0ff",
    "option-selected-text": "#0b1530",
    "error-bg": "#2d1416",
    "error-border": "#f97066",
    "error-text": "#fdb0a9",
    "success-bg": "#0e2419",
    "success-border": "#47cd89",
    "success-text": "#a6f0c6",
    "warning-bg": "#2a1f0b",
    "warning-border": "#f0a93b",
    "warning-text": "#fbdb9e",
    "info-bg": "#131f3a",
    "info-border": "#84a9ff",
    "info-text": "#c4d6ff",
    "banner-bg": "transparent",
    "banner-border": "transparent",
}
SHAPES: Final[Mapping[str, str]] = {
    "card-radius": "14px",
    "button-radius": "9px",
    "input-radius": "9px",
    "alert-radius": "9px",
    "density": "1",
}


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """A client's style, ready for the page.

    `style` is CSS that follows ours: it comes from `properties` and from classic style sheets.
    Addresses are of this domain or `data:`. `mode` says whether the page follows the system.
    """

    style: str = ""
    mode: Mode = "dynamic"
    logo: str | None = None
    logo_inside: bool = True
    logo_below: bool = False
    logo_place: Place = "center"
    favicons: tuple[tuple[str, str], ...] = ()
    """Media type and address of each."""
    header: bool = False
    header_logo: str | None = None
    header_logo_place: Place = "start"
    footer: bool = False
    footer_logo: str | None = None
    footer_logo_place: Place = "start"
    horizontal: Place = "center"
    vertical: Place = "center"
    graphics: bool = True
    idp_icons: bool = True
    idp_icon_of: Mapping[str, str] = {}
    """The address of a provider's own icon."""
    graphic_of: Mapping[str, str] = {}
    """The address of the picture for email, sms, totp, password and passkey, if it has one."""
    darker: Mapping[str, str] = {}
    """The address that takes another one's place in the dark theme."""
    federated_first: bool = True
    provider_order: tuple[str, ...] = ()
    search_providers: bool = False
    """Ask for an e-mail address in place of a list of providers."""


PLAIN: Final = Theme()
"""The pages as they are without a style."""


def properties(light: Mapping[str, str], dark: Mapping[str, str]) -> str:
    """Return the CSS that sets custom properties, per mode; values must be safe already."""
    return (
        f":root{{{_declared(light)}}}"
        f':root[data-mode="dark"]{{{_declared(dark)}}}'
        f'@media(prefers-color-scheme:dark){{:root[data-mode="dynamic"]{{{_declared(dark)}}}}}'
    )


def _declared(values: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in values.items())
