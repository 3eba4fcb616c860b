"""Styles of the managed login pages: what they may say, and how parts of them merge.

Pure. Source: docs/behaviours/branding.md.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from poolkeep.base.refusal import InvalidParameter
from poolkeep.core.directory import svg, wording
from poolkeep.core.directory.model import Asset

ASSETS_MAX: Final = 40
ASSETS_BYTES_MAX: Final = 10_000_000
"""Of all assets of one style together; a single request holds far less."""
SETTINGS_BYTES_MAX: Final = 262_144
SETTINGS_DEPTH_MAX: Final = 16
SETTINGS_KEYS: Final = frozenset({"categories", "componentClasses", "components"})

_PICTURE: Final = frozenset({"PNG", "SVG", "JPEG"})
_PAGE_PICTURE: Final = _PICTURE | {"WEBP"}
_EXTENSIONS: Final = {
    "FAVICON_ICO": frozenset({"ICO"}),
    "FAVICON_SVG": frozenset({"SVG"}),
    "EMAIL_GRAPHIC": _PICTURE,
    "SMS_GRAPHIC": _PICTURE,
    "AUTH_APP_GRAPHIC": _PICTURE,
    "PASSWORD_GRAPHIC": _PICTURE,
    "PASSKEY_GRAPHIC": _PICTURE,
    "PAGE_HEADER_LOGO": _PAGE_PICTURE,
    "PAGE_HEADER_BACKGROUND": _PAGE_PICTURE,
    "PAGE_FOOTER_LOGO": _PAGE_PICTURE,
    "PAGE_FOOTER_BACKGROUND": _PAGE_PICTURE,
    "PAGE_BACKGROUND": _PAGE_PICTURE,
    "FORM_BACKGROUND": _PAGE_PICTURE,
    "FORM_LOGO": _PAGE_PICTURE,
    "IDP_BUTTON_ICON": frozenset({"ICO", "SVG"}),
}
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_ICO: Final = b"\x00\x00\x01\x00"
_COLOUR: Final = re.compile(r"[0-9a-fA-F]{8}", re.ASCII)

Settings = dict[str, Any]
AssetKey = tuple[str, str, str]


def checked_settings(given: object) -> Settings:
    """Return the settings without empty members; refuse what is no style."""
    if not isinstance(given, dict):
        raise InvalidParameter(wording.SETTINGS_OBJECT)
    for key in given:
        if key not in SETTINGS_KEYS:
            raise InvalidParameter(wording.unknown_settings(str(key)[:60]))
    kept: Settings = _checked(given, "", 0)
    if len(msgspec.json.encode(kept)) > SETTINGS_BYTES_MAX:
        raise InvalidParameter(wording.SETTINGS_SIZE)
    return kept


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> Settings:
    """Return `base` with the settings of `change` in place of its own; lists are one setting."""
    result = dict(base)
    for key, value in change.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = merged(old, value) if both and old is not None else value
    return result


def checked_assets(given: Iterable[Asset]) -> tuple[Asset, ...]:
    """Return the pictures; refuse one that is not what it says, or stands twice."""
    assets = tuple(given)
    if len({asset_key(asset) for asset in assets}) != len(assets):
        raise InvalidParameter(wording.bad_asset("list", "names a picture twice"))
    for asset in assets:
        _check_asset(asset)
    return assets


def merged_assets(base: Iterable[Asset], change: Iterable[Asset]) -> tuple[Asset, ...]:
    """Return the pictures of `base` with those of `change` in place of theirs.

    A picture that comes without its bytes is the one that is there.
    """
    result = {asset_key(asset): asset for asset in base}
    for asset in change:
        key = asset_key(asset)
        if asset.bytes is None:
            if key not in result:
                raise InvalidParameter(wording.bad_asset(asset.category, "has no Bytes"))
            continue
        result[key] = asset
    if len(result) > ASSETS_MAX:
        raise InvalidParameter(wording.TOO_MANY_ASSETS)
    if sum(len(asset.bytes or b"") for asset in result.values()) > ASSETS_BYTES_MAX:
        raise InvalidParameter(wording.ASSETS_SIZE)
    return tuple(result.values())


def asset_key(asset: Asset) -> AssetKey:
    """Return the place of a picture: each has one, but for the icons of several providers."""
    icon = asset.resource_id or "" if asset.category == "IDP_BUTTON_ICON" else ""
    return (asset.category, asset.color_mode, icon)


def _checked(value: Any, path: str, depth: int) -> Any:  # noqa: ANN401  any JSON value
    if depth > SETTINGS_DEPTH_MAX:
        raise InvalidParameter(wording.SETTINGS_DEPTH)
    if isinstance(value, dict):
        return {
            key: _checked(member, f"{path}.{key}" if path else key, depth + 1)
            for key, member in value.items()
            if member is not None
        }
    if isinstance(value, list):
        return [_checked(member, path, depth + 1) for member in value]
    is_colour = path.endswith(("Color", ".color"))
    if is_colour and not (isinstance(value, str) and _COLOUR.fullmatch(value)):
        raise InvalidParameter(wording.bad_colour(path[:200]))
    return value


def _check_asset(asset: Asset) -> None:
    if asset.extension not in _EXTENSIONS[asset.category]:
        raise InvalidParameter(
            wording.bad_asset(asset.category, f"cannot be of type {asset.extension}")
        )
    if asset.bytes is not None and not _is_of(asset.extension, asset.bytes):
        raise InvalidParameter(wording.bad_asset(asset.category, f"is no {asset.extension} file"))
    if asset.extension == "SVG" and asset.bytes is not None:
        try:
            svg.check(asset.bytes)
        except svg.UnsafePicture as problem:
            raise InvalidParameter(wording.bad_asset(asset.category, str(problem))) from None


def _is_of(extension: str, content: bytes) -> bool:
    match extension:
        case "PNG":
            return content.startswith(_PNG)
        case "JPEG":
            return content.startswith(_JPEG)
        case "ICO":
            return content.startswith(_ICO)
        case "WEBP":
            return content[:4] == b"RIFF" and content[8:12] == b"WEBP"
        case _:  # SVG has no first bytes of its own; it is read instead
            return bool(content)
