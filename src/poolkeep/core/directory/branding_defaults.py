"""The style of managed login pages where nobody has chosen another.

The keys are those that a style may set; the colours are ours. Colours are RRGGBBAA.
"""

from typing import Any, Final

Part = dict[str, Any]

_WHITE: Final = "ffffffff"
_BLACK: Final = "0f141aff"
_GREY: Final = "7d8998ff"
_PALE: Final = "f4f4f4ff"
_LIGHT_ACCENT: Final = "0972d3ff"
_LIGHT_ACCENT_DARKER: Final = "033160ff"
_DARK_ACCENT: Final = "539fe5ff"
_DARK_ACCENT_LIGHTER: Final = "89bdeeff"
_DARK_FIELD: Final = "192534ff"
_DARK_LINE: Final = "5f6b7aff"
_DARK_TEXT: Final = "d1d5dbff"
_ROUND: Final = 8.0


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


def _drop_down(field: str, accent: str, text: str) -> Part:
    return {
        "defaults": {"itemBackgroundColor": field},
        "hover": {
            "itemBackgroundColor": field,
            "itemBorderColor": _GREY,
            "itemTextColor": text,
        },
        "match": {"itemBackgroundColor": accent, "itemTextColor": _WHITE},
    }


def _input(field: str, line: str, placeholder: str) -> Part:
    return {
        "defaults": {"backgroundColor": field, "borderColor": line},
        "placeholderColor": placeholder,
    }


def _options(field: str, line: str, accent: str) -> Part:
    return {
        "defaults": {"backgroundColor": field, "borderColor": line},
        "selected": {"backgroundColor": accent, "foregroundColor": field},
    }


def _three(default: Part, hover: Part, active: Part) -> Part:
    return {"defaults": default, "hover": hover, "active": active}


def _banner(background: str, line: str) -> Part:
    return {"background": {"color": background}, "borderColor": line}


def _page_text(heading: str, body: str, description: str) -> Part:
    return {"headingColor": heading, "bodyColor": body, "descriptionColor": description}


