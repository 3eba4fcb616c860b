"""Style sheets and pictures are checked in time that grows with their length, not its square."""

import time

import pytest

from poolkeep.core.directory import css, svg

PATIENCE_S = 2.0
"""A hundred times what a check takes; what grew with the square took minutes to hours."""
CSS_CHARACTERS = 131_072
PICTURE_CHARACTERS = 2_000_000


@pytest.mark.parametrize("text", ["a", "/*a", "{", "}", "a{", ".label-customizable,", "*/"])
def test_a_style_sheet_of_one_thing(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(css.UnacceptableCss):
        css.check(text * (CSS_CHARACTERS // len(text)))
    assert time.perf_counter() - began < PATIENCE_S


@pytest.mark.parametrize("text", ["image", "image-", "url(", "url(#a", "expression", "url( ", "im"])
def test_a_picture_of_one_thing(text: str) -> None:
    value = text * (PICTURE_CHARACTERS // len(text))
    began = time.perf_counter()
    drawn = f'<svg xmlns="{svg.SVG}"><path d="{value}"/></svg>'
    if "url(" in text:
        with pytest.raises(svg.UnsafePicture):
            svg.check(drawn.encode())
    else:
        svg.check(drawn.encode())
    assert time.perf_counter() - began < PATIENCE_S


@pytest.mark.parametrize(
    "text, is_fine",
    [
        ("", True),
        ("/**/", True),
        ("/* a */.label-customizable/* b */{color/* c */:red}/* d */", True),
        ("/* /* */.label-customizable{color:red}", True),
        ("/*/.label-customizable{color:red}/*/", True),
        (".label-customizable{color:red}/*", False),
        (".label-customizable{color:red}*/", False),
        ("/*/ .label-customizable{color:red}", False),
        ("/* a */ url /* b */", False),
        (".label-customizable{background:u/**/rl(x)}", True),
        (".label-customizable{background:url(x)}", False),
        (".label-customizable{color:red} x .label-customizable{color:red}", False),
    ],
)
def test_comments_are_where_browsers_see_them(text: str, *, is_fine: bool) -> None:
    if is_fine:
        css.check(text)
    else:
        with pytest.raises(css.UnacceptableCss):
            css.check(text)


@pytest.mark.parametrize("name", ["image", "image-set", "-webkit-image-set", "IMAGE-SET"])
def test_pictures_load_no_pictures(name: str) -> None:
    drawn = f'<svg xmlns="{svg.SVG}"><path fill="{name}(x)"/></svg>'
    with pytest.raises(svg.UnsafePicture):
        svg.check(drawn.encode())
