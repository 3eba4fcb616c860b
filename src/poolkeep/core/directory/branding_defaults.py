"""The style of managed login pages where nobody has chosen another.

The keys are those that a style may set; the colours are those of our style sheet
(http/hosted/looks.py), so that what a description shows is what is seen. Colours are RRGGBBAA.
"""

from typing import Any, Final

Part = dict[str, Any]

_WHITE: Final = "ffffffff"
_CLEAR: Final = "00000000"
_ROUND: Final = 9.0


def _modes(light: Part, dark: Part) -> Part:
    return {"lightMode": light, "darkMode": dark}


def _status(background: str, border: str, indicator: str) -> Part:
    return {
        "backgroundColor": background,
        "borderColor": border,
        "indicatorColor": indicator,
    }


def _button(background: str, border: str, text: str) -> Part:
    return {"backgroundColor": background, "borderColor": border, "textColor": text}


def _filled(background: str, text: str) -> Part:
    return {"backgroundColor": background, "textColor": text}


def _drop_down(field: str, hover: str, line: str, text: str, match: Part) -> Part:
    return {
        "defaults": {"itemBackgroundColor": field},
        "hover": {
            "itemBackgroundColor": hover,
            "itemBorderColor": line,
            "itemTextColor": text,
        },
        "match": {
            "itemBackgroundColor": match["backgroundColor"],
            "itemTextColor": match["textColor"],
        },
    }


def _input(field: str, line: str, placeholder: str) -> Part:
    return {
        "defaults": {"backgroundColor": field, "borderColor": line},
        "placeholderColor": placeholder,
    }


def _options(field: str, line: str, selected: Part) -> Part:
    return {
        "defaults": {"backgroundColor": field, "borderColor": line},
        "selected": {
            "backgroundColor": selected["backgroundColor"],
            "foregroundColor": selected["textColor"],
        },
    }


def _three(default: Part, hover: Part, active: Part) -> Part:
    return {"defaults": default, "hover": hover, "active": active}


def _page_text(heading: str, body: str, description: str) -> Part:
    return {"headingColor": heading, "bodyColor": body, "descriptionColor": description}


_ACCENT: Final = _filled("1f55e0ff", _WHITE)
_DARK_ACCENT: Final = _filled("8fb0ffff", "0b1530ff")
_BANNER: Final[Part] = {
    "backgroundImage": {"enabled": False},
    "logo": {"enabled": False, "location": "START"},
    **_modes(
        {"background": {"color": _CLEAR}, "borderColor": _CLEAR},
        {"background": {"color": _CLEAR}, "borderColor": _CLEAR},
    ),
}
_PLAIN_BUTTON: Final = _modes(
    _three(
        _button(_WHITE, "8a94a6ff", "1d2939ff"),
        _button("f1f4f9ff", "566074ff", "101828ff"),
        _button("f1f4f9ff", "566074ff", "101828ff"),
    ),
    _three(
        _button("151b26ff", "6c788dff", "e3e8efff"),
        _button("1e2634ff", "a3aec0ff", _WHITE),
        _button("1e2634ff", "a3aec0ff", _WHITE),
    ),
)

