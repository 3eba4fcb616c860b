"""A client's pages before users see them: one page with every part that a style may change.

It is made of the templates and macros that pages are made of. Its pictures stand in it, so that it
can also be looked at as a file.
"""

import base64
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, Literal

from markupsafe import Markup

from poolkeep.core.directory.branding_rules import merged
from poolkeep.core.directory.looks import ClassicLook, Look, Picture
from poolkeep.http.hosted import texts
from poolkeep.http.hosted.branding.properties import CUSTOM, setting
from poolkeep.http.hosted.branding.theme import TYPES, classic_theme, managed_theme
from poolkeep.http.hosted.looks import Theme
from poolkeep.http.hosted.rendering import environment

SPECIMEN: Final = "specimen.html"
NONCE: Final = "preview"

Scheme = Literal["light", "dark"]


def preview(
    look: Look | ClassicLook,
    contents: Mapping[str, bytes],
    *,
    scheme: Scheme | None = None,
    language: str = texts.ENGLISH,
    nonce: str = NONCE,
) -> str:
    """Return the page; `contents` are the pictures by name.

    `scheme` shows one theme, whatever the style or the browser would choose.
    """

    def address(picture: Picture) -> str:
        kind = TYPES.get(picture.name.rpartition(".")[2], "image/png")
        return f"data:{kind};base64,{base64.b64encode(contents.get(picture.name, b'')).decode()}"

    if isinstance(look, ClassicLook):
        return _page(classic_theme(look, address), (), language, nonce)
    settings = look.settings
    if scheme is not None:
        wish = {"categories": {"global": {"colorSchemeMode": scheme.upper()}}}
        settings = merged(settings, wish)
    custom = setting(settings, CUSTOM)
    providers = tuple(custom) if isinstance(custom, dict) else ()
    theme = managed_theme(Look(settings=settings, pictures=look.pictures), address)
    return _page(theme, providers, language, nonce)


def policy(nonce: str) -> str:
    """Return the policy of the page: its own style and pictures, and nothing else."""
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


def _page(theme: Theme, providers: tuple[str, ...], language: str, nonce: str) -> str:
    values: dict[str, Any] = {
        "t": partial(texts.text, language),
        "lang": language,
        "nonce": nonce,
        "csrf": "",
        "theme": theme,
        "theme_style": Markup(theme.style.replace("<", "")),  # noqa: S704  without `<` it is text
        "providers": providers,
        "page_name": SPECIMEN.removesuffix(".html"),
    }
    return environment().get_template(SPECIMEN).render(values)
