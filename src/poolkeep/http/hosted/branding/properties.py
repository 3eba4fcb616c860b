"""Settings of a managed login style as CSS custom properties.

Each property comes from one setting, by the tables below; what a setting holds gets into the
style sheet only as one of a few forms: a colour of eight hexadecimal digits, a number of pixels,
an address of ours. A value that is none of them gives way to ours.

    components.pageBackground.lightMode.color: "ffffffff"   --page-bg: #ffffffff
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from poolkeep.core.directory.branding_defaults import SETTINGS
from poolkeep.core.directory.branding_rules import Settings

LIGHT: Final = "lightMode"
DARK: Final = "darkMode"
MODES: Final = (LIGHT, DARK)

COLOURS: Final[dict[str, str]] = {
    "componentClasses.divider.*.borderColor": "divider",
    "componentClasses.dropDown.*.defaults.itemBackgroundColor": "menu-bg",
    "componentClasses.dropDown.*.hover.itemBackgroundColor": "menu-hover-bg",
    "componentClasses.dropDown.*.hover.itemBorderColor": "menu-hover-border",
    "componentClasses.dropDown.*.hover.itemTextColor": "menu-hover-text",
    "componentClasses.dropDown.*.match.itemBackgroundColor": "menu-match-bg",
    "componentClasses.dropDown.*.match.itemTextColor": "menu-match-text",
    "componentClasses.focusState.*.borderColor": "focus",
    "componentClasses.input.*.defaults.backgroundColor": "input-bg",
    "componentClasses.input.*.defaults.borderColor": "input-border",
    "componentClasses.input.*.placeholderColor": "placeholder",
    "componentClasses.inputDescription.*.textColor": "hint",
    "componentClasses.inputLabel.*.textColor": "label",
    "componentClasses.link.*.defaults.textColor": "link",
    "componentClasses.link.*.hover.textColor": "link-hover",
    "componentClasses.optionControls.*.defaults.backgroundColor": "option-bg",
    "componentClasses.optionControls.*.defaults.borderColor": "option-border",
    "componentClasses.optionControls.*.selected.backgroundColor": "option-selected",
    "componentClasses.optionControls.*.selected.foregroundColor": "option-selected-text",
    "componentClasses.statusIndicator.*.error.backgroundColor": "wrong-bg",
    "componentClasses.statusIndicator.*.error.borderColor": "wrong-border",
    "componentClasses.statusIndicator.*.error.indicatorColor": "error-text",
    "componentClasses.statusIndicator.*.success.backgroundColor": "success-bg",
    "componentClasses.statusIndicator.*.success.borderColor": "success-border",
    "componentClasses.statusIndicator.*.success.indicatorColor": "success-text",
    "componentClasses.statusIndicator.*.warning.backgroundColor": "warning-bg",
    "componentClasses.statusIndicator.*.warning.borderColor": "warning-border",
    "componentClasses.statusIndicator.*.warning.indicatorColor": "warning-text",
    "componentClasses.statusIndicator.*.pending.indicatorColor": "pending",
    "components.alert.*.error.backgroundColor": "error-bg",
    "components.alert.*.error.borderColor": "error-border",
    "components.form.*.backgroundColor": "card-bg",
    "components.form.*.borderColor": "card-border",
    "components.pageBackground.*.color": "page-bg",
    "components.pageFooter.*.background.color": "footer-bg",
    "components.pageFooter.*.borderColor": "footer-border",
    "components.pageHeader.*.background.color": "header-bg",
    "components.pageHeader.*.borderColor": "header-border",
    "components.pageText.*.headingColor": "heading",
    "components.pageText.*.bodyColor": "text",
    "components.pageText.*.descriptionColor": "muted",
    **{
        f"components.{component}.*.{state}.{part}": f"{name}{suffix}-{short}"
        for component, name in (
            ("primaryButton", "primary"),
            ("secondaryButton", "secondary"),
            ("idpButton.standard", "idp"),
        )
        for state, suffix in (("defaults", ""), ("hover", "-hover"), ("active", "-active"))
        for part, short in (
            ("backgroundColor", "bg"),
            ("borderColor", "border"),
            ("textColor", "text"),
        )
        if (name, short) != ("primary", "border")
    },
    "components.primaryButton.*.disabled.backgroundColor": "primary-disabled-bg",
    "components.primaryButton.*.disabled.borderColor": "primary-disabled-border",
}
"""Setting (`*` is the colour mode) and the property that it becomes."""

RADII: Final[dict[str, str]] = {
    "componentClasses.buttons.borderRadius": "button-radius",
    "componentClasses.dropDown.borderRadius": "menu-radius",
    "componentClasses.input.borderRadius": "input-radius",
    "components.alert.borderRadius": "alert-radius",
    "components.form.borderRadius": "card-radius",
}
RADIUS_MAX: Final = 200.0

CUSTOM: Final = "components.idpButton.custom"
CUSTOM_MAX: Final = 50
"""Providers with colours of their own; a pool has no more."""
_STANDARD: Final = "components.idpButton.standard."
_PROVIDER: Final = {
    path.removeprefix(_STANDARD): name
    for path, name in COLOURS.items()
    if path.startswith(_STANDARD)
}
_COLOUR: Final = re.compile(r"[0-9a-fA-F]{8}", re.ASCII)
_PLAIN: Final = re.compile(r"[^A-Za-z0-9]")


def setting(settings: Mapping[str, Any], path: str) -> object:
    """Return the setting at a path, None where there is none."""
    found: Any = settings
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def changes(settings: Settings) -> frozenset[str]:
    """Return the paths of colours that a style has of its own, in either mode."""
    return frozenset(
        path
        for path in COLOURS
        if any(
            _colour_at(settings, path, mode) != _colour_at(SETTINGS, path, mode) for mode in MODES
        )
    )


def colours(settings: Settings, paths: frozenset[str], mode: str) -> dict[str, str]:
    """Return the colours of one mode at these paths, by property."""
    found = {
        name: _colour_at(settings, path, mode) for path, name in COLOURS.items() if path in paths
    }
    return {name: value for name, value in found.items() if value is not None}


def radii(settings: Settings) -> dict[str, str]:
    """Return the roundings that are not ours, by property."""
    found = {}
    for path, name in RADII.items():
        given = setting(settings, path)
        is_number = isinstance(given, int | float) and not isinstance(given, bool)
        if is_number and given != setting(SETTINGS, path):
            # `min` and `max` also make a number of what is none.
            found[name] = f"{max(0.0, min(float(str(given)), RADIUS_MAX)):g}px"
    return found


def provider_colours(settings: Settings, mode: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield selector and colours of each provider that has some of its own."""
    custom = setting(settings, CUSTOM)
    if not isinstance(custom, dict):
        return
    for provider, look in list(custom.items())[:CUSTOM_MAX]:
        if not isinstance(look, dict):
            continue
        found = {}
        for path, name in _PROVIDER.items():
            value = colour(setting(look, path.replace("*", mode)))
            if value is not None:
                found[name] = value
        if found:
            yield f'[data-provider="{css_text(provider)}"]', found


def colour(value: object) -> str | None:
    """Return eight hexadecimal digits as a colour, None for anything else."""
    if isinstance(value, str) and _COLOUR.fullmatch(value):
        return f"#{value.lower()}"
    return None


def _colour_at(settings: Mapping[str, Any], path: str, mode: str) -> str | None:
    """Return a colour of the settings, ours where theirs is none."""
    place = path.replace("*", mode)
    return colour(setting(settings, place)) or colour(setting(SETTINGS, place))


def css_text(text: str) -> str:
    """Return what stands for a text between quotation marks: nothing in it can end them."""
    return _PLAIN.sub(lambda match: f"\\{ord(match[0]):x} ", text)


def block(selector: str, properties: Mapping[str, str]) -> str:
    """Return one rule, nothing for no properties."""
    body = ";".join(f"--{name}:{value}" for name, value in properties.items())
    return f"{selector}{{{body}}}" if body else ""