SETTINGS: Final[Part] = {
    "categories": {
        "auth": {
            "authMethodOrder": [
                [
                    {"display": "BUTTON", "type": "FEDERATED"},
                    {"display": "INPUT", "type": "USERNAME_PASSWORD"},
                ]
            ],
            "federation": {"interfaceStyle": "BUTTON_LIST", "order": []},
        },
        "form": {
            "displayGraphics": True,
            "instructions": {"enabled": False},
            "languageSelector": {"enabled": False},
            "location": {"horizontal": "CENTER", "vertical": "CENTER"},
            "sessionTimerDisplay": "NONE",
        },
        "global": {
            "colorSchemeMode": "DYNAMIC",
            "pageFooter": {"enabled": False},
            "pageHeader": {"enabled": False},
            "spacingDensity": "REGULAR",
        },
        "signUp": {"acceptanceElements": [{"enforcement": "NONE", "textKey": "en"}]},
    },
    "componentClasses": {
        "buttons": {"borderRadius": _ROUND},
        "divider": _modes({"borderColor": "dfe3eaff"}, {"borderColor": "2f394bff"}),
        "dropDown": {
            "borderRadius": _ROUND,
            **_modes(
                _drop_down(_WHITE, "f1f4f9ff", "566074ff", "101828ff", _ACCENT),
                _drop_down("0f141dff", "1e2634ff", "a3aec0ff", _WHITE, _DARK_ACCENT),
            ),
        },
        "focusState": _modes({"borderColor": "1f5effff"}, {"borderColor": "84a9ffff"}),
        "idpButtons": {"icons": {"enabled": True}},
        "input": {
            "borderRadius": _ROUND,
            **_modes(
                _input(_WHITE, "8a94a6ff", "667085ff"), _input("0f141dff", "6c788dff", "8d99adff")
            ),
        },
        "inputDescription": _modes({"textColor": "566074ff"}, {"textColor": "a3aec0ff"}),
        "inputLabel": _modes({"textColor": "1d2939ff"}, {"textColor": "e3e8efff"}),
        "link": _modes(
            {"defaults": {"textColor": "1a4fd6ff"}, "hover": {"textColor": "123a9eff"}},
            {"defaults": {"textColor": "9dbaffff"}, "hover": {"textColor": "c4d6ffff"}},
        ),
        "optionControls": _modes(
            _options(_WHITE, "8a94a6ff", _ACCENT), _options("0f141dff", "6c788dff", _DARK_ACCENT)
        ),
        "statusIndicator": _modes(
            {
                "error": _status(_WHITE, "d92d20ff", "9b1c13ff"),
                "success": _status("eefaf3ff", "0d7a3eff", "0a5c2fff"),
                "warning": _status("fff8e8ff", "a15c07ff", "7a4504ff"),
                "pending": {"indicatorColor": "566074ff"},
            },
            {
                "error": _status("0f141dff", "f97066ff", "fdb0a9ff"),
                "success": _status("0e2419ff", "47cd89ff", "a6f0c6ff"),
                "warning": _status("2a1f0bff", "f0a93bff", "fbdb9eff"),
                "pending": {"indicatorColor": "a3aec0ff"},
            },
        ),
    },
    "components": {
        "alert": {
            "borderRadius": _ROUND,
            **_modes(
                {"error": {"backgroundColor": "fef1f0ff", "borderColor": "d92d20ff"}},
                {"error": {"backgroundColor": "2d1416ff", "borderColor": "f97066ff"}},
            ),
        },
        "favicon": {"enabledTypes": ["ICO", "SVG"]},
        "form": {
            "backgroundImage": {"enabled": False},
            "borderRadius": 14.0,
            "logo": {
                "enabled": False,
                "formInclusion": "IN",
                "location": "CENTER",
                "position": "TOP",
            },
            **_modes(
                {"backgroundColor": _WHITE, "borderColor": "dfe3eaff"},
                {"backgroundColor": "151b26ff", "borderColor": "2a3344ff"},
            ),
        },
        "idpButton": {"custom": {}, "standard": _PLAIN_BUTTON},
        "pageBackground": {
            "image": {"enabled": False},
            **_modes({"color": "f3f5f8ff"}, {"color": "0b0f17ff"}),
        },
        "pageFooter": _BANNER,
        "pageHeader": _BANNER,
        "pageText": _modes(
            _page_text("101828ff", "1d2939ff", "566074ff"),
            _page_text("f5f7faff", "e3e8efff", "a3aec0ff"),
        ),
        "phoneNumberSelector": {"displayType": "TEXT"},
        "primaryButton": _modes(
            {
                **_three(_ACCENT, _filled("1846bdff", _WHITE), _filled("12378fff", _WHITE)),
                "disabled": {"backgroundColor": "dfe3eaff", "borderColor": "dfe3eaff"},
            },
            {
                **_three(
                    _DARK_ACCENT, _filled("adc6ffff", "0b1530ff"), _filled("c9d9ffff", "0b1530ff")
                ),
                "disabled": {"backgroundColor": "2f394bff", "borderColor": "2f394bff"},
            },
        ),
        "secondaryButton": _PLAIN_BUTTON,
    },
}