_BANNER: Final[Part] = {
    "backgroundImage": {"enabled": False},
    "logo": {"enabled": False, "location": "START"},
    **_modes(_banner(_WHITE, "d5dbdbff"), _banner(_BLACK, "424650ff")),
}
_PLAIN_BUTTON: Final = _modes(
    _three(
        _button(_WHITE, _LIGHT_ACCENT, _LIGHT_ACCENT),
        _button("f2f8fdff", _LIGHT_ACCENT_DARKER, _LIGHT_ACCENT_DARKER),
        _button("d3e7f9ff", _LIGHT_ACCENT_DARKER, _LIGHT_ACCENT_DARKER),
    ),
    _three(
        _button(_BLACK, _DARK_ACCENT, _DARK_ACCENT),
        _button("22303fff", _DARK_ACCENT_LIGHTER, _DARK_ACCENT_LIGHTER),
        _button("354150ff", _DARK_ACCENT_LIGHTER, _DARK_ACCENT_LIGHTER),
    ),
)
_IDP_BUTTON: Final = _modes(
    _three(
        _button(_WHITE, "424650ff", "424650ff"),
        _button("f2f3f3ff", "16191fff", "16191fff"),
        _button("d3e7f9ff", "16191fff", "16191fff"),
    ),
    _three(
        _button(_BLACK, "c6c6cdff", "c6c6cdff"),
        _button("192534ff", _WHITE, _WHITE),
        _button("354150ff", _WHITE, _WHITE),
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
            "colorSchemeMode": "LIGHT",
            "pageFooter": {"enabled": False},
            "pageHeader": {"enabled": False},
            "spacingDensity": "REGULAR",
        },
        "signUp": {"acceptanceElements": [{"enforcement": "NONE", "textKey": "en"}]},
    },
    "componentClasses": {
        "buttons": {"borderRadius": _ROUND},
        "divider": _modes({"borderColor": "ebebf0ff"}, {"borderColor": "232b37ff"}),
        "dropDown": {
            "borderRadius": _ROUND,
            **_modes(
                _drop_down(_WHITE, "414d5cff", "000716ff"),
                _drop_down(_DARK_FIELD, "d1d5dbff", "e9ebedff"),
            ),
        },
        "focusState": _modes({"borderColor": _LIGHT_ACCENT}, {"borderColor": _DARK_ACCENT}),
        "idpButtons": {"icons": {"enabled": True}},
        "input": {
            "borderRadius": _ROUND,
            **_modes(_input(_WHITE, _GREY, "5f6b7aff"), _input(_BLACK, _DARK_LINE, "8d99a8ff")),
        },
        "inputDescription": _modes({"textColor": "5f6b7aff"}, {"textColor": "8d99a8ff"}),
        "inputLabel": _modes({"textColor": "000716ff"}, {"textColor": _DARK_TEXT}),
        "link": _modes(
            {
                "defaults": {"textColor": _LIGHT_ACCENT},
                "hover": {"textColor": _LIGHT_ACCENT_DARKER},
            },
            {
                "defaults": {"textColor": _DARK_ACCENT},
                "hover": {"textColor": _DARK_ACCENT_LIGHTER},
            },
        ),
        "optionControls": _modes(
            _options(_WHITE, _GREY, _LIGHT_ACCENT), _options(_BLACK, _GREY, _DARK_ACCENT)
        ),
        "statusIndicator": _modes(
            {
                "error": _status("fff7f7ff", "d91515ff", "d91515ff"),
                "success": _status("f2fcf3ff", "037f0cff", "037f0cff"),
                "warning": _status("fffce9ff", "8d6605ff", "8d6605ff"),
                "pending": {"indicatorColor": "5f6b7aff"},
            },
            {
                "error": _status("1a0000ff", "eb6f6fff", "eb6f6fff"),
                "success": _status("001a02ff", "29ad32ff", "29ad32ff"),
                "warning": _status("1d1906ff", "e0ca57ff", "e0ca57ff"),
                "pending": {"indicatorColor": "8d99a8ff"},
            },
        ),
    },
    "components": {
        "alert": {
            "borderRadius": 12.0,
            **_modes(
                {"error": {"backgroundColor": "fff7f7ff", "borderColor": "d91515ff"}},
                {"error": {"backgroundColor": "1a0000ff", "borderColor": "eb6f6fff"}},
            ),
        },
        "favicon": {"enabledTypes": ["ICO", "SVG"]},
        "form": {
            "backgroundImage": {"enabled": False},
            "borderRadius": _ROUND,
            "logo": {
                "enabled": False,
                "formInclusion": "IN",
                "location": "CENTER",
                "position": "TOP",
            },
            **_modes(
                {"backgroundColor": _WHITE, "borderColor": "c6c6cdff"},
                {"backgroundColor": _BLACK, "borderColor": "424650ff"},
            ),
        },
        "idpButton": {"custom": {}, "standard": _IDP_BUTTON},
        "pageBackground": {
            "image": {"enabled": False},
            **_modes({"color": _PALE}, {"color": "044444ff"}),
        },
        "pageFooter": _BANNER,
        "pageHeader": _BANNER,
        "pageText": _modes(
            _page_text("000716ff", "414d5cff", "414d5cff"),
            _page_text(_DARK_TEXT, "b6bec9ff", "b6bec9ff"),
        ),
        "phoneNumberSelector": {"displayType": "TEXT"},
        "primaryButton": _modes(
            {
                **_three(
                    _filled(_LIGHT_ACCENT, _WHITE),
                    _filled(_LIGHT_ACCENT_DARKER, _WHITE),
                    _filled(_LIGHT_ACCENT_DARKER, _WHITE),
                ),
                "disabled": {"backgroundColor": _WHITE, "borderColor": _WHITE},
            },
            {
                **_three(
                    _filled(_DARK_ACCENT, "000716ff"),
                    _filled(_DARK_ACCENT_LIGHTER, "000716ff"),
                    _filled(_DARK_ACCENT_LIGHTER, "000716ff"),
                ),
                "disabled": {"backgroundColor": _WHITE, "borderColor": _WHITE},
            },
        ),
        "secondaryButton": _PLAIN_BUTTON,
    },
}
