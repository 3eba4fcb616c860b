"""Which SVG pictures may be shown to users: drawings without script or references.

A picture that an administrator uploads is shown on the page where users type passwords. So what
is not known to be harmless is refused: elements and attributes by allow-list, addresses unless
they point into the picture itself, document types and processing instructions altogether.
Source: docs/behaviours/branding.md.
"""

import re
from typing import Any, Final
from xml.parsers import expat

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
ELEMENTS_MAX: Final = 20_000
DEPTH_MAX: Final = 64
_ELEMENT_NAMES: Final = (
    "svg g defs symbol use title desc metadata path rect circle ellipse line polyline polygon text "
    "tspan linearGradient radialGradient stop clipPath mask pattern marker filter feBlend "
    "feColorMatrix feComponentTransfer feComposite feFlood feFuncA feFuncB feFuncG feFuncR "
    "feGaussianBlur feMerge feMergeNode feOffset feDropShadow feMorphology feTurbulence style"
)
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTE_NAMES: Final = (
    "id class style transform viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy fr d points "
    "dx dy rotate version baseProfile preserveAspectRatio fill fill-rule fill-opacity stroke "
    "stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray "
    "stroke-dashoffset stroke-opacity opacity color display visibility overflow clip-path "
    "clip-rule mask filter marker-start marker-mid marker-end offset stop-color stop-opacity "
    "gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits "
    "patternTransform clipPathUnits maskUnits maskContentUnits markerUnits markerWidth "
    "markerHeight orient refX refY filterUnits primitiveUnits in in2 result stdDeviation values "
    "type mode operator k1 k2 k3 k4 flood-color flood-opacity tableValues slope intercept "
    "amplitude exponent baseFrequency numOctaves seed stitchTiles radius font-family font-size "
    "font-weight font-style text-anchor dominant-baseline alignment-baseline letter-spacing "
    "textLength lengthAdjust vector-effect paint-order shape-rendering text-rendering "
    "color-interpolation-filters enable-background mix-blend-mode isolation pathLength role "
    "aria-label aria-hidden focusable data-name"
)
_ATTRIBUTES: Final = frozenset(_ATTRIBUTE_NAMES.split())
_INSIDE: Final = re.compile(r"#[\w.:-]+")
_REFERENCE: Final = re.compile(r"url\(\s*(['\"]?)#[\w.:-]+\1\s*\)", re.IGNORECASE)
_OUTSIDE: Final = re.compile(
    r"url\(|//|image[\w-]{0,16}\(|expression\(|javascript:|@import|\\|<", re.IGNORECASE
)
"""What could lead out of the picture, once the references into it are taken away.

No name of a function is longer; without a bound, a text of nothing but `image` would take hours.
"""


class UnsafePicture(Exception):
    """The picture holds something that is not only drawn; the text says what."""


class _Guard:
    """Walks a picture and refuses what is not on the lists."""

    def __init__(self) -> None:
        self.depth = 0
        self.seen = 0
        self._styles: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, element = name.rpartition(" ")
        self.depth += 1
        self.seen += 1
        if self.depth > DEPTH_MAX or self.seen > ELEMENTS_MAX:
            raise UnsafePicture("is too complex")
        if namespace != SVG or element not in _ELEMENTS or self._styles is not None:
            raise UnsafePicture(f"holds the element {element[:40]}")
        if self.seen == 1 and element != "svg":
            raise UnsafePicture("is no SVG")
        for key, value in attributes.items():
            _check_attribute(key, value)
        if element == "style":
            self._styles = []

    def text(self, part: str) -> None:
        if self._styles is not None:
            self._styles.append(part)

    def end(self, _name: str) -> None:
        self.depth -= 1
        if self._styles is not None:
            _check_value("".join(self._styles))
            self._styles = None


def check(content: bytes) -> None:
    """Refuse a picture that is not a plain drawing: UnsafePicture."""
    guard = _Guard()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.ProcessingInstructionHandler = _refuse_declaration
    parser.StartElementHandler = guard.start
    parser.CharacterDataHandler = guard.text
    parser.EndElementHandler = guard.end
    try:
        parser.Parse(content, True)  # noqa: FBT003  the whole file at once
    except (expat.ExpatError, ValueError, LookupError):
        raise UnsafePicture("is no well-formed SVG") from None


def _check_attribute(key: str, value: str) -> None:
    namespace, _, name = key.rpartition(" ")
    if name == "href" and namespace in {"", XLINK}:
        if not _INSIDE.fullmatch(value.strip()):
            raise UnsafePicture("points outside of itself")
        return
    if namespace == _XML and name == "space":
        return
    if namespace or name not in _ATTRIBUTES:
        raise UnsafePicture(f"holds the attribute {name[:40]}")
    _check_value(value)


def _check_value(value: str) -> None:
    if _OUTSIDE.search(_REFERENCE.sub("", value)):
        raise UnsafePicture("points outside of itself")


def _refuse_declaration(*_declaration: Any) -> None:  # noqa: ANN401  whatever expat tells of it
    raise UnsafePicture("holds a declaration")
